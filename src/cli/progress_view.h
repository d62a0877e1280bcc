// How a running run looks: pure functions from what is known of its components to lines of text, so that every width
// can be tested without a terminal. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/style.h"
#include "model/states.h"

namespace davit::cli {

/// Counts of planned or made changes of one component.
struct ChangeCounts {
  int64_t create = 0;
  int64_t update = 0;
  int64_t replace = 0;
  int64_t remove = 0;
};
/// JobRow::changes or TaskOutcome::changes; zeros where it is empty.
ChangeCounts ParseChanges(const std::string& text);
/// "created 2, changed 1", "will create 2"; empty for no changes.
std::string DescribeChanges(const ChangeCounts& changes, bool planned);

/// One component that is at work now.
struct RunningRow {
  std::string name;
  std::string text;  // last line of its output
  int64_t elapsed_ms = 0;
};

struct FrameView {
  std::string title;  // "davit up shop"
  size_t done = 0;
  size_t total = 0;
  size_t failed = 0;
  int64_t elapsed_ms = 0;
  std::string notice;  // "finishing what has begun (api); Ctrl-C again to force"
  std::vector<RunningRow> rows;
};
/// The live table: a header, a row per running component as far as the screen has room, "+N more". No line is wider
/// than `columns`.
std::vector<std::string> RenderFrame(const FrameView& view, const Style& style, int columns, int rows);

/// A component that has ended.
struct EndedView {
  std::string name;
  TaskKind kind = TaskKind::kApply;
  RunResult result = RunResult::kNone;
  ChangeCounts changes;
  std::string reason;
  bool optional = false;
  bool reconcile = false;  // nobody saw its end
  int64_t duration_ms = 0;
  std::vector<std::string> tail;  // last lines of a failed one
  std::string log_command;        // "davit logs run_… api"
};
/// The permanent lines of a component that has ended: one, or for a failed one its reason, its last output and where
/// the rest is. `name_width` aligns the texts. Only commands to be copied may be wider than `columns`.
std::vector<std::string> RenderEnded(const EndedView& view, const Style& style, int columns, int name_width);
/// The same for a stream that is not a terminal: "api: failed: reason (0.2s)".
std::vector<std::string> RenderEndedPlain(const EndedView& view);

/// What the task of a component is doing, for its first line: "planning", "applying", "destroying".
std::string_view Doing(TaskKind kind, bool script);

}  // namespace davit::cli
