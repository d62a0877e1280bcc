// davit new: a stack, and a component in it, that work as they come.
#include <CLI/CLI.hpp>
#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/replace_file.h"
#include "skeleton/add_component.h"
#include "skeleton/skeleton.h"

namespace davit::cli {
namespace {

json::array PathsJson(const std::vector<skeleton::NewFile>& files, const Path& directory) {
  json::array paths;
  for (const skeleton::NewFile& file : files)
    paths.push_back(json::string((directory / file.path).lexically_normal().string()));
  return paths;
}

void ShowMade(const Context& context, const std::string& what, const std::vector<skeleton::NewFile>& files) {
  context.Line("made " + what);
  for (const skeleton::NewFile& file : files) context.Line("  " + file.path.string());
}

std::string Below(const Path& directory) {
  return directory == "." ? "this directory" : directory.string();
}

/// As one word of a command line for sh.
std::string ShellWord(const std::string& text) {
  constexpr char kPlain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string::npos) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

/// The manifest of the stack in this directory.
Result<Path> Manifest() {
  std::error_code error;
  const bool native = std::filesystem::is_regular_file("stack.yaml", error);
  const bool hub = std::filesystem::is_regular_file("hub.yaml", error);
  if (native && hub)
    return Fail(ErrorCode::kInvalidInput, "there are a stack.yaml and a hub.yaml in this directory",
                "keep one of them");
  if (!native && !hub)
    return Fail(ErrorCode::kNotFound, "there is no stack.yaml in this directory",
                "`davit new stack NAME` makes one; a component is made in the directory of its stack");
  return Path(native ? "stack.yaml" : "hub.yaml");
}

}  // namespace

void DeclareNewStack(CLI::App& app, Options& options) {
  options.directory.clear();
  app.add_option("NAME", options.name, "Name of the stack")->required();
  app.add_option("DIR", options.directory, "Where to make it; default: a directory of its name");
}

void DeclareNewComponent(CLI::App& app, Options& options) {
  const std::vector<std::string_view> kinds = skeleton::ComponentKinds();
  options.directory.clear();
  app.add_option("NAME", options.name, "Name of the component")->required();
  app.add_option("DIR", options.directory, "Where to make it, in the directory of the stack; default: components/NAME");
  app.add_option("--kind", options.kind, "What brings it up")
      ->check(CLI::IsMember(std::vector<std::string>(kinds.begin(), kinds.end())))
      ->capture_default_str();
}

int RunNewStack(Context& context) {
  const std::string& name = context.options.name;
  if (const Result<> good = skeleton::CheckName("stack", name); !good) return context.Fail(good.error());
  Path directory = context.options.directory.empty() ? Path(name) : context.options.directory.lexically_normal();
  if (!directory.has_filename()) directory = directory.parent_path();
  Result<std::vector<skeleton::NewFile>> files = skeleton::FilesOf("stack", name);
  if (!files) return context.Fail(files.error());
  Result<std::vector<skeleton::NewFile>> component = skeleton::FilesOf("component-script", "app");
  if (!component) return context.Fail(component.error());
  for (skeleton::NewFile& file : *component) {
    file.path = "components/app" / file.path;
    files->push_back(std::move(file));
  }
  skeleton::NewFiles made(directory);
  // A second manifest would leave neither of them readable.
  std::error_code error;
  if (std::filesystem::exists(directory / "hub.yaml", error))
    return context.Fail(ErrorCode::kConflict, "there is a stack in " + Below(directory) + " already, in its hub.yaml",
                        "name another directory: davit new stack " + name + " DIR");
  if (const Result<> added = made.Add(*files); !added) return context.Fail(added.error());
  made.Keep();
  if (context.options.json) {
    context.Json({{"stack", name}, {"directory", directory.string()}, {"files", PathsJson(*files, directory)}});
    return 0;
  }
  ShowMade(context, "the stack " + name + " in " + Below(directory), *files);
  const std::string go = directory == "." ? "" : "cd " + ShellWord(directory.string()) + " && ";
  context.Line("\nNext: `" + go + "davit up` brings it up; `davit new component NAME` adds a component");
  return 0;
}

int RunNewComponent(Context& context) {
  const std::string& name = context.options.name;
  if (const Result<> good = skeleton::CheckName("component", name); !good) return context.Fail(good.error());
  const Result<Path> manifest = Manifest();
  if (!manifest) return context.Fail(manifest.error());
  const Path directory = context.options.directory.empty()
                             ? Path("components") / name
                             : (context.options.directory / "").lexically_normal().parent_path();
  if (directory.is_absolute() || directory.empty() || *directory.begin() == ".." || directory == ".")
    return context.Fail(ErrorCode::kInvalidInput,
                        "a component cannot be made in " + context.options.directory.string() +
                            ": that is not below the directory of its stack",
                        "name a directory below it, for example components/" + name);
  const Fd turn = TurnToEdit(*manifest);
  Result<std::string> text = ReadFile(*manifest);
  if (!text) return context.Fail(text.error());
  SourceMap sources;
  const uint32_t index = sources.AddFile(manifest->string(), *std::move(text));
  const Result<std::optional<std::string>> edited =
      skeleton::AddComponent(sources, index, name, directory.generic_string());
  if (!edited) return context.Fail(edited.error(), &sources);
  Result<std::vector<skeleton::NewFile>> files = skeleton::FilesOf("component-" + context.options.kind, name);
  if (!files) return context.Fail(files.error());
  if (*manifest == "hub.yaml") {  // the files of a stack are called alike
    for (skeleton::NewFile& file : *files) {
      if (file.path == "component.yaml") file.path = "hub-component.yaml";
    }
  }
  skeleton::NewFiles made(directory);
  if (const Result<> added = made.Add(*files); !added) return context.Fail(added.error());
  if (*edited) {
    if (const Result<> written = ReplaceFile(*manifest, **edited); !written) return context.Fail(written.error());
  }
  made.Keep();
  const std::string lines = skeleton::ComponentLines(name, directory.generic_string(), 2);
  if (context.options.json) {
    context.Json({{"component", name},
                  {"kind", context.options.kind},
                  {"directory", directory.string()},
                  {"files", PathsJson(*files, directory)},
                  {"manifest", manifest->string()},
                  {"added", edited->has_value()},
                  {"lines", lines}});
    return 0;
  }
  ShowMade(context, "the component " + name + " in " + directory.string(), *files);
  if (*edited) {
    context.Line("added it to " + manifest->string());
    context.Line("\nNext: `davit up` brings it up; other components have its host as ${" + name + ":host}");
  } else {
    context.Line("\nNext: " + manifest->string() +
                 " was left as it is; add to its `components`, and to `lifecycle.order` where there is one:\n");
    context.Out(lines);
  }
  return 0;
}

}  // namespace davit::cli
