#include "expr/cel.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "expr/cel_time.h"

namespace davit::cel {
namespace {

using Names = std::map<std::string, Value, std::less<>>;

Value Eval(std::string_view text, const Names& names = {}, size_t limit = kCostLimit) {
  const auto program = Program::Parse(text);
  if (!program) return Value::OfError("syntax: " + program.error().message, program.error().at);
  return program->Evaluate(
      [&](std::string_view name) -> std::optional<Value> {
        const auto found = names.find(name);
        return found == names.end() ? std::nullopt : std::optional(found->second);
      },
      limit);
}

/// As JSON with kinds: "error …@at" and "unknown" for what has none.
std::string Shown(const Value& value) {
  if (value.Is(Kind::kError)) return "error " + value.error().message + "@" + std::to_string(value.error().at);
  if (value.Is(Kind::kUnknown)) return "unknown";
  return json::serialize(ToTyped(value));
}
std::string Give(std::string_view text, const Names& names = {}) {
  return Shown(Eval(text, names));
}

TEST(Cel, Precedence) {
  EXPECT_EQ(Give("1 + 2 * 3 - 4"), R"({"int":"3"})");
  EXPECT_EQ(Give("-2 * -3"), R"({"int":"6"})");
  EXPECT_EQ(Give("true || false && false"), R"({"bool":true})");
  EXPECT_EQ(Give("1 < 2 == true ? 'a' : 'b'"), R"({"string":"a"})");
  EXPECT_EQ(Give("!true || 2 in [1, 2]"), R"({"bool":true})");
}

TEST(Cel, LogicDecidesWhateverTheOtherSideIs) {
  const Names names = {{"later", Value::OfUnknown()}};
  EXPECT_EQ(Give("later && false", names), R"({"bool":false})");
  EXPECT_EQ(Give("1 / 0 == 1 || true"), R"({"bool":true})");
  EXPECT_EQ(Give("later || false", names), "unknown");
  // What is not known yet may still decide: no error before it is.
  EXPECT_EQ(Give("later || 1 / 0 == 1", names), "unknown");
  EXPECT_EQ(Give("[1, 2].exists(x, x == 2 || later)", names), R"({"bool":true})");
  EXPECT_EQ(Give("[1, 2].all(x, later)", names), "unknown");
}

TEST(Cel, UnknownStaysSo) {
  const Names names = {{"later", Value::OfUnknown()}};
  for (const char* text :
       {"later + 1", "[later]", "{'a': later}", "size(later)", "later ? 1 : 2", "[1][later]", "later.a", "later == 1",
        "-later", "!later", "later in [1]", "later.map(x, 1)", "has(later.a)", "cel.bind(x, later, x + 1)"}) {
    EXPECT_EQ(Give(text, names), "unknown") << text;
  }
  EXPECT_EQ(Give("cel.bind(x, later, 1)", names), R"({"int":"1"})");
}

TEST(Cel, NamesWithDots) {
  const Names names = {{"db.size", Value::Of(int64_t{3})},
                       {"db", FromJson(json::parse(R"({"size": 4, "host": "h"})"))}};
  EXPECT_EQ(Give("db.size", names), R"({"int":"3"})");  // the longest counts
  EXPECT_EQ(Give("db.host", names), R"({"string":"h"})");
  EXPECT_EQ(Give("[{'size': 5}].map(db, db.size)", names), R"({"list":[{"int":"5"}]})");
  EXPECT_EQ(Give("[1].map(db, .db.size)", names), R"({"list":[{"int":"3"}]})");
  EXPECT_EQ(Give("1 + nothing", names), "error there is no 'nothing'@4");
  const auto program = Program::Parse("a.b.c + d + [1].map(x, x.y + e)[0] + a.b.c + has(f.g) + math.abs(h)");
  ASSERT_TRUE(program);
  std::vector<std::string> found;
  for (const NameUse& use : program->names()) found.push_back(use.name + "@" + std::to_string(use.at));
  EXPECT_EQ(found, (std::vector<std::string>{"a.b.c@0", "d@8", "e@29", "f.g@49", "h@65"}));
}

TEST(Cel, SyntaxErrorsHaveAPlace) {
  EXPECT_EQ(Give(""), "error syntax: a value is expected, not the end@0");
  EXPECT_EQ(Give("1 +"), "error syntax: a value is expected, not the end@3");
  EXPECT_EQ(Give("(1"), "error syntax: `)` is expected at the end of what `(` begins, not the end@2");
  EXPECT_EQ(Give("a = 1"), "error syntax: there is no `=`@2");
  EXPECT_EQ(Give("'abc"), "error syntax: this text has no end@0");
  EXPECT_EQ(Give("'\\q'"), "error syntax: there is no such escape@1");
  EXPECT_EQ(Give("'\\ud800'"), "error syntax: this is no character@1");
  EXPECT_EQ(Give("9223372036854775808"), "error syntax: this number does not fit 64 bits@0");
  EXPECT_EQ(Give("1 2"), "error syntax: an operator or the end is expected before `2`@2");
  EXPECT_EQ(Give("[1].map(1, 2)"), "error syntax: the name of a variable is expected here@8");
  EXPECT_EQ(Give("for"), "error syntax: `for` is a reserved word@0");
  EXPECT_EQ(Give("a.B{c: 1}"), "error syntax: messages cannot be written here@3");
  EXPECT_EQ(Give("12abc"), "error syntax: a name cannot follow a number directly@2");
}

TEST(Cel, FailuresHaveAPlace) {
  EXPECT_EQ(Give("1 + 1 / 0"), "error division by zero@6");
  EXPECT_EQ(Give("{'a': 1}.b"), "error there is no key 'b'@9");
  EXPECT_EQ(Give("[1][2]"), "error a list of 1 has no such index@3");
  EXPECT_EQ(Give("1 + 'a'"), "error '+' does not take (int, string)@2");
  EXPECT_EQ(Give("{'a': 1, 'a': 2}"), "error this key is there twice@9");
  EXPECT_EQ(Give("1 ? 2 : 3"), "error true or false is expected, this is an int@0");
  EXPECT_EQ(Give("'a'.matches('(')"), "error this is no regular expression: missing ): (@4");
  EXPECT_EQ(Give("nothing(1)"), "error there is no function 'nothing'@0");
}

TEST(Cel, NothingRunsForLong) {
  const std::string list = "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";
  std::string text = "0";
  for (int i = 0; i < 7; ++i) text = list + ".map(x" + std::to_string(i) + ", " + text + ")";
  const Value slow = Eval(text, {}, 10'000);
  ASSERT_TRUE(slow.Is(Kind::kError));
  EXPECT_EQ(slow.error().message, "this takes more than 10000 steps");
  // Nothing absorbs it.
  EXPECT_TRUE(Eval("size(" + text + ") == 0 || true", {}, 10'000).Is(Kind::kError));
  // A text that doubles at each step.
  std::string doubling = "s";
  for (int i = 0; i < 60; ++i) doubling = "cel.bind(s, s + s, " + doubling + ")";
  EXPECT_TRUE(Eval(doubling, {{"s", Value::OfString("0123456789abcdef")}}).Is(Kind::kError));
  // A list that holds the one before twice: cheap to make, and never looked through to its end.
  for (const char* const shape : {"[v, v]", "{1: v, 2: v}"}) {
    std::string shared = "v";
    for (int i = 0; i < 60; ++i) shared = std::string("cel.bind(v, ") + shape + ", " + shared + ")";
    const Names one{{"v", Value::Of(int64_t{1})}};
    EXPECT_EQ(Eval(shared, one).error().message, "this takes more than 1000000 steps");
    for (const char* const sign : {" == ", " != ", " in [", " < "}) {
      const std::string end = std::string(sign) == " in [" ? "]" : "";
      EXPECT_TRUE(Eval("cel.bind(a, " + shared + ", a" + sign + "a" + end + ")", one).Is(Kind::kError))
          << shape << sign;
    }
    EXPECT_EQ(Eval("size(" + shared + ")", one).integer(), 2);
  }
}

TEST(Cel, NestingIsBounded) {
  for (const auto& [open, close] :
       {std::pair("(", ")"), {"[", "]"}, {"!", ""}, {"-", ""}, {"{1:", "}"}, {"f(", ")"}, {"true?1:", ""}}) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += open;
    text += "1";
    for (int i = 0; i < 20'000; ++i) text += close;
    const Value value = Eval(text);
    ASSERT_TRUE(value.Is(Kind::kError)) << open;
  }
  std::string sum = "1";
  for (int i = 0; i < 20'000; ++i) sum += "+1";
  EXPECT_TRUE(Eval(sum).Is(Kind::kError));
  std::string fields = "a";
  for (int i = 0; i < 20'000; ++i) fields += ".a";
  EXPECT_TRUE(Eval(fields).Is(Kind::kError));
  std::string any = "false";
  for (int i = 0; i < 10'000; ++i) any += "||false";
  EXPECT_EQ(Give(any), R"({"bool":false})");
}

TEST(Cel, NumbersOfDifferentKinds) {
  EXPECT_EQ(Give("[1 == 1u, 1 == 1.0, 1u < 1.5, 2 in [2u]]"),
            R"({"list":[{"bool":true},{"bool":true},{"bool":true},{"bool":true}]})");
  EXPECT_EQ(Give("{1: 'a'}[1.0] + {1u: 'b'}[1]"), R"({"string":"ab"})");
  EXPECT_EQ(Give("0.0 / 0.0 == 0.0 / 0.0"), R"({"bool":false})");
  EXPECT_EQ(Give("-1 < 0u"), R"({"bool":true})");
  EXPECT_EQ(Give("'a' == 1"), R"({"bool":false})");
}

TEST(Cel, JsonAndBack) {
  const json::value data = json::parse(R"({"a": [1, 2.5, "x", null, true], "b": {}})");
  const Result<json::value> back = ToJson(FromJson(data));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, data);
  EXPECT_EQ(*ToJson(Eval("{1: b'a', true: duration('90s'), 2u: timestamp('2026-01-31T00:00:00Z')}")),
            json::parse(R"({"1": "YQ==", "true": "90s", "2": "2026-01-31T00:00:00Z"})"));
  EXPECT_EQ(json::serialize(*ToJson(FromJson(*ToJson(Eval("18446744073709551615u"))))), "18446744073709551615");
  EXPECT_FALSE(ToJson(Eval("int")));
  EXPECT_FALSE(ToJson(Eval("1.0 / 0.0")));
}

TEST(Cel, TypedAndBack) {
  for (const char* text : {"5", "5u", "1.5", "'a'", "b'\\xff'", "true", "null", "[1, [2]]", "{'a': {1u: 2}}", "int",
                           "duration('-1.5s')", "timestamp('2026-01-31T12:00:00.5Z')", "1.0 / 0.0", "-1.0 / 0.0"}) {
    const Value value = Eval(text);
    const Result<Value> back = FromTyped(ToTyped(value));
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(Shown(*back), Shown(value));
  }
  for (const char* wrong :
       {R"(5)", R"({})", R"({"int": 5})", R"({"int": "5x"})", R"({"uint": "-1"})", R"({"map": [[]]})",
        R"({"bytes": "?"})", R"({"timestamp": "today"})", R"({"shoe": "5"})", R"({"int": "5", "uint": "5"})"}) {
    EXPECT_FALSE(FromTyped(json::parse(wrong))) << wrong;
  }
}

TEST(Cel, Times) {
  EXPECT_FALSE(ParseTimestamp("2026-02-30T00:00:00Z"));
  EXPECT_FALSE(ParseTimestamp("2026-02-03"));
  EXPECT_FALSE(ParseTimestamp("2026-02-03T00:00:00+1:00"));
  EXPECT_EQ(Format(*ParseTimestamp("2026-02-03T01:00:00.250+01:00")), "2026-02-03T00:00:00.25Z");
  EXPECT_EQ(Format(*ParseDuration("1h30m0.5s")), "5400.5s");
  EXPECT_EQ(Format(*ParseDuration("-1ns")), "-0.000000001s");
  EXPECT_EQ(Format(Duration{std::numeric_limits<int64_t>::min()}), "-9223372036.854775808s");
  for (const char* wrong : {"", "-", "1", "s", "1x", "1.s5", "9999999999999h", "1h-3m"})
    EXPECT_FALSE(ParseDuration(wrong)) << wrong;
  EXPECT_EQ(Give("timestamp('2026-07-01T12:00:00Z').getHours('Europe/Berlin')"), R"({"int":"14"})");
  EXPECT_EQ(Give("timestamp('2026-01-01T00:00:00Z').getDate('-02:30')"), R"({"int":"31"})");
  // No way to other files.
  EXPECT_EQ(Give("timestamp(0).getHours('../../../etc/passwd')"),
            "error there is no time zone '../../../etc/passwd'@13");
  EXPECT_EQ(Give("timestamp(0).getHours(':/etc/localtime')"), "error there is no time zone ':/etc/localtime'@13");
}

TEST(Cel, Texts) {
  EXPECT_EQ(Give("'a,b,,c'.split(',').map(x, x.upperAscii()).join('-')"), R"({"string":"A-B--C"})");
  EXPECT_EQ(Give("'äöü'.substring(1, 2) + 'äöü'.charAt(2) + string('äöü'.indexOf('ü'))"), "{\"string\":\"öü2\"}");
  EXPECT_EQ(Give("''.split('')"), R"({"list":[]})");
  EXPECT_EQ(Give("'abc'.split('')"), R"({"list":[{"string":"a"},{"string":"b"},{"string":"c"}]})");
  EXPECT_EQ(Give("'äb'.replace('', '-')"), "{\"string\":\"-ä-b-\"}");
  EXPECT_EQ(Give(R"(r'\d' + "\x41\u00e4\101")"), "{\"string\":\"\\\\dAäA\"}");
}

}  // namespace
}  // namespace davit::cel
