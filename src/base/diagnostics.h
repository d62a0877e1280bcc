// Positions and diagnostics. A SourceMap keeps the text of every file that was read and hands out 4-byte positions; Diagnostics
// collects all errors and warnings of a stage; RenderDiagnostic prints file, line, column, the source line, a caret and a suggestion.
// Not thread-safe: one SourceMap and one Diagnostics belong to one load of a manifest.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace davit {

struct Location {
  std::string file;
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1, in code points
  std::string_view source_line;
  bool secret = false;  // the line is not to be shown
};

/// Keeps file texts alive and turns byte offsets into positions and back.
class SourceMap {
 public:
  /// Takes the text of `file`; the returned index goes into At(). The text stays valid, at a stable address, as long as the map.
  uint32_t AddFile(std::string file, std::string text);
  std::string_view Text(uint32_t file_index) const;
  const std::string& FileName(uint32_t file_index) const;
  /// No line of it is ever shown: secrets stand there in clear.
  void Hide(uint32_t file_index);
  /// Texts of people name files below `directory` (with its slash) by `shown` and the rest.
  void ShowBelow(std::string_view directory, std::string_view shown);
  /// The position of a byte in a file; an offset past the end names the end.
  Pos At(uint32_t file_index, size_t offset) const;
  /// Where a position lies; nullopt-like empty file for Pos{}.
  Location Locate(Pos pos) const;

 private:
  struct File {
    std::string name;
    std::string text;
    uint32_t base = 0;  // positions of this file are base .. base + text.size()
    bool hidden = false;
  };
  std::vector<std::unique_ptr<File>> files_;
  uint32_t next_base_ = 1;
};

enum class Severity { kWarning, kError };

struct Diagnostic {
  Severity severity = Severity::kError;
  std::string rule;  // stable code of a warning that can be silenced, e.g. "unknown-key"; empty for most errors
  Error error;
};

/// Collects the diagnostics of a stage, so that all of them are shown at once. What adds one is cold: compilers put the making of messages out of
/// the way of what nearly always runs.
class Diagnostics {
 public:
  [[gnu::cold]] void Add(Error error);
  [[gnu::cold]] void AddError(std::string message, Pos pos = {}, std::string suggestion = {});
  [[gnu::cold]] void AddWarning(std::string rule, std::string message, Pos pos = {}, std::string suggestion = {});
  bool HasErrors() const { return error_count_ != 0; }
  size_t error_count() const { return error_count_; }
  const std::vector<Diagnostic>& list() const { return list_; }
  /// Changes every error and warning.
  void Rewrite(const std::function<void(Error&)>& change);

 private:
  std::vector<Diagnostic> list_;
  size_t error_count_ = 0;
};

/// "error: text\n  --> file:3:7\n   3 | source line\n     |       ^\n  help: suggestion\n". Control characters are made visible.
/// `color` adds ANSI colours.
std::string RenderDiagnostic(const SourceMap& map, const Diagnostic& diagnostic, bool color);
std::string RenderError(const SourceMap* map, const Error& error, bool color);

/// The candidate nearest to `word` by edit distance (at most a third of its length away, at least 1), or "" where none is near.
std::string Nearest(std::string_view word, const std::vector<std::string_view>& candidates);
/// "did you mean 'x'?" or "".
std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates);
/// The same, or where none is near the first of them: "there are for example: a, b"; "" where there are none.
std::string DidYouMeanOneOf(std::string_view word, const std::vector<std::string_view>& candidates);

}  // namespace davit
