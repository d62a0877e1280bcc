#include "cli/hub_recorder.h"

#include <algorithm>

#include "base/text.h"
#include "model/capabilities.h"
#include "model/stack_ready.h"

namespace davit::cli {
namespace {

constexpr int64_t kWriteMs = 1000;  // engine.md 8
constexpr int64_t kPauses = 10;     // so many times what the last write took: a large file must not take the run's time
constexpr size_t kTailBytes = size_t{16} << 10;  // of a component's log in the state file

bool IsUnmet(const std::string& reason) {
  return reason.starts_with(control::kLeftOutByRequirement);
}

}  // namespace

HubRecorder::HubRecorder(const Stack& stack, std::string operation, const Clock& clock, std::function<void()> changed)
    : stack_(stack), clock_(clock), changed_(std::move(changed)) {
  picture_.stack = &stack;
  picture_.operation = std::move(operation);
  picture_.components.resize(stack.components.size());
}

void HubRecorder::Begin(control::Client& client, const RunId& run, std::string deployment) {
  client_ = &client;
  deployment_.name = std::move(deployment);
  run_ = run;
  picture_.id = run.text;
}

hub::ComponentPicture* HubRecorder::Find(const std::string& component) {
  const int index = stack_.Find(component);
  return index < 0 ? nullptr : &picture_.components[static_cast<size_t>(index)];
}

void HubRecorder::Took() {
  picture_.now = clock_.WallMs();
  dirty_ = true;
}

/// What is provided no more keeps nothing standing (spec/stacks.md 1.8), but somebody may want to know.
void HubRecorder::NoteUnmet(const control::Lease& lease) {
  if (picture_.operation != "undeploy") return;
  for (const std::string& capability : stack_.components[static_cast<size_t>(stack_.Find(lease.component))].requires_) {
    const auto& provided = lease.capabilities;
    if (IsBuiltIn(capability) || std::find(provided.begin(), provided.end(), capability) != provided.end()) continue;
    warnings_.push_back("component '" + lease.component + "' requires '" + capability +
                        "', which nothing provides any more; its undeploy ran without it");
  }
}

void HubRecorder::OnTaskStarted(const control::Lease& lease, bool) {
  hub::ComponentPicture* picture = Find(lease.component);
  if (picture == nullptr) return;
  NoteUnmet(lease);
  picture->progress = hub::Progress::kRunning;
  picture->start = clock_.WallMs();
  picture->end = 0;
  picture->parameters.clear();
  for (const control::LeaseInput& input : lease.inputs) {
    if (input.name.starts_with("${")) continue;  // of its outputs, not its own
    picture->parameters.push_back({"", input.name, input.value.data, input.env});
  }
  const auto give = [&](std::string_view name, const std::string& value, const char* env) {
    const auto named = [&](const hub::LockedParameter& parameter) { return parameter.name == name; };
    if (std::none_of(picture->parameters.begin(), picture->parameters.end(), named))
      picture->parameters.push_back({"", std::string(name), json::value(value), env});
  };
  give("hub.componentName", lease.component, "");
  give(kProvidesParameter, Join(lease.capabilities, " "), "HUB_PROVIDES");
  const std::map<std::string, std::string>& about =
      stack_.components[static_cast<size_t>(stack_.Find(lease.component))].about;
  const auto text = [&](const char* key) {
    const auto found = about.find(key);
    return found == about.end() ? std::string() : found->second;
  };
  picture->meta.brief = text("brief");
  picture->meta.description = text("description");
  picture->meta.version = text("version");
  picture->meta.maturity = text("maturity");
  picture->meta.icon = text("icon");
  picture_.secrets.insert(picture_.secrets.end(), lease.secrets.begin(), lease.secrets.end());
  Took();
}

void HubRecorder::OnToolEvent(const control::Lease& lease, const drivers::ToolEvent& event) {
  if (!keeps_logs_) return;
  std::string& tail = tails_[lease.component];
  tail += event.text + "\n";
  if (tail.size() > 2 * kTailBytes) tail.erase(0, tail.size() - kTailBytes);
}

void HubRecorder::OnTaskFinished(const control::Lease& lease, const control::TaskOutcome& outcome) {
  hub::ComponentPicture* picture = Find(lease.component);
  if (picture == nullptr) return;
  picture->end = clock_.WallMs();
  picture->raw_outputs.clear();
  for (const auto& [name, value] : outcome.outputs) picture->raw_outputs.push_back({name, ToText(value.data)});
  if (!outcome.provides.empty()) picture->raw_outputs.push_back({"provides", Join(outcome.provides, ",")});
  picture->provides = stack_.components[static_cast<size_t>(stack_.Find(lease.component))].provides;
  for (const std::string& capability : outcome.provides) {
    if (std::find(picture->provides.begin(), picture->provides.end(), capability) == picture->provides.end())
      picture->provides.push_back(capability);
  }
  ended_.push_back({lease.component, outcome.result, outcome.reason});
  Took();
}

/// How they ended and what they left, of all that have ended since: asking for each would take longer with every component.
void HubRecorder::Settle() {
  if (ended_.empty()) return;
  const std::vector<Ended> ended = std::exchange(ended_, {});
  // What a component declares may still be missing: the client knows how the job ended.
  const Result<control::RunView> view = client_->ShowRun(run_);
  std::map<std::string, const JobRow*> jobs;
  if (view) {
    for (const control::JobView& job : view->jobs) {
      if (job.job.state == JobState::kFinished) jobs[job.job.name] = &job.job;
    }
  }
  const Result<control::OutputsView> outputs = client_->Outputs(deployment_);
  for (const Ended& one : ended) {
    hub::ComponentPicture& picture = *Find(one.component);
    const auto job = jobs.find(one.component);
    const bool done = CountsAsSuccess(job == jobs.end() ? one.result : job->second->result);
    picture.progress = done ? hub::Progress::kDone : hub::Progress::kFailed;
    picture.message = done ? "" : job == jobs.end() ? one.reason : job->second->reason;
    if (done && outputs) TakeOutputs(one.component, *outputs, picture);
    if (!done && keeps_logs_) picture_.logs += tails_[one.component];
    tails_.erase(one.component);
  }
  if (outputs) TakeStackOutputs(outputs->stack);
}

void HubRecorder::TakeOutputs(const std::string& component, const control::OutputsView& outputs,
                              hub::ComponentPicture& picture) const {
  picture.outputs.clear();
  const auto left = outputs.components.find(component);
  if (left == outputs.components.end()) return;
  for (const OutputDeclaration& declared : stack_.components[static_cast<size_t>(stack_.Find(component))].outputs) {
    const auto found = left->second.find(declared.name);
    if (found == left->second.end()) continue;
    hub::CapturedOutput output;
    output.name = declared.name;
    output.value = found->second.data;
    output.brief = declared.brief;
    if (found->second.sensitive) output.kind = "secret";
    picture.outputs.push_back(std::move(output));
  }
}

void HubRecorder::TakeStackOutputs(const ValueMap& outputs) {
  picture_.stack_outputs.clear();
  for (const auto& [name, value] : outputs)
    picture_.stack_outputs.push_back({name, value.data, "", value.sensitive ? "secret" : ""});
}

void HubRecorder::OnNeedsReconcile(const control::Lease& lease, const std::string& reason, const json::object&) {
  if (hub::ComponentPicture* picture = Find(lease.component)) {
    picture->progress = hub::Progress::kFailed;
    picture->message = reason;
    picture->end = clock_.WallMs();
    Took();
  }
}

void HubRecorder::OnTick() {
  const int64_t now = clock_.MonotonicMs();
  if (!dirty_ || now < next_write_ms_) return;
  dirty_ = false;
  Settle();
  changed_();
  const int64_t written = clock_.MonotonicMs();
  next_write_ms_ = std::max(now + kWriteMs, written + kPauses * (written - now));
}

void HubRecorder::End(const control::RunView& view, bool interrupted) {
  Settle();
  for (const control::JobView& job : view.jobs) {
    if (job.job.name == kStackReady && job.job.result == RunResult::kFailed)
      picture_.message = "the stack: " + job.job.reason;
    hub::ComponentPicture* picture = Find(job.job.name);
    if (picture == nullptr || job.job.state != JobState::kFinished) continue;
    if (job.job.result == RunResult::kExcluded) {
      if (job.job.reason.starts_with(control::kLeftOutByTuning))
        picture->progress = IsUnmet(job.job.reason) ? hub::Progress::kUnmet : hub::Progress::kSwitchedOff;
    } else if (CountsAsSuccess(job.job.result)) {
      picture->progress = hub::Progress::kDone;
    } else if (job.job.result == RunResult::kFailed || job.job.result == RunResult::kErrored ||
               // What an optional one that failed kept from running has failed in turn (seed 004).
               (job.job.result == RunResult::kNotReached && job.job.optional) ||
               picture->progress == hub::Progress::kRunning) {
      picture->progress = hub::Progress::kFailed;
      picture->message = job.job.reason;
    }
  }
  // Also where nothing succeeded: some are made of parameters alone.
  if (const Result<control::OutputsView> outputs = client_->Outputs(deployment_)) TakeStackOutputs(outputs->stack);
  const RunResult result = view.run.result;
  picture_.end = interrupted || result == RunResult::kCancelled ? hub::RunEnd::kInterrupted
                 : CountsAsSuccess(result)                      ? hub::RunEnd::kSuccess
                                                                : hub::RunEnd::kError;
  Took();
}

void HubRecorder::EndWithError(std::string message) {
  picture_.end = hub::RunEnd::kError;
  picture_.message = std::move(message);
  Took();
}

}  // namespace davit::cli
