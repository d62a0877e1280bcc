#include "cli/progress_view.h"

#include <algorithm>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"

namespace davit::cli {
namespace {

constexpr int kSmallestText = 12;  // a row narrower than this shows no output

std::string Clockwork(int64_t ms) {
  const int64_t seconds = ms / 1000;
  char text[32];
  if (seconds >= 3600) {
    std::snprintf(text, sizeof text, "%d:%02d:%02d", static_cast<int>(seconds / 3600),
                  static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60));
  } else {
    std::snprintf(text, sizeof text, "%02d:%02d", static_cast<int>(seconds / 60), static_cast<int>(seconds % 60));
  }
  return text;
}

std::string Header(const FrameView& view, const Style& style, int columns) {
  // What matters least is left out first where there is no room.
  const std::string count = std::to_string(view.done) + "/" + std::to_string(view.total);
  std::string tail = "  " + Clockwork(view.elapsed_ms);
  if (!view.rows.empty()) tail += "  " + std::to_string(view.rows.size()) + " running";
  std::string failed = view.failed > 0 ? "  " + std::to_string(view.failed) + " failed" : "";
  int room = columns - Width(count) - Width(failed) - 2;
  if (room < Width(tail) + 8) tail = "  " + Clockwork(view.elapsed_ms);
  room -= Width(tail);
  if (room < 4) return Paint(style, Ink::kBold, Cut(count + failed + tail, columns, style));
  const std::string title = Cut(view.title, room, style);
  return Paint(style, Ink::kBold, title) + "  " + Paint(style, Ink::kCyan, count) + Paint(style, Ink::kDim, tail) +
         Paint(style, Ink::kRed, failed);
}

std::string Row(const RunningRow& row, const Style& style, int columns, int name_width) {
  const std::string elapsed = FormatDuration(row.elapsed_ms);
  const std::string_view spinner = Spinner(style, row.elapsed_ms);
  constexpr int kElapsedWidth = 6;
  int name = std::min(name_width, std::max(4, columns - kElapsedWidth - 4));
  const int text = columns - 2 - name - 1 - kElapsedWidth - 2;
  std::string line = Paint(style, Ink::kCyan, spinner) + " " + Fit(row.name, name, style) + " ";
  line += Paint(style, Ink::kDim,
                std::string(static_cast<size_t>(std::max(0, kElapsedWidth - Width(elapsed))), ' ') + elapsed);
  if (text >= kSmallestText && !row.text.empty()) line += "  " + Paint(style, Ink::kDim, Cut(row.text, text, style));
  return line;
}

}  // namespace

ChangeCounts ParseChanges(const std::string& text) {
  ChangeCounts counts;
  if (text.empty()) return counts;
  Result<json::value> value = ParseJson(text);
  if (!value || !value->is_object()) return counts;
  const json::object& object = value->as_object();
  counts.create = GetInt(object, "create");
  counts.update = GetInt(object, "update");
  counts.replace = GetInt(object, "replace");
  counts.remove = GetInt(object, "delete");
  return counts;
}

std::string DescribeChanges(const ChangeCounts& changes, bool planned) {
  std::vector<std::string> parts;
  auto add = [&](int64_t count, const char* past, const char* future) {
    if (count > 0) parts.push_back((planned ? future : past) + (" " + std::to_string(count)));
  };
  add(changes.create, "created", "create");
  add(changes.update, "changed", "change");
  add(changes.replace, "replaced", "replace");
  add(changes.remove, "destroyed", "destroy");
  if (parts.empty()) return {};
  return (planned ? "will " : "") + Join(parts, ", ");
}

std::vector<std::string> RenderFrame(const FrameView& view, const Style& style, int columns, int rows) {
  // One column stays free: a full line makes some terminals wrap at once, others with the next character.
  const int width = columns - 1;
  std::vector<std::string> lines = {Header(view, style, width)};
  if (!view.notice.empty()) lines.push_back(Paint(style, Ink::kYellow, Cut(view.notice, width, style)));
  size_t room = static_cast<size_t>(std::max(1, rows - 2)) -
                std::min<size_t>(lines.size(), static_cast<size_t>(std::max(0, rows - 3)));
  size_t shown = view.rows.size();
  if (shown > room) shown = room - 1;
  int name_width = 8;
  for (size_t i = 0; i < shown; ++i) name_width = std::max(name_width, Width(view.rows[i].name));
  name_width = std::min(name_width, std::max(8, width / 3));
  for (size_t i = 0; i < shown; ++i) lines.push_back(Row(view.rows[i], style, width, name_width));
  if (shown < view.rows.size()) {
    lines.push_back(
        Paint(style, Ink::kDim, Cut("  +" + std::to_string(view.rows.size() - shown) + " more", width, style)));
  }
  return lines;
}

std::string_view Doing(TaskKind kind, bool script) {
  switch (kind) {
    case TaskKind::kPlan:
      return "planning";
    case TaskKind::kApply:
      return script ? "deploying" : "applying";
    case TaskKind::kDestroy:
      return script ? "undeploying" : "destroying";
    case TaskKind::kAction:
      return "running";
  }
  return "running";
}

namespace {

/// What became of it, in two or three words.
std::string Ending(const EndedView& view) {
  if (view.reconcile) return "interrupted, waits for you";
  switch (view.result) {
    case RunResult::kSucceeded: {
      std::string changes = DescribeChanges(view.changes, false);
      if (!changes.empty()) return changes;
      return view.kind == TaskKind::kDestroy ? "taken away" : "done";
    }
    case RunResult::kUnchanged:
      return "no changes";
    case RunResult::kFailed:
      return view.optional ? "failed (optional)" : "failed";
    case RunResult::kErrored:
      return "could not be run";
    case RunResult::kCancelled:
      return "cancelled";
    case RunResult::kNotReached:
      return "not reached";
    case RunResult::kExcluded:
      return "excluded";
    case RunResult::kNone:
      break;
  }
  return "ended";
}

bool IsBad(const EndedView& view) {
  return view.reconcile || view.result == RunResult::kFailed || view.result == RunResult::kErrored;
}

}  // namespace

std::vector<std::string> RenderEnded(const EndedView& view, const Style& style, int columns, int name_width) {
  Symbol symbol = Symbol::kNothing;
  Ink ink = Ink::kDim;
  if (view.reconcile) {
    symbol = Symbol::kAttention;
    ink = Ink::kYellow;
  } else if (view.result == RunResult::kSucceeded) {
    symbol = Symbol::kDone;
    ink = Ink::kGreen;
  } else if (view.result == RunResult::kUnchanged) {
    symbol = Symbol::kDone;
  } else if (IsBad(view)) {
    symbol = Symbol::kFailed;
    ink = Ink::kRed;
  }
  const int width = columns - 1;
  const std::string elapsed = FormatDuration(view.duration_ms);
  const std::string ending = Ending(view);
  const int name = std::min(name_width, std::max(6, width - 2 - 2 - Width(ending) - 2 - Width(elapsed)));
  std::string line = Paint(style, ink, Glyph(style, symbol)) + " " + Fit(view.name, name, style) + "  ";
  const int room = width - 2 - name - 2 - 2 - Width(elapsed);
  line += IsBad(view) ? Paint(style, ink, Cut(ending, room, style)) : Cut(ending, room, style);
  line += "  " + Paint(style, Ink::kDim, elapsed);
  std::vector<std::string> lines = {line};
  if (!IsBad(view)) return lines;
  for (const std::string& part : Wrap(view.reason, width - 4)) lines.push_back("    " + Paint(style, ink, part));
  const std::string bar = style.unicode ? "│" : "|";
  for (const std::string& text : view.tail) {
    lines.push_back("    " + Paint(style, Ink::kDim, bar) + " " + Cut(text, width - 6, style));
  }
  if (!view.log_command.empty()) lines.push_back("    " + Paint(style, Ink::kDim, view.log_command));
  return lines;
}

std::vector<std::string> RenderEndedPlain(const EndedView& view) {
  std::string line = view.name + ": " + Ending(view);
  if (IsBad(view) && !view.reason.empty()) line += ": " + view.reason;
  line += " (" + FormatDuration(view.duration_ms) + ")";
  std::vector<std::string> lines = {line};
  if (IsBad(view) && !view.log_command.empty()) lines.push_back(view.name + ": all of its output: " + view.log_command);
  return lines;
}

}  // namespace davit::cli
