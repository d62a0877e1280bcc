#include "drivers/terraform/layout.h"

#include <unistd.h>

#include <cstdio>

#include "base/digest.h"

namespace davit::drivers {

std::string ReadLockFile(const TaskInput& input) {
  return ReadFile(LockFileOf(input), size_t{16} << 20).value_or(std::string());
}

Path SharedDataOf(const TaskInput& input, const TerraformModule& module) {
  if (!module.fully_read() || !module.backend.empty() || input.module_digest.empty() || input.cache_directory.empty())
    return {};
  Digester digester;
  digester.Add("terraform data 1").Add(input.module_digest).Add(ReadLockFile(input));
  digester.Add(input.module.tool_path.string()).Add(input.module.tool_version);
  return input.cache_directory / "terraform" / digester.Finish();
}

void ShareData(const TaskInput& input, const TerraformModule& module) {
  const Path shared = SharedDataOf(input, module);
  const Path own = PrivateDataOf(input);
  std::error_code error;
  if (shared.empty() || !std::filesystem::is_directory(std::filesystem::symlink_status(own, error))) return;
  if (!MakeDirectories(shared.parent_path())) return;
  // rename(2) refuses a directory that is there and not empty: who was first stays.
  if (std::rename(own.c_str(), shared.c_str()) != 0) return;
  std::filesystem::create_directory_symlink(shared, own, error);
  // Without the link the plan that follows would find nothing: give it back.
  if (error) std::rename(shared.c_str(), own.c_str());
}

}  // namespace davit::drivers
