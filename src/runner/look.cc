#include "runner/look.h"

#include <poll.h>

#include <algorithm>
#include <deque>
#include <set>

#include "drivers/lines.h"
#include "exec/attempt_files.h"
#include "runner/spare_directory.h"
#include "runner/task_input.h"
#include "secrets/masker.h"
#include "source/bundle.h"

namespace davit::runner {
namespace {

constexpr int64_t kTimeoutMs = 60'000;  // of each process
constexpr int64_t kGraceMs = 2'000;
constexpr int kTickMs = 200;
constexpr size_t kLines = 10;  // of what a status printed, from each stream
constexpr size_t kMaxLine = size_t{64} << 10;

json::object Failed(std::string why) {
  return {{"failed", std::move(why)}};
}

/// A component that is looked at.
struct One {
  const TakeLease* take = nullptr;
  control::Lease lease;
  drivers::Driver* driver = nullptr;
  std::optional<secrets::Masker> masker;
  drivers::TaskInput input;
  std::vector<drivers::Operation> operations;
  size_t at = 0;
  bool running = false;
  bool done = false;
  std::vector<drivers::ResourceChange> changes;  // what the tool found
  json::object answer;

  /// What was laid out for it goes at once: there may be a thousand more.
  void End(json::object with) {
    running = false;
    done = true;
    answer = std::move(with);
    std::error_code error;
    if (!lease.attempt_directory.empty()) std::filesystem::remove_all(lease.attempt_directory, error);
    lease.prior_state.clear();
  }
};

class Look {
 public:
  Look(control::Client& client, drivers::Registry& drivers, const RunnerOptions& options, const Path& directory)
      : client_(client), drivers_(drivers), options_(options), directory_(directory) {}

  std::vector<json::object> Run(const std::vector<TakeLease>& leases) {
    std::vector<One> all(leases.size());
    for (size_t i = 0; i < leases.size(); ++i) all[i].take = &leases[i];
    while (std::any_of(all.begin(), all.end(), [](const One& one) { return !one.done; })) {
      Launch(all);
      Wait();
      for (One& one : all) {
        if (one.running) Take(one);
      }
    }
    std::vector<json::object> answers;
    for (One& one : all) answers.push_back(std::move(one.answer));
    return answers;
  }

 private:
  static std::string Masked(const One& one, std::string_view text) {
    return one.masker ? one.masker->Mask(text) : std::string(text);
  }

  /// Ends it where nothing has to be started.
  Result<> Prepare(One& one, const Path& directory) {
    TRY_ASSIGN(one.lease, (*one.take)());
    control::Lease& lease = one.lease;
    one.masker.emplace(lease.secrets);
    one.driver = drivers_.Find(lease.driver);
    if (one.driver == nullptr) return Fail(ErrorCode::kNotFound, "there is no driver " + lease.driver);
    lease.kind = one.driver->can_plan() ? TaskKind::kPlan : TaskKind::kAction;
    lease.attempt_directory = directory;
    // Beside the module perhaps, where the tree of a look has none: that would look like one that agrees.
    if (lease.module.foreign_backend == "local")
      return Fail(ErrorCode::kNotFound, "its state is in a local backend of the module's own");
    for (const char* name : {"logs", "config", "state"}) TRY(MakeDirectories(directory / name));
    if (one.driver->keeps_state() && lease.module.foreign_backend.empty()) {
      if (lease.prior_state.empty()) {
        one.End({{"no_state", true}});
        return {};
      }
      TRY(WriteFile(directory / "state" / "terraform.tfstate", lease.prior_state));
    }
    // A tree of its own: in the deployment's a tool of the same run may be at work.
    const Path tree = directory / "tree";
    TRY_ASSIGN(const std::string archive, client_.GetBundle(lease.bundle));
    TRY(source::LayOut(archive, tree));
    const Place place{lease.module_path.empty() ? tree : tree / lease.module_path,
                      lease.base_path.empty() ? tree : tree / lease.base_path, options_.self};
    one.input = TaskInputOf(lease, place, options_.environment, client_.cache_root());
    one.input.refresh_only = one.input.show_plan = true;
    TRY_ASSIGN(one.operations, one.driver->Operations(one.input));
    for (drivers::Operation& operation : one.operations) {
      operation.process.timeout_ms = kTimeoutMs;
      operation.process.grace_ms = kGraceMs;
    }
    if (one.operations.empty()) one.End({});
    return {};
  }

  /// Starts what there is room for.
  void Launch(std::vector<One>& all) {
    auto running = std::count_if(all.begin(), all.end(), [](const One& one) { return one.running; });
    for (size_t i = 0; i < all.size(); ++i) {
      One& one = all[i];
      if (one.done || one.running) continue;
      if (stopped_) {
        one.End(Failed("it was interrupted"));
        continue;
      }
      if (running >= options_.parallelism) return;
      if (one.at == 0) {
        if (const Result<> ready = Prepare(one, directory_ / std::to_string(i)); !ready)
          one.End(Failed(Masked(one, ready.error().message)));
        if (one.done) continue;
      }
      if (Result<> started = Start(one); !started) {
        one.End(Failed(Masked(one, started.error().message)));
        continue;
      }
      one.running = true;
      ++running;
    }
  }

  Result<> Start(One& one) {
    if (launcher_ == nullptr) {
      TRY_ASSIGN(launcher_, exec::StartLauncher(options_.self));
    }
    const drivers::Operation& operation = one.operations[one.at];
    for (const drivers::File& file : operation.files) TRY(WriteFile(file.path, file.content, file.mode));
    return launcher_->Launch(one.lease.attempt_directory, operation.name, operation.process);
  }

  void Wait() {
    pollfd fds[2] = {{launcher_ == nullptr ? -1 : launcher_->fd(), POLLIN, 0}, {options_.wake_fd, POLLIN, 0}};
    ::poll(fds, 2, launcher_ == nullptr ? 0 : kTickMs);
    if (fds[1].fd >= 0 && fds[1].revents != 0 && options_.on_wake) {
      options_.on_wake();
      stopped_ = true;
    }
    // What has ended is found by looking; a launcher that died leaves its supervisors alive.
    if (fds[0].fd < 0 || fds[0].revents == 0) return;
    Result<std::vector<exec::Launcher::Ended>> ended = launcher_->Take();
    if (!ended) {
      launcher_.reset();
      return;
    }
    for (const exec::Launcher::Ended& one : *ended) ended_.emplace(one.attempt_directory, one.operation);
  }

  void Take(One& one) {
    const drivers::Operation& operation = one.operations[one.at];
    const Result<exec::Probe> probe = exec::ProbeOperation(one.lease.attempt_directory, operation.name);
    if (!probe) return one.End(Failed(Masked(one, probe.error().message)));
    switch (probe->phase) {
      case exec::Phase::kEnded:
        return TakeEnd(one, *probe->status);
      case exec::Phase::kDead:
        return one.End(Failed("its tool was killed"));
      case exec::Phase::kOrphaned:
      case exec::Phase::kRunning:
        if (stopped_) (void)exec::SignalOperation(one.lease.attempt_directory, operation.name, exec::Signal::kForce);
        return;
      case exec::Phase::kNeverBegan:
        if (launcher_ == nullptr || stopped_ || ended_.contains({one.lease.attempt_directory, operation.name})) {
          // A late supervisor does nothing then; where one was faster, it has begun.
          if (const Result<bool> back = exec::TakeBack(one.lease.attempt_directory, operation.name); back && !*back)
            return;
          one.End(Failed(stopped_ ? "it was interrupted" : operation.name + " could not be started"));
        }
        return;
    }
  }

  void TakeEnd(One& one, const exec::ExitStatus& status) {
    const drivers::Operation& operation = one.operations[one.at];
    if (stopped_) return one.End(Failed("it was interrupted"));
    const Result<drivers::OperationOutcome> outcome = one.driver->Finish(one.input, operation, status);
    const bool shows = operation.kind == OperationKind::kShow;
    if (!outcome && !shows) return one.End(Failed(Masked(one, outcome.error().message)));
    if (!one.driver->can_plan() && status.Clean()) {
      json::array lines;
      for (const Path& file : {operation.process.stdout_file, operation.process.stderr_file})
        AddLines(one, file, lines);
      return one.End({{"exit_code", status.exit_code}, {"lines", std::move(lines)}});
    }
    if (!shows && outcome->result != OperationResult::kSucceeded) return one.End(Failed(Masked(one, outcome->reason)));
    one.running = false;
    if (!shows) one.changes = outcome->changes;
    const bool changed = std::any_of(one.changes.begin(), one.changes.end(),
                                     [](const drivers::ResourceChange& change) { return change.action == "update"; });
    // What is gone has no attributes, and where nothing differs there is nothing to show.
    if (operation.kind == OperationKind::kRefresh && !changed) one.at = one.operations.size() - 1;
    if (++one.at < one.operations.size()) return;
    json::array differences;
    for (const drivers::ResourceChange& change : one.changes) {
      const char* action = change.action == "delete"   ? "gone"
                           : change.action == "update" ? "changed"
                                                       : change.action.c_str();
      json::object& difference =
          differences.emplace_back(json::object{{"address", Masked(one, change.address)}, {"action", action}})
              .as_object();
      // Where the tool could not show them it is known all the same that it changed.
      if (change.action == "update" && outcome && outcome->planned)
        AddAttributes(one, change.address, *outcome->planned, difference);
    }
    one.End({{"differences", std::move(differences)}});
  }

  static void AddAttributes(const One& one, const std::string& address, const PlannedChanges& changes,
                            json::object& difference) {
    for (const PlannedResource& resource : changes.resources) {
      if (resource.address != address) continue;
      json::array attributes;
      for (const AttributeChange& attribute : resource.attributes) {
        attributes.push_back(json::object{{"path", Masked(one, attribute.path)},
                                          {"before", Shown(one, attribute.before)},
                                          {"after", Shown(one, attribute.after)}});
      }
      difference["attributes"] = std::move(attributes);
    }
  }

  /// {"value"}, where it is no secret of the tool or of davit.
  static json::object Shown(const One& one, const Value& value) {
    if (value.sensitive) return {{"sensitive", true}};
    if (value.unknown) return {{"unknown", true}};
    const std::string text = json::serialize(value.data);
    if (Masked(one, text) != text) return {{"sensitive", true}};
    return {{"value", value.data}};
  }

  static void AddLines(const One& one, const Path& file, json::array& lines) {
    const drivers::Operation& operation = one.operations[one.at];
    const bool errors = file == operation.process.stderr_file;
    const std::unique_ptr<drivers::LineReader> reader = one.driver->Reader(operation);
    std::deque<std::string> last;
    (void)drivers::ForEachLine(file, kMaxLine, [&](std::string_view line, bool) {
      std::optional<drivers::ToolEvent> event = reader->Read(line, errors);
      if (!event) return;
      last.push_back(one.masker->Mask(event->text));
      if (last.size() > kLines) last.pop_front();
    });
    for (std::string& line : last) lines.emplace_back(std::move(line));
  }

  control::Client& client_;
  drivers::Registry& drivers_;
  const RunnerOptions& options_;
  const Path directory_;
  std::unique_ptr<exec::Launcher> launcher_;
  std::set<std::pair<Path, std::string>> ended_;  // operations of attempts whose supervisors are gone
  bool stopped_ = false;
};

}  // namespace

std::vector<json::object> LookAt(control::Client& client, drivers::Registry& drivers, const RunnerOptions& options,
                                 const std::vector<TakeLease>& leases) {
  const Result<SpareDirectory> directory = SpareDirectory::Make(client.work_root());
  if (!directory) return std::vector<json::object>(leases.size(), Failed(directory.error().message));
  return Look(client, drivers, options, directory->path()).Run(leases);
}

}  // namespace davit::runner
