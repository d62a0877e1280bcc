#include "base/fault.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/text.h"

namespace davit {

// The one piece of global state in Davit: a test asks for a death from outside, and every layer must be able to die there.
void FaultPoint(const char* name) {
  static std::map<std::string, int, std::less<>> hits;
  const char* wanted = std::getenv("DAVIT_FAULT");
  if (wanted == nullptr) return;
  const int hit = ++hits[name];
  for (std::string_view item : Split(wanted, ',')) {
    std::string_view file;
    if (size_t at = item.find('@'); at != std::string_view::npos) {
      file = item.substr(at + 1);
      item = item.substr(0, at);
    }
    int nth = 1;
    if (size_t colon = item.find(':'); colon != std::string_view::npos) {
      nth = std::atoi(std::string(item.substr(colon + 1)).c_str());
      item = item.substr(0, colon);
    }
    if (item != name || hit != nth) continue;
    if (file.empty()) {
      ::kill(::getpid(), SIGKILL);
      ::pause();
    }
    const std::string path(file);
    (void)WriteFile(path, std::to_string(::getpid()));
    struct stat info {};
    while (::stat(path.c_str(), &info) == 0) ::usleep(2000);
  }
}

}  // namespace davit
