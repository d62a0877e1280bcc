#include "base/text.h"
#include "cli/commands.h"

namespace davit::cli {

int RunHelp(Context& context) {
  const std::string& name = context.options.name;
  const std::string_view page = ManualPage(name.empty() ? "davit" : name);
  if (page.empty()) {
    const std::vector<std::string_view> names = ManualPageNames();
    std::string suggestion = DidYouMean(name, names);
    if (suggestion.empty()) suggestion = "`davit help` lists the commands";
    return context.Fail(ErrorCode::kInvalidInput, "no manual page '" + name + "'", suggestion);
  }
  context.Out(page);
  return 0;
}

}  // namespace davit::cli
