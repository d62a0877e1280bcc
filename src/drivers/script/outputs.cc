#include "drivers/script/outputs.h"

#include <algorithm>

#include "base/text.h"
#include "drivers/lines.h"

namespace davit::drivers {
namespace {

/// A line longer than this is no output; a kubeconfig in base64 fits many times.
constexpr size_t kMaxLine = size_t{4} << 20;

void AddOnce(std::vector<std::string>& list, std::string value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(std::move(value));
}

std::string_view WithoutQuotes(std::string_view value) {
  if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front()) {
    return value.substr(1, value.size() - 2);
  }
  return value;
}

/// The outer quotes removed; of double ones those inside are escaped.
std::string Unquoted(std::string_view value) {
  const std::string_view inside = WithoutQuotes(value);
  std::string out(inside);
  if (inside.size() == value.size() || value.front() != '"') return out;
  for (size_t at = out.find("\\\""); at != std::string::npos; at = out.find("\\\"", at + 1)) out.erase(at, 1);
  return out;
}

}  // namespace

bool BlockScanner::Take(std::string_view raw) {
  // Outside of a block only short lines can matter: a header is nine characters, with colours a few more.
  if (block_ == Block::kNone && raw.size() > 256) return false;
  const std::string clean = StripControls(ValidUtf8(raw));
  const std::string_view line = Trim(clean);
  if (line == "Outputs:" || line == "Provides:") {
    block_ = line == "Outputs:" ? Block::kOutputs : Block::kProvides;
    just_opened_ = true;
    return true;
  }
  if (block_ == Block::kNone) return false;
  if (line.empty()) {
    // Terraform prints an empty line after its own "Outputs:"; scripts hand that through. One of blanks only is none that ends it (seed 004).
    if (!just_opened_ && clean.empty()) block_ = Block::kNone;
    just_opened_ = false;
    return true;
  }
  just_opened_ = false;
  if (line.starts_with('#')) return true;
  if (block_ == Block::kOutputs) {
    TakeOutput(line);
  } else {
    TakeCapabilities(line);
  }
  return true;
}

void BlockScanner::TakeOutput(std::string_view line) {
  const size_t at = line.find('=');
  const std::string_view key = Trim(line.substr(0, at));
  if (at == std::string_view::npos || key.empty()) {
    if (strays_++ == 0) first_stray_ = CleanLine(line.substr(0, 80));
    return;
  }
  std::string value = Unquoted(Trim(line.substr(at + 1)));
  if (key == "provides") {
    TakeCapabilities(value);
  } else {
    AddOnce(values_[std::string(key)], std::move(value));
  }
}

void BlockScanner::TakeCapabilities(std::string_view text) {
  if (text.starts_with("- ")) text.remove_prefix(2);
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = text.find_first_not_of(" \t,", at);
    if (begin == std::string_view::npos) return;
    const size_t end = std::min(text.find_first_of(" \t,", begin), text.size());
    if (const std::string_view name = WithoutQuotes(text.substr(begin, end - begin)); !name.empty())
      AddOnce(provides_, std::string(name));
    at = end;
  }
}

ScriptOutputs BlockScanner::Finish() {
  ScriptOutputs outputs;
  for (const auto& [key, values] : values_) {
    Value value;
    value.data = json::string(Join(values, ","));
    outputs.values.emplace(key, std::move(value));
  }
  outputs.provides = std::move(provides_);
  if (strays_ > 0) {
    outputs.warnings.push_back("below 'Outputs:' every line is `name = value`; left out: '" + first_stray_ + "'" +
                               (strays_ == 1 ? "" : " and " + std::to_string(strays_ - 1) + " more"));
  }
  return outputs;
}

Result<ScriptOutputs> ReadOutputs(const Path& stdout_file) {
  BlockScanner scanner;
  std::vector<std::string> warnings;
  TRY(ForEachLine(stdout_file, kMaxLine, [&](std::string_view line, bool cut) {
    if (!cut) {
      scanner.Take(line);
    } else if (scanner.in_block()) {
      const std::string_view key = line.substr(0, std::min<size_t>(line.find('='), 80));
      warnings.push_back("output '" + CleanLine(key) + "' is longer than 4 MiB and was left out");
    }
  }));
  ScriptOutputs outputs = scanner.Finish();
  outputs.warnings.insert(outputs.warnings.end(), warnings.begin(), warnings.end());
  return outputs;
}

}  // namespace davit::drivers
