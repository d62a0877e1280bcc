#include "expr/expression.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "expr/cel.h"

namespace davit::expr {
namespace {

constexpr std::string_view kOpen = "${";
constexpr std::string_view kEscape = "$${";
constexpr std::string_view kOpenComputed = "#{";
constexpr std::string_view kEscapeComputed = "##{";

tl::unexpected<Error> Refuse(std::string message, Pos pos) {
  return Fail(ErrorCode::kInvalidInput, std::move(message), "write ${name}, or $${ where the characters ${ are meant",
              pos);
}

class Splitter {
 public:
  Splitter(std::string_view text, const std::function<Pos(size_t offset)>& at) : text_(text), at_(at) {}

  Result<Expression> Run() {
    while (next_ < text_.size()) {
      const size_t mark = text_.find_first_of("$#", next_);
      literal_ += text_.substr(next_, mark - next_);
      if (mark == std::string_view::npos) break;
      const std::string_view rest = text_.substr(mark);
      if (rest.starts_with(kEscape) || rest.starts_with(kEscapeComputed)) {
        literal_ += rest.substr(1, kOpen.size());
        next_ = mark + kEscape.size();
      } else if (rest.starts_with(kOpen)) {
        TRY(TakeReference(mark));
      } else if (rest.starts_with(kOpenComputed) && rest.find('}') != std::string_view::npos) {
        TRY(TakeComputed(mark));
      } else {
        literal_ += rest.front();
        next_ = mark + 1;
      }
    }
    if (expression_.parts.empty()) return Constant(json::value(literal_));
    EndLiteral();
    return std::move(expression_);
  }

 private:
  void EndLiteral() {
    if (expression_.parts.empty() && !literal_.empty()) expression_.parts.reserve(3);  // most: a text, a name, a text
    if (literal_.empty()) return;
    expression_.parts.emplace_back().literal = std::move(literal_);
    literal_.clear();
  }

  Result<> TakeReference(size_t dollar) {
    const size_t begin = dollar + kOpen.size();
    const size_t close = text_.find('}', begin);
    const size_t inner = text_.find(kOpen, begin);
    if (inner < close) return Refuse("${ inside ${ }: an expression holds one name and nothing else", at_(inner));
    if (close == std::string_view::npos) return Refuse("${ is never closed by }", at_(dollar));
    const std::string_view name = Trim(text_.substr(begin, close - begin));
    if (name.empty()) return Refuse("nothing stands between ${ and }", at_(dollar));
    for (const char mark : {':', '|'}) {
      const size_t split = name.find(mark);
      if (split == std::string_view::npos || (split > 0 && split + 1 < name.size())) continue;
      return Refuse(std::string("a name is missing ") + (split == 0 ? "before " : "after ") + mark + " in ${" +
                        std::string(name) + "}",
                    at_(dollar));
    }
    EndLiteral();
    expression_.parts.emplace_back().reference = static_cast<int>(expression_.references.size());
    Reference& reference = expression_.references.emplace_back();
    reference.text = name;
    reference.pos = at_(static_cast<size_t>(name.data() - text_.data()));
    next_ = close + 1;
    return {};
  }

  Result<> TakeComputed(size_t mark) {
    const size_t begin = mark + kOpenComputed.size();
    const std::string_view rest = text_.substr(begin);
    if (Trim(rest).starts_with('}')) return RefuseComputed("nothing stands between #{ and }", mark, "");
    const auto program = cel::Program::Parse(rest, cel::Extent::kToBrace);
    if (!program) {
      const cel::SyntaxError& error = program.error();
      if (error.at >= rest.size()) return RefuseComputed("#{ is never closed by }", mark, "");
      return RefuseComputed("in #{ }: " + error.message, begin + error.at, error.suggestion);
    }
    EndLiteral();
    Expression::Part part;
    part.literal = std::string(rest.substr(0, program->length()));
    part.reference = static_cast<int>(expression_.references.size());
    part.names = 0;
    for (const cel::NameUse& use : program->names()) {
      if (cel::IsTypeName(use.name)) continue;
      Reference reference;
      reference.text = use.name;
      reference.pos = at_(begin + use.at);
      expression_.references.push_back(std::move(reference));
      ++part.names;
    }
    expression_.parts.push_back(std::move(part));
    next_ = begin + program->length() + 1;
    return {};
  }

  tl::unexpected<Error> RefuseComputed(std::string message, size_t offset, std::string suggestion) {
    if (suggestion.empty()) suggestion = "write an expression of CEL, or ##{ where the characters #{ are meant";
    return Fail(ErrorCode::kInvalidInput, std::move(message), std::move(suggestion), at_(offset));
  }

  const std::string_view text_;
  const std::function<Pos(size_t offset)>& at_;
  Expression expression_;
  std::string literal_;
  size_t next_ = 0;
};

Error WithPosition(Error error, const Reference& reference) {
  if (!error.position) error.position = reference.pos;
  return error;
}

Result<Value> Compute(const Expression& expression, const Expression::Part& part, const Lookup& lookup) {
  const auto program = cel::Program::Parse(part.literal);
  if (!program) return Fail(ErrorCode::kInternal, "in #{ }: " + program.error().message);
  Value whole;
  std::optional<Error> failed;  // of a name; some of them the result does not depend on
  const auto find = [&](std::string_view name) -> std::optional<cel::Value> {
    for (int i = part.reference; i < part.reference + part.names; ++i) {
      const Reference& reference = expression.references[static_cast<size_t>(i)];
      if (ComputedName(reference.text) != name) continue;
      Result<Value> value = lookup(reference);
      if (!value) {
        if (!failed) failed = WithPosition(std::move(value).error(), reference);
        return cel::Value::OfError(failed->message, 0);
      }
      whole.sensitive = whole.sensitive || value->sensitive;
      return value->unknown ? cel::Value::OfUnknown() : cel::FromJson(value->data);
    }
    return std::nullopt;
  };
  const cel::Value result = program->Evaluate(find);
  Error error;
  error.code = ErrorCode::kInvalidInput;
  if (part.names > 0) error.position = expression.references[static_cast<size_t>(part.reference)].pos;
  if (result.Is(cel::Kind::kError)) {
    if (failed) return Fail(*std::move(failed));
    const std::string where = "#{" + part.literal + "} cannot be computed";
    error.message =
        whole.sensitive ? where + "; why may tell what a sensitive value is" : where + ": " + result.error().message;
    error.suggestion = "`davit eval` tries expressions out";
    return Fail(std::move(error));
  }
  whole.unknown = result.Is(cel::Kind::kUnknown);
  if (whole.unknown) return whole;
  Result<json::value> data = cel::ToJson(result);
  if (!data) {
    error.message = "#{" + part.literal + "} is no value of a parameter: " + data.error().message;
    error.suggestion = "convert it, for example with string(…)";
    return Fail(std::move(error));
  }
  whole.data = *std::move(data);
  return whole;
}

}  // namespace

Result<Expression> Parse(std::string_view text, const std::function<Pos(size_t offset)>& at) {
  return Splitter(text, at).Run();
}

namespace {

std::string Escaped(std::string_view literal) {
  std::string out;
  for (size_t i = 0; i < literal.size(); ++i) {
    const std::string_view rest = literal.substr(i);
    if (rest.starts_with(kOpen) || rest.starts_with(kOpenComputed)) out += literal[i];
    out += literal[i];
  }
  return out;
}

}  // namespace

json::value SourceOf(const Expression& expression) {
  if (expression.IsConstant()) {
    const json::value& constant = expression.constant;
    return constant.is_string() ? json::value(Escaped(constant.as_string())) : constant;
  }
  std::string text;
  for (const Expression::Part& part : expression.parts) {
    if (part.IsComputed()) {
      text += "#{" + part.literal + "}";
    } else if (part.reference >= 0) {
      text += "${" + expression.references[static_cast<size_t>(part.reference)].text + "}";
    } else {
      text += Escaped(part.literal);
    }
  }
  return json::value(text);
}

std::string ComputedName(std::string_view reference) {
  std::string name(reference);
  if (const size_t colon = name.find(':'); colon != std::string::npos) name[colon] = '.';
  return name;
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
    Result<Value> value;
    if (part.IsComputed()) {
      value = Compute(expression, part, lookup);
      if (!value) return value;
    } else {
      CHECK(static_cast<size_t>(part.reference) < expression.references.size());
      const Reference& reference = expression.references[static_cast<size_t>(part.reference)];
      value = lookup(reference);
      if (!value) return Fail(WithPosition(std::move(value).error(), reference));
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
