#include "exec/ready.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

#include "base/clock.h"
#include "base/text.h"
#include "model/ready.h"

namespace davit::exec {
namespace {

constexpr int64_t kFirstPauseMs = 200;  // between two looks, doubled each time
constexpr int64_t kLongestPauseMs = 10'000;
constexpr int64_t kCurlLimitMs = 20'000;
constexpr char kCurlTimeout[] = "10";  // seconds, of one request

void Say(FILE* to, const std::string& text) {
  fprintf(to, "%s\n", text.c_str());
  fflush(to);
}

/// Why the name does not resolve; "" = it does.
std::string LookUp(const std::string& name) {
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(name.c_str(), nullptr, nullptr, &found);
  if (found != nullptr) ::freeaddrinfo(found);
  return code == 0 ? std::string() : ::gai_strerror(code);
}

/// The address in a file of its own for curl, so that it is no argument that everybody can read.
class CurlConfig {
 public:
  explicit CurlConfig(const std::string& url) {
    std::string pattern = (std::filesystem::temp_directory_path() / "davit-ready-XXXXXX").string();
    Fd fd(::mkstemp(pattern.data()));
    if (!fd) return;
    path_ = pattern;
    std::string text = "url = \"";
    for (const char c : url) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    written_ = WriteAll(fd.get(), text + "\"\n").has_value();
  }
  ~CurlConfig() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  CurlConfig(const CurlConfig&) = delete;
  CurlConfig& operator=(const CurlConfig&) = delete;
  const Path& path() const { return path_; }
  bool written() const { return written_; }

 private:
  Path path_;
  bool written_ = false;
};

/// Why nothing good answers there; "" = something does.
std::string Ask(const Path& curl, const std::string& url, const ProcessEnv& environment) {
  const CurlConfig config(url);
  if (!config.written()) return "no temporary file can be written";
  Result<std::string> answer =
      RunAndCapture({curl.string(), "--silent", "--show-error", "--insecure", "--globoff", "--output", "/dev/null",
                     "--write-out", "%{http_code}", "--max-time", kCurlTimeout, "--config", config.path().string()},
                    environment, kCurlLimitMs);
  if (!answer) return answer.error().message;
  const std::string status(Trim(*answer));
  return status.size() == 3 && status[0] >= '1' && status[0] <= '4' ? std::string() : "it answered " + status;
}

/// Is it the same reason? How long something took, which tools say, makes no other one.
bool SameReason(std::string a, std::string b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::erase_if(a, is_digit);
  std::erase_if(b, is_digit);
  return a == b;
}

/// Looks until there is nothing wrong any more, or the time is over.
bool Wait(const std::string& what, int seconds, const std::function<std::string()>& look) {
  const SystemClock clock;
  const int64_t end = clock.MonotonicMs() + int64_t{seconds} * 1000;
  std::string last;
  for (int64_t pause = kFirstPauseMs;; pause = std::min(pause * 2, kLongestPauseMs)) {
    const std::string why = look();
    if (why.empty()) {
      Say(stdout, what + ": ready");
      return true;
    }
    if (!SameReason(why, last)) Say(stdout, "waiting for " + what + ": " + why);
    last = why;
    const int64_t left = end - clock.MonotonicMs();
    if (left <= 0) break;
    ::poll(nullptr, 0, static_cast<int>(std::min(pause, left)));
  }
  Say(stderr, "waited " + Plural(static_cast<size_t>(seconds), "second") + " for " + what + ": " + last);
  return false;
}

std::string HostOf(const std::string& dns) {
  return dns.substr(0, dns.find(':'));
}

bool Await(const ReadyTarget& target, const ProcessEnv& environment) {
  if (target.pause_s > 0) ::poll(nullptr, 0, target.pause_s * 1000);
  if (!target.dns.empty()) {
    const std::string host = HostOf(target.dns);
    if (!Wait("the name " + host, target.wait_s, [&] { return LookUp(host); })) return false;
  }
  if (target.url.empty()) return true;
  if (!target.url.starts_with("http://") && !target.url.starts_with("https://")) {
    Say(stderr, "'" + target.url + "' is not asked: a ready condition's url begins with http:// or https://");
    return false;
  }
  const Path curl = FindOnPath("curl", environment);
  if (curl.empty()) {
    Say(stderr,
        "there is no curl on PATH, which asks " + target.url + "; install it, for example: apt-get install curl");
    return false;
  }
  return Wait("an answer of " + target.url, target.wait_s, [&] { return Ask(curl, target.url, environment); });
}

}  // namespace

int WaitUntilReady(const ProcessEnv& environment) {
  const auto text = environment.find(kReadyVariable);
  Result<json::value> parsed = ParseJson(text == environment.end() ? std::string_view() : text->second);
  if (!parsed || !parsed->is_array()) {
    Say(stderr, "davit _ready is started by davit only");
    return 2;
  }
  for (const ReadyTarget& target : ReadyTargetsFromJson(parsed->as_array())) {
    if (!Await(target, environment)) return 1;
  }
  return 0;
}

}  // namespace davit::exec
