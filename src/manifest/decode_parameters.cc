// Parameters and outputs: their tables, the flattening of nested parameters, the short form.
#include <algorithm>
#include <iterator>

#include "base/by_name.h"
#include "base/text.h"
#include "manifest/decode.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

/// A parameter as it stands in the file: a leaf, or a group with more below.
struct ParameterDraft {
  ParameterDeclaration declaration;
  std::optional<yaml::Node> children;
};

/// What the leaves of a group have from it.
struct Inherited {
  std::string prefix;
  ParameterKind kind = ParameterKind::kTech;
  bool kind_given = false;
  bool empty_allowed = false;
  bool sensitive = false;
  std::string component;
  Pos component_pos;
};

constexpr std::string_view kTypes[] = {"string", "number", "bool", "list", "map", "any"};
constexpr std::string_view kParameterKinds[] = {"tech", "user", "link"};

void DecodeType(Decoder& decoder, const Entry& entry, ValueType* type, bool* given) {
  if (TypeFromString(entry.value.text(), type)) {
    *given = true;
    return;
  }
  std::string help = Suggest(entry.value.text(), {std::begin(kTypes), std::end(kTypes)}, decoder.diagnostics());
  if (help.empty()) help = "one of string, number, bool, list, map, any";
  decoder.diagnostics().AddError("unknown type " + Named(entry.value.text()), entry.value.pos(), std::move(help));
}

void DecodeKind(Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
  const std::string_view kind = entry.value.text();
  ParameterDeclaration& declaration = draft.declaration;
  declaration.places.kind = entry.value.pos();
  declaration.kind_given = true;
  if (kind == "user") {
    declaration.parameter.kind = ParameterKind::kUser;
  } else if (kind == "link") {
    declaration.parameter.kind = ParameterKind::kLink;
  } else if (kind == "tech") {
    declaration.parameter.kind = ParameterKind::kTech;
  } else {
    declaration.kind_given = false;
    std::string help = Suggest(kind, {std::begin(kParameterKinds), std::end(kParameterKinds)}, decoder.diagnostics());
    if (help.empty()) help = "one of tech, user, link";
    decoder.diagnostics().AddWarning("unknown-kind", "unknown kind " + Named(kind) + " of a parameter, taken for tech",
                                     entry.value.pos(), std::move(help));
  }
}

/// What no process could be given is told where it is written; hubctl's files are only read again.
void CheckVariable(const ParameterDeclaration& declaration, Decoder& decoder) {
  const std::string& name = *declaration.parameter.env;
  if (decoder.purpose() != Purpose::kLoad || name.empty() || IsVariableName(name)) return;
  decoder.diagnostics().AddError(Named(name) + " cannot be the name of a variable", declaration.places.env,
                                 std::string(kVariableNameRule));
}

void DecodeEmpty(Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
  if (entry.value.text() == "allow") {
    draft.declaration.parameter.empty_allowed = true;
  } else if (!entry.value.text().empty()) {
    decoder.diagnostics().AddWarning("unknown-empty", "empty: can only be allow, not " + Named(entry.value.text()),
                                     entry.value.pos(), "write empty: allow, or remove it");
  }
}

constexpr Key<ParameterDraft> kParameterKeys[] = {
    {"name",
     Shape::kText,
     "name, as in db.host",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.name = decoder.Text(entry);
       draft.declaration.parameter.pos = entry.value.pos();
     },
     {.required = true}},
    {"component", Shape::kText, "component that it is for; default: all",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.component = decoder.Text(entry);
       draft.declaration.places.component = entry.value.pos();
     }},
    {"kind",
     Shape::kText,
     "tech (default): given here; user: of each deployment; link: an output, read when it is needed",
     DecodeKind,
     {.words = kParameterKinds}},
    Ignored<ParameterDraft>("title", "name for people"),
    {"brief", Shape::kText, "what it is, in a line; shown with the question for it",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.brief = decoder.Text(entry);
     }},
    {"description", Shape::kText, "what it is, at length",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.places.description = decoder.Text(entry);
     }},
    {"type",
     Shape::kText,
     "type that its value must have; default: any",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       DecodeType(decoder, entry, &draft.declaration.parameter.type, &draft.declaration.type_given);
     },
     {.words = kTypes}},
    {"default", Shape::kAny, "value of one of kind user where nobody gives another",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       Parameter& parameter = draft.declaration.parameter;
       parameter.has_default = decoder.Value(entry.value, *parameter.default_value.Fill());
       draft.declaration.places.default_value = entry.value.pos();
     }},
    {"value", Shape::kAny, "value; ${name} and #{ CEL } in it are expanded",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       Parameter& parameter = draft.declaration.parameter;
       parameter.has_value = decoder.Value(entry.value, parameter.value);
       parameter.value_pos = entry.value.pos();
     }},
    {"sensitive", Shape::kFlag, "whether it is never shown",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.sensitive = decoder.Flag(entry);
     }},
    {"empty", Shape::kText, "allow: it may have no value", DecodeEmpty, {.words = kAllowWords}},
    {"fromEnv", Shape::kText, "variable, where davit is started, that the value of a user parameter is taken from",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.from_env = decoder.Text(entry);
       draft.declaration.places.from_env = entry.value.pos();
     }},
    {"fromFile", Shape::kText, "file that the value of a user parameter is taken from",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.from_file = decoder.Text(entry);
       draft.declaration.places.from_file = entry.value.pos();
     }},
    {"env", Shape::kText, "variable in which the component's scripts find it",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.env = decoder.Text(entry);
       draft.declaration.places.env = entry.value.pos();
       CheckVariable(draft.declaration, decoder);
     }},
    {"var", Shape::kText, "variable of the component's Terraform module",
     [](Decoder& decoder, const Entry& entry, ParameterDraft& draft) {
       draft.declaration.parameter.var = decoder.Text(entry);
       if (!draft.declaration.places.env) draft.declaration.places.env = entry.value.pos();
     }},
    {"parameters",
     Shape::kList,
     "parameters below it: their names begin with its name and a dot",
     [](Decoder&, const Entry& entry, ParameterDraft& draft) { draft.children = entry.value; },
     {.object = &kParameterSchema}},
};
constexpr ObjectTable<ParameterDraft> kParameter = TableOf<ParameterDraft, kParameterKeys>("a parameter");

/// `secret`, or a kind of secret as in `secret/kubernetes`.
bool IsSecretKind(std::string_view kind) {
  return kind == "secret" || kind.starts_with("secret/");
}

constexpr Key<OutputEntry> kOutputKeys[] = {
    {"name",
     Shape::kText,
     "name; of a stack's also component:name",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) {
       object.output.name = decoder.Text(entry);
       object.output.pos = entry.value.pos();
     },
     {.required = true}},
    {"value", Shape::kAny, "value; ${name} in it is expanded; default: the output of that name",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) {
       object.output.has_value = decoder.Value(entry.value, *object.output.value.Fill());
       // An empty one is as none: the output of that name.
       if (object.output.value->IsConstant() && object.output.value->constant == json::value(""))
         object.output.has_value = false;
     }},
    {"fromTfVar", Shape::kText, "output of the component's Terraform module",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) {
       object.output.from_tf_var = decoder.Text(entry);
     }},
    {"kind", Shape::kText, "secret, or secret/SORT: it is sensitive",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) {
       object.kind = decoder.Text(entry);
       if (IsSecretKind(object.kind)) object.output.sensitive = true;
     }},
    {"type",
     Shape::kText,
     "type that its value must have; default: any",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) {
       DecodeType(decoder, entry, &object.output.type, &object.type_given);
     },
     {.words = kTypes}},
    {"sensitive", Shape::kFlag, "whether it is never shown",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) { object.output.sensitive = decoder.Flag(entry); }},
    Ignored<OutputEntry>("title", "name for people"),
    {"brief", Shape::kText, "what it is, in a line",
     [](Decoder& decoder, const Entry& entry, OutputEntry& object) { object.output.brief = decoder.Text(entry); }},
    {"description", Shape::kText, "what it is, at length", IntoText<OutputEntry, &OutputEntry::description>},
};
constexpr ObjectTable<OutputEntry> kOutput = TableOf<OutputEntry, kOutputKeys>("an output");

/// A name that could not be referred to: `|`, `:` and braces have a meaning in references.
bool CheckName(std::string_view name, std::string_view forbidden, std::string_view what, Pos pos, Decoder& decoder) {
  decoder.SeeName(name);
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || byte == '.') continue;  // nearly all
    if (byte > ' ' && byte != 0x7F && forbidden.find(c) == std::string_view::npos) continue;
    const std::string shown =
        static_cast<unsigned char>(c) <= ' ' || c == 0x7F ? "white space" : "'" + std::string(1, c) + "'";
    decoder.diagnostics().AddError(
        "the name " + Named(name) + " of " + std::string(what) + " must not contain " + shown, pos,
        what == "a parameter" && c == '|' ? "say which component it is for with component: NAME" : "");
    return false;
  }
  return true;
}

void WarnInComponent(const ParameterDeclaration& declaration, Decoder& decoder) {
  const Parameter& parameter = declaration.parameter;
  Diagnostics& diagnostics = decoder.diagnostics();
  const std::string name = "parameter " + Named(parameter.name);
  const auto warn_source = [&](const char* key, Pos pos) {
    diagnostics.AddWarning("from-env-in-component", name + " has " + key + " in the file of a component", pos,
                           "declare it in the stack, where a person can see what it is taken from");
  };
  if (!parameter.from_env.empty()) warn_source("fromEnv", declaration.places.from_env);
  if (!parameter.from_file.empty()) warn_source("fromFile", declaration.places.from_file);
  if (parameter.kind == ParameterKind::kLink) {
    diagnostics.AddWarning("link-in-component",
                           name + " is of kind link in the file of a component, which has no effect",
                           declaration.places.kind, "remove the kind: values of components are always expanded late");
  }
  if (parameter.kind != ParameterKind::kUser && parameter.has_default && !parameter.has_value) {
    diagnostics.AddWarning("default-in-component", name + " has a default but is not of kind user",
                           declaration.places.default_value,
                           "give it as value: instead; a component's value is its default");
  }
}

void Flatten(yaml::Node list, Owner owner, const Inherited& inherited, Decoder& decoder,
             std::vector<ParameterDeclaration>& out) {
  if (inherited.prefix.empty()) out.reserve(list.size());
  for (size_t i = 0; i < list.size(); ++i) {
    const yaml::Node item = list.item(i);
    if (IsNull(item)) continue;
    ParameterDraft draft;
    ParameterDeclaration& declaration = draft.declaration;
    Parameter& parameter = declaration.parameter;
    DecodeObject(decoder, item, kParameter, draft);
    if (!item.IsMapping()) continue;
    if (parameter.name.empty()) {
      decoder.diagnostics().AddError("a parameter has no name", item.pos(), "add name: NAME");
      continue;
    }
    if (!CheckName(parameter.name, "|:{}$", "a parameter", parameter.pos, decoder)) continue;
    if (!declaration.kind_given && inherited.kind_given) {
      parameter.kind = inherited.kind;
      declaration.kind_given = true;
    }
    parameter.empty_allowed |= inherited.empty_allowed;
    parameter.sensitive |= inherited.sensitive;
    if (parameter.component.empty() && !inherited.component.empty()) {
      parameter.component = inherited.component;
      declaration.places.component = inherited.component_pos;
    }
    if (!inherited.prefix.empty()) parameter.name.insert(0, inherited.prefix);
    if (draft.children && draft.children->size() > 0) {
      if (parameter.has_value || parameter.has_default) {
        decoder.diagnostics().AddWarning(
            "value-of-group",
            "parameter " + Named(parameter.name) + " has parameters below it: its own value has no effect",
            parameter.has_value ? parameter.value_pos : declaration.places.default_value,
            "remove the value, or give it to a parameter of its own");
      }
      Inherited below;
      below.prefix = parameter.name + ".";
      below.kind = parameter.kind;
      below.kind_given = declaration.kind_given;
      below.empty_allowed = parameter.empty_allowed;
      below.sensitive = parameter.sensitive;
      below.component = parameter.component;
      below.component_pos = declaration.places.component;
      Flatten(*draft.children, owner, below, decoder, out);
      continue;
    }
    // As in the reference: a variable or a file to take it from makes it a parameter of kind user.
    if (!declaration.kind_given && (!parameter.from_env.empty() || !parameter.from_file.empty())) {
      parameter.kind = ParameterKind::kUser;
      declaration.kind_given = true;
    }
    if (!parameter.value_pos) parameter.value_pos = parameter.pos;
    if (owner != Owner::kStack && !parameter.component.empty()) {
      if (decoder.purpose() != Purpose::kElaborated)
        decoder.diagnostics().AddWarning("component-of-own",
                                         "parameter " + Named(parameter.name) + " belongs to its component anyway",
                                         declaration.places.component, "remove component:");
      parameter.component.clear();
    }
    if (owner == Owner::kComponent && decoder.purpose() != Purpose::kElaborated) WarnInComponent(declaration, decoder);
    out.push_back(std::move(declaration));
  }
}

/// What a list says of one name a second time, in a file that is loaded: `warn` gets each.
template <typename T, typename NameOf, typename Warn>
void FindTwice(const std::vector<T>& list, Decoder& decoder, const NameOf& name_of, const Warn& warn) {
  if (list.size() < 2 || decoder.purpose() != Purpose::kLoad) return;
  NameSet seen;
  for (const T& item : list) {
    if (!seen.insert(name_of(item)).second) warn(item);
  }
}

}  // namespace

constinit const ObjectSchema kParameterSchema = kParameter;
constinit const ObjectSchema kOutputSchema = kOutput;

std::vector<ParameterDeclaration> DecodeParameterList(yaml::Node node, Owner owner, Decoder& decoder) {
  std::vector<ParameterDeclaration> out;
  if (node.IsSequence()) {
    Flatten(node, owner, Inherited{}, decoder, out);
    if (owner != Owner::kComponent) return out;  // where lists are merged it is seen there
    FindTwice(
        out, decoder, [](const ParameterDeclaration& one) { return std::string_view(one.parameter.name); },
        [&](const ParameterDeclaration& one) {
          if (one.parameter.kind == ParameterKind::kUser) return;  // merged into the stack's, and told there
          decoder.diagnostics().AddWarning("duplicate-parameter",
                                           "parameter " + Named(one.parameter.name) + " is given twice",
                                           one.parameter.pos, "the first counts; make it one");
        });
    return out;
  }
  out.reserve(node.size());
  for (size_t i = 0; i < node.size(); ++i) {
    const std::string_view name = node.key(i);
    const Pos pos = node.key_pos(i);
    if (!CheckName(name, "|:{}$", "a parameter", pos, decoder)) continue;
    const yaml::Node value = node.value(i);
    Parameter& parameter = out.emplace_back().parameter;
    parameter.name = name;
    parameter.pos = pos;
    parameter.value_pos = value.pos();
    parameter.has_value = decoder.Value(value, parameter.value);
  }
  return out;
}

json::array ParametersAsWritten(yaml::Node list, Dialect dialect) {
  json::array written;
  for (size_t i = 0; i < list.size(); ++i) {
    const yaml::Node item = list.item(i);
    if (!item.IsMapping()) continue;
    json::object& parameter = written.emplace_back(json::object()).as_object();
    for (size_t k = 0; k < item.size(); ++k) {
      const yaml::Node value = item.value(k);
      const std::string key(item.key(k));
      const auto is_it = [&](const SchemaKey& known) { return known.name == key; };
      if (std::none_of(kParameterSchema.keys.begin(), kParameterSchema.keys.end(), is_it)) continue;
      if (key == "parameters" && value.IsSequence()) {
        parameter[key] = ParametersAsWritten(value, dialect);
      } else if (key == "value" || key == "default" || !value.IsScalar()) {
        if (Result<json::value> data = ReadValue(value, dialect)) parameter[key] = *std::move(data);
      } else if (!IsNull(value)) {
        parameter[key] = value.text();
      }
    }
  }
  return written;
}

std::vector<OutputEntry> DecodeOutputs(yaml::Node node, Decoder& decoder) {
  std::vector<OutputEntry> out;
  out.reserve(node.size());
  for (size_t i = 0; i < node.size(); ++i) {
    const yaml::Node item = node.item(i);
    if (IsNull(item)) continue;
    OutputEntry entry;
    DecodeObject(decoder, item, kOutput, entry);
    if (!item.IsMapping()) continue;
    if (entry.output.name.empty()) {
      decoder.diagnostics().AddError("an output has no name", item.pos(), "add name: NAME");
      continue;
    }
    if (!CheckName(entry.output.name, "|{}$", "an output", entry.output.pos, decoder)) continue;
    out.push_back(std::move(entry));
  }
  FindTwice(
      out, decoder, [](const OutputEntry& one) { return std::string_view(one.output.name); },
      [&](const OutputEntry& one) {
        decoder.diagnostics().AddWarning("duplicate-output", "output " + Named(one.output.name) + " is given twice",
                                         one.output.pos, "make it one");
      });
  return out;
}

}  // namespace davit::manifest
