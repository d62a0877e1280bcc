#include "drivers/terraform/declarations.h"

#include <algorithm>
#include <functional>

#include "base/text.h"

namespace davit::drivers {
namespace {

constexpr std::string_view kBuiltinSource = "terraform.io/builtin/terraform";
/// Blocks that say nothing about providers, variables or outputs.
constexpr std::string_view kHarmless[] = {"locals", "moved"};

/// The word with which an expression begins: "list" of "list(string)", "aws" of "aws.west".
std::string_view FirstWord(std::string_view expression) {
  size_t end = 0;
  while (end < expression.size() && (std::isalnum(static_cast<unsigned char>(expression[end])) != 0 ||
                                     expression[end] == '_' || expression[end] == '-')) {
    ++end;
  }
  return expression.substr(0, end);
}

/// Calls `take` for an object, or for each object of a list: both may stand where JSON configuration has blocks.
void ForEachObject(const json::value& value, const std::function<void(const json::object&)>& take) {
  if (value.is_object()) take(value.get_object());
  if (value.is_array()) {
    for (const json::value& item : value.get_array()) ForEachObject(item, take);
  }
}

void ForEachMember(const json::value& value, const std::function<void(std::string_view, const json::value&)>& take) {
  ForEachObject(value, [&](const json::object& object) {
    for (const auto& member : object) {
      if (member.key() != "//") take(member.key(), member.value());
    }
  });
}

}  // namespace

void Declarations::SetType(TerraformVariable& variable, std::string_view constraint, const std::string& where) {
  // Terraform 0.11 wrote type = "list"; the word is what counts in both.
  const std::optional<std::string> quoted = HclString(constraint);
  const std::string text(Trim(quoted ? *quoted : constraint));
  const std::string_view word = FirstWord(text);
  variable.parsed = true;
  if (word == "string" || word == "number" || word == "bool") {
    variable.declared.type = word == "string"   ? ValueType::kString
                             : word == "number" ? ValueType::kNumber
                                                : ValueType::kBool;
    variable.parsed = false;
  } else if (word == "list" || word == "set" || word == "tuple") {
    variable.declared.type = ValueType::kList;
  } else if (word == "map" || word == "object") {
    variable.declared.type = ValueType::kMap;
  } else {
    variable.declared.type = ValueType::kAny;
    if (word != "any") unread.push_back(where + ": unknown type '" + text.substr(0, 60) + "'");
  }
}

void Declarations::SetFlag(bool& flag, std::string_view expression, const std::string& what, const std::string& where) {
  if (expression == "true" || expression == "\"true\"") {
    flag = true;
  } else if (expression == "false" || expression == "\"false\"") {
    flag = false;
  } else {
    // Better hidden than shown, where it cannot be told.
    flag = true;
    unread.push_back(where + ": " + what + " is neither true nor false");
  }
}

void Declarations::AddProvider(std::string_view name, std::string_view source) {
  if (name != "terraform" || (!source.empty() && source.find(kBuiltinSource) == std::string_view::npos))
    needs_init = true;
}

void Declarations::AddResource(std::string_view type, std::optional<std::string_view> provider) {
  if (type.substr(0, type.find('_')) != "terraform" || (provider && FirstWord(*provider) != "terraform"))
    needs_init = true;
}

void Declarations::AddModule(const std::string& name, std::optional<std::string> source, const std::string& where) {
  needs_init = true;
  if (source) {
    modules[name] = *source;
  } else if (!modules.contains(name)) {
    unread.push_back(where + ": the source of module '" + name + "' is not a plain text");
  }
}

void Declarations::AddHcl(const HclBody& body, const std::string& where) {
  if (!body.attributes.empty()) unread.push_back(where + ": an attribute outside of a block");
  for (const HclBlock& block : body.blocks) AddHclBlock(block, where);
}

void Declarations::AddHclBlock(const HclBlock& block, const std::string& where) {
  const size_t labels = block.labels.size();
  const HclBody& body = block.body;
  if (block.type == "variable" && labels == 1) {
    const bool known = variables.contains(block.labels[0]);
    TerraformVariable& variable = variables[block.labels[0]];
    if (!known) variable.declared.required = true;
    if (body.Find("default") != nullptr) variable.declared.required = false;
    if (const HclAttribute* type = body.Find("type")) SetType(variable, type->expression, where);
    if (const HclAttribute* flag = body.Find("sensitive"))
      SetFlag(variable.declared.sensitive, flag->expression, "sensitive", where);
    if (const HclAttribute* flag = body.Find("ephemeral"))
      SetFlag(variable.ephemeral, flag->expression, "ephemeral", where);
  } else if (block.type == "output" && labels == 1) {
    ModuleOutput& output = outputs[block.labels[0]];
    if (const HclAttribute* flag = body.Find("sensitive"))
      SetFlag(output.sensitive, flag->expression, "sensitive", where);
  } else if (block.type == "module" && labels == 1) {
    const HclAttribute* source = body.Find("source");
    AddModule(block.labels[0], source == nullptr ? std::nullopt : HclString(source->expression), where);
  } else if ((block.type == "resource" || block.type == "data" || block.type == "ephemeral") && labels == 2) {
    const HclAttribute* provider = body.Find("provider");
    AddResource(block.labels[0], provider == nullptr ? std::nullopt : std::optional(provider->expression));
  } else if (block.type == "provider" && labels == 1) {
    AddProvider(block.labels[0], "");
  } else if (block.type == "terraform" && labels == 0) {
    AddTerraformBlock(body, where);
  } else if (block.type == "check" && labels == 1) {
    for (const HclBlock& inner : body.blocks) {
      if (inner.type == "data") AddHclBlock(inner, where);
    }
  } else if (block.type == "import" || block.type == "removed") {
    const HclAttribute* provider = body.Find("provider");
    if (provider != nullptr && FirstWord(provider->expression) != "terraform") needs_init = true;
  } else if (std::find(std::begin(kHarmless), std::end(kHarmless), block.type) == std::end(kHarmless)) {
    unread.push_back(where + ": unknown block '" + block.type + "'");
  }
}

void Declarations::AddTerraformBlock(const HclBody& body, const std::string& where) {
  for (const HclBlock& block : body.blocks) {
    if ((block.type == "backend" && block.labels.size() == 1) || block.type == "cloud") {
      backend = block.type == "cloud" ? "cloud" : block.labels[0];
      backend_file = where;
      backend_offset = block.offset;
    } else if (block.type == "required_providers") {
      for (const HclAttribute& provider : block.body.attributes) {
        AddProvider(provider.name, provider.expression.starts_with('{') ? provider.expression : std::string_view());
      }
    } else if (block.type != "provider_meta") {
      // `encryption` of OpenTofu makes states that cannot be read; better named than met later.
      unread.push_back(where + ": unknown block 'terraform." + block.type + "'");
    }
  }
}

void Declarations::AddJsonVariable(std::string_view name, const json::object& body, const std::string& where) {
  const bool known = variables.contains(std::string(name));
  TerraformVariable& variable = variables[std::string(name)];
  if (!known) variable.declared.required = true;
  if (body.contains("default")) variable.declared.required = false;
  if (const json::value* type = body.if_contains("type")) {
    SetType(variable, type->is_string() ? std::string_view(type->get_string()) : std::string_view("?"), where);
  }
  if (const json::value* flag = body.if_contains("sensitive")) {
    SetFlag(variable.declared.sensitive, json::serialize(*flag), "sensitive", where);
  }
  if (const json::value* flag = body.if_contains("ephemeral"))
    SetFlag(variable.ephemeral, json::serialize(*flag), "ephemeral", where);
}

void Declarations::AddJsonTerraform(const json::object& body, const std::string& where) {
  for (const auto& member : body) {
    const std::string_view key = member.key();
    if (key == "backend") {
      ForEachMember(member.value(), [&](std::string_view type, const json::value&) { backend = type; });
      backend_file = where;
    } else if (key == "cloud") {
      backend = "cloud";
      backend_file = where;
    } else if (key == "required_providers") {
      ForEachMember(member.value(), [&](std::string_view name, const json::value& provider) {
        AddProvider(name, provider.is_object() ? GetString(provider.get_object(), "source") : std::string());
      });
    } else if (key != "//" && key != "required_version" && key != "experiments" && key != "provider_meta") {
      unread.push_back(where + ": unknown block 'terraform." + std::string(key) + "'");
    }
  }
}

void Declarations::AddJson(const json::value& root, const std::string& where) {
  if (!root.is_object() && !root.is_array()) unread.push_back(where + ": not an object");
  const auto resources = [&](const json::value& types) {
    ForEachMember(types, [&](std::string_view type, const json::value& names) {
      ForEachMember(names, [&](std::string_view, const json::value& bodies) {
        ForEachObject(bodies, [&](const json::object& body) {
          const json::value* provider = body.if_contains("provider");
          AddResource(type, provider != nullptr && provider->is_string()
                                ? std::optional<std::string_view>(provider->get_string())
                                : std::nullopt);
        });
      });
    });
  };
  ForEachMember(root, [&](std::string_view block, const json::value& value) {
    if (block == "variable") {
      ForEachMember(value, [&](std::string_view name, const json::value& bodies) {
        ForEachObject(bodies, [&](const json::object& body) { AddJsonVariable(name, body, where); });
      });
    } else if (block == "output") {
      ForEachMember(value, [&](std::string_view name, const json::value& bodies) {
        ForEachObject(bodies, [&](const json::object& body) {
          ModuleOutput& output = outputs[std::string(name)];
          if (const json::value* flag = body.if_contains("sensitive")) {
            SetFlag(output.sensitive, json::serialize(*flag), "sensitive", where);
          }
        });
      });
    } else if (block == "module") {
      ForEachMember(value, [&](std::string_view name, const json::value& bodies) {
        ForEachObject(bodies, [&](const json::object& body) {
          const json::value* source = body.if_contains("source");
          const bool plain =
              source != nullptr && source->is_string() && source->get_string().find("${") == json::string::npos;
          AddModule(std::string(name), plain ? std::optional(std::string(source->get_string())) : std::nullopt, where);
        });
      });
    } else if (block == "resource" || block == "data" || block == "ephemeral") {
      resources(value);
    } else if (block == "provider") {
      ForEachMember(value, [&](std::string_view name, const json::value&) { AddProvider(name, ""); });
    } else if (block == "terraform") {
      ForEachObject(value, [&](const json::object& body) { AddJsonTerraform(body, where); });
    } else if (std::find(std::begin(kHarmless), std::end(kHarmless), block) == std::end(kHarmless)) {
      unread.push_back(where + ": unknown block '" + std::string(block) + "'");
    }
  });
}

}  // namespace davit::drivers
