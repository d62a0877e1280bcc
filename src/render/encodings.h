// What may follow a name in a template: `${db.password/base64}`. Plain functions on values. Any thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/json.h"

namespace davit::render {

std::vector<std::string_view> EncodingNames();

/// `value` after one encoding. not_found: there is no such encoding; invalid_input: it cannot take this value. Neither message shows the
/// value, which may be secret.
Result<json::value> Encode(std::string_view encoding, const json::value& value);

}  // namespace davit::render
