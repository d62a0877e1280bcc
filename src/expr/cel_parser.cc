#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "expr/cel_functions.h"
#include "expr/cel_lexer.h"
#include "expr/cel_syntax.h"

namespace davit::cel {
namespace {

using NodePtr = std::unique_ptr<Node>;
using Kind = Node::Kind;

constexpr std::string_view kReserved[] = {"as",        "break",  "const",  "continue", "else",  "for",
                                          "function",  "if",     "import", "let",      "loop",  "package",
                                          "namespace", "return", "var",    "void",     "while", "in"};

/// Unwinds the parser; never leaves this file.
struct Stop {
  SyntaxError error;
};

[[noreturn]] void Wrong(size_t at, std::string message, std::string suggestion = {}) {
  throw Stop{{std::move(message), at, std::move(suggestion)}};
}

std::string Shown(const Token& token) {
  return token.kind == Token::Kind::kEnd ? "the end" : "`" + std::string(token.text) + "`";
}

class Parser {
 public:
  explicit Parser(std::string_view text) : lexer_(text) { Advance(); }

  Syntax Run(Extent extent) {
    Syntax syntax;
    syntax.root = Conditional();
    syntax.length = token_.at;
    const bool whole = extent == Extent::kWhole;
    if (whole ? token_.kind != Token::Kind::kEnd : !token_.Is("}")) {
      Wrong(token_.at,
            std::string("an operator or ") + (whole ? "the end" : "`}`") + " is expected before " + Shown(token_));
    }
    return syntax;
  }

 private:
  struct Level {
    explicit Level(Parser& parser) : parser(parser) {
      // Each level of nesting costs a dozen frames here: fewer of them than a tree may have.
      if (++parser.nesting_ > kMaxLevels / 2) Wrong(parser.token_.at, "this is nested too deeply");
    }
    ~Level() { --parser.nesting_; }
    Parser& parser;
  };

  void Advance() {
    auto next = lexer_.Next();
    if (!next) throw Stop{next.error()};
    token_ = std::move(*next);
  }
  Token Next() {
    Token token = std::move(token_);
    Advance();
    return token;
  }
  bool Take(std::string_view sign) {
    if (!token_.Is(sign)) return false;
    Advance();
    return true;
  }
  void Need(std::string_view sign, const char* where) {
    if (!Take(sign)) Wrong(token_.at, "`" + std::string(sign) + "` is expected " + where + ", not " + Shown(token_));
  }

  static NodePtr New(Kind kind, size_t at) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->at = at;
    return node;
  }
  static void Add(Node& parent, NodePtr child) {
    parent.levels = std::max(parent.levels, child->levels + 1);
    if (parent.levels > kMaxLevels)
      Wrong(child->at, "this has too many operators in a row", "name parts of it as parameters of their own");
    parent.children.push_back(std::move(child));
  }
  template <typename... Children>
  static NodePtr With(Kind kind, size_t at, Children... children) {
    NodePtr node = New(kind, at);
    (Add(*node, std::move(children)), ...);
    return node;
  }
  static NodePtr Operator(std::string_view name, size_t at, NodePtr left, NodePtr right) {
    NodePtr node = With(Kind::kCall, at, std::move(left), std::move(right));
    node->name = name;
    node->function = FindFunction(name, false);
    return node;
  }

  NodePtr Conditional() {
    const Level level(*this);
    NodePtr condition = Chain(Kind::kOr, "||");
    const size_t at = token_.at;
    if (!Take("?")) return condition;
    NodePtr yes = Chain(Kind::kOr, "||");
    Need(":", "between the two results of `?`");
    NodePtr no = Conditional();
    return With(Kind::kConditional, at, std::move(condition), std::move(yes), std::move(no));
  }

  /// `a || b || c` is one node: neither order nor nesting matters.
  NodePtr Chain(Kind kind, std::string_view sign) {
    auto next = [&] { return kind == Kind::kOr ? Chain(Kind::kAnd, "&&") : Relation(); };
    NodePtr first = next();
    if (!token_.Is(sign)) return first;
    NodePtr node = New(kind, token_.at);
    Add(*node, std::move(first));
    while (Take(sign)) Add(*node, next());
    return node;
  }

  NodePtr Relation() {
    NodePtr left = Binary(0);
    for (;;) {
      static constexpr std::string_view kSigns[] = {"==", "!=", "<", "<=", ">", ">="};
      const bool in = token_.IsName("in");
      const bool sign = token_.kind == Token::Kind::kSign &&
                        std::find(std::begin(kSigns), std::end(kSigns), token_.text) != std::end(kSigns);
      if (!in && !sign) return left;
      const Token token = Next();
      left = Operator(token.text, token.at, std::move(left), Binary(0));
    }
  }

  /// 0: + and -, 1: * / %.
  NodePtr Binary(int rank) {
    auto next = [&] { return rank == 0 ? Binary(1) : Unary(); };
    NodePtr left = next();
    for (;;) {
      const bool fits =
          rank == 0 ? token_.Is("+") || token_.Is("-") : token_.Is("*") || token_.Is("/") || token_.Is("%");
      if (!fits) return left;
      const Token token = Next();
      left = Operator(token.text, token.at, std::move(left), next());
    }
  }

  NodePtr Unary() {
    const Level level(*this);
    const size_t at = token_.at;
    if (Take("!")) return With(Kind::kNot, at, Unary());
    if (Take("-")) {
      // The sign belongs to a number that follows it: else there would be no -9223372036854775808.
      if (token_.kind == Token::Kind::kInt || token_.kind == Token::Kind::kDouble) return Member(Number(true, at));
      return With(Kind::kNegate, at, Unary());
    }
    return Member(Primary());
  }

  NodePtr Member(NodePtr node) {
    for (;;) {
      const size_t at = token_.at;
      if (Take("[")) {
        NodePtr index = Conditional();
        Need("]", "after an index");
        node = With(Kind::kIndex, at, std::move(node), std::move(index));
      } else if (Take(".")) {
        const Token name = token_;
        if (name.kind != Token::Kind::kName && name.kind != Token::Kind::kQuotedName)
          Wrong(name.at, "a name is expected after `.`, not " + Shown(name));
        Advance();
        if (name.kind == Token::Kind::kName && token_.Is("(")) {
          node = ReceiverCall(std::move(node), name);
        } else {
          node = With(Kind::kSelect, name.at, std::move(node));
          node->name = name.text;
        }
      } else if (token_.Is("{") && (node->kind == Kind::kSelect || node->kind == Kind::kName)) {
        Wrong(at, "messages cannot be written here", "write a map: {'field': value}");
      } else {
        return node;
      }
    }
  }

  NodePtr Primary() {
    const size_t at = token_.at;
    switch (token_.kind) {
      case Token::Kind::kInt:
      case Token::Kind::kUint:
      case Token::Kind::kDouble:
        return Number(false, at);
      case Token::Kind::kString:
      case Token::Kind::kBytes: {
        const bool text = token_.kind == Token::Kind::kString;
        Value value = text ? Value::OfString(std::move(token_.data)) : Value::OfBytes(std::move(token_.data));
        Advance();
        return Literal(at, std::move(value));
      }
      case Token::Kind::kName:
        return Name(false);
      case Token::Kind::kSign:
        break;
      default:
        Wrong(at, "a value is expected, not " + Shown(token_));
    }
    if (Take("(")) {
      NodePtr node = Conditional();
      Need(")", "at the end of what `(` begins");
      return node;
    }
    if (Take("[")) {
      NodePtr list = New(Kind::kList, at);
      for (NodePtr& item : Items("]", "list")) Add(*list, std::move(item));
      return list;
    }
    if (Take("{")) return MapEntries(at);
    if (Take(".")) {
      if (token_.kind != Token::Kind::kName) Wrong(token_.at, "a name is expected after `.`, not " + Shown(token_));
      return Name(true);
    }
    Wrong(at, "a value is expected, not " + Shown(token_));
  }

  static NodePtr Literal(size_t at, Value value) {
    NodePtr node = New(Kind::kLiteral, at);
    node->literal = std::move(value);
    return node;
  }

  NodePtr Number(bool negative, size_t at) {
    const Token token = Next();
    std::string text = (negative ? "-" : "") + std::string(token.text);
    if (token.kind == Token::Kind::kDouble) return Literal(at, Value::Of(std::strtod(text.c_str(), nullptr)));
    const size_t sign = negative ? 1 : 0;
    const bool hex = token.text.starts_with("0x") || token.text.starts_with("0X");
    if (hex) text.erase(sign, 2);
    const char* const end = text.data() + text.size();
    int64_t integer = 0;
    uint64_t uinteger = 0;
    const bool is_int = token.kind == Token::Kind::kInt;
    const auto read = is_int ? std::from_chars(text.data(), end, integer, hex ? 16 : 10)
                             : std::from_chars(text.data(), end, uinteger, hex ? 16 : 10);
    if (read.ec != std::errc() || read.ptr != end)
      Wrong(at, "this number does not fit 64 bits", is_int ? "write it as a double, with `.0`" : "");
    return Literal(at, is_int ? Value::Of(integer) : Value::Of(uinteger));
  }

  NodePtr Name(bool absolute) {
    const Token token = Next();
    if (!absolute && token.text == "true") return Literal(token.at, Value::Of(true));
    if (!absolute && token.text == "false") return Literal(token.at, Value::Of(false));
    if (!absolute && token.text == "null") return Literal(token.at, Value());
    if (std::find(std::begin(kReserved), std::end(kReserved), token.text) != std::end(kReserved))
      Wrong(token.at, "`" + std::string(token.text) + "` is a reserved word");
    if (token_.Is("(")) return GlobalCall(token);
    NodePtr node = New(Kind::kName, token.at);
    node->name = token.text;
    node->absolute = absolute;
    return node;
  }

  std::vector<NodePtr> Items(std::string_view end, const char* what) {
    std::vector<NodePtr> items;
    while (!Take(end)) {
      items.push_back(Conditional());
      if (Take(end)) break;
      Need(",", (std::string("between the items of a ") + what).c_str());
    }
    return items;
  }

  NodePtr MapEntries(size_t at) {
    NodePtr map = New(Kind::kMap, at);
    while (!Take("}")) {
      Add(*map, Conditional());
      Need(":", "between key and value of a map");
      Add(*map, Conditional());
      if (Take("}")) break;
      Need(",", "between the entries of a map");
    }
    return map;
  }

  std::vector<NodePtr> Arguments() {
    Need("(", "before arguments");
    std::vector<NodePtr> arguments;
    while (!Take(")")) {
      arguments.push_back(Conditional());
      if (Take(")")) break;
      Need(",", "between arguments");
      if (token_.Is(")")) Wrong(token_.at, "a value is expected after the last `,`");
    }
    return arguments;
  }

  NodePtr GlobalCall(const Token& name) {
    std::vector<NodePtr> arguments = Arguments();
    if (name.text == "has" && arguments.size() == 1) {
      NodePtr selected = std::move(arguments[0]);
      if (selected->kind != Kind::kSelect) Wrong(selected->at, "has() takes a field: has(a.b)");
      selected->kind = Kind::kHas;
      return selected;
    }
    NodePtr call = New(Kind::kCall, name.at);
    call->name = name.text;
    call->function = FindFunction(name.text, false);
    for (NodePtr& argument : arguments) Add(*call, std::move(argument));
    return call;
  }

  NodePtr ReceiverCall(NodePtr receiver, const Token& name) {
    std::vector<NodePtr> arguments = Arguments();
    if (const std::optional<Kind> macro = MacroOf(*receiver, name.text, arguments.size()))
      return Macro(*macro, std::move(receiver), name, std::move(arguments));
    NodePtr call = New(Kind::kCall, name.at);
    call->name = name.text;
    // A name space is no value: math.abs(x).
    if (receiver->kind == Kind::kName) {
      const std::string qualified = receiver->name + "." + std::string(name.text);
      if (const Function function = FindExtension(qualified)) {
        call->name = qualified;
        call->function = function;
        for (NodePtr& argument : arguments) Add(*call, std::move(argument));
        return call;
      }
    }
    call->function = FindFunction(name.text, true);
    Add(*call, std::move(receiver));
    for (NodePtr& argument : arguments) Add(*call, std::move(argument));
    return call;
  }

  static std::optional<Kind> MacroOf(const Node& receiver, std::string_view name, size_t arguments) {
    struct Form {
      std::string_view name;
      size_t arguments;
      Kind kind;
    };
    // The forms with one more argument have two variables: index or key, and value.
    static constexpr Form kForms[] = {{"all", 2, Kind::kAll},
                                      {"all", 3, Kind::kAll},
                                      {"exists", 2, Kind::kExists},
                                      {"exists", 3, Kind::kExists},
                                      {"exists_one", 2, Kind::kExistsOne},
                                      {"exists_one", 3, Kind::kExistsOne},
                                      {"existsOne", 2, Kind::kExistsOne},
                                      {"existsOne", 3, Kind::kExistsOne},
                                      {"filter", 2, Kind::kFilter},
                                      {"map", 2, Kind::kMapping},
                                      {"map", 3, Kind::kMapping},
                                      {"transformList", 3, Kind::kMapping},
                                      {"transformList", 4, Kind::kMapping},
                                      {"transformMap", 3, Kind::kTransform},
                                      {"transformMap", 4, Kind::kTransform}};
    if (receiver.kind == Kind::kName && receiver.name == "cel" && name == "bind" && arguments == 3) return Kind::kBind;
    for (const Form& form : kForms) {
      if (form.name == name && form.arguments == arguments) return form.kind;
    }
    return std::nullopt;
  }

  static std::string Variable(const Node& node) {
    if (node.kind != Kind::kName || node.absolute)
      Wrong(node.at, "the name of a variable is expected here", "list.exists(x, x > 1): x is the variable");
    return node.name;
  }

  static NodePtr Macro(Kind kind, NodePtr range, const Token& name, std::vector<NodePtr> arguments) {
    NodePtr node = New(kind, name.at);
    node->name = name.text;
    node->variable = Variable(*arguments[0]);
    if (kind == Kind::kBind) {
      Add(*node, std::move(arguments[1]));
      Add(*node, std::move(arguments[2]));
      return node;
    }
    size_t first = 1;
    const bool two = name.text.starts_with("transform") ||
                     (arguments.size() == 3 && kind != Kind::kMapping && kind != Kind::kFilter);
    if (two) {
      node->second_variable = Variable(*arguments[1]);
      if (node->second_variable == node->variable) Wrong(arguments[1]->at, "the two variables need names that differ");
      first = 2;
    }
    Add(*node, std::move(range));
    for (size_t i = first; i < arguments.size(); ++i) Add(*node, std::move(arguments[i]));
    return node;
  }

  Lexer lexer_;
  Token token_;
  int nesting_ = 0;
};

}  // namespace

tl::expected<Syntax, SyntaxError> Parse(std::string_view text, Extent extent) {
  const bool cut = text.size() > kMaxTextBytes;
  const auto too_long = [] {
    return tl::unexpected<SyntaxError>(
        {"an expression has at most " + std::to_string(kMaxTextBytes) + " bytes", 0, {}});
  };
  if (cut && extent == Extent::kWhole) return too_long();
  try {
    return Parser(text.substr(0, kMaxTextBytes)).Run(extent);
  } catch (Stop& stop) {
    if (cut && stop.error.at >= kMaxTextBytes) return too_long();
    return tl::unexpected<SyntaxError>(std::move(stop.error));
  }
}

}  // namespace davit::cel
