#include "expr/expression.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "expr/cel_syntax.h"

namespace davit::expr {
namespace {

Pos At(size_t offset) {
  return Pos{static_cast<uint32_t>(100 + offset)};
}

/// "literal|<reference@position>|…", "=constant" or "error code@position: message".
std::string Show(std::string_view text) {
  const Result<Expression> expression = Parse(text, At);
  if (!expression) {
    return "error " + std::string(ToString(expression.error().code)) + "@" +
           std::to_string(expression.error().position.index - 100) + ": " + expression.error().message;
  }
  if (expression->IsConstant()) return "=" + json::serialize(expression->constant);
  std::string out;
  for (const Expression::Part& part : expression->parts) {
    if (!out.empty()) out += "|";
    if (part.reference < 0) {
      out += part.literal;
      continue;
    }
    if (part.IsComputed()) {
      out += "#<" + part.literal;
      for (int i = part.reference; i < part.reference + part.names; ++i) {
        const Reference& name = expression->references.at(static_cast<size_t>(i));
        out += " " + name.text + "@" + std::to_string(name.pos.index - 100);
      }
      out += ">";
      continue;
    }
    const Reference& reference = expression->references.at(static_cast<size_t>(part.reference));
    EXPECT_EQ(reference.kind, Reference::Kind::kUnresolved);
    EXPECT_TRUE(part.literal.empty());
    out += "<" + reference.text + "@" + std::to_string(reference.pos.index - 100) + ">";
  }
  return out;
}

TEST(Expression, ConstantTexts) {
  EXPECT_EQ(Show(""), "=\"\"");
  EXPECT_EQ(Show("text"), "=\"text\"");
  EXPECT_EQ(Show("5"), "=\"5\"");
  EXPECT_EQ(Show("$ $5 {x} } $"), "=\"$ $5 {x} } $\"");
  EXPECT_EQ(Show("# #5 #{a"), "=\"# #5 #{a\"");
}

TEST(Expression, ComputedParts) {
  EXPECT_EQ(Show("#{a}"), "#<a a@2>");
  EXPECT_EQ(Show("#{1 + 2}"), "#<1 + 2>");
  EXPECT_EQ(Show("x ${r} #{a.b + a.b + c}"), "x |<r@4>| |#<a.b + a.b + c a.b@9 c@21>");
  EXPECT_EQ(Show("#{ {'}': [1]}['}'] }!"), "#< {'}': [1]}['}'] >|!") << "braces of maps and in texts do not end it";
  EXPECT_EQ(Show("#{l.map(x, x + y)}"), "#<l.map(x, x + y) l@2 y@15>") << "variables of macros are no names";
  EXPECT_EQ(Show("#{type(a) == int}"), "#<type(a) == int a@7>") << "nor are types";
  EXPECT_EQ(Show("##{a} ##{"), "=\"#{a} #{\"");
  EXPECT_EQ(Show("ab #{x +}"), "error invalid_input@8: in #{ }: a value is expected, not `}`");
  EXPECT_EQ(Show("#{a b} }"), "error invalid_input@4: in #{ }: an operator or `}` is expected before `b`");
  EXPECT_EQ(Show("#{[a} ]"), "error invalid_input@4: in #{ }: `,` is expected between the items of a list, not `}`");
  EXPECT_EQ(Show("#{a + '}'"), "error invalid_input@0: #{ is never closed by }");
  EXPECT_EQ(Show("#{a + '}' +"), "error invalid_input@0: #{ is never closed by }");
  EXPECT_EQ(Show("ab #{ }"), "error invalid_input@3: nothing stands between #{ and }");
  EXPECT_EQ(Show("ab #{ {1: 2}"), "error invalid_input@3: #{ is never closed by }");
  EXPECT_EQ(Show("#{'x}"), "error invalid_input@2: in #{ }: this text has no end");
  const std::string large = "#{'" + std::string(cel::kMaxTextBytes, 'x') + "' + a";
  EXPECT_EQ(Show("#{a}" + large), "#<a a@2>|" + large) << "only what stands between the braces counts";
  EXPECT_NE(Show("#{a + " + std::string(cel::kMaxTextBytes, ' ') + "b}").find("has at most 100000 bytes"),
            std::string::npos);
  EXPECT_NE(Parse("#{ }", At).error().suggestion.find("##{"), std::string::npos);
}

TEST(Expression, References) {
  EXPECT_EQ(Show("${name}"), "<name@2>");
  EXPECT_EQ(Show("${name|comp}"), "<name|comp@2>");
  EXPECT_EQ(Show("${comp:out.put}"), "<comp:out.put@2>");
  EXPECT_EQ(Show("${  spaced\t}"), "<spaced@4>");
  EXPECT_EQ(Show("a${b}c${d}"), "a|<b@3>|c|<d@8>");
  EXPECT_EQ(Show("${a}${a}"), "<a@2>|<a@6>");
  EXPECT_EQ(Show("ü ${ö}!"), "ü |<ö@5>|!");
  EXPECT_EQ(Show("${a}}"), "<a@2>|}");
}

TEST(Expression, Escapes) {
  EXPECT_EQ(Show("$${x}"), "=\"${x}\"");
  EXPECT_EQ(Show("a $${x} ${y}"), "a ${x} |<y@10>");
  EXPECT_EQ(Show("$$${x}"), "=\"$${x}\"");
  EXPECT_EQ(Show("$$x"), "=\"$$x\"");
  EXPECT_EQ(Show("$${"), "=\"${\"");
}

TEST(Expression, Mistakes) {
  EXPECT_EQ(Show("ab ${x"), "error invalid_input@3: ${ is never closed by }");
  EXPECT_EQ(Show("${"), "error invalid_input@0: ${ is never closed by }");
  EXPECT_EQ(Show("a ${ }"), "error invalid_input@2: nothing stands between ${ and }");
  EXPECT_EQ(Show("${}"), "error invalid_input@0: nothing stands between ${ and }");
  EXPECT_EQ(Show("x ${db:}"), "error invalid_input@2: a name is missing after : in ${db:}");
  EXPECT_EQ(Show("${:host}"), "error invalid_input@0: a name is missing before : in ${:host}");
  EXPECT_EQ(Show("${size|}"), "error invalid_input@0: a name is missing after | in ${size|}");
  EXPECT_EQ(Show("${a ${b}}"), "error invalid_input@4: ${ inside ${ }: an expression holds one name and nothing else");
  EXPECT_EQ(Show("${a}${b"), "error invalid_input@4: ${ is never closed by }");
  EXPECT_NE(Parse("${", At).error().suggestion.find("$${"), std::string::npos);
}

TEST(Expression, SourceIsWhatWasParsed) {
  for (const std::string_view text : {"", "plain", "${a}", "x ${a|b}-${c:d} y", "#{a + 'x}' }", "p #{1}${q}", "$${x}",
                                      "##{x} ${y}", "a $${x} #{b} ##{c}"}) {
    EXPECT_EQ(SourceOf(Parse(text, At).value()), json::value(text));
  }
  EXPECT_EQ(SourceOf(Constant(5)), json::value(5));
}

Value Known(json::value data, bool sensitive = false) {
  return Value{std::move(data), sensitive, false};
}

Result<Value> Look(const Reference& reference) {
  if (reference.text == "n") return Known(5);
  if (reference.text == "f") return Known(2.5);
  if (reference.text == "b") return Known(true);
  if (reference.text == "s") return Known("text");
  if (reference.text == "e") return Known(nullptr);
  if (reference.text == "l") return Known(json::array{1, "x"});
  if (reference.text == "secret") return Known("s3cret", true);
  if (reference.text == "later") return Value{"must not be seen", false, true};
  if (reference.text == "later secret") return Value{nullptr, true, true};
  if (reference.text == "placed") return Fail(ErrorCode::kDenied, "no", "ask", Pos{7});
  return Fail(ErrorCode::kNotFound, "no parameter '" + reference.text + "'", "declare it");
}

Value Evaluated(std::string_view text) {
  const Result<Expression> expression = Parse(text, At);
  EXPECT_TRUE(expression);
  const Result<Value> value = Evaluate(expression.value(), Look);
  EXPECT_TRUE(value);
  return value.value();
}

TEST(Evaluate, ConstantsStay) {
  EXPECT_EQ(Evaluate(Constant(5), Look).value(), Known(5));
  EXPECT_EQ(Evaluate(Constant(json::array{1, 2}), Look).value(), Known(json::array{1, 2}));
  EXPECT_EQ(Evaluate(Constant(nullptr), Look).value(), Known(nullptr));
  EXPECT_EQ(Evaluated("text"), Known("text"));
  EXPECT_EQ(Evaluate(Expression{}, Look).value(), Known(nullptr));
}

TEST(Evaluate, OneReferenceKeepsItsType) {
  EXPECT_EQ(Evaluated("${n}"), Known(5));
  EXPECT_EQ(Evaluated("${b}"), Known(true));
  EXPECT_EQ(Evaluated("${l}"), Known(json::array{1, "x"}));
  EXPECT_EQ(Evaluated("${e}"), Known(nullptr));
  EXPECT_EQ(Evaluated("${secret}"), Known("s3cret", true));
}

TEST(Evaluate, PartsAreJoinedAsText) {
  EXPECT_EQ(Evaluated("${n} "), Known("5 "));
  EXPECT_EQ(Evaluated("a${n}-${f}-${b}-${s}-${e}-${l}"), Known("a5-2.5-true-text--[1,\"x\"]"));
  EXPECT_EQ(Evaluated("${n}${n}"), Known("55"));
  EXPECT_EQ(Evaluated("$${n} is ${n}"), Known("${n} is 5"));
}

TEST(Evaluate, UnknownAndSensitiveArePassedOn) {
  EXPECT_EQ(Evaluated("${s} ${secret}"), Known("text s3cret", true));
  EXPECT_EQ(Evaluated("${later}"), (Value{nullptr, false, true}));
  EXPECT_EQ(Evaluated("a ${later} b"), (Value{nullptr, false, true}));
  EXPECT_EQ(Evaluated("${later} ${secret}"), (Value{nullptr, true, true}));  // also what stands behind the unknown
  EXPECT_EQ(Evaluated("${later secret}"), (Value{nullptr, true, true}));
}

TEST(Evaluate, ComputesWithTypes) {
  EXPECT_EQ(Evaluated("#{n + 1}"), Known(6));
  EXPECT_EQ(Evaluated("#{b ? l : []}"), Known(json::array{1, "x"}));
  EXPECT_EQ(Evaluated("a #{n * 2} ${s} #{s + '!'}"), Known("a 10 text text!"));
  EXPECT_EQ(Evaluated("#{e == null}"), Known(true));
}

TEST(Evaluate, OnlyWhatAComputedResultDependsOnCounts) {
  EXPECT_EQ(Evaluated("#{b || later}"), Known(true));
  EXPECT_EQ(Evaluated("#{b && later}"), (Value{nullptr, false, true}));
  EXPECT_EQ(Evaluated("x #{later + 1}"), (Value{nullptr, false, true}));
  EXPECT_EQ(Evaluated("#{b ? s : secret}"), Known("text"));
  EXPECT_EQ(Evaluated("#{size(secret)}"), Known(6, true)) << "what is made of a secret is one";
  EXPECT_EQ(Evaluated("#{b || nope}"), Known(true));
}

TEST(Evaluate, ErrorsOfComputedParts) {
  const auto failing = [](std::string_view text) { return Evaluate(Parse(text, At).value(), Look).error(); };
  const Error missing = failing("a #{n + nope}");
  EXPECT_EQ(missing.code, ErrorCode::kNotFound) << "as of any other name";
  EXPECT_EQ(missing.position, At(8));
  const Error division = failing("a #{n / 0}");
  EXPECT_EQ(division.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(division.message, "#{n / 0} cannot be computed: division by zero");
  EXPECT_EQ(division.position, At(4));
  const Error hidden = failing("#{int(secret)}");
  EXPECT_EQ(hidden.message.find("s3cret"), std::string::npos) << hidden.message;
  EXPECT_NE(failing("#{type(n)}").message.find("is no value of a parameter"), std::string::npos)
      << failing("#{type(n)}").message;
}

TEST(Evaluate, ErrorsOfTheLookup) {
  const Result<Value> missing = Evaluate(Parse("a ${nope}", At).value(), Look);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(missing.error().message, "no parameter 'nope'");
  EXPECT_EQ(missing.error().suggestion, "declare it");
  EXPECT_EQ(missing.error().position, At(4));
  const Result<Value> placed = Evaluate(Parse("${placed}", At).value(), Look);
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().position, Pos{7});  // a place that the lookup knows better stays
}

TEST(Expression, TextsThatParseEvaluateToThemselves) {
  // Each reference evaluates to its own text; so the whole is the input without braces, escapes undone.
  const Lookup same = [](const Reference& reference) -> Result<Value> { return Value{json::value(reference.text)}; };
  const std::string_view pieces[] = {"$", "{", "}", "${", "$${", "a", " ", "b|c", "ü", "#", "##{"};
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (uint32_t k = random() % 8; k > 0; --k) text += pieces[random() % std::size(pieces)];
    const Result<Expression> expression = Parse(text, At);
    if (!expression) {
      EXPECT_GE(expression.error().position.index, 100u);
      EXPECT_LE(expression.error().position.index, 100 + text.size());
      continue;
    }
    for (const Reference& reference : expression->references) {
      EXPECT_EQ(text.substr(reference.pos.index - 100, reference.text.size()), reference.text);
    }
    const auto computed = [](const Expression::Part& part) { return part.IsComputed(); };
    if (std::any_of(expression->parts.begin(), expression->parts.end(), computed)) continue;
    EXPECT_TRUE(Evaluate(*expression, same).value().data.is_string());
  }
}

}  // namespace
}  // namespace davit::expr
