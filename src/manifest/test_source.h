// A stack in memory, for the tests of manifest/ and its fuzz target: files, process environment and answers, and a short way to load.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/diagnostics.h"
#include "manifest/load.h"

namespace davit::manifest {

/// Files by path below /s. A directory is there where a file lies in it, or where it is named in `directories`.
class MemorySource : public Source {
 public:
  std::map<std::string, std::string> files;
  std::set<std::string> directories;
  std::map<std::string, std::string> environment;
  std::function<std::optional<std::string>(const Parameter&)> prompt;
  std::map<std::string, int> reads;

  Result<std::string> Read(const Path& file) override {
    ++reads[Name(file)];
    const auto found = files.find(Name(file));
    if (found == files.end()) return Fail(ErrorCode::kNotFound, "no such file");
    return found->second;
  }
  bool IsFile(const Path& path) override { return files.contains(Name(path)); }
  bool IsDirectory(const Path& path) override {
    const std::string name = Name(path);
    if (name.empty() || directories.contains(name)) return true;
    const auto next = files.lower_bound(name + "/");
    return next != files.end() && next->first.starts_with(name + "/");
  }
  std::optional<std::string> Environment(const std::string& name) override {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::string> Prompt(const Parameter& parameter) override {
    return prompt ? prompt(parameter) : std::nullopt;
  }

 private:
  static std::string Name(const Path& path) {
    const std::string text = path.string();
    if (text == "/s") return "";
    return text.starts_with("/s/") ? text.substr(3) : text;
  }
};

/// One load of the stack in /s, kept with everything that its positions point into.
struct Loaded {
  SourceMap map;
  Diagnostics diagnostics;
  Result<Stack> stack = Fail(ErrorCode::kInternal, "not loaded");

  Loaded(Source& source, const LoadOptions& options) { stack = Load(options, source, map, diagnostics); }

  /// "error stack.yaml:3:7 message [help]" for each diagnostic, one a line; warnings have their rule: "warning(rule) …".
  std::string Said() const {
    std::string text;
    for (const Diagnostic& diagnostic : diagnostics.list()) {
      const Error& error = diagnostic.error;
      text += diagnostic.severity == Severity::kError ? "error" : "warning(" + diagnostic.rule + ")";
      const Location place = map.Locate(error.position);
      if (!place.file.empty()) {
        text += " " + place.file.substr(place.file.starts_with("/s/") ? 3 : 0) + ":" + std::to_string(place.line) +
                ":" + std::to_string(place.column);
      }
      text += " " + error.message;
      if (!error.suggestion.empty()) text += " [" + error.suggestion + "]";
      for (const Note& note : error.notes)
        text += " {" + note.message + " :" + std::to_string(map.Locate(note.position).line) + "}";
      text += "\n";
    }
    return text;
  }

  /// The stack's parameter `name` or `name|component`; a default one where there is none.
  Parameter At(std::string_view qualified) const {
    for (const Parameter& parameter : stack->parameters) {
      if ((parameter.component.empty() ? parameter.name : parameter.name + "|" + parameter.component) == qualified)
        return parameter;
    }
    return {};
  }
  json::value ValueOf(std::string_view qualified) const { return At(qualified).value.constant; }
};

inline LoadOptions InMemory() {
  LoadOptions options;
  options.directory = "/s";
  return options;
}

/// Loads a stack.yaml with one component directory `ok`.
inline Loaded LoadStack(std::string_view text) {
  MemorySource source;
  source.files["stack.yaml"] = text;
  source.directories.insert("ok");
  return Loaded(source, InMemory());
}

/// The same after the lines that every stack begins with; line 3 is the first of `text`.
inline Loaded LoadBody(std::string_view text) {
  return LoadStack("kind: stack\nversion: 1\n" + std::string(text) + "\nmeta: {name: s}\n");
}

}  // namespace davit::manifest
