#include "source/git_lock.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace davit::source {
namespace {

constexpr size_t kMaxBytes = size_t{16} << 20;

auto Broken(const Path& file, const std::string& what) {
  return Fail(ErrorCode::kInvalidInput, file.string() + " is no file of pinned git sources: " + what,
              "restore it from version control, or remove it: then all sources are resolved again");
}

}  // namespace

bool IsCommit(const std::string& text) {
  return (text.size() == 40 || text.size() == 64) &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<GitLock> GitLock::Read(const Path& file) {
  GitLock lock;
  const Result<std::string> text = ReadFile(file, kMaxBytes);
  if (!text && text.error().code == ErrorCode::kNotFound) return lock;
  if (!text) return Fail(text.error());
  int number = 0;
  for (const std::string_view line : Split(*text, '\n')) {
    ++number;
    if (Trim(line).empty()) continue;
    const Result<json::value> value = ParseJson(Trim(line));
    const std::string where = "line " + std::to_string(number) + " ";
    if (!value || !value->is_object()) return Broken(file, where + "is no object");
    const json::object& source = value->as_object();
    const std::string commit = GetString(source, "commit");
    if (!IsCommit(commit) || GetString(source, "remote").empty())
      return Broken(file, where + "names no remote and commit");
    lock.Pin(GetString(source, "remote"), GetString(source, "ref"), commit);
  }
  return lock;
}

std::string GitLock::CommitOf(const std::string& remote, const std::string& ref) const {
  const auto found = commits_.find({remote, ref});
  return found == commits_.end() ? std::string() : found->second;
}

void GitLock::Pin(const std::string& remote, const std::string& ref, const std::string& commit) {
  commits_[{remote, ref}] = commit;
}

Result<> GitLock::Write(const Path& file) const {
  std::string text;
  for (const auto& [source, commit] : commits_) {
    text += json::serialize(json::object{{"remote", source.first}, {"ref", source.second}, {"commit", commit}});
    text += '\n';
  }
  return WriteFileAtomic(file, text, 0644);
}

}  // namespace davit::source
