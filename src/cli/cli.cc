#include <algorithm>

#include "cli/parse.h"
#include "cli/wiring.h"

namespace davit::cli {

int Main(int argc, char** argv, Wiring& wiring) {
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  Result<Invocation> invocation = ParseCommandLine(arguments);
  if (!invocation) {
    // Whoever asks for JSON gets it also where the rest of the line is wrong.
    Options options;
    options.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    return Context(wiring, options).Fail(invocation.error());
  }
  Context context(wiring, std::move(invocation->options));
  if (invocation->run != nullptr) return invocation->run(context);
  if (invocation->usage_error) {
    (void)WriteAll(wiring.terminal.errors, invocation->help);  // a failed write loses only words
    return ExitCodeOf(ErrorCode::kInvalidInput);
  }
  context.Out(invocation->help);
  return 0;
}

}  // namespace davit::cli
