// Decode: one YAML file → what it declares (declarations.h). What is wrong goes to the decoder's diagnostics, with positions; what could be
// read is returned all the same. One thread.
#pragma once

#include "manifest/declarations.h"
#include "manifest/object_table.h"
#include "yaml/yaml.h"

namespace davit::manifest {

StackFile DecodeStack(yaml::Node root, Decoder& decoder);
ParametersFile DecodeParameters(yaml::Node root, Decoder& decoder);
ComponentFile DecodeComponent(yaml::Node root, Decoder& decoder);

/// What their tables say, for the keys that hold them; defined beside the tables.
extern const ObjectSchema kStackSchema;
extern const ObjectSchema kParametersFileSchema;
extern const ObjectSchema kComponentFileSchema;
extern const ObjectSchema kHookSchema;
extern const ObjectSchema kTemplatesSchema;
extern const ObjectSchema kStackLifecycleSchema;
extern const ObjectSchema kComponentLifecycleSchema;
extern const ObjectSchema kParameterSchema;
extern const ObjectSchema kOutputSchema;

/// Of `bare` and `empty`; an empty text is as none.
inline constexpr std::string_view kAllowWords[] = {"allow", ""};

/// `hooks`, `templates` and `lifecycle`, as several kinds of object have them.
std::vector<Hook> DecodeHooks(yaml::Node node, Decoder& decoder);
std::vector<TemplateSet> DecodeTemplates(yaml::Node node, Decoder& decoder);
void DecodeStackLifecycle(yaml::Node node, Decoder& decoder, LifecycleDeclaration& lifecycle);
void DecodeComponentLifecycle(yaml::Node node, Decoder& decoder, LifecycleDeclaration& lifecycle);
/// `bare: allow`.
void DecodeBare(Decoder& decoder, const Entry& entry, std::optional<bool>* bare);

/// Whose parameters a list holds: the rules of spec 1.2 differ a little.
enum class Owner {
  kStack,      // stack.yaml, params.yaml: a list
  kEntry,      // of a component's entry in the stack: a list, or a mapping of names to values
  kComponent,  // of a component's own file: a list
};

/// Nested lists are flattened to dotted names.
std::vector<ParameterDeclaration> DecodeParameterList(yaml::Node node, Owner owner, Decoder& decoder);
/// A list of parameters as it stands in the file: only what is a value of one has a type, a name `y` is a text.
json::array ParametersAsWritten(yaml::Node list, Dialect dialect);
std::vector<OutputEntry> DecodeOutputs(yaml::Node node, Decoder& decoder);

}  // namespace davit::manifest
