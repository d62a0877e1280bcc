#include "drivers/capabilities.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace davit::drivers {
namespace {

constexpr int64_t kTimeLimitMs = 20'000;

struct Probe {
  std::string_view capability;
  std::vector<std::string> argv;
};

/// seed 004: what shows that a tool works, and that it may use its cloud where that costs nothing.
const std::vector<Probe>& Probes() {
  static const std::vector<Probe> kProbes = {
      {"aws", {"aws", "s3", "ls", "--page-size", "5"}},
      {"azure", {"az", "storage", "account", "list", "-o", "table"}},
      {"arm", {"az", "storage", "account", "list", "-o", "table"}},
      {"gcp", {"gcloud", "version"}},
      {"gcs", {"gsutil", "version"}},
      {"kubectl", {"kubectl", "version", "--client"}},
      {"kubernetes", {"kubectl", "version", "--client"}},
      {"helm", {"helm", "version", "--client"}},
      {"terraform", {"terraform", "version"}},
      {"vault", {"vault", "version"}},
  };
  return kProbes;
}

}  // namespace

std::string Capabilities::Missing(std::string_view capability) {
  const auto probe = std::find_if(Probes().begin(), Probes().end(),
                                  [&](const Probe& known) { return known.capability == capability; });
  if (probe == Probes().end()) return "davit knows no command that would show it";
  const std::string command = Join(probe->argv, " ");
  const auto [asked, first] = asked_.try_emplace(command);
  if (!first) return asked->second;
  std::vector<std::string> argv = probe->argv;
  const Path tool = exec::FindOnPath(argv[0], environment_);
  if (tool.empty()) return asked->second = "`" + command + "` cannot be run: there is no " + argv[0] + " on PATH";
  argv[0] = tool.string();
  if (Result<std::string> ran = exec::RunAndCapture(argv, environment_, kTimeLimitMs); !ran) {
    asked->second = ran.error().code == ErrorCode::kTimedOut ? "`" + command + "` did not end within 20 s"
                                                             : "`" + command + "` failed: " + ran.error().message;
  }
  return asked->second;
}

}  // namespace davit::drivers
