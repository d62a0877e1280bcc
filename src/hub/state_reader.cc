// Reading a state file.
#include <optional>

#include "hub/captured_lists.h"
#include "hub/state_file.h"
#include "hub/yaml_value.h"

namespace davit::hub {
namespace {

/// Reads nodes; keeps the first thing that has another shape than it should.
class Reader {
 public:
  std::optional<Error> error;
  /// Lists that were taken out: where they stood there is their number.
  const std::vector<CapturedOutputs>* lists = nullptr;

  void Wrong(std::string message, Pos pos) {
    if (!error) error = Fail(ErrorCode::kInvalidInput, std::move(message), "", pos).value();
  }
  bool Mapping(const yaml::Node& node, const std::string& what) {
    if (!node.IsMapping() && !IsNull(node)) Wrong(what + " is a map: {key: value}", node.pos());
    return node.IsMapping();
  }
  /// Calls `each` with every item, where it is a list.
  template <typename Each>
  void List(const yaml::Node& node, const std::string& what, Each each) {
    if (!node.IsSequence()) {
      if (!IsNull(node)) Wrong(what + " is a list", node.pos());
      return;
    }
    for (size_t i = 0; i < node.size(); ++i) each(node.item(i));
  }
  /// Calls `each` with key and value of every pair, where it is a map.
  template <typename Each>
  void Pairs(const yaml::Node& node, const std::string& what, Each each) {
    if (!Mapping(node, what)) return;
    for (size_t i = 0; i < node.size(); ++i) each(node.key(i), node.value(i));
  }
  std::string Text(const yaml::Node& node, std::string_view what) {
    if (!node.IsScalar()) {
      Wrong("'" + std::string(what) + "' is a text", node.pos());
      return {};
    }
    return NodeToText(node);
  }
  TimeMs Time(const yaml::Node& node, std::string_view what) {
    const std::string text = Text(node, what);
    const TimeMs time = ParseTime(text);
    if (time == 0 && !text.empty() && !text.starts_with("0001-"))
      Wrong("'" + std::string(what) + "' is a time like 2026-11-24T14:03:05Z", node.pos());
    return time;
  }

  LockedParameter Parameter(const yaml::Node& node) {
    LockedParameter parameter;
    Pairs(node, "a parameter", [&](std::string_view key, const yaml::Node& value) {
      if (key == "name") parameter.name = Text(value, key);
      if (key == "component") parameter.component = Text(value, key);
      if (key == "env") parameter.env = Text(value, key);
      if (key == "value") parameter.value = NodeToJson(value);
    });
    if (parameter.name.empty()) Wrong("this parameter has no name", node.pos());
    return parameter;
  }
  std::shared_ptr<const CapturedOutput> Captured(const yaml::Node& node) {
    auto output = std::make_shared<CapturedOutput>();
    Pairs(node, "an output", [&](std::string_view key, const yaml::Node& value) {
      if (key == "name") output->name = Text(value, key);
      if (key == "component") output->component = Text(value, key);
      if (key == "componentOrigin") output->component_origin = Text(value, key);
      if (key == "componentKind") output->component_kind = Text(value, key);
      if (key == "brief") output->brief = Text(value, key);
      if (key == "kind") output->kind = Text(value, key);
      if (key == "value") output->value = NodeToJson(value);
    });
    if (output->name.empty()) Wrong("this output has no name", node.pos());
    return output;
  }
  void CapturedList(const yaml::Node& node, CapturedOutputs& outputs) {
    const json::value number = node.IsScalar() ? NodeToJson(node) : json::value();
    if (lists != nullptr && number.is_int64() && static_cast<size_t>(number.get_int64()) < lists->size()) {
      outputs = (*lists)[static_cast<size_t>(number.get_int64())];
    } else {
      List(node, "'capturedOutputs'", [&](const yaml::Node& item) { outputs.push_back(Captured(item)); });
    }
  }
  StackOutput Output(const yaml::Node& node) {
    const std::shared_ptr<const CapturedOutput> output = Captured(node);
    return {output->name, output->value, output->brief, output->kind};
  }
  void Meta(const yaml::Node& node, ComponentMeta& meta) {
    Pairs(node, "'meta'", [&](std::string_view key, const yaml::Node& value) {
      if (key == "origin") meta.origin = Text(value, key);
      if (key == "kind") meta.kind = Text(value, key);
      if (key == "title") meta.title = Text(value, key);
      if (key == "brief") meta.brief = Text(value, key);
      if (key == "description") meta.description = Text(value, key);
      if (key == "version") meta.version = Text(value, key);
      if (key == "maturity") meta.maturity = Text(value, key);
      if (key == "icon") meta.icon = Text(value, key);
    });
  }
  ComponentState Component(const yaml::Node& node, const std::string& name) {
    ComponentState component;
    std::string version;  // where an older hubctl wrote it
    Pairs(node, "component '" + name + "'", [&](std::string_view key, const yaml::Node& value) {
      if (key == "timestamp") {
        component.timestamp = Time(value, key);
      } else if (key == "timestamps") {
        Pairs(value, "'timestamps'", [&](std::string_view which, const yaml::Node& time) {
          if (which == "start") component.start = Time(time, which);
          if (which == "end") component.end = Time(time, which);
        });
      } else if (key == "status") {
        component.status = Text(value, key);
      } else if (key == "version") {
        version = Text(value, key);
      } else if (key == "meta") {
        Meta(value, component.meta);
      } else if (key == "message") {
        component.message = Text(value, key);
      } else if (key == "parameters") {
        List(value, "'parameters'", [&](const yaml::Node& item) { component.parameters.push_back(Parameter(item)); });
      } else if (key == "rawOutputs") {
        List(value, "'rawOutputs'", [&](const yaml::Node& item) {
          const std::shared_ptr<const CapturedOutput> output = Captured(item);
          const std::optional<yaml::Node> text = item.IsMapping() ? item.Find("value") : std::nullopt;
          component.raw_outputs.push_back({output->name, text ? NodeToText(*text) : ""});
        });
      } else if (key == "capturedOutputs") {
        CapturedList(value, component.captured_outputs);
      } else {
        component.other[key] = NodeToJson(value);
      }
    });
    if (component.meta.version.empty()) component.meta.version = version;
    return component;
  }
  Operation OperationOf(const yaml::Node& node) {
    Operation operation;
    Pairs(node, "an operation", [&](std::string_view key, const yaml::Node& value) {
      if (key == "id") {
        operation.id = Text(value, key);
      } else if (key == "operation") {
        operation.operation = Text(value, key);
      } else if (key == "timestamp") {
        operation.timestamp = Time(value, key);
      } else if (key == "status") {
        operation.status = Text(value, key);
      } else if (key == "options") {
        if (Mapping(value, "'options'")) operation.options = NodeToJson(value).as_object();
      } else if (key == "description") {
        operation.description = Text(value, key);
      } else if (key == "initiator") {
        operation.initiator = Text(value, key);
      } else if (key == "logs") {
        operation.logs = Text(value, key);
      } else if (key == "phases") {
        List(value, "'phases'", [&](const yaml::Node& item) {
          Phase phase;
          Pairs(item, "a phase", [&](std::string_view name, const yaml::Node& text) {
            if (name == "phase") phase.phase = Text(text, name);
            if (name == "status") phase.status = Text(text, name);
          });
          operation.phases.push_back(std::move(phase));
        });
      } else {
        operation.other[key] = NodeToJson(value);
      }
    });
    return operation;
  }
  void Stack(std::string_view key, const yaml::Node& value, StateFile& state) {
    if (key == "timestamp") {
      state.timestamp = Time(value, key);
    } else if (key == "status") {
      state.status = Text(value, key);
    } else if (key == "message") {
      state.message = Text(value, key);
    } else if (key == "meta") {
      Pairs(value, "'meta'", [&](std::string_view name, const yaml::Node& text) {
        if (name == "kind") state.meta_kind = Text(text, name);
        if (name == "name") state.meta_name = Text(text, name);
      });
    } else if (key == "lifecycle") {
      Pairs(value, "'lifecycle'", [&](std::string_view name, const yaml::Node& order) {
        if (name == "order") Names(order, "'order'", state.order);
      });
    } else if (key == "stackParameters") {
      List(value, "'stackParameters'",
           [&](const yaml::Node& item) { state.stack_parameters.push_back(Parameter(item)); });
    } else if (key == "capturedOutputs") {
      CapturedList(value, state.captured_outputs);
    } else if (key == "stackOutputs") {
      List(value, "'stackOutputs'", [&](const yaml::Node& item) { state.stack_outputs.push_back(Output(item)); });
    } else if (key == "provides") {
      Pairs(value, "'provides'", [&](std::string_view name, const yaml::Node& by) {
        Names(by, "'" + std::string(name) + "'", state.provides[std::string(name)]);
      });
    } else if (key == "components") {
      Pairs(value, "'components'", [&](std::string_view name, const yaml::Node& component) {
        state.components.emplace(std::string(name), Component(component, std::string(name)));
      });
    } else if (key == "operations") {
      List(value, "'operations'", [&](const yaml::Node& item) { state.operations.push_back(OperationOf(item)); });
    } else if (key != "version" && key != "kind") {
      state.other[key] = NodeToJson(value);
    }
  }

 private:
  static bool IsNull(const yaml::Node& node) {
    return node.IsScalar() && node.style() == yaml::Style::kPlain && NodeToText(node).empty();
  }
  void Names(const yaml::Node& node, const std::string& what, std::vector<std::string>& names) {
    List(node, what, [&](const yaml::Node& item) { names.push_back(Text(item, "name")); });
  }
};

/// `lists`: those that were taken out of it.
Result<StateFile> ReadState(SourceMap& map, uint32_t file_index, const std::vector<CapturedOutputs>* lists) {
  std::optional<yaml::Document> document;
  TRY_ASSIGN(const std::optional<yaml::Node> root, ParseYaml(map, file_index, &document));
  const std::string& name = map.FileName(file_index);
  if (!root || !root->IsMapping())
    return Fail(ErrorCode::kInvalidInput, name + " is no state file", "name the one that `davit hub deploy -s` wrote",
                map.At(file_index, 0));
  const std::optional<yaml::Node> kind = root->Find("kind");
  if (!kind || NodeToText(*kind) != "state")
    return Fail(ErrorCode::kInvalidInput, name + " is no state file: its kind is not 'state'",
                "name the one that `davit hub deploy -s` wrote", kind ? kind->pos() : root->pos());
  const std::optional<yaml::Node> version = root->Find("version");
  if (!version || NodeToText(*version) != "1")
    return Fail(ErrorCode::kInvalidInput, name + " is a state file of a version that this davit does not know",
                "version 1 is read", version ? version->pos() : root->pos());
  StateFile state;
  Reader reader;
  reader.lists = lists;
  for (size_t i = 0; i < root->size(); ++i) reader.Stack(root->key(i), root->value(i), state);
  if (reader.error) return Fail(*std::move(reader.error));
  return state;
}

/// A large one; nullopt where it is laid out in another way, or anything is wrong: then it is read as any other, for the place.
std::optional<StateFile> ReadLarge(std::string_view text) {
  CapturedLists taken = TakeCapturedLists(text);
  SourceMap map;
  std::optional<yaml::Document> document;
  const Result<std::optional<yaml::Node>> root =
      ParseYaml(map, map.AddFile("items", AsDocument(taken.items)), &document);
  if (!root || (*root && (!(*root)->IsSequence() || (*root)->size() != taken.items.size()))) return std::nullopt;
  Reader reader;
  CapturedOutputs items;
  for (size_t i = 0; *root && i < (*root)->size(); ++i) {
    const yaml::Node one = (*root)->item(i);
    if (!one.IsSequence() || one.size() != 1) return std::nullopt;
    items.push_back(reader.Captured(one.item(0)));
  }
  if (reader.error) return std::nullopt;
  std::vector<CapturedOutputs> lists;
  for (const std::vector<size_t>& indexes : taken.lists) {
    CapturedOutputs& list = lists.emplace_back();
    for (const size_t index : indexes) list.push_back(items[index]);
  }
  Result<StateFile> state = ReadState(map, map.AddFile("state", std::move(taken.rest)), &lists);
  if (!state) return std::nullopt;
  return *std::move(state);
}

}  // namespace

Result<StateFile> ParseStateFile(SourceMap& map, uint32_t file_index, size_t large) {
  map.Hide(file_index);
  const std::string_view text = map.Text(file_index);
  if (text.size() >= large) {
    if (std::optional<StateFile> state = ReadLarge(text)) return *std::move(state);
  }
  return ReadState(map, file_index, nullptr);
}

}  // namespace davit::hub
