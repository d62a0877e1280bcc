// The Observer of commands that work by hand: it says what it is told, and nothing else. One thread.
#pragma once

#include "cli/context.h"
#include "cli/quiet_observer.h"

namespace davit::cli {

class Notices final : public QuietObserver {
 public:
  explicit Notices(const Context& context) : context_(context) {}
  void OnNotice(const std::string& text) override { context_.Note(text); }

 private:
  const Context& context_;
};

}  // namespace davit::cli
