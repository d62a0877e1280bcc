// `davit hub deploy` and `undeploy`: a stack that `davit hub elaborate` wrote down is run in place, one component after the other, by the same engine as
// `davit up`; what stands is told in a state file (spec/stacks.md 1.6, 1.10; engine.md 8).
#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "cli/hub_recorder.h"
#include "cli/hub_run.h"
#include "cli/hub_stack.h"
#include "cli/run_session.h"

namespace davit::cli {
namespace {

constexpr int kFailed = 1;
constexpr int kForced = 3;

using Exit = RunSession::Exit;

class HubRun {
 public:
  HubRun(Context& context, std::string verb)
      : context_(context),
        hub_(context.options.hub),
        verb_(std::move(verb)),
        destroys_(verb_ == "undeploy"),
        files_(context, verb_) {}

  int Run() {
    int code = 0;
    if (Exit exit = Steps()) {
      code = *exit == 0 || *exit == kStateNotWritten ? *exit : kFailed;
    } else {
      code = Drive();
    }
    return code;
  }

 private:
  Exit Steps() {
    if (Exit exit = CheckOptions()) return exit;
    if (Exit exit = ReadFiles()) return exit;
    if (Exit exit = files_.Open(overrides_, true)) return exit;
    if (Exit exit = Choose()) return exit;
    if (Exit exit = CheckState()) return exit;
    return Submit();
  }

  Exit CheckOptions() {
    Result<std::map<std::string, std::string>> overrides = SplitOverrides(hub_.overrides);
    if (!overrides) return context_.Fail(overrides.error());
    overrides_ = std::move(*overrides);
    if (!hub_.no_state && SplitList(hub_.state).empty())
      return files_.Refuse("-s names no state file", "name one; -n does without, and then nobody knows what stands");
    const bool some = !hub_.components.empty() || !hub_.offset.empty();
    if (hub_.files.size() != 1)
      return files_.Refuse("`davit hub " + verb_ + "` takes one file", "several places of it are separated by commas");
    if (!hub_.components.empty() && !hub_.offset.empty())
      return files_.Refuse("--components and --offset exclude each other", "say one of them");
    if (some && (hub_.no_state || hub_.state.empty()) && !hub_.force)
      return files_.Refuse("with --components or --offset there has to be a state file: what the others left is in it",
                           "name it with -s FILE");
    return std::nullopt;
  }

  Exit ReadFiles() {
    if (Exit exit = files_.ReadElaborate(hub_.files[0])) return exit;
    if (hub_.no_state || hub_.state.empty()) return std::nullopt;
    if (Exit exit = files_.ReadState(hub_.state, true)) return exit;
    if (!files_.state() && (!hub_.components.empty() || !hub_.offset.empty()) && !hub_.force)
      return files_.Refuse("there is no state file " + hub_.state + ", and with --components or --offset one is needed",
                           "deploy all of the stack first");
    return std::nullopt;
  }

  const Stack& stack() const { return files_.stack(); }

  /// What -c, -o and -l leave out.
  Exit Choose() {
    const size_t count = stack().components.size();
    std::vector<std::string> wanted = SplitList(hub_.components);
    for (const std::string* name : {&hub_.offset, &hub_.limit}) {
      if (!name->empty()) wanted.push_back(*name);
    }
    for (const std::string& name : wanted) {
      if (Exit exit = files_.Check(name)) return exit;
    }
    const std::vector<std::string> only = SplitList(hub_.components);
    // Undeploy goes the other way.
    const auto at = [&](const std::string& name) {
      const auto index = static_cast<size_t>(stack().Find(name));
      return destroys_ ? count - 1 - index : index;
    };
    const size_t first = hub_.offset.empty() ? 0 : at(hub_.offset);
    const size_t last = hub_.limit.empty() ? count : at(hub_.limit);
    if (!hub_.offset.empty() && last < first)
      return files_.Refuse("--limit " + hub_.limit + " comes before --offset " + hub_.offset + " in the order of " +
                           verb_);
    for (const Component& component : stack().components) {
      const size_t place = at(component.name);
      const bool out = (!only.empty() && std::find(only.begin(), only.end(), component.name) == only.end()) ||
                       place < first || place > last;
      if (out) excluded_.push_back(component.name);
    }
    return std::nullopt;
  }

  /// Is the state of this stack? Another one's would be overwritten.
  Exit CheckState() {
    const std::optional<hub::StateFile>& state = files_.state();
    if (!state) return std::nullopt;
    std::vector<std::string> differences;
    if (!state->meta_name.empty() && StackNameOf(state->meta_name) != stack().name)
      differences.push_back("it is of the stack " + state->meta_name + ", this is " + stack().name);
    for (const char* name : {"cloud.kind", "cloud.region", "terraform.bucket.name", "dns.name", "dns.domain"}) {
      const std::string there = files_.StateValue(name);
      const std::string here = StackValue(name);
      if (!there.empty() && !here.empty() && there != here)
        differences.push_back(std::string(name) + " is " + there + " in it, and " + here + " here");
    }
    const auto shared =
        static_cast<size_t>(std::count_if(state->components.begin(), state->components.end(),
                                          [&](const auto& entry) { return stack().Find(entry.first) >= 0; }));
    if (state->components.size() > 2 && shared * 2 < state->components.size())
      differences.push_back("of its " + Plural(state->components.size(), "component") + " only " +
                            std::to_string(shared) + " " + (shared == 1 ? "is" : "are") + " in this stack");
    if (differences.empty()) return std::nullopt;
    const std::string what = "the state file does not fit the stack: " + Join(differences, "; ");
    if (!hub_.force) return files_.Refuse(what, "name the right one with -s; --force goes on in spite of it");
    context_.Note("warning: " + what);
    return std::nullopt;
  }

  std::string StackValue(std::string_view name) const {
    for (const Parameter& parameter : stack().parameters) {
      if (parameter.name == name && parameter.component.empty() && parameter.has_value &&
          parameter.value.IsConstant() && !parameter.sensitive)
        return ToText(parameter.value.constant);
    }
    return {};
  }

  Exit Submit() {
    deployment_ = DeploymentName(files_.state_places(), stack().name);
    control::SubmitRequest request = files_.Request(destroys_ ? RunKind::kDestroy : RunKind::kDeploy, deployment_);
    control::InPlace& in_place = *request.in_place;
    if (hub_.dry) in_place.tools.verb = verb_ + "-test";
    in_place.excluded = excluded_;
    in_place.soft = hub_.force;
    // What is named is taken away, whatever is known of it.
    in_place.guess = hub_.guess && hub_.components.empty() && hub_.offset.empty();
    for (const auto& [name, value] : overrides_) {
      const bool taken = std::any_of(stack().parameters.begin(), stack().parameters.end(),
                                     [&](const Parameter& parameter) { return *parameter.from_env == name; });
      if (!taken) context_.Note("warning: no parameter is taken from " + name + ", which -e gives");
    }
    recorder_.emplace(stack(), verb_, context_.wiring.clock, [this] { WriteState(); });
    if (hub_.write_oplog) recorder_->KeepLogs();
    hub::RunPicture& picture = recorder_->picture();
    picture.arguments = context_.wiring.arguments;
    picture.initiator = VariableOf(context_, "USER");
    picture.stack_parameters = LockedParametersOf(stack());
    for (const Parameter& parameter : stack().parameters) {
      if (parameter.sensitive && parameter.has_value && parameter.value.IsConstant())
        picture.secrets.push_back(ToText(parameter.value.constant));
      // What -e gives to a variable that does not look like a secret, but is one.
      const auto given = parameter.from_env.empty() ? overrides_.end() : overrides_.find(*parameter.from_env);
      if (given != overrides_.end() && (parameter.sensitive || hub::LooksSecret(parameter.name)))
        picture.secrets.push_back(given->second);
    }
    files_.session().Watch(&*recorder_);
    if (Exit exit = files_.session().Submit(request)) return exit;
    recorder_->Begin(files_.session().client(), files_.session().run(), deployment_);
    return std::nullopt;
  }

  int Drive() {
    const int code = files_.session().Drive();
    if (Result<control::RunView> view = files_.session().client().ShowRun(files_.session().run()); view)
      recorder_->End(*view, files_.session().interrupted());
    WriteState();
    for (const std::string& warning : recorder_->warnings()) context_.Note("warning: " + warning);
    if (!write_problem_.empty()) return kStateNotWritten;
    if (files_.session().interrupts() > 1) return kForced;
    return code == 0 ? 0 : kFailed;
  }

  void WriteState() {
    // A rehearsal deployed nothing (the reference records that it did).
    if (files_.state_storage() == nullptr || hub_.dry) return;
    const std::optional<hub::StateFile>& before = files_.state();
    const std::string text = hub::WriteStateFile(hub::Project(recorder_->picture(), before ? &*before : nullptr));
    // First the store: a file that it does not know of would be taken for somebody else's.
    std::vector<Error> errors;
    if (Result<> kept = files_.session().client().KeepStateFile(files_.session().run(), Sha256Of(text)); !kept) {
      errors.push_back(kept.error());
    } else {
      errors = files_.state_storage()->Write(text).errors;
    }
    const std::string problem = errors.empty() ? "" : errors[0].message;
    if (problem != write_problem_) {
      for (const Error& error : errors) context_.Fail(error);
    }
    write_problem_ = problem;
  }

  Context& context_;
  const HubOptions& hub_;
  const std::string verb_;
  const bool destroys_;
  std::map<std::string, std::string> overrides_;
  std::vector<std::string> excluded_;
  std::string deployment_;
  std::optional<HubRecorder> recorder_;
  std::string write_problem_;
  HubStack files_;  // last: what its session drives tells the recorder
};

}  // namespace

int RunHubDeploy(Context& context) {
  return HubRun(context, "deploy").Run();
}
int RunHubUndeploy(Context& context) {
  return HubRun(context, "undeploy").Run();
}

}  // namespace davit::cli
