#include "manifest/application.h"

#include <utility>

#include "manifest/merge.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

/// What it makes is an output of the component; the stack hands it on.
void MoveOutputs(const std::string& component, std::vector<OutputEntry>& of_stack,
                 std::vector<OutputEntry>& of_component) {
  for (OutputEntry& entry : of_stack) {
    OutputDeclaration& output = entry.output;
    if (!IsFilled(output.has_value, output.value) && output.from_tf_var.empty()) continue;
    OutputEntry link;
    link.output.name = output.name;
    link.output.sensitive = output.sensitive;
    link.output.type = output.type;
    link.output.brief = output.brief;
    link.output.pos = output.pos;
    link.output.has_value = true;
    Reference reference;
    reference.text = component + ":" + output.name;
    reference.pos = output.pos;
    Expression& value = *link.output.value.Fill();
    value.parts.resize(1);
    value.parts[0].reference = 0;
    value.references.push_back(std::move(reference));
    link.description = entry.description;
    of_component.push_back(std::exchange(entry, std::move(link)));
  }
}

}  // namespace

void AddApplication(Declarations& declarations, Diagnostics& diagnostics) {
  StackFile& stack = declarations.stack;
  const Meta& meta = stack.header.meta;
  if (meta.from_stack.pos) {
    diagnostics.AddError("an application cannot come from another stack", meta.from_stack.pos,
                         "make it kind: stack, or remove fromStack");
    return;
  }
  Name name{std::string(StackName(meta.name.text)), meta.name.pos};
  for (const ComponentEntry& component : stack.components) {
    if (component.name.text != name.text) continue;
    Error error{ErrorCode::kInvalidInput,
                "the application " + Named(name.text) + " is called as one of its components",
                name.pos,
                {},
                "give one of them another name"};
    error.notes.push_back({"that one is here", component.name.pos});
    diagnostics.Add(std::move(error));
    return;
  }
  ComponentEntry entry;
  entry.name = name;
  entry.pos = entry.source_pos = name.pos;
  entry.source = meta.source;
  if (entry.source.text.empty()) entry.source.text = entry.source.dir = ".";
  entry.level = declarations.top();
  ComponentFile file;
  file.header = stack.header;
  file.header.kind.text = "component";
  file.header.meta.name = name;
  file.lifecycle = stack.lifecycle;
  file.lifecycle.order.clear();
  file.templates = std::exchange(stack.templates, {});
  MoveOutputs(name.text, stack.outputs, file.outputs);
  stack.components.push_back(std::move(entry));
  if (stack.lifecycle.has_order) stack.lifecycle.order.push_back(name);
  declarations.file_of.push_back(static_cast<int>(declarations.component_files.size()));
  declarations.component_files.push_back(std::move(file));
}

}  // namespace davit::manifest
