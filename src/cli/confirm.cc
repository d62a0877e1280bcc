#include "cli/confirm.h"

#include "base/text.h"

namespace davit::cli {

std::optional<int> Confirm(const Context& context, Signals& signals, const std::string& question,
                           const std::string& command, const std::function<bool()>& answered) {
  if (context.options.auto_approve) return std::nullopt;
  if (!context.interactive()) {
    return context.Fail(ErrorCode::kNeedsPerson,
                        "this is not a terminal, so nobody could be asked; nothing was changed",
                        command + " --auto-approve");
  }
  context.Out("\n" + question + " [y/N] ");
  const Answer answer = ReadAnswer(context.wiring.terminal.input, signals, answered);
  if (answer.kind == Answer::Kind::kElsewhere) {
    context.Line("(answered from elsewhere)");
    return std::nullopt;
  }
  if (answer.kind == Answer::Kind::kLine) {
    const std::string_view word = Trim(answer.line);
    if (word == "y" || word == "Y" || word == "yes" || word == "Yes" || word == "YES") return std::nullopt;
    context.Line("Nothing was changed");
    return 0;
  }
  context.Line("");
  if (answer.kind == Answer::Kind::kInterrupted)
    return context.Fail(ErrorCode::kCancelled, "interrupted; nothing was changed");
  return context.Fail(ErrorCode::kNeedsPerson, "nobody answered; nothing was changed", command + " --auto-approve");
}

}  // namespace davit::cli
