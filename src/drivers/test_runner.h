// For tests of the drivers: runs the operations of a task one after another, as the runner would, without a launcher.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>

#include "drivers/driver.h"

namespace davit::drivers {

/// A directory of a test's own, removed at its end.
class TestDirectory {
 public:
  TestDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "davit-drivers-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
  }
  ~TestDirectory() {
    std::error_code error;
    std::filesystem::remove_all(path_, error);
  }
  const Path& path() const { return path_; }
  Path Write(const std::string& name, const std::string& content, unsigned mode = 0644) const {
    Path file = path_ / name;
    CHECK(MakeDirectories(file.parent_path()).has_value());
    CHECK(WriteFile(file, content, mode).has_value());
    return file;
  }

 private:
  Path path_;
};

inline exec::ProcessEnv OwnEnvironment() {
  exec::ProcessEnv environment;
  for (const char* name : {"PATH", "HOME"}) {
    if (const char* value = ::getenv(name)) environment[name] = value;
  }
  return environment;
}

inline exec::ExitStatus RunProcess(const exec::ProcessSpec& spec) {
  std::vector<std::string> pairs;
  for (const auto& [name, value] : spec.environment) pairs.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (const std::string& argument : spec.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  for (const std::string& pair : pairs) envp.push_back(const_cast<char*>(pair.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, spec.stdout_file.c_str(), kFlags, 0600);
  posix_spawn_file_actions_addopen(&actions, 2, spec.stderr_file.c_str(), kFlags, 0600);
  posix_spawn_file_actions_addchdir_np(&actions, spec.directory.c_str());
  pid_t pid = 0;
  exec::ExitStatus status;
  if (::posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), envp.data()) != 0) {
    status.start_error = "cannot start";
    return status;
  }
  posix_spawn_file_actions_destroy(&actions);
  int raw = 0;
  ::waitpid(pid, &raw, 0);
  if (WIFEXITED(raw)) status.exit_code = WEXITSTATUS(raw);
  if (WIFSIGNALED(raw)) status.signal = WTERMSIG(raw);
  return status;
}

struct Ran {
  std::vector<std::string> names;  // of the operations
  std::vector<OperationOutcome> outcomes;
  std::vector<std::vector<std::string>> arguments;
  std::vector<ToolEvent> events;
  const OperationOutcome& last() const { return outcomes.back(); }
};

/// Runs a task to its end, or to its first operation that did not succeed.
inline Ran RunTask(Driver& driver, const TaskInput& input) {
  Ran ran;
  for (const char* folder : {"config", "state", "logs"})
    CHECK(MakeDirectories(input.attempt_directory / folder).has_value());
  if (!input.cache_directory.empty()) CHECK(MakeDirectories(input.cache_directory).has_value());
  Result<std::vector<Operation>> operations = driver.Operations(input);
  EXPECT_TRUE(operations.has_value()) << (operations ? "" : operations.error().message);
  if (!operations) return ran;
  for (const Operation& operation : *operations) {
    for (const File& file : operation.files) CHECK(WriteFile(file.path, file.content, file.mode).has_value());
    const exec::ExitStatus status = RunProcess(operation.process);
    const std::unique_ptr<LineReader> reader = driver.Reader(operation);
    const std::string text = ReadFile(operation.process.stdout_file).value_or("");
    size_t at = 0;
    while (at < text.size()) {
      const size_t end = std::min(text.find('\n', at), text.size());
      if (auto event = reader->Read(std::string_view(text).substr(at, end - at), false)) ran.events.push_back(*event);
      at = end + 1;
    }
    Result<OperationOutcome> outcome = driver.Finish(input, operation, status);
    EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().message);
    if (!outcome) return ran;
    ran.names.push_back(operation.name);
    ran.arguments.push_back(operation.process.argv);
    ran.outcomes.push_back(std::move(*outcome));
    if (ran.last().result != OperationResult::kSucceeded) break;
  }
  return ran;
}

inline InputValue Input(std::string name, json::value data, bool sensitive = false, std::string env = {},
                        std::string var = {}) {
  InputValue input;
  input.name = std::move(name);
  input.value.data = std::move(data);
  input.value.sensitive = sensitive;
  input.env = std::move(env);
  input.var = std::move(var);
  return input;
}

}  // namespace davit::drivers
