#include "drivers/terraform/plug_in_cache.h"

#include "drivers/terraform/hcl.h"

namespace davit::drivers {
namespace {

constexpr size_t kMaxConfig = size_t{1} << 20;

std::string Lookup(const exec::ProcessEnv& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// One that cannot be read by us may name a cache all the same.
bool NamesCache(const Path& file) {
  const Result<std::string> text = ReadFile(file, kMaxConfig);
  if (!text) return false;
  const Result<HclBody> body = ParseHcl(*text);
  return body ? body->Find("plugin_cache_dir") != nullptr : text->find("plugin_cache_dir") != std::string::npos;
}

}  // namespace

Path PlugInCacheOf(std::string_view tool, const exec::ProcessEnv& environment) {
  if (tool == "tofu") return {};
  if (std::string cache = Lookup(environment, "TF_PLUGIN_CACHE_DIR"); !cache.empty()) return cache;
  Path file = Lookup(environment, "TF_CLI_CONFIG_FILE");
  const std::string home = Lookup(environment, "HOME");
  if (file.empty() && !home.empty()) file = Path(home) / ".terraformrc";
  return !file.empty() && NamesCache(file) ? file : Path();
}

}  // namespace davit::drivers
