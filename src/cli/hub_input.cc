#include "cli/hub_input.h"

#include "base/text.h"
#include "cli/hub_run.h"
#include "hub/storage.h"

namespace davit::cli {
namespace {

constexpr std::string_view kStateFile = "state file";

}  // namespace

int FailHub(const Context& context, const Error& error, const SourceMap* sources) {
  (void)context.Fail(error, sources);
  return 1;
}

void WarnHub(const Context& context, const std::string& warning) {
  context.Note("warning: " + warning);
}

std::vector<std::string> SplitLists(const std::vector<std::string>& lists) {
  std::vector<std::string> items;
  for (const std::string& list : lists) {
    for (std::string& item : SplitList(list)) items.push_back(std::move(item));
  }
  return items;
}

Result<uint32_t> ReadHubFile(const Context& context, const std::vector<std::string>& places, const std::string& what,
                             SourceMap& sources) {
  TRY_ASSIGN(std::vector<hub::Place> parsed, hub::ParsePlaces(places, what));
  const hub::Storage storage(std::move(parsed), what, StorageOptionsOf(context));
  std::vector<std::string> warnings;
  const hub::Storage::Check check = what == kStateFile ? hub::CheckStateFile : hub::Storage::Check();
  TRY_ASSIGN(std::optional<hub::Stored> stored, storage.Read(warnings, hub::Storage::Beside::kWarned, check));
  for (const std::string& warning : warnings) WarnHub(context, warning);
  if (!stored)
    return Fail(ErrorCode::kNotFound, "there is no " + what + " " + Join(SplitLists(places), ", "),
                "name one that is there; several are separated by commas");
  return sources.AddFile(stored->place.text, std::move(stored->bytes));
}

Result<uint32_t> ReadPlatform(const Context& context, const std::vector<std::string>& places, SourceMap& sources) {
  Result<uint32_t> file = ReadHubFile(context, places, std::string(kStateFile), sources);
  // That there is no stack is another thing.
  if (!file && file.error().code == ErrorCode::kNotFound) file.error().code = ErrorCode::kInvalidInput;
  if (!file) return file;
  TRY(hub::ParseStateFile(sources, *file));  // it is one
  return file;
}

std::string VariableOf(const Context& context, const std::string& name) {
  const auto found = context.wiring.environment.find(name);
  return found == context.wiring.environment.end() ? std::string() : found->second;
}

Result<HubVerbFiles> HubVerbFilesOf(const Context& context) {
  const HubVerbOptions& options = context.options.hub_verb;
  HubVerbFiles files{options.elaborate, options.state, context.options.hub.base_dir};
  if (files.elaborate.empty()) files.elaborate = VariableOf(context, "HUB_ELABORATE");
  if (files.state.empty()) files.state = VariableOf(context, "HUB_STATE");
  if (files.base_dir.empty()) files.base_dir = VariableOf(context, "HUB_COMPONENTS_BASEDIR");
  if (files.elaborate.empty() && options.templates.empty())
    return Fail(ErrorCode::kInvalidInput, "which stack is meant?",
                "name what `davit hub elaborate` wrote with -m FILE, or in HUB_ELABORATE");
  if (files.state.empty())
    return Fail(ErrorCode::kInvalidInput, "what stands is not known without a state file",
                "name it with -s FILE, or in HUB_STATE");
  return files;
}

Result<hub::StateFile> ReadHubState(const Context& context, const std::vector<std::string>& places,
                                    SourceMap& sources) {
  TRY_ASSIGN(const uint32_t file, ReadHubFile(context, places, std::string(kStateFile), sources));
  return hub::ParseStateFile(sources, file);
}

}  // namespace davit::cli
