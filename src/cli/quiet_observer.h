// The Observer of commands that drive no run: there is nothing to tell. One thread.
#pragma once

#include "runner/runner.h"

namespace davit::cli {

class QuietObserver : public runner::Observer {
 public:
  void OnTaskStarted(const control::Lease&, bool) override {}
  void OnToolEvent(const control::Lease&, const drivers::ToolEvent&) override {}
  void OnTaskFinished(const control::Lease&, const control::TaskOutcome&) override {}
  void OnNeedsReconcile(const control::Lease&, const std::string&, const json::object&) override {}
  void OnNotice(const std::string&) override {}
  void OnTick() override {}
};

}  // namespace davit::cli
