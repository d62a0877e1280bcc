#include "cli/commands.h"

namespace davit::cli {

int RunVersion(Context& context) {
  if (context.options.json) {
    json::object answer;
    answer["version"] = DAVIT_VERSION;
    context.Json(answer);
  } else {
    context.Line(std::string("davit ") + DAVIT_VERSION);
  }
  return 0;
}

}  // namespace davit::cli
