// What a tool said that it made, gathered from its events, held against the state that it left: what is not in there was made and is known to
// nobody else. Pure. Any thread.
#pragma once

#include <string>
#include <vector>

#include "drivers/driver.h"

namespace davit::drivers {

class Made {
 public:
  struct Thing {
    std::string address;
    std::string action;  // create update replace delete read
    std::string id_key;
    std::string id_value;  // what the provider calls it; "" = the tool did not say
  };

  void Take(const ToolEvent& event);

  /// What was created, not destroyed again, and is not in the state: under its address, or with its id.
  std::vector<Thing> Lost(const StateInfo& state) const;
  /// What was begun and has no end. Of what was to be created only where it is not in the state. `log_lost`: lines of the log are missing, so
  /// what was planned to be created may have been too.
  std::vector<Thing> Perhaps(const StateInfo& state, bool log_lost) const;
  /// Whether something was created, or may have been, that is not in the state.
  bool HasMoreThan(const StateInfo& state) const;

 private:
  std::vector<Thing> planned_;  // and not begun; in their order, all three
  std::vector<Thing> begun_;
  std::vector<Thing> created_;
};

}  // namespace davit::drivers
