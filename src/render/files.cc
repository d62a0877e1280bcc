#include "render/files.h"

#include <glob.h>
#include <sys/stat.h>

#include "render/template.h"

namespace davit::render {
namespace {

bool IsPattern(const std::string& file) {
  return file.find_first_of("*?[") != std::string::npos;
}

/// The files that match, sorted. A directory that has characters of patterns in its name is taken literally.
std::vector<Path> Matches(const Path& directory, const std::string& pattern) {
  std::string whole;
  for (const char c : directory.string()) {
    if (std::string_view("*?[\\").find(c) != std::string_view::npos) whole += '\\';
    whole += c;
  }
  whole += "/" + pattern;
  std::vector<Path> found;
  glob_t matches{};
  if (::glob(whole.c_str(), 0, nullptr, &matches) == 0) {
    for (size_t i = 0; i < matches.gl_pathc; ++i) found.emplace_back(matches.gl_pathv[i]);
  }
  ::globfree(&matches);
  return found;
}

Path WithSuffix(const Path& file) {
  std::error_code error;
  for (const char* suffix : {".template", ".gotemplate"}) {
    Path longer = file.string() + suffix;
    if (file.string().ends_with(suffix)) return file;
    if (std::filesystem::is_regular_file(longer, error)) return longer;
  }
  return file;
}

Result<RenderedFile> RenderOne(const TemplateSet& set, const Path& file, const Path& directory,
                               const ValueMap& values) {
  const std::string shown = file.lexically_relative(directory).string();
  if (shown.starts_with("..")) {
    return Fail(ErrorCode::kInvalidInput, "the template " + shown + " lies outside of its component's directory",
                "name files of the component only", set.pos);
  }
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Fail(ErrorCode::kInvalidInput, "there is no file " + shown + ", which `templates` names",
                "add it to the component's directory, or take it out of `templates`", set.pos);
  }
  TRY_ASSIGN(const std::string text, ReadFile(file));
  RenderedFile rendered;
  rendered.source = file;
  rendered.path = RenderedName(file.string());
  rendered.mode = info.st_mode & 0777;
  TRY_ASSIGN(rendered.content, Render({set.kind, shown, text}, values));
  return rendered;
}

/// Names of files and directories with the component's parameters in them, `${dns.domain}/*.template`.
Result<std::vector<std::string>> Filled(const TemplateSet& set, const std::vector<std::string>& names,
                                        const ValueMap& values) {
  std::vector<std::string> filled;
  for (const std::string& name : names) {
    Result<std::string> text = Render({"curly", "templates", name}, values);
    if (!text) {
      text.error().position = set.pos;
      return Fail(std::move(text).error());
    }
    filled.push_back(*std::move(text));
  }
  return filled;
}

}  // namespace

Result<std::vector<RenderedFile>> RenderAll(const std::vector<TemplateSet>& sets, const Path& directory,
                                            const ValueMap& values, std::vector<std::string>* warnings) {
  std::vector<RenderedFile> rendered;
  auto add = [&](const TemplateSet& set, const Path& file) -> Result<> {
    TRY_ASSIGN(RenderedFile one, RenderOne(set, file.lexically_normal(), directory, values));
    rendered.push_back(std::move(one));
    return {};
  };
  for (const TemplateSet& set : sets) {
    TRY_ASSIGN(std::vector<std::string> files, Filled(set, set.files, values));
    TRY_ASSIGN(std::vector<std::string> directories, Filled(set, set.directories, values));
    if (files.empty() && !directories.empty()) files = {"*"};
    if (directories.empty()) directories = {"."};
    for (const std::string& file : files) {
      if (!IsPattern(file)) {
        TRY(add(set, WithSuffix(directory / file)));
        continue;
      }
      for (const std::string& below : directories) {
        size_t found = 0;
        for (const Path& match : Matches((directory / below).lexically_normal(), file)) {
          std::error_code error;
          if (!std::filesystem::is_regular_file(match, error)) continue;
          ++found;
          TRY(add(set, match));
        }
        if (found == 0) {
          warnings->push_back("no file matches the template `" + file + "`" +
                              (set.directories.empty() ? "" : " in " + below));
        }
      }
    }
  }
  return rendered;
}

}  // namespace davit::render
