// davit hub elaborate: the files of a stack, merged into one, as hubctl writes it. It opens no store and starts nothing.
#include <CLI/CLI.hpp>
#include <filesystem>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "cli/hub_run.h"
#include "cli/warning_options.h"
#include "hub/storage.h"
#include "manifest/elaborated_file.h"
#include "manifest/source.h"

namespace davit::cli {
namespace {

constexpr int kFailed = 1;  // hubctl's, whatever is wrong

/// Of several names the first file that is there; where there is none, the first name.
Path FirstThere(const std::string& list) {
  const std::vector<std::string> names = SplitList(list);
  std::error_code error;
  for (const std::string& name : names) {
    if (std::filesystem::is_regular_file(name, error)) return name;
  }
  return names.empty() ? Path(list) : Path(names.front());
}

/// Files of this machine as `davit hub` keeps them: gzipped, encrypted, or neither.
class HubSource final : public manifest::Source {
 public:
  explicit HubSource(const Context& context)
      : options_(StorageOptionsOf(context)), disk_(manifest::DiskSource(context.wiring.environment, {})) {}

  Result<std::string> Read(const Path& file) override {
    const hub::Storage storage({{hub::Place::Kind::kLocal, file.string()}}, "file", options_);
    std::vector<std::string> warnings;
    TRY_ASSIGN(std::optional<hub::Stored> stored, storage.Read(warnings));
    if (!stored) return disk_->Read(file);  // which says why not
    return std::move(stored->bytes);
  }
  bool IsFile(const Path& path) override { return disk_->IsFile(path); }
  bool IsDirectory(const Path& path) override { return disk_->IsDirectory(path); }
  std::optional<std::string> Environment(const std::string& name) override { return disk_->Environment(name); }
  std::optional<std::string> Prompt(const Parameter& parameter) override { return disk_->Prompt(parameter); }

 private:
  const hub::StorageOptions options_;
  const std::unique_ptr<manifest::Source> disk_;
};

Result<manifest::ElaborateRequest> RequestOf(const Context& context, SourceMap& sources) {
  const HubElaborateOptions& options = context.options.hub_elaborate;
  manifest::ElaborateRequest request;
  request.manifest = FirstThere(options.files.front());
  for (size_t i = 1; i < options.files.size(); ++i) request.parameter_files.push_back(FirstThere(options.files[i]));
  if (!options.base_dir.empty()) request.components_base = std::filesystem::absolute(options.base_dir);
  TRY_ASSIGN(request.overrides, SplitOverrides(options.overrides));
  request.provides = SplitList(options.provides);
  request.platform_parameters = options.state_parameters;
  if (!SplitLists(options.states).empty()) {
    TRY_ASSIGN(request.platform, ReadPlatform(context, options.states, sources));
  }
  return request;
}

}  // namespace

void DeclareHubElaborate(CLI::App& app, Options& options) {
  HubElaborateOptions& hub = options.hub_elaborate;
  app.add_option("MANIFEST", hub.files, "hub.yaml, then files of parameters, in the order in which they are merged")
      ->required();
  app.add_option("-s,--state", hub.states, "State files of a platform stack: what it left and provides is taken")
      ->type_name("FILE");
  app.add_flag("--state-stack-parameters", hub.state_parameters, "Take its parameters too, not only its outputs")
      ->default_str("true");
  app.add_option("-o,--output", hub.output, "Where to write; several separated by commas")
      ->capture_default_str()
      ->type_name("FILE");
  app.add_option("-b,--base-dir", hub.base_dir, "Where clones of git sources lie; default: beside the manifest")
      ->type_name("DIR");
  app.add_option("-p,--platform-provides", hub.provides, "What the platform provides, separated by commas")
      ->type_name("LIST");
  app.add_option("-e,--environment", hub.overrides, "Values for variables that fromEnv names: NAME=demo,SIZE=3");
  DeclareHubCommon(app, options);
  DeclareStrict(app, options);
}

int RunHubElaborate(Context& context) {
  const HubElaborateOptions& options = context.options.hub_elaborate;
  control::StackDocument document;
  const auto fail = [&](const Error& error) {
    (void)context.Fail(error, &document.sources);
    return kFailed;
  };
  Result<manifest::ElaborateRequest> request = RequestOf(context, document.sources);
  if (!request) return fail(request.error());
  HubSource source(context);
  Result<std::optional<std::string>> text =
      manifest::ElaborateToFile(*request, source, document.sources, document.diagnostics);
  if (!text) return fail(text.error());
  document.ok = text->has_value();
  if (context.Diagnose(document) != 0) return kFailed;
  Result<std::vector<hub::Place>> places = hub::ParsePlaces({options.output}, "elaborate file");
  if (!places) return fail(places.error());
  const hub::Storage storage(*std::move(places), "elaborate file", StorageOptionsOf(context));
  const hub::Storage::Written written = storage.Write(**text);
  for (const Error& error : written.errors) (void)fail(error);
  if (!written.errors.empty()) return kFailed;
  const std::vector<std::string> files = SplitList(options.output);
  if (context.options.json) {
    context.Json({{"ok", true},
                  {"files", json::array(files.begin(), files.end())},
                  {"diagnostics", DiagnosticsJson(context.Shown(document), document.sources)}});
  } else {
    context.Line("wrote " + Join(files, ", "));
  }
  return 0;
}

}  // namespace davit::cli
