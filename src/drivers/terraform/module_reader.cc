#include "drivers/terraform/module_reader.h"

#include <algorithm>

#include "drivers/terraform/declarations.h"

namespace davit::drivers {
namespace {

constexpr size_t kMaxFile = size_t{16} << 20;

struct SourceFile {
  Path path;
  bool json = false;
  bool override_file = false;
};

bool IsIgnored(const std::string& name) {
  return name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'));
}

/// Name without the suffix of a configuration file, and whether it is JSON; empty where it is no such file.
std::string StemOf(const std::string& name, const std::string& extension, bool* json) {
  for (const bool is_json : {true, false}) {
    const std::string suffix = is_json ? extension + ".json" : extension;
    if (name.size() > suffix.size() && name.ends_with(suffix)) {
      *json = is_json;
      return name.substr(0, name.size() - suffix.size());
    }
  }
  return {};
}

/// Files in the order in which the tool reads them: by name, override files after all others.
std::vector<SourceFile> SourceFiles(const Path& directory, bool tofu) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const std::string name = it->path().filename().string();
    if (!IsIgnored(name) && !it->is_directory(ignored)) names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  std::vector<SourceFile> files;
  std::vector<SourceFile> overrides;
  for (const std::string& name : names) {
    SourceFile file;
    std::string stem = StemOf(name, ".tf", &file.json);
    if (tofu) {
      // OpenTofu reads x.tofu in place of x.tf.
      const std::string twin = stem + (file.json ? ".tofu.json" : ".tofu");
      if (!stem.empty() && std::binary_search(names.begin(), names.end(), twin)) continue;
      if (stem.empty()) stem = StemOf(name, ".tofu", &file.json);
    }
    if (stem.empty()) continue;
    file.path = directory / name;
    file.override_file = stem == "override" || stem.ends_with("_override");
    (file.override_file ? overrides : files).push_back(std::move(file));
  }
  files.insert(files.end(), overrides.begin(), overrides.end());
  return files;
}

/// `backend_place`: of the backend that counts, "main.tf:3"; may be null.
Result<Declarations> ReadDirectory(const Path& directory, bool tofu, std::string* backend_place) {
  Declarations declarations;
  const std::vector<SourceFile> files = SourceFiles(directory, tofu);
  if (files.empty()) {
    return Fail(ErrorCode::kInvalidInput, "module " + directory.string() + " has no .tf file",
                "add one, or correct the component's source");
  }
  for (const SourceFile& file : files) {
    Result<std::string> text = ReadFile(file.path, kMaxFile);
    if (!text) return Fail(ErrorCode::kInvalidInput, text.error().message, "make the file readable, or remove it");
    const std::string where = file.path.filename().string();
    if (file.json) {
      if (Result<json::value> root = ParseJson(*text)) {
        declarations.AddJson(*root, where);
      } else {
        declarations.unread.push_back(where + ": " + root.error().message);
      }
    } else if (Result<HclBody> body = ParseHcl(*text)) {
      declarations.AddHcl(*body, where);
    } else {
      declarations.unread.push_back(where + ": " + body.error().message);
    }
    if (backend_place == nullptr || declarations.backend_file != where) continue;
    *backend_place = where;
    if (!file.json) {
      const auto end = text->begin() + static_cast<std::ptrdiff_t>(declarations.backend_offset);
      *backend_place += ":" + std::to_string(1 + std::count(text->begin(), end, '\n'));
    }
  }
  return declarations;
}

bool IsLocal(const std::string& source) {
  return source.starts_with("./") || source.starts_with("../") || source == "." || source == ".." ||
         source.starts_with('/');
}

class Reader {
 public:
  explicit Reader(bool tofu) : tofu_(tofu) {}

  Result<TerraformModule> Run(const Path& directory) {
    const Path root = directory.lexically_normal();
    seen_.insert(root);
    TerraformModule module;
    TRY_ASSIGN(Declarations declarations, ReadDirectory(root, tofu_, &module.backend_place));
    module.variables = std::move(declarations.variables);
    module.outputs = std::move(declarations.outputs);
    module.backend = declarations.backend;
    TRY(Join(declarations, root, module));
    if (!module.backend.empty() || !module.fully_read()) module.needs_init = true;
    return module;
  }

 private:
  /// Takes over what a module says of providers, and follows its local child modules.
  Result<> Join(const Declarations& declarations, const Path& directory, TerraformModule& module) {
    if (declarations.needs_init) module.needs_init = true;
    module.unread.insert(module.unread.end(), declarations.unread.begin(), declarations.unread.end());
    for (const auto& [name, source] : declarations.modules) {
      if (!IsLocal(source)) continue;
      Path child = (source.starts_with('/') ? Path(source) : directory / source).lexically_normal();
      if (!child.has_filename()) child = child.parent_path();
      if (!seen_.insert(child).second) continue;
      std::error_code error;
      if (!std::filesystem::is_directory(child, error)) {
        return Fail(ErrorCode::kInvalidInput,
                    "module '" + name + "' in " + directory.string() + " has the source " + source +
                        ", which is not a directory",
                    "correct the source, or put the module there");
      }
      module.local_modules.push_back(child);
      TRY_ASSIGN(const Declarations inner, ReadDirectory(child, tofu_, nullptr));
      TRY(Join(inner, child, module));
    }
    return {};
  }

  bool tofu_;
  std::set<Path> seen_;
};

}  // namespace

bool HasTerraformFiles(const Path& directory, bool tofu) {
  return !SourceFiles(directory, tofu).empty();
}

Result<TerraformModule> ReadModule(const Path& directory, bool tofu) {
  return Reader(tofu).Run(directory);
}

std::map<std::string, std::string> AutomaticVariables(const Path& directory) {
  std::map<std::string, std::string> variables;
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const bool is_json = name == "terraform.tfvars.json" || name.ends_with(".auto.tfvars.json");
    if (!is_json && name != "terraform.tfvars" && !name.ends_with(".auto.tfvars")) continue;
    const Result<std::string> text = ReadFile(it->path(), kMaxFile);
    if (!text) continue;
    if (is_json) {
      const Result<json::value> root = ParseJson(*text);
      if (!root || !root->is_object()) continue;
      for (const auto& member : root->get_object()) variables.emplace(member.key(), name);
    } else if (const Result<HclBody> body = ParseHcl(*text)) {
      for (const HclAttribute& attribute : body->attributes) variables.emplace(attribute.name, name);
    }
  }
  return variables;
}

}  // namespace davit::drivers
