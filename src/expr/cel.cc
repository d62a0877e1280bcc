#include "expr/cel.h"

#include <algorithm>
#include <cmath>

#include "expr/cel_functions.h"

namespace davit::cel {
namespace {

using Syntax = Node::Kind;

/// `a.b.c` as written, where it begins with a name; nullptr root where it is no such chain.
const Node* RootOf(const Node& node, std::string* path) {
  if (node.kind == Syntax::kName) {
    *path = node.name;
    return &node;
  }
  if (node.kind != Syntax::kSelect && node.kind != Syntax::kHas) return nullptr;
  const Node* root = RootOf(*node.children[0], path);
  if (root != nullptr) *path += "." + node.name;
  return root;
}

class NameFinder {
 public:
  void Look(const Node& node) {
    std::string path;
    if (const Node* root = RootOf(node, &path)) {
      const bool local = !root->absolute && std::find(locals_.begin(), locals_.end(), root->name) != locals_.end();
      const bool known = std::any_of(found.begin(), found.end(), [&](const NameUse& use) { return use.name == path; });
      if (!local && !known) found.push_back({std::move(path), root->at});
      return;
    }
    if (node.children.empty()) return;
    Look(*node.children[0]);
    const size_t depth = locals_.size();
    if (!node.variable.empty()) locals_.push_back(node.variable);
    if (!node.second_variable.empty()) locals_.push_back(node.second_variable);
    for (size_t i = 1; i < node.children.size(); ++i) Look(*node.children[i]);
    locals_.resize(depth);
  }

  std::vector<NameUse> found;

 private:
  std::vector<std::string_view> locals_;
};

constexpr std::string_view kTypes[] = {"bool",
                                       "int",
                                       "uint",
                                       "double",
                                       "string",
                                       "bytes",
                                       "list",
                                       "map",
                                       "type",
                                       "null_type",
                                       "google.protobuf.Timestamp",
                                       "google.protobuf.Duration"};

class Evaluator final : public Calls {
 public:
  Evaluator(const Lookup& lookup, size_t limit) : lookup_(lookup), limit_(limit) {}

  bool Spend(size_t steps) override {
    spent_ += std::min(steps, limit_);
    return spent_ <= limit_;
  }

  Value Run(const Node& root) {
    Value result = Eval(root);
    // Nothing absorbs this error, no `|| true`.
    // One that holds the same list again and again is larger than what it took to make it.
    const bool holds = result.Is(Kind::kList) || result.Is(Kind::kMap);
    if (spent_ > limit_ || (holds && WeightOf(result, Weighed::kWhole, limit_) > limit_))
      return Value::OfError("this takes more than " + std::to_string(limit_) + " steps", root.at);
    return result;
  }

 private:
  Value Eval(const Node& node) {
    if (!Spend(1)) return Value::OfError("too many steps", node.at);
    switch (node.kind) {
      case Syntax::kLiteral:
        return node.literal;
      case Syntax::kName:
      case Syntax::kSelect:
        return Field(node);
      case Syntax::kHas:
        return Has(node);
      case Syntax::kList:
        return MakeList(node);
      case Syntax::kMap:
        return MakeMap(node);
      case Syntax::kAnd:
      case Syntax::kOr:
        return Logic(node);
      case Syntax::kNot:
      case Syntax::kNegate:
        return Unary(node);
      case Syntax::kConditional: {
        Value condition = Condition(*node.children[0]);
        return condition.Stops() ? condition : Eval(*node.children[condition.boolean() ? 1 : 2]);
      }
      case Syntax::kIndex:
        return Index(node);
      case Syntax::kCall:
        return Call(node);
      case Syntax::kBind:
        return Bind(node);
      default:
        return Macro(node);
    }
  }

  /// A bool, an unknown or an error.
  Value Condition(const Node& node) {
    Value value = Eval(node);
    if (value.Stops() || value.Is(Kind::kBool)) return value;
    return Value::OfError("true or false is expected, this is " + KindWords(value), node.at);
  }

  const Value* Local(const Node& name) const {
    if (name.absolute) return nullptr;
    for (auto it = locals_.rbegin(); it != locals_.rend(); ++it) {
      if (it->first == name.name) return &it->second;
    }
    return nullptr;
  }

  Value Field(const Node& node) {
    std::string path;
    const Node* root = RootOf(node, &path);
    if (root == nullptr) return Select(Eval(*node.children[0]), node);
    if (const Value* local = Local(*root))
      return node.kind == Syntax::kName ? *local : Select(Field(*node.children[0]), node);
    if (!Spend(path.size() / 8)) return Value::OfError("too many steps", node.at);
    if (std::optional<Value> value = lookup_(path)) return *value;
    if (IsTypeName(path)) return Value::OfType(path);
    if (node.kind == Syntax::kName) return Value::OfError("there is no '" + root->name + "'", root->at);
    return Select(Field(*node.children[0]), node);
  }

  static Value Select(Value operand, const Node& node) {
    if (operand.Stops()) return operand;
    if (!operand.Is(Kind::kMap))
      return Value::OfError(KindWords(operand) + " has no field '" + node.name + "'", node.at);
    const Value* value = FindKey(operand.map(), Value::OfString(node.name));
    return value != nullptr ? *value : Value::OfError("there is no key '" + node.name + "'", node.at);
  }

  Value Has(const Node& node) {
    std::string path;
    const Node* root = RootOf(node, &path);
    if (root != nullptr && Local(*root) == nullptr && lookup_(path)) return Value::Of(true);
    const Value operand = Eval(*node.children[0]);
    if (operand.Stops()) return operand;
    if (!operand.Is(Kind::kMap)) return Value::OfError(KindWords(operand) + " has no fields", node.at);
    return Value::Of(FindKey(operand.map(), Value::OfString(node.name)) != nullptr);
  }

  Value MakeList(const Node& node) {
    List items;
    items.reserve(node.children.size());
    for (const auto& child : node.children) {
      items.push_back(Eval(*child));
      if (items.back().Stops()) return items.back();
    }
    return Value::OfList(std::move(items));
  }

  Value MakeMap(const Node& node) {
    Map entries;
    for (size_t i = 0; i < node.children.size(); i += 2) {
      Value key = Eval(*node.children[i]);
      if (key.Stops()) return key;
      Value value = Eval(*node.children[i + 1]);
      if (value.Stops()) return value;
      if (Value added = Insert(entries, std::move(key), std::move(value), node.children[i]->at); added.Stops())
        return added;
    }
    return Value::OfMap(std::move(entries));
  }

  Value Insert(Map& entries, Value key, Value value, size_t at) {
    if (!key.Is(Kind::kBool) && !key.Is(Kind::kInt) && !key.Is(Kind::kUint) && !key.Is(Kind::kString))
      return Value::OfError(KindWords(key) + " cannot be a key", at);
    if (!Spend(entries.size())) return Value::OfError("too many steps", at);
    if (FindKey(entries, key) != nullptr) return Value::OfError("this key is there twice", at);
    entries.emplace_back(std::move(key), std::move(value));
    return {};
  }

  /// `false && x` is false and `true || x` is true whatever x is, on either side.
  Value Logic(const Node& node) {
    const bool decides = node.kind == Syntax::kOr;
    std::optional<Value> unknown;
    std::optional<Value> error;
    for (const auto& child : node.children) {
      Value value = Condition(*child);
      if (value.Stops()) {
        std::optional<Value>& kept = value.Is(Kind::kError) ? error : unknown;
        if (!kept) kept = std::move(value);
      } else if (value.boolean() == decides) {
        return value;
      }
    }
    if (unknown) return *unknown;
    return error ? *error : Value::Of(!decides);
  }

  Value Unary(const Node& node) {
    const Value value = Eval(*node.children[0]);
    if (value.Stops()) return value;
    if (node.kind == Syntax::kNot)
      return value.Is(Kind::kBool) ? Value::Of(!value.boolean()) : NoOverload("!", {value}, node.at);
    if (value.Is(Kind::kDouble)) return Value::Of(-value.number());
    if (!value.Is(Kind::kInt)) return NoOverload("-", {value}, node.at);
    int64_t result = 0;
    if (__builtin_sub_overflow(int64_t{0}, value.integer(), &result))
      return Value::OfError("the result does not fit 64 bits", node.at);
    return Value::Of(result);
  }

  Value Index(const Node& node) {
    const Value of = Eval(*node.children[0]);
    if (of.Stops()) return of;
    const Value index = Eval(*node.children[1]);
    if (index.Stops()) return index;
    if (of.Is(Kind::kMap)) {
      if (!Spend(of.map().size() / 8)) return Value::OfError("too many steps", node.at);
      const Value* value = FindKey(of.map(), index);
      return value != nullptr ? *value : Value::OfError("there is no such key", node.at);
    }
    if (!of.Is(Kind::kList)) return NoOverload("[]", {of, index}, node.at);
    const List& list = of.list();
    const std::optional<size_t> place = Place(index, list.size());
    return place ? list[*place]
                 : Value::OfError("a list of " + std::to_string(list.size()) + " has no such index", node.at);
  }

  /// 1u and 1.0 are the index 1; 0.5 is none.
  static std::optional<size_t> Place(const Value& index, size_t size) {
    size_t place = size;
    if (index.Is(Kind::kInt) && index.integer() >= 0) place = static_cast<size_t>(index.integer());
    if (index.Is(Kind::kUint)) place = static_cast<size_t>(index.uinteger());
    if (index.Is(Kind::kDouble) && index.number() >= 0 && index.number() < static_cast<double>(size) &&
        index.number() == std::floor(index.number()))
      place = static_cast<size_t>(index.number());
    return place < size ? std::optional(place) : std::nullopt;
  }

  Value Call(const Node& node) {
    std::vector<Value> arguments;
    arguments.reserve(node.children.size());
    if (node.function == nullptr) return Value::OfError("there is no function '" + node.name + "'", node.at);
    for (const auto& child : node.children) {
      arguments.push_back(Eval(*child));
      if (arguments.back().Stops()) return arguments.back();
    }
    return node.function(*this, arguments, node.at);
  }

  Value Bind(const Node& node) {
    locals_.emplace_back(node.variable, Eval(*node.children[0]));
    Value result = Eval(*node.children[1]);
    locals_.pop_back();
    return result;
  }

  /// One round of a macro: its variables, then `body`.
  Value Round(const Node& node, const Value& key, const Value& value, const Node& body, bool condition) {
    const bool two = !node.second_variable.empty();
    locals_.emplace_back(node.variable, two ? key : value);
    if (two) locals_.emplace_back(node.second_variable, value);
    Value result = condition ? Condition(body) : Eval(body);
    locals_.resize(locals_.size() - (two ? 2 : 1));
    return result;
  }

  Value Macro(const Node& node) {
    const Value range = Eval(*node.children[0]);
    if (range.Stops()) return range;
    if (!range.Is(Kind::kList) && !range.Is(Kind::kMap))
      return Value::OfError("'" + node.name + "' goes over a list or a map, this is " + KindWords(range), node.at);
    // Over a map one variable is the key.
    const bool two = !node.second_variable.empty();
    const size_t size = range.Is(Kind::kList) ? range.list().size() : range.map().size();
    auto key = [&](size_t i) {
      return range.Is(Kind::kList) ? Value::Of(static_cast<int64_t>(i)) : range.map()[i].first;
    };
    auto value = [&](size_t i) {
      return range.Is(Kind::kList) ? range.list()[i] : two ? range.map()[i].second : range.map()[i].first;
    };
    switch (node.kind) {
      case Syntax::kAll:
      case Syntax::kExists: {
        const bool decides = node.kind == Syntax::kExists;
        std::optional<Value> unknown;
        std::optional<Value> error;
        for (size_t i = 0; i < size; ++i) {
          Value holds = Round(node, key(i), value(i), *node.children[1], true);
          if (holds.Stops()) {
            (holds.Is(Kind::kError) ? error : unknown) = std::move(holds);
          } else if (holds.boolean() == decides) {
            return holds;
          }
        }
        if (unknown) return *unknown;
        return error ? *error : Value::Of(!decides);
      }
      case Syntax::kExistsOne: {
        size_t count = 0;
        for (size_t i = 0; i < size; ++i) {
          const Value holds = Round(node, key(i), value(i), *node.children[1], true);
          if (holds.Stops()) return holds;
          count += holds.boolean() ? 1 : 0;
        }
        return Value::Of(count == 1);
      }
      default:
        break;
    }
    List list;
    Map map;
    const bool conditional = node.kind == Syntax::kFilter || node.children.size() == 3;
    for (size_t i = 0; i < size; ++i) {
      if (conditional) {
        const Value wanted = Round(node, key(i), value(i), *node.children[1], true);
        if (wanted.Stops()) return wanted;
        if (!wanted.boolean()) continue;
      }
      Value result =
          node.kind == Syntax::kFilter ? value(i) : Round(node, key(i), value(i), *node.children.back(), false);
      if (result.Stops()) return result;
      if (node.kind == Syntax::kTransform) {
        map.emplace_back(key(i), std::move(result));
      } else {
        list.push_back(std::move(result));
      }
    }
    return node.kind == Syntax::kTransform ? Value::OfMap(std::move(map)) : Value::OfList(std::move(list));
  }

  const Lookup& lookup_;
  const size_t limit_;
  size_t spent_ = 0;
  std::vector<std::pair<std::string_view, Value>> locals_;
};

}  // namespace

bool IsTypeName(std::string_view name) {
  return std::find(std::begin(kTypes), std::end(kTypes), name) != std::end(kTypes);
}

tl::expected<Program, SyntaxError> Program::Parse(std::string_view text, Extent extent) {
  auto syntax = cel::Parse(text, extent);
  if (!syntax) return tl::unexpected(syntax.error());
  Program program;
  program.root_ = std::move(syntax->root);
  program.length_ = syntax->length;
  NameFinder finder;
  finder.Look(*program.root_);
  program.names_ = std::move(finder.found);
  return program;
}

Value Program::Evaluate(const Lookup& lookup, size_t cost_limit) const {
  return Evaluator(lookup, cost_limit).Run(*root_);
}

}  // namespace davit::cel
