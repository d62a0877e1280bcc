// davit fmt: files of stacks into their usual form. What is wrong with one file keeps no other from being done.
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/replace_file.h"
#include "cli/text_diff.h"
#include "manifest/format.h"
#include "manifest/format_files.h"

namespace davit::cli {
namespace {

constexpr const char* kStandardInput = "-";

/// All of the standard input.
Result<std::string> ReadInput(int fd) {
  std::string text;
  char piece[65536];
  for (;;) {
    const ssize_t size = ::read(fd, piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return FailErrno(errno, "cannot read the standard input");
    if (size == 0) return text;
    text.append(piece, static_cast<size_t>(size));
  }
}

class Formatter {
 public:
  explicit Formatter(Context& context) : context_(context), options_(context.options.fmt) {}

  int Run() {
    std::vector<std::string> paths = options_.paths;
    if (paths.empty()) paths.emplace_back(".");
    for (const std::string& path : paths) {
      std::error_code ignored;
      if (path == kStandardInput || !std::filesystem::is_directory(path, ignored)) {
        One(path);
        continue;
      }
      const Result<std::vector<Path>> files = manifest::FilesToFormat(path);
      if (!files) Failed(files.error(), nullptr);
      for (size_t i = 0; files && i < files->size(); ++i) One((*files)[i].string());
    }
    if (context_.options.json) {
      context_.Json(json::object{{"files", std::move(answers_)}, {"errors", std::move(errors_)}});
    }
    return code_ == 0 && options_.check && changed_ ? 1 : code_;
  }

 private:
  void Failed(const Error& error, const SourceMap* sources) {
    code_ = std::max(code_, error.position ? 1 : ExitCodeOf(error.code));
    if (context_.options.json) {
      errors_.push_back(ErrorJson(error, sources));
    } else {
      (void)context_.Fail(error, sources);
    }
  }

  void One(const std::string& name) {
    const bool input = name == kStandardInput;
    const Fd turn = input || options_.check ? Fd() : TurnToEdit(name);
    Result<std::string> text = input ? ReadInput(context_.wiring.terminal.input) : ReadFile(name);
    if (!text) return Failed(text.error(), nullptr);
    SourceMap sources;
    const uint32_t file = sources.AddFile(input ? "standard input" : name, *text);
    Result<std::string> usual = manifest::Format(sources, file);
    if (!usual) return Failed(usual.error(), &sources);
    const bool changes = *usual != *text;
    const bool shows = options_.check || options_.diff;
    if (changes && !shows && !input) {
      if (const Result<> written = ReplaceFile(name, *usual); !written) return Failed(written.error(), nullptr);
    }
    changed_ = changed_ || changes;
    const std::string diff = options_.diff ? UnifiedDiff(*text, *usual, sources.FileName(file)) : "";
    if (context_.options.json) {
      json::object answer{{"file", name}, {"changed", changes}};
      if (options_.diff) answer["diff"] = diff;
      if (input && !shows) answer["text"] = *usual;
      answers_.push_back(std::move(answer));
    } else if (input && !shows) {
      context_.Out(*usual);
    } else if (options_.diff) {
      context_.Out(diff);
    } else if (changes) {
      context_.Line(name);
    }
  }

  Context& context_;
  const FmtOptions& options_;
  json::array answers_;
  json::array errors_;
  bool changed_ = false;
  int code_ = 0;
};

}  // namespace

void DeclareFmt(CLI::App& app, Options& options) {
  app.add_option("PATH", options.fmt.paths, "Files, directories of stacks, - for the standard input; default: .");
  app.add_flag("--check", options.fmt.check, "Change nothing; exit with 1 where a file is not in its usual form");
  app.add_flag("--diff", options.fmt.diff, "Change nothing; show what would be different");
}

int RunFmt(Context& context) {
  return Formatter(context).Run();
}

}  // namespace davit::cli
