#include <gtest/gtest.h>

#include "yaml/yaml.h"

namespace davit::yaml {
namespace {

struct Case {
  const char* name;
  std::string text;
  uint32_t line;
  uint32_t column;
  const char* message;     // a part of it
  const char* suggestion;  // a part of it
};

class Messages : public testing::TestWithParam<Case> {};

TEST_P(Messages, NameThePlaceAndTheRemedy) {
  const Case& expected = GetParam();
  SourceMap map;
  Diagnostics diagnostics;
  const uint32_t file = map.AddFile("stack.yaml", expected.text);
  EXPECT_FALSE(Parse(map, file, diagnostics));
  ASSERT_EQ(diagnostics.error_count(), 1u);
  const Error& error = diagnostics.list().back().error;
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  const Location place = map.Locate(error.position);
  EXPECT_EQ(place.line, expected.line) << error.message;
  EXPECT_EQ(place.column, expected.column) << error.message;
  EXPECT_NE(error.message.find(expected.message), std::string::npos) << error.message;
  EXPECT_NE(error.suggestion.find(expected.suggestion), std::string::npos) << error.suggestion;
  EXPECT_EQ(error.message.find('\n'), std::string::npos);
  EXPECT_NE(error.message.back(), '.');
  EXPECT_FALSE(error.suggestion.empty());
}

const Case kIndentation[] = {
    {"Tab", "a:\n\tb: 1\n", 2, 1, "a tab is used as indentation", "indent with spaces, not tabs"},
    {"TabAmongSpaces", "a:\n  b: 1\n\tc: 2\n", 3, 1, "a tab", "spaces, not tabs"},
    {"TabInLiteral", "a: |\n\tx\n", 2, 1, "a tab", "spaces, not tabs"},
    {"TabUnderValue", "a: x\n\ty: z\n", 2, 1, "a tab", "spaces, not tabs"},
    {"Dedent", "a:\n    b: 1\n  c: 2\n", 3, 3, "begins in column 3", "in column 5, as the line above, or in column 1"},
    {"DedentOfItem", "a:\n  - b\n - c\n", 3, 2, "the indentation fits no line above", "in column 3"},
    {"DedentBelowItem", "- a: 1\n b: 2\n", 2, 2, "the indentation",
     "column 3, as the text of the line above, or with '- '"},
    {"IndentAfterComment", "a: 1 # c\n b: 2\n", 2, 2, "the indentation", "begin it in column 1, as the line above"},
    {"DedentInFolded", "a: >\n    x\n  y\n", 3, 3, "the indentation", "in column 1"},
    {"KeyBelowValue", "a: b\n  c: d\n", 2, 3, "inside the value of the line above", "line it up"},
    {"KeyBelowItemValue", "- a: 1\n   b: 2\n", 2, 4, "inside the value of the line above", "line it up"},
    {"KeyInList", "- a\nb: 1\n", 2, 1, "a key stands where the list goes on", "begin the line with '- '"},
    {"ItemInMapping", "b: 1\n- a\n", 2, 1, "a list item stands where the mapping goes on", "write 'key:'"},
};
INSTANTIATE_TEST_SUITE_P(Indentation, Messages, testing::ValuesIn(kIndentation),
                         [](const auto& info) { return info.param.name; });

const Case kColons[] = {
    {"TopLevel", "a: 1\nkind stack\nb: 2\n", 2, 1, "could not find expected ':'", "a space after the key"},
    {"Nested", "m:\n  name shop\n  title: x\n", 2, 3, "could not find expected ':'", "a space after the key"},
    {"Quoted", "\"a\": 1\n\"b\" 2\n", 2, 1, "could not find expected ':'", "a space after the key"},
    {"InItem", "a:\n- b\n  c: d\n", 2, 3, "could not find expected ':'", "a space after the key"},
    {"NoSpace", "a:b\nc: d\n", 1, 2, "a space is missing after ':'", "write 'a: …'"},
    {"Second", "a: b: c\n", 1, 5, "a second ': ' on one line", "in quotes"},
    {"SecondAfterQuote", "a: \"x\": y\n", 1, 7, "a second ': ' on one line", "in quotes"},
    {"SecondAfterTab", "a: x\tb: 3\n", 1, 7, "a second ': ' on one line", "in quotes"},
    {"SecondAfterTwoBytes", "ä: ö: 3\n", 1, 5, "a second ': ' on one line", "in quotes"},
};
INSTANTIATE_TEST_SUITE_P(Colons, Messages, testing::ValuesIn(kColons),
                         [](const auto& info) { return info.param.name; });

const Case kQuotes[] = {
    {"NeverClosed", "a: \"x\nb: 1\n", 1, 4, "the quote \" is never closed", "close it with \""},
    {"SingleNeverClosed", "a: 1\nb: 'x\n", 2, 4, "the quote ' is never closed", "close it with '"},
    {"ClosedByNothingBeforeDocument", "a: \"x\n---\nb: 1\n", 1, 4, "is never closed", "close it"},
    {"InFlow", "a: [x, \"y]\nb: 1\n", 1, 8, "the quote \" is never closed", "close it"},
    {"ClosedByTheNext", "a: \"x\nb: \"y\"\n", 1, 4, "ends on another line", "close the quote on its own line"},
    {"TextAfter", "a: \"x\" y\n", 1, 8, "text follows the closing quote", "written \\\""},
    {"Apostrophe", "a: 'it's'\n", 1, 8, "text follows the closing quote", "written ''"},
    {"UnknownEscape", "a: \"c:\\dir\"\n", 1, 7, "\\d means nothing", "write \\\\ for a backslash"},
    {"ShortEscape", "a: \"\\u12\"\n", 1, 7, "an escape in double quotes is broken", "\\\\"},
    {"Surrogate", "a: \"\\ud800\"\n", 1, 7, "an escape in double quotes is broken", "\\\\"},
};
INSTANTIATE_TEST_SUITE_P(Quotes, Messages, testing::ValuesIn(kQuotes),
                         [](const auto& info) { return info.param.name; });

const Case kBrackets[] = {
    {"ListToTheEnd", "a: [1, 2", 1, 4, "'[' is never closed", "close it with ']'"},
    {"ListToTheNextKey", "a: [1, 2\nb: 3\n", 1, 4, "'[' is never closed", "close it with ']'"},
    {"MappingToTheNextKey", "a: {x: 1\nb: 3\n", 1, 4, "'{' is never closed", "close it with '}'"},
    {"NestedToTheNextKey", "a:\n  b: [1,\n  2\n  c: 3\n", 2, 6, "'[' is never closed", "close it with ']'"},
    {"Wrong", "a: [1, 2}\n", 1, 9, "'[' is closed by '}'", "write ']'"},
    {"MissingComma", "a: [\n  \"x\"\n  \"y\"\n]\n", 3, 3, "',' or ']' must come here", "separate the entries"},
    {"Expression", "a: [${x}]\n", 1, 5, "${ } inside [ ] must be in quotes", "double quotes"},
    {"ExpressionInMapping", "a: {b: ${x}}\n", 1, 8, "${ } inside { } must be in quotes", "double quotes"},
    {"Template", "a: {{ x }}\n", 1, 5, "a mapping cannot be a key", "put the value in quotes: '{{ … }}'"},
    {"NothingBetweenCommas", "a: [1,,2]\n", 1, 7, "',' where a value must be", "write the value"},
    {"ClosedTwice", "a: {b: 1}}\n", 1, 10, "'}' closes nothing", "remove it"},
    {"ClosedAlone", "a: 1\n\n}\n", 3, 1, "'}' closes nothing", "remove it"},
};
INSTANTIATE_TEST_SUITE_P(Brackets, Messages, testing::ValuesIn(kBrackets),
                         [](const auto& info) { return info.param.name; });

const Case kSigns[] = {
    {"At", "a: @x\n", 1, 4, "a value cannot begin with '@'", "single quotes"},
    {"Backtick", "a: `x`\n", 1, 4, "a value cannot begin with '`'", "single quotes"},
    {"Percent", "a: %x\n", 1, 4, "a value cannot begin with '%'", "single quotes"},
    {"Glob", "a: *.txt\n", 1, 4, "'*' begins an alias", "in quotes"},
    {"Ampersand", "a: & x\n", 1, 4, "'&' begins an anchor", "in quotes"},
    {"Tag", "a: !x!y z\n", 1, 4, "a '!' begins a tag", "in quotes"},
    {"OpenTag", "a: !<x\n", 1, 4, "a '!' begins a tag", "in quotes"},
    {"ListOnTheLineOfTheKey", "a: - b\n", 1, 4, "a list cannot begin on the line of its key", "on the next line"},
    {"TextAfterPipe", "a: |x\n b\n", 1, 5, "after | or > the line must end", "in quotes"},
    {"Comma", "a: ,b\n", 1, 4, "',' where a value must be", "in quotes"},
    {"Directive", "%FOO x\n---\na: 1\n", 1, 1, "a line that begins with '%'", "remove it"},
    {"PercentKey", "a: 1\n%x: 2\n", 2, 1, "a line that begins with '%'", "put it in quotes"},
    {"TagDirective", "%TAG x\n---\na\n", 1, 1, "a line that begins with '%'", "remove it"},
    {"Version", "%YAML 1.3\n---\na\n", 1, 1, "another version of YAML", "remove the line"},
    {"MoreAfterTheValue", "[a]\nfoo: bar\n", 2, 1, "the file goes on after its value has ended", "begins with '---'"},
    {"MoreAfterTheEnd", "a: 1\n...\n# c\n  b: 1\n", 4, 3, "the file goes on after its value has ended", "'---'"},
};
INSTANTIATE_TEST_SUITE_P(Signs, Messages, testing::ValuesIn(kSigns), [](const auto& info) { return info.param.name; });

const Case kNames[] = {
    {"UnknownAlias", "a: *nope\n", 1, 4, "unknown alias '*nope'", "mark a value above with '&nope'"},
    {"NearAlias", "x: &nape 1\na: *nope\n", 2, 4, "unknown alias '*nope'", "did you mean '*nape'?"},
    {"AliasAfterTwoBytes", "ü: {é: [ö, *x]}\n", 1, 12, "unknown alias '*x'", "mark a value"},
    {"AliasInItself", "x: &a [*a]\n", 1, 8, "stands inside of what it names", "cannot contain itself"},
    {"ListAsKey", "k: v\n? [a]\n: b\n", 2, 3, "a list cannot be a key", "a key is a text"},
    {"MappingAsKey", "? a: b\n", 1, 3, "a mapping cannot be a key", "a key is a text"},
    {"AliasOfListAsKey", "a: &l [1]\n*l : 2\n", 2, 1, "cannot be a key", "a key is a text"},
    {"MergeOfText", "x: {<<: 1, b: 3}\n", 1, 9, "'<<' takes a mapping", "'<<: *name'"},
    {"MergeOfListOfTexts", "x: {<<: [1], b: 3}\n", 1, 10, "'<<' takes a mapping or a list of mappings", "'<<: *name'"},
    {"DuplicateKey", "a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is there twice", "remove one of them"},
    {"DuplicateInFlow", "x: {a: 1, \"a\": 2}\n", 1, 11, "the key 'a' is there twice", "remove one of them"},
    {"DuplicateMerge", "a: &a {}\nx:\n  <<: *a\n  <<: *a\n", 4, 3, "the key '<<' is there twice", "[*a, *b]"},
};
INSTANTIATE_TEST_SUITE_P(Names, Messages, testing::ValuesIn(kNames), [](const auto& info) { return info.param.name; });

const Case kBytes[] = {
    {"Nul", std::string("a: \0b\n", 6), 1, 4, "NUL byte", "text file"},
    {"Latin1", "a: x\nb: caf\xE9\n", 2, 7, "the byte 0xE9 is not UTF-8", "save the file as UTF-8"},
    {"Overlong", "a: \xC0\x80\n", 1, 4, "0xC0 is not UTF-8", "UTF-8"},
    {"SurrogateBytes", "a: \xED\xA0\x80\n", 1, 4, "0xED is not UTF-8", "UTF-8"},
    {"TooLarge", "a: \xF4\x90\x80\x80\n", 1, 4, "0xF4 is not UTF-8", "UTF-8"},
    {"CutOff", "a: \xE2\x82", 1, 4, "0xE2 is not UTF-8", "UTF-8"},
    {"FarAway", std::string(1000, ' ') + "\xFE", 1, 1001, "0xFE is not UTF-8", "UTF-8"},
    {"Bell", "a: \x07\n", 1, 4, "control character U+0007", "\"\\u0007\""},
    {"Delete", "a: \x7F\n", 1, 4, "control character U+007F", "remove it"},
    {"C1", "a: \xC2\x80\n", 1, 4, "control character U+0080", "remove it"},
    {"NoCharacter", "a: \xEF\xBF\xBF\n", 1, 4, "U+FFFF", "remove it"},
    {"Utf16",
     std::string("\xFF\xFE"
                 "a\0:\0",
                 6),
     1, 1, "UTF-16", "save it as UTF-8"},
    {"Utf16BigEndian", std::string("\xFE\xFF\0a", 4), 1, 1, "UTF-16", "save it as UTF-8"},
    {"Utf16WithoutMark", std::string("a\0:\0 \0", 6), 1, 1, "UTF-16", "save it as UTF-8"},
};
INSTANTIATE_TEST_SUITE_P(Bytes, Messages, testing::ValuesIn(kBytes), [](const auto& info) { return info.param.name; });

TEST(MessageNotes, LeadToTheOtherPlace) {
  SourceMap map;
  const auto note_of = [&](std::string text) {
    Diagnostics diagnostics;
    Parse(map, map.AddFile("stack.yaml", std::move(text)), diagnostics);
    EXPECT_EQ(diagnostics.error_count(), 1u);
    const Error& error = diagnostics.list().at(0).error;
    EXPECT_EQ(error.notes.size(), 1u);
    const Location place = map.Locate(error.notes.at(0).position);
    return error.notes.at(0).message + " " + std::to_string(place.line) + ":" + std::to_string(place.column);
  };
  EXPECT_EQ(note_of("b: 0\na: 1\nc: 2\na: 3\n"), "the first one is here 2:1");
  EXPECT_EQ(note_of("a: b\n  c: d\n"), "the value is here 1:4");
  EXPECT_EQ(note_of("a: [1, 2}\n"), "it was opened here 1:4");
  EXPECT_EQ(note_of("a: [1, 2\nb: 3\n"), "reading stopped here 2:2");
  EXPECT_EQ(note_of("a: \"x\nb: \"y\"\n"), "it ends before this text 2:5");
}

TEST(MessageNotes, AreRendered) {
  SourceMap map;
  Diagnostics diagnostics;
  Parse(map, map.AddFile("stack.yaml", "a: 1\na: 2\n"), diagnostics);
  EXPECT_EQ(RenderDiagnostic(map, diagnostics.list().at(0), false),
            "error: the key 'a' is there twice\n"
            " --> stack.yaml:2:1\n"
            " 2 | a: 2\n"
            "   | ^\n"
            "  note: the first one is here\n"
            " --> stack.yaml:1:1\n"
            " 1 | a: 1\n"
            "   | ^\n"
            "  help: remove one of them, or give it another name\n");
}

}  // namespace
}  // namespace davit::yaml
