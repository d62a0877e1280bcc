// The one question of a command that changes something by hand: yes, no, or nobody there. One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "cli/context.h"
#include "cli/signals.h"

namespace davit::cli {

/// Asks unless --auto-approve was given. Gives the exit code where the answer is not yes: 0 no, 4 nobody could be asked, 130 interrupted.
/// `command` is what to say instead where there is no terminal; `answered` is asked whether somebody said yes or no from elsewhere, which is
/// no exit.
std::optional<int> Confirm(const Context& context, Signals& signals, const std::string& question,
                           const std::string& command, const std::function<bool()>& answered = {});

}  // namespace davit::cli
