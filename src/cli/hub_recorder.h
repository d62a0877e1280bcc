// What a run of `davit hub` does, kept as the picture that its state file is made from (hub/projection.h). An observer of the runner beside the
// progress that a person sees; it asks the client for what components left. One thread, the runner's.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "control/client.h"
#include "hub/projection.h"
#include "runner/runner.h"

namespace davit::cli {

class HubRecorder final : public runner::Observer {
 public:
  /// `stack` must live as long. `changed`: called on a tick after something changed, at most once a second, and more rarely
  /// where it takes long.
  HubRecorder(const Stack& stack, std::string operation, const Clock& clock, std::function<void()> changed);

  /// Before the run is driven.
  void Begin(control::Client& client, const RunId& run, std::string deployment);
  /// After it: how each component and the whole ended.
  void End(const control::RunView& view, bool interrupted);
  /// Nothing ran: why.
  void EndWithError(std::string message);

  /// --write-oplog-to-state-on-error
  void KeepLogs() { keeps_logs_ = true; }

  hub::RunPicture& picture() { return picture_; }

  void OnTaskStarted(const control::Lease& lease, bool adopted) override;
  void OnToolEvent(const control::Lease& lease, const drivers::ToolEvent& event) override;
  void OnTaskFinished(const control::Lease& lease, const control::TaskOutcome& outcome) override;
  void OnNeedsReconcile(const control::Lease& lease, const std::string& reason, const json::object& report) override;
  void OnNotice(const std::string&) override {}
  void OnTick() override;

  /// For a person, when it has ended.
  const std::vector<std::string>& warnings() const { return warnings_; }

 private:
  /// A component that has ended, as its runner saw it.
  struct Ended {
    std::string component;
    RunResult result = RunResult::kNone;
    std::string reason;
  };

  hub::ComponentPicture* Find(const std::string& component);
  void NoteUnmet(const control::Lease& lease);
  void Settle();
  /// The outputs that the component declares, as the store has them.
  void TakeOutputs(const std::string& component, const control::OutputsView& outputs,
                   hub::ComponentPicture& picture) const;
  void TakeStackOutputs(const ValueMap& outputs);
  void Took();

  const Stack& stack_;
  const Clock& clock_;
  std::function<void()> changed_;
  control::Client* client_ = nullptr;
  RunId run_;
  control::DeploymentSelector deployment_;
  hub::RunPicture picture_;
  std::map<std::string, std::string> tails_;  // the last lines of components that are at work
  std::vector<Ended> ended_;                  // since the last look at the client
  std::vector<std::string> warnings_;
  bool keeps_logs_ = false;
  bool dirty_ = false;
  int64_t next_write_ms_ = 0;  // monotonic
};

}  // namespace davit::cli
