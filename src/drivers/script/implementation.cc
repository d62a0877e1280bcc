#include "drivers/script/implementation.h"

#include <fcntl.h>
#include <unistd.h>

#include "base/text.h"
#include "drivers/script/makefile.h"

namespace davit::drivers {
namespace {

constexpr char kShell[] = "/bin/sh";

/// The beginning of a file: what it says about how it wants to be run.
std::string Head(const Path& file) {
  Result<Fd> fd = OpenFile(file, O_RDONLY);
  if (!fd) return {};
  char buffer[512];
  const ssize_t got = ::read(fd->get(), buffer, sizeof buffer);
  return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
}

/// Interpreter and its one argument of a `#!` line, as the kernel takes them.
std::vector<std::string> Shebang(std::string_view head) {
  if (!head.starts_with("#!")) return {};
  const std::string_view line = Trim(head.substr(2, head.find('\n') - 2));
  const size_t space = line.find_first_of(" \t");
  std::vector<std::string> argv{std::string(line.substr(0, space))};
  if (argv[0].empty() || argv[0][0] != '/') return {};
  if (space != std::string_view::npos) argv.emplace_back(Trim(line.substr(space)));
  return argv;
}

}  // namespace

Result<std::vector<std::string>> HowToRun(const Path& file) {
  const std::string head = Head(file);
  const bool executable = ::access(file.c_str(), X_OK) == 0;
  const std::vector<std::string> shebang = Shebang(head);
  std::error_code error;
  if (!shebang.empty() && !std::filesystem::exists(shebang[0], error)) {
    const bool crlf = head.substr(0, head.find('\n')).ends_with('\r');
    return Fail(ErrorCode::kInvalidInput,
                "'" + file.string() + "' begins with #!" + shebang[0] + ", and there is no such program here",
                crlf ? "save it with line ends of Unix: its first line ends with CR LF"
                     : "install it, or correct the first line");
  }
  if (!shebang.empty() && head.substr(0, head.find('\n')).ends_with('\r')) {
    return Fail(ErrorCode::kInvalidInput, "'" + file.string() + "' has line ends of Windows (CR LF)",
                "save it with line ends of Unix");
  }
  if (executable && (!shebang.empty() || head.starts_with("\x7F"
                                                          "ELF")))
    return std::vector<std::string>{file.string()};
  if (!shebang.empty()) {
    std::vector<std::string> argv = shebang;
    argv.push_back(file.string());
    return argv;
  }
  // The kernel refuses a text without #!; shells run it, and so people expect it.
  if (executable || file.extension() == ".sh") return std::vector<std::string>{kShell, file.string()};
  return Fail(ErrorCode::kInvalidInput, "'" + file.string() + "' is not executable and has no #! line",
              "chmod +x it, or begin it with #!/bin/sh");
}

Result<Implementation> FindImplementation(const Path& directory, const std::string& verb,
                                          const exec::ProcessEnv& environment) {
  Implementation found;
  if (Makefile makefile = ReadMakefile(directory, &found.outside); makefile.targets.contains(verb)) {
    found.by_make = true;
    found.defaults = std::move(makefile.defaults);
    found.all_defaults = makefile.whole;
    const Path make = exec::FindOnPath("make", environment);
    if (!make.empty()) found.argv = {make.string(), "--no-print-directory", verb};
    return found;
  }
  found.outside.clear();
  for (const char* suffix : {"", ".sh"}) {
    for (const std::string& name : {verb, "bin/" + verb, "_" + verb}) {
      const Path file = directory / (name + suffix);
      std::error_code error;
      if (!std::filesystem::is_regular_file(file, error)) continue;
      TRY_ASSIGN(found.argv, HowToRun(file));
      return found;
    }
  }
  return found;
}

}  // namespace davit::drivers
