#include <algorithm>

#include "cli/parse.h"
#include "cli/wiring.h"

namespace davit::cli {
namespace {

constexpr int kHubFailed = 1;  // `davit hub` has the exit codes of its reference

}  // namespace

int Main(int argc, char** argv, Wiring& wiring) {
  std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  // By the name of its reference davit is `davit hub`, for scripts that call $HUB.
  const std::string called = argc > 0 ? Path(argv[0]).filename().string() : "";
  if (called == "hub" || called == "hubctl") arguments.insert(arguments.begin(), "hub");
  const bool hub = !arguments.empty() && arguments[0] == "hub";
  wiring.arguments = arguments;
  Result<Invocation> invocation = ParseCommandLine(arguments);
  if (!invocation) {
    // Whoever asks for JSON gets it also where the rest of the line is wrong.
    Options options;
    options.json = std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
    const int code = Context(wiring, options).Fail(invocation.error());
    return hub ? kHubFailed : code;
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
