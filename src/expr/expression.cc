#include "expr/expression.h"

#include "base/text.h"

namespace davit::expr {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEscape = "$${";

tl::unexpected<Error> Refuse(std::string message, Pos pos) {
  return Fail(ErrorCode::kInvalidInput, std::move(message), "write ${name}, or $${ where the characters ${ are meant",
              pos);
}

}  // namespace

Result<Expression> Parse(std::string_view text, const std::function<Pos(size_t offset)>& at) {
  Expression expression;
  std::string literal;
  const auto end_literal = [&] {
    if (literal.empty()) return;
    expression.parts.push_back({std::move(literal), -1});
    literal.clear();
  };
  size_t i = 0;
  while (i < text.size()) {
    const size_t dollar = text.find('$', i);
    literal += text.substr(i, dollar - i);
    if (dollar == std::string_view::npos) break;
    const std::string_view rest = text.substr(dollar);
    if (rest.starts_with(kEscape)) {
      literal += kOpen;
      i = dollar + kEscape.size();
      continue;
    }
    if (!rest.starts_with(kOpen)) {
      literal += '$';
      i = dollar + 1;
      continue;
    }
    const size_t begin = dollar + kOpen.size();
    const size_t close = text.find('}', begin);
    const size_t inner = text.find(kOpen, begin);
    if (inner < close) return Refuse("${ inside ${ }: an expression holds one name and nothing else", at(inner));
    if (close == std::string_view::npos) return Refuse("${ is never closed by }", at(dollar));
    const std::string_view name = Trim(text.substr(begin, close - begin));
    if (name.empty()) return Refuse("nothing stands between ${ and }", at(dollar));
    for (const char mark : {':', '|'}) {
      const size_t split = name.find(mark);
      if (split == std::string_view::npos || (split > 0 && split + 1 < name.size())) continue;
      return Refuse(std::string("a name is missing ") + (split == 0 ? "before " : "after ") + mark + " in ${" +
                        std::string(name) + "}",
                    at(dollar));
    }
    if (expression.parts.empty()) expression.parts.reserve(3);  // what most have: a text, a name, a text
    end_literal();
    Reference reference;
    reference.text = std::string(name);
    reference.pos = at(static_cast<size_t>(name.data() - text.data()));
    expression.parts.push_back({{}, static_cast<int>(expression.references.size())});
    expression.references.push_back(std::move(reference));
    i = close + 1;
  }
  if (expression.references.empty()) return Constant(json::value(literal));
  end_literal();
  return expression;
}

Expression Constant(json::value value) {
  Expression expression;
  expression.constant = std::move(value);
  return expression;
}

Result<Value> Evaluate(const Expression& expression, const Lookup& lookup) {
  if (expression.IsConstant()) return Value{expression.constant};
  const bool alone = expression.parts.size() == 1;
  Value whole;
  std::string text;
  for (const Expression::Part& part : expression.parts) {
    if (part.reference < 0) {
      text += part.literal;
      continue;
    }
    CHECK(static_cast<size_t>(part.reference) < expression.references.size());
    const Reference& reference = expression.references[static_cast<size_t>(part.reference)];
    Result<Value> value = lookup(reference);
    if (!value) {
      Error error = std::move(value).error();
      if (!error.position) error.position = reference.pos;
      return Fail(std::move(error));
    }
    whole.sensitive = whole.sensitive || value->sensitive;
    whole.unknown = whole.unknown || value->unknown;
    if (alone) {
      whole.data = std::move(value->data);
    } else if (!whole.unknown) {
      text += ToText(value->data);
    }
  }
  if (whole.unknown) {
    whole.data = nullptr;
  } else if (!alone || expression.parts[0].reference < 0) {
    whole.data = json::value(text);
  }
  return whole;
}

}  // namespace davit::expr
