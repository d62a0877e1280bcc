// What a plan of the real tool says, attribute by attribute.
#include <algorithm>

#include "drivers/terraform/test_fixture.h"

namespace davit::drivers {
namespace {

class TerraformPlan : public TerraformRun {
 protected:
  /// Plans, and reads the account of the plan.
  PlannedChanges Plan() {
    TaskInput input = Task(TaskKind::kPlan);
    input.show_plan = true;
    ran_ = RunTask(driver(), input);
    return Planned({"plan", "show"});
  }
  PlannedChanges Planned(const std::vector<std::string>& operations) {
    EXPECT_EQ(ran_.names, operations);
    if (ran_.outcomes.empty()) return {};
    EXPECT_EQ(ran_.last().result, OperationResult::kSucceeded) << ran_.last().reason;
    EXPECT_TRUE(ran_.last().planned.has_value());
    return ran_.last().planned.value_or(PlannedChanges());
  }
  void Stands() { ASSERT_EQ(Apply().last().result, OperationResult::kSucceeded); }

  /// The account of the only resource.
  static PlannedResource Only(const PlannedChanges& changes) {
    EXPECT_EQ(changes.resources.size(), 1u);
    return changes.resources.empty() ? PlannedResource() : changes.resources[0];
  }
  static AttributeChange At(const PlannedResource& resource, const std::string& path) {
    const auto found = std::find_if(resource.attributes.begin(), resource.attributes.end(),
                                    [&](const AttributeChange& attribute) { return attribute.path == path; });
    EXPECT_NE(found, resource.attributes.end()) << "no attribute " << path;
    return found == resource.attributes.end() ? AttributeChange() : *found;
  }
  static std::vector<std::string> Paths(const PlannedResource& resource) {
    std::vector<std::string> paths;
    for (const AttributeChange& attribute : resource.attributes) paths.push_back(attribute.path);
    return paths;
  }

  Ran ran_;
};

Value Known(json::value data) {
  return {std::move(data), false, false};
}
const Value kUnknown{nullptr, false, true};

constexpr char kNet[] =
    "variable \"size\" {}\nresource \"terraform_data\" \"net\" { input = var.size }\n"
    "output \"size\" { value = var.size }\noutput \"id\" { value = terraform_data.net.id }\n";

TEST_F(TerraformPlan, ACreationAndItsOutputs) {
  Module(kNet);
  inputs_ = {Input("size", 3)};
  const PlannedChanges changes = Plan();
  const PlannedResource resource = Only(changes);
  EXPECT_EQ(resource.address, "terraform_data.net");
  EXPECT_EQ(resource.action, "create");
  EXPECT_EQ(Paths(resource), (std::vector<std::string>{"id", "input", "output"}));
  EXPECT_EQ(At(resource, "id").after, kUnknown);
  EXPECT_EQ(At(resource, "input").after, Known(3));
  EXPECT_EQ(changes.outputs,
            (std::vector<OutputChange>{{"id", "create", {}, kUnknown}, {"size", "create", {}, Known(3)}}));
  EXPECT_EQ(changes.planned_outputs, (ValueMap{{"id", kUnknown}, {"size", Known(3)}}));
}

TEST_F(TerraformPlan, AnUpdateAndOutputsThatStayOrGo) {
  Module(std::string(kNet) + "output \"old\" { value = 1 }\n");
  inputs_ = {Input("size", 3)};
  Stands();
  EXPECT_TRUE(Plan().empty());
  EXPECT_EQ(ran_.last().planned->planned_outputs.at("size"), Known(3)) << "outputs that stay are known";
  Module(kNet);
  inputs_ = {Input("size", 4)};
  const PlannedChanges changes = Plan();
  const PlannedResource resource = Only(changes);
  EXPECT_EQ(resource.action, "update");
  EXPECT_EQ(Paths(resource), (std::vector<std::string>{"input", "output"}));
  EXPECT_EQ(At(resource, "input").before, Known(3));
  EXPECT_EQ(At(resource, "input").after, Known(4));
  EXPECT_EQ(changes.outputs,
            (std::vector<OutputChange>{{"old", "delete", Known(1), {}}, {"size", "update", Known(3), Known(4)}}));
  EXPECT_FALSE(changes.planned_outputs.at("id").unknown) << "it stays";
  EXPECT_FALSE(changes.planned_outputs.contains("old"));
}

TEST_F(TerraformPlan, AReplacementNamesWhatForcesIt) {
  const std::string module =
      "variable \"size\" {}\nresource \"terraform_data\" \"net\" {\n input = { a = 1, \"b.c\" = [var.size] }\n"
      " triggers_replace = { \"size of\" = var.size }\n";
  Module(module + "}\n");
  inputs_ = {Input("size", 3)};
  Stands();
  inputs_ = {Input("size", 4)};
  PlannedResource resource = Only(Plan());
  EXPECT_EQ(resource.action, "replace");
  EXPECT_FALSE(resource.create_before_destroy);
  EXPECT_EQ(resource.reason, "replace_because_cannot_update");
  EXPECT_TRUE(At(resource, "triggers_replace[\"size of\"]").forces_replacement);
  const AttributeChange input = At(resource, "input[\"b.c\"][0]");
  EXPECT_EQ(input.before, Known(3));
  EXPECT_EQ(input.after, Known(4));
  EXPECT_FALSE(input.forces_replacement);
  EXPECT_EQ(At(resource, "id").after, kUnknown);
  Module(module + " lifecycle { create_before_destroy = true }\n}\n");
  resource = Only(Plan());
  EXPECT_EQ(resource.action, "replace");
  EXPECT_TRUE(resource.create_before_destroy);
}

TEST_F(TerraformPlan, WhatIsSensitiveStaysSo) {
  const std::string module =
      "variable \"password\" { sensitive = true }\nvariable \"plain\" {}\n"
      "resource \"terraform_data\" \"x\" { input = { user = \"u\", password = var.password } }\n"
      "output \"password\" {\n value = var.password\n sensitive = true\n}\n";
  Module(module + "resource \"terraform_data\" \"y\" { input = var.plain }\n");
  inputs_ = {Input("password", "one", true), Input("plain", "same")};
  Stands();
  inputs_[0] = Input("password", "two", true);
  PlannedChanges changes = Plan();
  const AttributeChange password = At(Only(changes), "input.password");
  EXPECT_EQ(password.before, (Value{"one", true, false}));
  EXPECT_EQ(password.after, (Value{"two", true, false}));
  EXPECT_EQ(changes.outputs,
            (std::vector<OutputChange>{{"password", "update", {"one", true, false}, {"two", true, false}}}));
  EXPECT_EQ(changes.planned_outputs.at("password"), (Value{"two", true, false}));
  // A value that becomes sensitive is marked anew, and nothing else.
  inputs_[0] = Input("password", "one", true);
  Module(module + "resource \"terraform_data\" \"y\" { input = sensitive(var.plain) }\n");
  changes = Plan();
  const PlannedResource marked = Only(changes);
  EXPECT_EQ(marked.address, "terraform_data.y");
  EXPECT_EQ(At(marked, "input").after, (Value{"same", true, false}));
}

TEST_F(TerraformPlan, WhatIsMovedImportedOrForgotten) {
  Module("resource \"terraform_data\" \"old\" { input = 1 }\n");
  Stands();
  Module(
      "resource \"terraform_data\" \"new\" { input = 1 }\nmoved {\n from = terraform_data.old\n to = "
      "terraform_data.new\n}\n");
  PlannedResource resource = Only(Plan());
  EXPECT_EQ(resource.address, "terraform_data.new");
  EXPECT_EQ(resource.previous_address, "terraform_data.old");
  EXPECT_EQ(resource.action, "no-op");
  EXPECT_TRUE(resource.attributes.empty());

  Module("removed {\n from = terraform_data.old\n lifecycle { destroy = false }\n}\n");
  EXPECT_EQ(Only(Plan()).action, "forget");

  Module(
      "resource \"terraform_data\" \"old\" { input = 1 }\nresource \"terraform_data\" \"there\" {}\n"
      "import {\n to = terraform_data.there\n id = \"made-by-hand\"\n}\n");
  resource = Only(Plan());
  EXPECT_EQ(resource.address, "terraform_data.there");
  EXPECT_EQ(resource.import_id, "made-by-hand");

  Module("");
  resource = Only(Plan());
  EXPECT_EQ(resource.action, "delete");
  EXPECT_EQ(At(resource, "input").before, Known(1));
  EXPECT_TRUE(At(resource, "input").after.data.is_null());
}

TEST_F(TerraformPlan, OnlyShowsASavedPlan) {
  Module(kNet);
  inputs_ = {Input("size", 3)};
  const PlannedChanges changes = Plan();
  TaskInput input = Task(TaskKind::kPlan);
  input.show_plan = true;
  input.saved_plan = *ReadFile(ran_.outcomes[0].plan_file);
  ran_ = RunTask(driver(), input);
  EXPECT_EQ(Planned({"show"}), changes);
  input = Task(TaskKind::kPlan);
  input.show_plan = true;
  input.saved_plan = "no plan";
  ran_ = RunTask(driver(), input);
  EXPECT_EQ(ran_.names, std::vector<std::string>{"show"});
  EXPECT_EQ(ran_.last().result, OperationResult::kFailed);
  EXPECT_FALSE(ran_.last().planned.has_value());
}

}  // namespace
}  // namespace davit::drivers
