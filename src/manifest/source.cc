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

  Result<std::string> Read(const Path& file) override {
    Result<std::string> text = ReadFile(file, yaml::kMaxBytes);
    std::error_code error;
    if (!text && text.error().code == ErrorCode::kNotFound && std::filesystem::is_symlink(file, error)) {
      return Fail(ErrorCode::kInvalidInput, file.string() + " is a link to a file that is not there",
                  "bring the file back, or remove the link: what it says is not passed over");
    }
    return text;
  }
  /// Whatever has that name and is no directory: what it is really, reading it tells.
  bool IsFile(const Path& path) override {
    std::error_code error;
    return std::filesystem::exists(std::filesystem::symlink_status(path, error)) &&
           !std::filesystem::is_directory(path, error);
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
