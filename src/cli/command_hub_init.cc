// davit hub init: a manifest of hubctl to begin with.
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/hub_input.h"
#include "skeleton/skeleton.h"

namespace davit::cli {
namespace {

/// One manifest, named after the directory that it is written to. `what`: "stack" or "component".
int Init(const Context& context, const std::string& what) {
  const Path& directory = context.options.directory;
  std::error_code error;
  const Path absolute = std::filesystem::weakly_canonical(std::filesystem::absolute(directory / ""), error);
  const std::string name = (absolute.has_filename() ? absolute : absolute.parent_path()).filename().string();
  if (Result<> good = skeleton::CheckName(what, name); !good) {
    Error failure = good.error();
    failure.message += ", which is called as its directory";
    return FailHub(context, failure);
  }
  const Result<std::vector<skeleton::NewFile>> files = skeleton::FilesOf("hub-" + what, name);
  if (!files) return FailHub(context, files.error());
  skeleton::NewFiles made(directory);
  Result<> written;
  if (context.options.hub.force && std::filesystem::is_directory(directory, error)) {
    for (const skeleton::NewFile& file : *files) {
      if (written) written = WriteFileAtomic(directory / file.path, file.content, file.mode);
    }
  } else {
    written = made.Add(*files);
    if (!written && written.error().code == ErrorCode::kConflict) {
      Error failure = written.error();
      failure.suggestion = "--force writes over it";
      return FailHub(context, failure);
    }
  }
  if (!written) return FailHub(context, written.error());
  made.Keep();
  json::array paths;
  for (const skeleton::NewFile& file : *files) {
    const std::string path = (directory / file.path).lexically_normal().string();
    paths.push_back(json::string(path));
    if (!context.options.json) context.Line("wrote " + path + " of the " + what + " " + name);
  }
  if (context.options.json) context.Json({{what, name}, {"files", paths}});
  return 0;
}

}  // namespace

void DeclareHubInit(CLI::App& app, Options& options) {
  app.add_option("DIR", options.directory, "Where to write it; the last part of it is the name")->capture_default_str();
  DeclareHubCommon(app, options);
  app.get_option("--force")->description("Write over the manifest that is there");
}

int RunHubInitStack(Context& context) {
  return Init(context, "stack");
}

int RunHubInitComponent(Context& context) {
  return Init(context, "component");
}

}  // namespace davit::cli
