// Expressions of CEL: parsing and evaluating them, measured against the bare parse of the same texts, and making a text with `#{ }`, measured against
// the same text with `${ }`. Prints the medians of ROUNDS in seconds for COUNT expressions of each, as JSON.
//
//     bench_cel COUNT ROUNDS
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "expr/cel.h"
#include "expr/expression.h"

namespace {

namespace cel = davit::cel;
namespace json = davit::json;

/// What stands in manifests: a choice, an address made from outputs, a list that is gone through, a name that is made fit.
constexpr std::string_view kExpressions[] = {
    R"(env == "prod" && db.size > 1 ? "large" : "small")",
    R"("https://" + db.host + ":" + string(db.port) + "/" + name)",
    R"(zones.filter(z, z.startsWith("eu-")).map(z, z + "a").join(","))",
    R"(has(tags.team) && size(tags.team) <= 12 ? tags.team.lowerAscii().replace("_", "-") : "none")",
};
constexpr std::string_view kComputedText = R"(#{"https://" + db.host + ":" + string(db.port) + "/" + name})";
constexpr std::string_view kPlainText = "https://${db.host}:${db.port}/${name}";

std::map<std::string, davit::Value, std::less<>> Names() {
  const auto known = [](json::value data) { return davit::Value{std::move(data)}; };
  return {{"env", known("prod")},
          {"db.size", known(3)},
          {"db.host", known("db-1.internal.example.org")},
          {"db.port", known(5432)},
          {"name", known("orders")},
          {"zones", known(json::array{"eu-central-1", "us-east-1", "eu-west-1"})},
          {"tags", known(json::object{{"team", "Store_Front"}, {"cost", 4711}})}};
}

template <typename Action>
double Seconds(int count, const Action& action) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < count; ++i) action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::max(1, std::atoi(argv[1])) : 10000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  const auto names = Names();
  const cel::Lookup find = [&](std::string_view name) -> std::optional<cel::Value> {
    const auto found = names.find(name);
    if (found == names.end()) return std::nullopt;
    return cel::FromJson(found->second.data);
  };
  const davit::expr::Lookup look = [&](const davit::Reference& reference) -> davit::Result<davit::Value> {
    return names.at(reference.text);
  };
  const auto nowhere = [](size_t) { return davit::Pos(); };
  const auto evaluate = [&](std::string_view text) {
    const auto program = cel::Program::Parse(text);
    CHECK(program.has_value());
    CHECK(cel::ToJson(program->Evaluate(find)).has_value());
  };
  const auto expand = [&](std::string_view text) {
    const davit::Result<davit::Expression> expression = davit::expr::Parse(text, nowhere);
    CHECK(expression.has_value());
    const davit::Result<davit::Value> value = davit::expr::Evaluate(*expression, look);
    CHECK(value.has_value());
    return value->data;
  };
  CHECK(expand(kComputedText) == expand(kPlainText), "what is compared differs");

  std::vector<double> parsed, evaluated, computed, plain;
  for (int round = 0; round < rounds; ++round) {
    parsed.push_back(Seconds(count, [] {
      for (const std::string_view text : kExpressions) CHECK(cel::Parse(text).has_value());
    }));
    evaluated.push_back(Seconds(count, [&] {
      for (const std::string_view text : kExpressions) evaluate(text);
    }));
    computed.push_back(Seconds(count, [&] { expand(kComputedText); }));
    plain.push_back(Seconds(count, [&] { expand(kPlainText); }));
  }
  std::printf("{\"parse\": %.6f, \"evaluate\": %.6f, \"computed\": %.6f, \"plain\": %.6f}\n", Median(parsed),
              Median(evaluated), Median(computed), Median(plain));
  return 0;
}
