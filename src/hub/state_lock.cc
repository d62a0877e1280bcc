#include "hub/state_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/json.h"
#include "base/text.h"
#include "exec/proc.h"

namespace davit::hub {
namespace {

std::string HostName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "";
}

/// What a lock of ours holds, as one line of JSON.
std::string Words(const StorageOptions& options, TimeMs now) {
  json::object words = {{"by", "davit"}, {"host", HostName()}, {"since", FormatTime(now)}};
  if (const auto user = options.environment.find("USER"); user != options.environment.end())
    words["user"] = user->second;
  words["process"] = exec::IdentityOf(::getpid());
  return json::serialize(words) + "\n";
}

/// Whose a lock is, from what is in it.
Error Held(const std::string& file, const std::string& content, const std::string& remove) {
  Error error;
  error.code = ErrorCode::kConflict;
  error.suggestion = "where nobody is at work, remove it: " + remove;
  const Result<json::value> parsed = ParseJson(content);
  const json::object* words = parsed ? parsed->if_object() : nullptr;
  if (words == nullptr || GetString(*words, "by") != "davit") {
    const std::string line = StripControls(ValidUtf8(Trim(content).substr(0, 100)));
    error.message = "the lock file " + file + " is there" + (line.empty() ? "" : ", and says: " + line);
    return error;
  }
  const json::object* process = GetObject(*words, "process");
  const std::string host = GetString(*words, "host");
  const std::string user = GetString(*words, "user");
  const std::string pid = process != nullptr ? std::to_string(GetInt(*process, "pid")) : "?";
  const std::string who = "davit (process " + pid + (user.empty() ? "" : " of " + user) + " on " + host + ", since " +
                          GetString(*words, "since") + ")";
  if (process != nullptr && host == HostName() && !exec::LivesStill(*process)) {
    error.message = "the lock file " + file + " was left by " + who + ", which is gone";
    error.suggestion = "look at what it left, `davit hub explain`, then remove it: " + remove;
  } else {
    error.message = "the lock file " + file + " is there: " + who + " is at work";
  }
  return error;
}

Result<> RespectRemote(const Place& place, const StorageOptions& options) {
  const Place lock = {place.kind, place.text + ".lock"};
  TRY_ASSIGN(const std::optional<std::string> content, Download(lock, options));
  if (content) return Fail(Held(lock.text, *content, "with the program of its cloud"));
  return {};
}

}  // namespace

Result<StateLock> StateLock::Take(const std::vector<Place>& places, const StorageOptions& options, TimeMs now) {
  for (const Place& place : places) {
    if (!place.IsLocal()) TRY(RespectRemote(place, options));
  }
  StateLock lock;
  const std::string words = Words(options, now);
  for (const Place& place : places) {
    if (!place.IsLocal()) continue;
    // Whoever reaches it by a link, or by its own name, is to see it.
    std::error_code error;
    const bool link = std::filesystem::is_symlink(place.text, error);
    const Path file = WithoutLinks(place.text).string() + ".lock";
    if (const Path beside = place.text + ".lock"; link && std::filesystem::exists(beside, error)) {
      const Result<std::string> content = ReadFile(beside, 65536);
      return Fail(Held(beside.string(), content ? *content : "", "rm " + beside.string()));
    }
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0 && errno == EEXIST) {
      const Result<std::string> content = ReadFile(file, 65536);
      return Fail(Held(file.string(), content ? *content : "", "rm " + file.string()));
    }
    if (fd < 0) {
      tl::unexpected<Error> failed = FailErrno(errno, "cannot make the lock file " + file.string());
      if (failed.value().suggestion.empty())
        failed.value().suggestion =
            "the state file is locked and replaced as a whole: make its directory writable, or name another with -s";
      return failed;
    }
    const Fd owned(fd);
    lock.files_.push_back(file);
    TRY(WriteAll(owned.get(), words));
  }
  return lock;
}

StateLock& StateLock::operator=(StateLock&& other) noexcept {
  if (this != &other) {
    Release();
    files_ = std::move(other.files_);
    other.files_.clear();
  }
  return *this;
}

void StateLock::Release() {
  for (const Path& file : files_) ::unlink(file.c_str());  // one that is gone already is as well
  files_.clear();
}

}  // namespace davit::hub
