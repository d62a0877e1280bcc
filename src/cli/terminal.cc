#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "cli/wiring.h"

namespace davit::cli {
namespace {

std::string Get(const std::map<std::string, std::string>& environment, const char* name) {
  auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

bool IsUtf8(const std::map<std::string, std::string>& environment) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = Get(environment, name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::tolower(c); });
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

int Number(const std::string& text) {
  if (text.empty() || text.size() > 4) return 0;
  int number = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return 0;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

Terminal SystemTerminal(const std::map<std::string, std::string>& environment) {
  Terminal terminal;
  terminal.input_is_terminal = isatty(terminal.input) == 1;
  terminal.output_is_terminal = isatty(terminal.output) == 1;
  terminal.errors_is_terminal = isatty(terminal.errors) == 1;
  const std::string term = Get(environment, "TERM");
  terminal.dumb = term.empty() || term == "dumb";
  terminal.no_color = !Get(environment, "NO_COLOR").empty();
  terminal.unicode = IsUtf8(environment);
  const int columns = Number(Get(environment, "COLUMNS"));
  const int output = terminal.output;
  terminal.size = [columns, output] {
    TerminalSize size;
    winsize window = {};
    if (ioctl(output, TIOCGWINSZ, &window) == 0 && window.ws_col > 0) {
      size.columns = window.ws_col;
      if (window.ws_row > 0) size.rows = window.ws_row;
    } else if (columns > 0) {
      size.columns = columns;
    }
    return size;
  };
  return terminal;
}

}  // namespace davit::cli
