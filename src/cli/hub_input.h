// What the verbs of `davit hub` that run no component share: reading their files, and saying what is wrong. One thread.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "hub/state_file.h"

namespace davit::cli {

/// Shows an error; 1, hubctl's exit code, whatever is wrong.
int FailHub(const Context& context, const Error& error, const SourceMap* sources = nullptr);
void WarnHub(const Context& context, const std::string& warning);
/// "a,b" and "c" as three.
std::vector<std::string> SplitLists(const std::vector<std::string>& lists);

/// The text of a file that lies at one of these places, in `sources`; not_found where it lies at none.
Result<uint32_t> ReadHubFile(const Context& context, const std::vector<std::string>& places, const std::string& what,
                             SourceMap& sources);
/// The state of a platform stack, likewise; invalid_input where the file is no state.
Result<uint32_t> ReadPlatform(const Context& context, const std::vector<std::string>& places, SourceMap& sources);
/// Of invoke and render: where the elaborate file and the state files are, by option or else by variable.
struct HubVerbFiles {
  std::string elaborate;  // may be "" for render
  std::string state;
  std::string base_dir;  // of the components' sources; "" = beside the elaborate file
};
Result<HubVerbFiles> HubVerbFilesOf(const Context& context);
/// "" where it is not set.
std::string VariableOf(const Context& context, const std::string& name);

Result<hub::StateFile> ReadHubState(const Context& context, const std::vector<std::string>& places, SourceMap& sources);

}  // namespace davit::cli
