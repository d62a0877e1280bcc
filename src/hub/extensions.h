// Extensions of hubctl: programs `hub-<name>` in .hub here, $HUB_EXTENSIONS, ~/.hub, /usr/local/share/hub, /usr/share/hub, then on PATH. One
// thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/fd.h"

namespace davit::hub {

using Variables = std::map<std::string, std::string>;

struct Extension {
  std::string name;  // "pull", "kubernetes-setup"
  Path file;
  std::vector<std::string> arguments;  // what is left of the words
};

/// The folders that are looked through, in their order, PATH last.
std::vector<Path> ExtensionFolders(const Variables& environment);
/// All that there are, by name; of one name the first.
std::vector<Extension> ListExtensions(const Variables& environment);
/// `words`: `a b --flag c` is hub-a-b where there is one, else hub-a with the argument b. Words that begin with a dash end the name and are
/// arguments. not_found with a name that is near.
Result<Extension> FindExtension(const std::vector<std::string>& words, const Variables& environment);
/// Runs it on this terminal; its exit code.
Result<int> RunExtension(const Extension& extension, Variables environment);

}  // namespace davit::hub
