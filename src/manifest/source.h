// Where a manifest comes from: files, process environment, a person's answers. Passed in, so that manifest/ needs no disk. One thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "model/stack.h"

namespace davit::manifest {

class Source {
 public:
  virtual ~Source() = default;
  /// not_found where there is no such file.
  virtual Result<std::string> Read(const Path& file) = 0;
  virtual bool IsFile(const Path& path) = 0;
  virtual bool IsDirectory(const Path& path) = 0;
  virtual std::optional<std::string> Environment(const std::string& name) = 0;
  /// Asks a person for a user parameter; nullopt where nobody can be asked or nobody answered. "" = Enter.
  virtual std::optional<std::string> Prompt(const Parameter& parameter) = 0;
};

/// Another source, and which files were read of it, in the order of reading. `source` must live as long.
class RecordingSource final : public Source {
 public:
  explicit RecordingSource(Source& source) : source_(source) {}

  Result<std::string> Read(const Path& file) override {
    Result<std::string> text = source_.Read(file);
    if (text) read_.push_back(file);
    return text;
  }
  bool IsFile(const Path& path) override { return source_.IsFile(path); }
  bool IsDirectory(const Path& path) override { return source_.IsDirectory(path); }
  std::optional<std::string> Environment(const std::string& name) override { return source_.Environment(name); }
  std::optional<std::string> Prompt(const Parameter& parameter) override { return source_.Prompt(parameter); }

  const std::vector<Path>& read() const { return read_; }

 private:
  Source& source_;
  std::vector<Path> read_;
};

/// The disk of this machine, a given process environment, and a way to ask (empty = nobody).
std::unique_ptr<Source> DiskSource(std::map<std::string, std::string> environment,
                                   std::function<std::optional<std::string>(const Parameter&)> prompt);

}  // namespace davit::manifest
