// For tests of the driver with the real tool: a module in a directory of its own, and the state that one task leaves for the next.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "drivers/test_runner.h"

namespace davit::drivers {

class TerraformRun : public testing::Test {
 protected:
  void SetUp() override {
    if (exec::FindOnPath("terraform", OwnEnvironment()).empty()) GTEST_SKIP() << "terraform is not installed";
  }

  void Module(const std::string& text, const std::string& name = "main.tf") { directory_.Write("m/" + name, text); }

  TaskInput Task(TaskKind kind, bool direct = true) {
    Component component;
    component.name = "net";
    component.source_dir = directory_.path() / "m";
    const Result<ModuleInfo> info = registry_.Inspect(component, component.source_dir);
    EXPECT_TRUE(info) << info.error().message;
    TaskInput input;
    input.kind = kind;
    input.direct = direct;
    input.component = "net";
    input.module = info.value_or(ModuleInfo());
    input.module_directory = component.source_dir;
    input.base_directory = directory_.path();
    input.attempt_directory = directory_.path() / ("attempt-" + std::to_string(++attempts_));
    input.cache_directory = directory_.path() / "cache";
    input.module_digest = "m1";
    input.passed_environment = OwnEnvironment();
    input.inputs = inputs_;
    if (!state_.empty()) {
      directory_.Write(input.attempt_directory.filename().string() + "/state/terraform.tfstate", state_);
    }
    return input;
  }

  /// Runs a task and keeps the state it left for the next one.
  Ran Run(const TaskInput& input) {
    Ran ran = RunTask(driver(), input);
    if (!ran.outcomes.empty() && !ran.last().state_file.empty()) state_ = *ReadFile(ran.last().state_file);
    return ran;
  }
  Ran Apply() { return Run(Task(TaskKind::kApply)); }
  Driver& driver() { return *registry_.Find("terraform"); }

  TestDirectory directory_;
  Registry registry_{OwnEnvironment(), directory_.path() / "tools.json"};
  std::vector<InputValue> inputs_;
  std::string state_;
  int attempts_ = 0;
};

}  // namespace davit::drivers
