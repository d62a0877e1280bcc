// Suggestions for words that are not known. Only reading a manifest uses it. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"

namespace davit::manifest {

/// "did you mean 'x'?" or "". Long words, and words after very many errors, get none: comparing them would take longer than reading
/// the manifest.
std::string Suggest(std::string_view word, const std::vector<std::string_view>& candidates,
                    const Diagnostics& diagnostics);
/// The same where collecting the candidates is work that is not always needed.
std::string Suggest(std::string_view word, const std::function<std::vector<std::string_view>()>& candidates,
                    const Diagnostics& diagnostics);

/// 'word', cut where it is long.
std::string Named(std::string_view word);

}  // namespace davit::manifest
