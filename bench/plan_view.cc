// Drawing the preview of COUNT components, measured against reading their plans: each a text as terraform gives it, with an update, a
// replacement, a creation and outputs. Prints the medians of ROUNDS in seconds, as JSON.
//
//     bench_plan_view COUNT ROUNDS
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/plan_view.h"
#include "drivers/terraform/plan_json.h"

namespace {

namespace json = davit::json;
using davit::control::JobOverview;

constexpr int kColumns = 120;

json::object Change(const char* action, const json::object& before, const json::object& after,
                    const json::object& unknown) {
  json::array actions;
  if (std::string_view(action) == "replace") {
    actions = {"delete", "create"};
  } else {
    actions = {action};
  }
  const bool is_new = before.empty();
  return {{"actions", std::move(actions)},
          {"before", is_new ? json::value() : json::value(before)},
          {"after", after},
          {"after_unknown", unknown},
          {"before_sensitive", is_new ? json::value(false) : json::value(json::object())},
          {"after_sensitive", json::object()}};
}

std::string Account(int number) {
  const std::string name = "component-" + std::to_string(number);
  const auto sides = [&](int size) {
    return json::object{{"name", name},
                        {"size", size},
                        {"image", "registry.example.org/team/image:" + std::to_string(size)},
                        {"tags", json::object{{"owner", "somebody"}, {"cost.centre", "4711"}, {"release", size}}},
                        {"rules", json::array{json::object{{"port", 80}, {"from", "10.0.0.0/8"}},
                                              json::object{{"port", 8000 + size}, {"from", "0.0.0.0/0"}}}}};
  };
  json::object before = sides(1);
  before["id"] = "i-0123456789abcdef0";
  json::object same = sides(2);
  same["id"] = "i-0123456789abcdef0";
  json::object replace = Change("replace", before, sides(2), {{"id", true}});
  replace["replace_paths"] = json::array{json::array{"image"}};
  json::array resources;
  const auto add = [&](const char* address, json::object change) {
    resources.push_back(json::object{{"address", address},
                                     {"mode", "managed"},
                                     {"type", "test_thing"},
                                     {"name", "one"},
                                     {"provider_name", "registry.example.org/team/test"},
                                     {"change", std::move(change)}});
  };
  add("test_thing.one", Change("update", before, same, {}));
  add("test_thing.two", std::move(replace));
  add("test_thing.three", Change("create", {}, sides(3), {{"id", true}}));
  const json::object account{
      {"format_version", "1.2"},
      {"terraform_version", "1.11.4"},
      {"planned_values", json::object{{"outputs", json::object{{"url", json::object{{"sensitive", false},
                                                                                    {"value", "http://" + name}}}}}}},
      {"resource_changes", std::move(resources)},
      {"output_changes", json::object{{"url", json::object{{"actions", json::array{"update"}},
                                                           {"before", "http://old"},
                                                           {"after", "http://" + name},
                                                           {"after_unknown", false},
                                                           {"before_sensitive", false},
                                                           {"after_sensitive", false}}}}}};
  return json::serialize(account);
}

template <typename Action>
double Seconds(const Action& action) {
  const auto begin = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  const int count = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int rounds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 5;
  std::vector<std::string> accounts;
  for (int i = 0; i < count; ++i) accounts.push_back(Account(i));
  std::vector<JobOverview> overview;
  std::vector<double> read, draw, draw_full;
  size_t lines = 0;
  for (int round = 0; round < rounds; ++round) {
    overview.clear();
    read.push_back(Seconds([&] {
      for (int i = 0; i < count; ++i) {
        davit::Result<davit::PlannedChanges> changes = davit::drivers::ParsePlan(accounts[static_cast<size_t>(i)]);
        CHECK(changes.has_value());
        JobOverview& job = overview.emplace_back();
        job.component = "component-" + std::to_string(i);
        job.kind = JobOverview::Kind::kChanged;
        job.because = {"input size"};
        job.driver = "terraform";
        job.grade = JobOverview::Grade::kFirm;
        job.planned = true;
        job.changes = R"({"v":1,"create":1,"update":1,"replace":1,"delete":0})";
        job.detail = std::make_shared<const davit::PlannedChanges>(std::move(*changes));
      }
    }));
    for (const bool full : {false, true}) {
      (full ? draw_full : draw).push_back(Seconds([&] {
        lines +=
            davit::cli::RenderPlan(overview, "local/default/default/bench", davit::cli::Style(), kColumns, full).size();
      }));
    }
  }
  std::printf("{\"read\": %.6f, \"draw\": %.6f, \"draw_full\": %.6f, \"lines\": %zu}\n", Median(read), Median(draw),
              Median(draw_full), lines / static_cast<size_t>(rounds));
  return 0;
}
