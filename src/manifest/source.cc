#include "manifest/source.h"

#include <utility>

#include "yaml/yaml.h"

namespace davit::manifest {
namespace {

class Disk : public Source {
 public:
  Disk(std::map<std::string, std::string> environment,
       std::function<std::optional<std::string>(const Parameter&)> prompt)
      : environment_(std::move(environment)), prompt_(std::move(prompt)) {}

  Result<std::string> Read(const Path& file) override { return ReadFile(file, yaml::kMaxBytes); }
  bool IsFile(const Path& path) override {
    std::error_code error;
    return std::filesystem::is_regular_file(path, error);
  }
  bool IsDirectory(const Path& path) override {
    std::error_code error;
    return std::filesystem::is_directory(path, error);
  }
  std::optional<std::string> Environment(const std::string& name) override {
    const auto found = environment_.find(name);
    if (found == environment_.end()) return std::nullopt;
    return found->second;
  }
  std::optional<std::string> Prompt(const Parameter& parameter) override {
    if (!prompt_) return std::nullopt;
    return prompt_(parameter);
  }

 private:
  std::map<std::string, std::string> environment_;
  std::function<std::optional<std::string>(const Parameter&)> prompt_;
};

}  // namespace

std::unique_ptr<Source> DiskSource(std::map<std::string, std::string> environment,
                                   std::function<std::optional<std::string>(const Parameter&)> prompt) {
  return std::make_unique<Disk>(std::move(environment), std::move(prompt));
}

}  // namespace davit::manifest
