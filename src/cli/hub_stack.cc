#include "cli/hub_stack.h"

#include "base/digest.h"
#include "base/text.h"

namespace davit::cli {

using Exit = HubStack::Exit;

Exit HubStack::Refuse(std::string message, std::string help) const {
  return context_.Fail(ErrorCode::kInvalidInput, std::move(message), std::move(help));
}

Exit HubStack::OpenStorage(const std::string& list, const char* what, std::optional<hub::Storage>& storage) const {
  Result<std::vector<hub::Place>> places = hub::ParsePlaces({list}, what);
  if (!places) return context_.Fail(places.error());
  storage.emplace(std::move(*places), what, StorageOptionsOf(context_));
  return std::nullopt;
}

std::optional<hub::Stored> HubStack::Read(const hub::Storage& storage, hub::Storage::Beside beside,
                                          const hub::Storage::Check& check, Exit* failed) const {
  std::vector<std::string> warnings;
  Result<std::optional<hub::Stored>> stored = storage.Read(warnings, beside, check);
  for (const std::string& warning : warnings) context_.Note("warning: " + warning);
  if (stored) return std::move(*stored);
  *failed = context_.Fail(stored.error());
  return std::nullopt;
}

Exit HubStack::ReadElaborate(const std::string& list) {
  if (Exit exit = OpenStorage(list, "elaborate file", elaborate_places_)) return exit;
  Exit failed;
  std::optional<hub::Stored> elaborate = Read(*elaborate_places_, hub::Storage::Beside::kWarned, {}, &failed);
  if (failed) return failed;
  if (!elaborate)
    return Refuse("there is no " + list, "`davit hub elaborate hub.yaml params.yaml -o " + list + "` makes it");
  elaborate_ = std::move(*elaborate);
  return std::nullopt;
}

Exit HubStack::ReadState(const std::string& list, bool lock) {
  if (Exit exit = OpenStorage(list, "state file", state_places_)) return exit;
  if (lock) {
    if (const Result<> can = state_places_->CheckPassword(); !can) return context_.Fail(can.error());
    Result<hub::StateLock> taken =
        hub::StateLock::Take(state_places_->places(), StorageOptionsOf(context_), context_.wiring.clock.WallMs());
    if (!taken) {
      const int code = context_.Fail(taken.error());
      return taken.error().code == ErrorCode::kConflict ? code : kStateNotWritten;
    }
    lock_.emplace(std::move(*taken));
  }
  Exit failed;
  using Beside = hub::Storage::Beside;
  std::optional<hub::Stored> state =
      Read(*state_places_, lock ? Beside::kRefused : Beside::kWarned, hub::CheckStateFile, &failed);
  if (failed || !state) return failed;
  const uint32_t file = sources_.AddFile(state->place.text, state->bytes);
  Result<hub::StateFile> parsed = hub::ParseStateFile(sources_, file);
  if (!parsed) return context_.Fail(parsed.error(), &sources_);
  state_ = std::move(*parsed);
  state_digest_ = Sha256Of(state->bytes);
  return std::nullopt;
}

control::LoadRequest HubStack::LoadRequestOf(std::map<std::string, std::string> overrides) {
  control::LoadRequest request;
  request.directory = Directory();
  control::ElaboratedRequest& elaborated = request.elaborated.emplace();
  elaborated.name = elaborate_.place.text;
  elaborated.content = elaborate_.bytes;
  elaborated.clones_directory = base_dir_;
  elaborated.overrides = std::move(overrides);
  elaborated.git_outputs = hub_.git_outputs;
  elaborated.git_status = hub_.git_status;
  elaborated.sequential = context_.options.parallelism <= 1;
  if (state_) {
    for (const hub::LockedParameter& parameter : state_->stack_parameters)
      elaborated.state.push_back({parameter.name, parameter.component, parameter.value});
  }
  elaborated.deployment_id = StateValue("hub.deploymentId");
  if (elaborated.deployment_id.empty()) elaborated.deployment_id = NewUuid();
  elaborated.stack_name = StateValue("hub.stackName");
  if (elaborated.stack_name.empty()) elaborated.stack_name = NewStackName(context_.wiring.environment);
  request.prompt = session_.Prompt();
  return request;
}

/// Of the elaborated file, or of the process where that comes from a cloud.
Path HubStack::Directory() const {
  const Path directory = Path(elaborate_.place.text).parent_path();
  return !elaborate_.place.IsLocal() || directory.empty() ? Path(".") : directory;
}

Exit HubStack::Open(std::map<std::string, std::string> overrides, bool recover) {
  const auto load = [&](control::Client& client) -> Exit {
    document_ = client.Load(LoadRequestOf(overrides));
    if (session_.interrupted()) return context_.Fail(ErrorCode::kCancelled, "interrupted; nothing was changed");
    if (const int code = context_.Diagnose(*document_); code != 0) return code;
    return std::nullopt;
  };
  session_.NeedsNoManifest();
  if (Exit exit = session_.Open(Directory(), false, load)) return exit;
  if (recover) {
    if (Exit exit = session_.Recover()) return exit;
  }
  return document_ == nullptr ? load(session_.client()) : std::nullopt;
}

std::string HubStack::StateValue(std::string_view name) const {
  if (!state_) return {};
  for (const hub::LockedParameter& parameter : state_->stack_parameters) {
    if (parameter.name == name && parameter.component.empty()) return ToText(parameter.value);
  }
  return {};
}

Exit HubStack::Check(const std::string& component) const {
  if (stack().Find(component) >= 0) return std::nullopt;
  std::vector<std::string_view> names;
  for (const Component& one : stack().components) names.push_back(one.name);
  return Refuse("the stack has no component '" + component + "'", DidYouMeanOneOf(component, names));
}

control::SubmitRequest HubStack::Request(RunKind kind, std::string deployment) {
  control::SubmitRequest request;
  request.kind = kind;
  request.deployment.name = std::move(deployment);
  request.document = document_;
  request.direct = true;
  control::InPlace& in_place = request.in_place.emplace();
  in_place.tools.passed_environment = hub_.os_environment == "everything" ? control::PassedEnvironment::kEverything
                                      : hub_.os_environment == "strict"   ? control::PassedEnvironment::kStrict
                                                                          : control::PassedEnvironment::kNoTfVars;
  in_place.tools.more_environment =
      HubEnvironment(session_.client(), elaborate_places_->places(), state_places(), base_dir_);
  in_place.clouds = SplitList(hub_.clouds);
  in_place.force = hub_.force;
  if (state_) {
    in_place.known = KnownOf(*state_, state_digest_);
  } else if (state_places_) {
    in_place.known.emplace();  // there is none: nothing stands
  }
  return request;
}

}  // namespace davit::cli
