// `fromTfVar` of an output: the name under which its tool leaves it, and what it has to be decoded from: `kubeconfig/base64`,
// `nodes/json` (seed 004). Pure; any thread.
#pragma once

#include <string_view>

#include "base/json.h"

namespace davit {

/// Without its encodings.
std::string_view RawName(std::string_view from_tf_var);

/// The value decoded by each encoding in turn. invalid_input: it is not what the encoding says, or there is no such encoding. The message
/// does not show the value.
Result<json::value> DecodeRaw(std::string_view from_tf_var, json::value value);

}  // namespace davit
