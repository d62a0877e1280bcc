#include <algorithm>

#include "cli/commands.h"
#include "cli/signals.h"

namespace davit::cli {
namespace {

constexpr int kPollMs = 200;

/// Follows the attempts of a run; each is read to its end once it has one.
class LogReader {
 public:
  LogReader(Context& context, control::Client& client) : context_(context), client_(client) {}

  /// Takes in attempts that are new since the last call.
  void Refresh(const control::RunView& view, const std::string& component) {
    several_ = component.empty();
    for (const control::JobView& job : view.jobs) {
      if (!component.empty() && job.job.name != component) continue;
      name_width_ = std::max(name_width_, Width(job.job.name));
      for (const AttemptRow& attempt : job.attempts) {
        const bool known = std::any_of(sources_.begin(), sources_.end(),
                                       [&](const Source& s) { return s.cursor.attempt == attempt.id; });
        if (known) continue;
        Source source;
        source.component = job.job.name;
        source.cursor.attempt = attempt.id;
        sources_.push_back(std::move(source));
      }
    }
  }

  /// Prints what there is. `all_ended`: every known attempt was read to its end.
  Result<> Pump(bool* all_ended, bool* printed) {
    *all_ended = true;
    *printed = false;
    for (Source& source : sources_) {
      while (!source.ended) {
        TRY_ASSIGN(control::LogPage page, client_.ReadLog(source.cursor));
        Print(source, page.lines);
        *printed = *printed || !page.lines.empty();
        source.ended = page.ended;
        if (page.lines.empty()) break;
      }
      *all_ended = *all_ended && source.ended;
    }
    return {};
  }

  bool empty() const { return sources_.empty(); }

 private:
  struct Source {
    std::string component;
    control::LogCursor cursor;
    bool ended = false;
  };

  void Print(const Source& source, const std::vector<control::LogLine>& lines) {
    std::string text;
    for (const control::LogLine& line : lines) {
      if (context_.options.json) {
        text += json::serialize(json::object{{"component", source.component},
                                             {"attempt", source.cursor.attempt.text},
                                             {"line", line.number},
                                             {"stream", line.from_stderr ? "stderr" : "stdout"},
                                             {"text", line.text}});
      } else {
        if (several_)
          text += Paint(context_.style, Ink::kCyan, Fit(source.component, name_width_, context_.style)) + " | ";
        text += line.text;
      }
      text += '\n';
    }
    context_.Out(text);
  }

  Context& context_;
  control::Client& client_;
  std::vector<Source> sources_;
  bool several_ = true;
  int name_width_ = 0;
};

int CheckComponent(const Context& context, const control::RunView& view) {
  const std::string& name = context.options.name;
  std::vector<std::string_view> names;
  for (const control::JobView& job : view.jobs) {
    if (job.job.name == name) return 0;
    names.push_back(job.job.name);
  }
  return context.Fail(ErrorCode::kNotFound, "run " + view.run.id.text + " has no component '" + name + "'",
                      DidYouMean(name, names));
}

}  // namespace

int RunLogs(Context& context) {
  const Options& options = context.options;
  Result<std::unique_ptr<control::Client>> opened = context.Open(".", true, true);
  if (!opened) return context.Fail(opened.error());
  control::Client& client = **opened;
  Result<RunId> run = client.ResolveRun(options.run);
  if (!run) return context.Fail(run.error());
  std::optional<Signals> signals;
  if (options.follow) {
    Result<Signals> watching = Signals::Open();
    if (!watching) return context.Fail(watching.error());
    signals.emplace(std::move(*watching));
  }
  LogReader reader(context, client);
  for (;;) {
    Result<control::RunView> view = client.ShowRun(*run);
    if (!view) return context.Fail(view.error());
    if (!options.name.empty()) {
      if (const int code = CheckComponent(context, *view); code != 0) return code;
    }
    reader.Refresh(*view, options.name);
    bool all_ended = true;
    bool printed = false;
    if (Result<> read = reader.Pump(&all_ended, &printed); !read) return context.Fail(read.error());
    const bool run_over = view->run.state == RunState::kFinished ||
                          (view->run.reconcile_tasks > 0 && view->run.open_tasks == view->run.reconcile_tasks);
    if (!options.follow) {
      if (reader.empty() && !options.json) {
        context.Note(options.name.empty() ? "no process was started in this run"
                                          : "no process was started for " + options.name);
      }
      return 0;
    }
    if (run_over && (all_ended || !printed)) return 0;
    if (signals->Wait(kPollMs).Any()) return 130;
  }
}

}  // namespace davit::cli
