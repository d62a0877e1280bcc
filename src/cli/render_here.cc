#include "cli/render_here.h"

#include <algorithm>

#include "cli/hub_run.h"
#include "render/files.h"

namespace davit::cli {

Result<std::vector<std::string>> RenderHere(const Context& context, const std::vector<std::string>& templates,
                                            const std::string& kind, const std::string& additional, ValueMap values,
                                            bool strict) {
  using Overrides = std::map<std::string, std::string>;
  TRY_ASSIGN(Overrides more, SplitOverrides(additional, "-a"));
  for (auto& [name, value] : more) values[name] = Value{json::value(std::move(value))};
  TemplateSet set;
  set.kind = kind;
  set.files = templates;
  std::error_code error;
  const Path here = std::filesystem::current_path(error);
  for (const std::string& name : templates) {
    const bool pattern = name.find_first_of("*?[$") != std::string::npos;
    if (!pattern && (name.empty() || (!std::filesystem::is_regular_file(here / name, error) &&
                                      !std::filesystem::is_regular_file(here / (name + ".template"), error))))
      return Fail(ErrorCode::kInvalidInput, "there is no template '" + name + "' here",
                  "it is looked for in " + here.string() + ", also as " + name + ".template");
  }
  std::vector<std::string> warnings;
  TRY_ASSIGN(const std::vector<render::RenderedFile> files, render::RenderAll({set}, here, values, &warnings));
  for (const std::string& warning : warnings) context.Note("warning: " + warning);
  if (strict && files.empty())
    return Fail(ErrorCode::kInvalidInput, "nothing to render was found here",
                "patterns are looked for in " + here.string());
  for (const render::RenderedFile& file : files) {
    if (strict && file.path == file.source)
      return Fail(ErrorCode::kInvalidInput, file.path.filename().string() + " would be replaced by what it becomes",
                  "name it " + file.path.filename().string() + ".template");
  }
  const bool secret = std::any_of(values.begin(), values.end(), [](const auto& item) { return item.second.sensitive; });
  std::vector<std::string> written;
  for (const render::RenderedFile& file : files) {
    TRY(WriteFileAtomic(file.path, file.content, secret ? file.mode & 0700 : file.mode));
    written.push_back(file.path.lexically_relative(here).string());
  }
  return written;
}

}  // namespace davit::cli
