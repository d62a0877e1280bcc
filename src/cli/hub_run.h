// What the verbs of `davit hub` that run something share: how their options, a state file and a stack become what the client and the state file
// want. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/context.h"
#include "hub/state_file.h"
#include "hub/storage.h"

namespace davit::cli {

/// "a,b" at commas; what is empty is left out.
std::vector<std::string> SplitList(const std::string& text);
/// "NAME=demo,SIZE=3". invalid_input where a part is no NAME=value.
Result<std::map<std::string, std::string>> SplitOverrides(const std::string& text, const std::string& option = "-e");
/// "shop" of "shop:1".
std::string StackNameOf(const std::string& meta_name);

/// What `davit hub` exits with where the state file cannot be written, as its reference does.
inline constexpr int kStateNotWritten = 2;

hub::StorageOptions StorageOptionsOf(const Context& context);

/// A deployment for each state file: one stack in one directory may stand several times (spec/stacks.md 1.4).
std::string DeploymentName(const std::vector<hub::Place>& state_places, const std::string& stack);

/// Random, of version 4.
std::string NewUuid();
/// $HUB_STACK_NAME, else one that people can say: "calm-otter-417".
std::string NewStackName(const std::map<std::string, std::string>& environment);

/// What a state file says of what stands.
control::KnownState KnownOf(const hub::StateFile& state, std::string digest);

/// The parameters of the stack for its state file; links as they are written.
std::vector<hub::LockedParameter> LockedParametersOf(const Stack& stack);

/// HUB, HUB_ELABORATE, HUB_STATE, …: by them a component calls `davit hub invoke` and `render`.
std::map<std::string, std::string> HubEnvironment(control::Client& client, const std::vector<hub::Place>& elaborate,
                                                  const std::vector<hub::Place>& state, const std::string& base_dir);

}  // namespace davit::cli
