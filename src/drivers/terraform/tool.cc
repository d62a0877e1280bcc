#include "drivers/terraform/tool.h"

#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>

#include "base/json.h"

namespace davit::drivers {
namespace {

constexpr int64_t kVersionTimeoutMs = 30'000;
constexpr char kWhereTerraform[] = "https://developer.hashicorp.com/terraform/install";
constexpr char kWhereTofu[] = "https://opentofu.org/docs/intro/install";

std::string IdentityOf(const Path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return {};
  return path.string() + " " + std::to_string(info.st_dev) + " " + std::to_string(info.st_ino) + " " +
         std::to_string(info.st_size) + " " + std::to_string(info.st_mtim.tv_sec) + "." +
         std::to_string(info.st_mtim.tv_nsec);
}

tl::unexpected<Error> Missing(const std::string& wanted, const std::string& component) {
  if (wanted == "terraform") {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component + "' needs Terraform, and there is no 'terraform' on PATH",
                std::string("install Terraform 1.4 or later (") + kWhereTerraform + ")");
  }
  if (wanted == "tofu") {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component + "' needs OpenTofu, and there is no 'tofu' on PATH",
                std::string("install OpenTofu 1.6 or later (") + kWhereTofu + ")");
  }
  return Fail(
      ErrorCode::kInvalidInput,
      "component '" + component + "' needs Terraform or OpenTofu, and neither 'terraform' nor 'tofu' is on PATH",
      std::string("install Terraform 1.4 or later (") + kWhereTerraform + ") or OpenTofu 1.6 or later (" + kWhereTofu +
          ")");
}

}  // namespace

bool IsAtLeast(const std::string& version, int major, int minor) {
  char* end = nullptr;
  const long first = std::strtol(version.c_str(), &end, 10);
  const long second = *end == '.' ? std::strtol(end + 1, nullptr, 10) : 0;
  return first > major || (first == major && second >= minor);
}

ToolFinder::ToolFinder(exec::ProcessEnv environment, Path cache_file)
    : environment_(std::move(environment)), cache_file_(std::move(cache_file)) {}

Result<Tool> ToolFinder::Find(const std::string& wanted, const std::string& component) {
  Tool tool;
  for (const char* name : {"terraform", "tofu"}) {
    if (!wanted.empty() && wanted != name) continue;
    tool.name = name;
    tool.path = exec::FindOnPath(name, environment_);
    if (!tool.path.empty()) break;
  }
  if (tool.path.empty()) return Missing(wanted, component);
  TRY_ASSIGN(tool.version, VersionOf(tool.path));
  const int minor = tool.name == "terraform" ? 4 : 6;
  if (!IsAtLeast(tool.version, 1, minor)) {
    return Fail(ErrorCode::kInvalidInput,
                tool.path.string() + " is version " + tool.version + "; component '" + component + "' needs 1." +
                    std::to_string(minor) + " or later",
                std::string("install a newer one (") + (tool.name == "terraform" ? kWhereTerraform : kWhereTofu) + ")");
  }
  return tool;
}

Result<std::string> ToolFinder::VersionOf(const Path& path) {
  const std::lock_guard lock(mutex_);
  if (!loaded_) Load();
  loaded_ = true;
  const std::string identity = IdentityOf(path);
  if (const auto known = versions_.find(identity); known != versions_.end()) return known->second;
  exec::ProcessEnv environment;
  for (const char* name : {"PATH", "HOME", "LANG"}) {
    if (const auto found = environment_.find(name); found != environment_.end()) environment.insert(*found);
  }
  environment["CHECKPOINT_DISABLE"] = "1";
  environment["TF_CLI_CONFIG_FILE"] = "/dev/null";
  const std::string remedy = "run '" + path.string() + " version' to see what is wrong with it";
  Result<std::string> text = exec::RunAndCapture({path.string(), "version", "-json"}, environment, kVersionTimeoutMs);
  if (!text) return Fail(ErrorCode::kInvalidInput, path.string() + " does not work: " + text.error().message, remedy);
  const Result<json::value> answer = ParseJson(*text);
  const json::object* object = answer ? answer->if_object() : nullptr;
  const std::string version = object == nullptr ? std::string() : GetString(*object, "terraform_version");
  if (version.empty()) return Fail(ErrorCode::kInvalidInput, path.string() + " does not tell its version", remedy);
  versions_[identity] = version;
  Save();
  return version;
}

void ToolFinder::Load() {
  if (cache_file_.empty()) return;
  const Result<std::string> text = ReadFile(cache_file_, size_t{1} << 20);
  const Result<json::value> root = text ? ParseJson(*text) : Fail(text.error());
  const json::object* object = root ? root->if_object() : nullptr;
  const json::object* tools = object == nullptr ? nullptr : GetObject(*object, "tools");
  if (tools == nullptr || GetInt(*object, "v") != 1) return;
  for (const auto& member : *tools) {
    if (member.value().is_string()) versions_[std::string(member.key())] = std::string(member.value().get_string());
  }
}

void ToolFinder::Save() {
  if (cache_file_.empty()) return;
  json::object tools;
  for (const auto& [identity, version] : versions_) tools[identity] = version;
  // A cache that cannot be written costs a process next time, nothing else.
  static_cast<void>(MakeDirectories(cache_file_.parent_path()));
  static_cast<void>(WriteFileAtomic(cache_file_, json::serialize(json::object{{"v", 1}, {"tools", std::move(tools)}})));
}

}  // namespace davit::drivers
