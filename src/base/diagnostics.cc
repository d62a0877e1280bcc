#include "base/diagnostics.h"

#include <algorithm>

#include "base/text.h"

namespace davit {
namespace {

constexpr const char* kRed = "\033[1;31m";
constexpr const char* kYellow = "\033[1;33m";
constexpr const char* kBlue = "\033[34m";
constexpr const char* kGreen = "\033[32m";
constexpr const char* kBold = "\033[1m";
constexpr const char* kReset = "\033[0m";

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

size_t EditDistance(std::string_view a, std::string_view b) {
  // Two neighbours that were swapped are one mistake, the commonest one.
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    std::swap(before, last);
    std::swap(last, row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

void AppendPlace(const SourceMap& map, Pos pos, bool color, std::string& out) {
  const Location place = map.Locate(pos);
  if (place.file.empty()) return;
  auto paint = [&](const char* code) { return color ? code : ""; };
  const std::string number = std::to_string(place.line);
  const std::string gutter(number.size(), ' ');
  out += std::string(paint(kBlue)) + gutter + "--> " + paint(kReset) + place.file + ":" + number + ":" +
         std::to_string(place.column) + "\n";
  if (place.secret) return;
  // A very long line is shown around the place.
  std::string line = ValidUtf8(place.source_line);
  size_t caret = place.column - 1;
  std::replace(line.begin(), line.end(), '\t', ' ');
  line = StripControls(line);
  if (line.size() > 160) {
    const size_t from = caret > 80 ? caret - 80 : 0;
    line = ValidUtf8(std::string_view(line).substr(std::min(from, line.size()), 160));
    caret -= from;
  }
  out += std::string(paint(kBlue)) + " " + number + " | " + paint(kReset) + line + "\n";
  out += std::string(paint(kBlue)) + " " + gutter + " | " + paint(kReset) + std::string(caret, ' ') + paint(kRed) +
         "^" + paint(kReset) + "\n";
}

std::string Render(const SourceMap* map, const Error& error, const char* label, const char* label_color, bool color) {
  auto paint = [&](const char* code) { return color ? code : ""; };
  std::string out = std::string(paint(label_color)) + label + paint(kReset) + paint(kBold) + ": " +
                    StripControls(ValidUtf8(error.message)) + paint(kReset) + "\n";
  if (map != nullptr && error.position) AppendPlace(*map, error.position, color, out);
  for (const Note& note : error.notes) {
    out += "  note: " + StripControls(ValidUtf8(note.message)) + "\n";
    if (map != nullptr && note.position) AppendPlace(*map, note.position, color, out);
  }
  if (!error.suggestion.empty())
    out += std::string("  ") + paint(kGreen) + "help" + paint(kReset) + ": " + StripControls(error.suggestion) + "\n";
  return out;
}

}  // namespace

uint32_t SourceMap::AddFile(std::string file, std::string text) {
  auto entry = std::make_unique<File>();
  entry->name = std::move(file);
  entry->text = std::move(text);
  entry->base = next_base_;
  next_base_ += static_cast<uint32_t>(entry->text.size()) + 1;
  files_.push_back(std::move(entry));
  return static_cast<uint32_t>(files_.size() - 1);
}

std::string_view SourceMap::Text(uint32_t file_index) const {
  return files_[file_index]->text;
}
const std::string& SourceMap::FileName(uint32_t file_index) const {
  return files_[file_index]->name;
}

void SourceMap::Hide(uint32_t file_index) {
  files_[file_index]->hidden = true;
}

void SourceMap::ShowBelow(std::string_view directory, std::string_view shown) {
  for (const std::unique_ptr<File>& file : files_) {
    if (file->name.starts_with(directory)) file->name.replace(0, directory.size(), shown);
  }
}

Pos SourceMap::At(uint32_t file_index, size_t offset) const {
  const File& file = *files_[file_index];
  return Pos{file.base + static_cast<uint32_t>(std::min(offset, file.text.size()))};
}

Location SourceMap::Locate(Pos pos) const {
  Location place;
  if (!pos) return place;
  auto next = std::upper_bound(files_.begin(), files_.end(), pos.index,
                               [](uint32_t index, const std::unique_ptr<File>& file) { return index < file->base; });
  if (next == files_.begin()) return place;
  const File& file = **std::prev(next);
  const size_t offset = std::min<size_t>(pos.index - file.base, file.text.size());
  const std::string_view text = file.text;
  place.file = file.name;
  place.secret = file.hidden;
  place.line = 1 + static_cast<uint32_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(offset), '\n'));
  size_t begin = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  begin = begin == std::string_view::npos ? 0 : begin + 1;
  size_t end = text.find('\n', offset);
  if (end == std::string_view::npos) end = text.size();
  if (end > begin && text[end - 1] == '\r') --end;
  place.source_line = text.substr(begin, std::max(end, begin) - begin);
  place.column = 1;
  for (size_t i = begin; i < offset; ++i) place.column += IsContinuation(text[i]) ? 0 : 1;
  return place;
}

void Diagnostics::Add(Error error) {
  ++error_count_;
  list_.push_back({Severity::kError, {}, std::move(error)});
}

void Diagnostics::AddError(std::string message, Pos pos, std::string suggestion) {
  Error error;
  error.code = ErrorCode::kInvalidInput;
  error.message = std::move(message);
  error.position = pos;
  error.suggestion = std::move(suggestion);
  Add(std::move(error));
}

void Diagnostics::AddWarning(std::string rule, std::string message, Pos pos, std::string suggestion) {
  Diagnostic diagnostic;
  diagnostic.severity = Severity::kWarning;
  diagnostic.rule = std::move(rule);
  diagnostic.error.code = ErrorCode::kInvalidInput;
  diagnostic.error.message = std::move(message);
  diagnostic.error.position = pos;
  diagnostic.error.suggestion = std::move(suggestion);
  list_.push_back(std::move(diagnostic));
}

void Diagnostics::Rewrite(const std::function<void(Error&)>& change) {
  for (Diagnostic& diagnostic : list_) change(diagnostic.error);
}

std::string RenderDiagnostic(const SourceMap& map, const Diagnostic& diagnostic, bool color) {
  if (diagnostic.severity == Severity::kError) return RenderError(&map, diagnostic.error, color);
  const std::string label = "warning[" + diagnostic.rule + "]";
  return Render(&map, diagnostic.error, label.c_str(), kYellow, color);
}

std::string RenderError(const SourceMap* map, const Error& error, bool color) {
  return Render(map, error, "error", kRed, color);
}

std::string Nearest(std::string_view word, const std::vector<std::string_view>& candidates) {
  size_t best = std::max<size_t>(1, word.size() / 3) + 1;
  std::string_view nearest;
  for (std::string_view candidate : candidates) {
    if (candidate.size() > word.size() + best || word.size() > candidate.size() + best) continue;
    const size_t distance = EditDistance(word, candidate);
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return std::string(nearest);
}

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& candidates) {
  const std::string nearest = Nearest(word, candidates);
  return nearest.empty() ? "" : "did you mean '" + nearest + "'?";
}

std::string DidYouMeanOneOf(std::string_view word, const std::vector<std::string_view>& candidates) {
  constexpr size_t kMostListed = 6;
  std::string help = DidYouMean(word, candidates);
  if (!help.empty()) return help;
  for (size_t i = 0; i < candidates.size() && i < kMostListed; ++i)
    help += (i == 0 ? "there are for example: " : ", ") + std::string(candidates[i]);
  return help;
}

}  // namespace davit
