// What differs between two texts, as `diff -u` shows it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace davit::cli {

/// With three lines around each change; "" where nothing differs. Time is linear in the texts but for the part that differs, where it is its
/// square, and beyond a limit one change.
std::string UnifiedDiff(std::string_view before, std::string_view after, std::string_view name);

}  // namespace davit::cli
