// Small text helpers that several folders need. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit {

std::vector<std::string_view> Split(std::string_view text, char separator);
/// Each `what`, which is not empty, becomes `by`.
void ReplaceAll(std::string& text, std::string_view what, std::string_view by);
std::string_view Trim(std::string_view text);
std::string Join(const std::vector<std::string>& parts, std::string_view separator);
/// Replaces every byte that is not part of valid UTF-8 by U+FFFD.
std::string ValidUtf8(std::string_view bytes);
/// Removes ANSI escape sequences and other control characters but tab and newline.
std::string StripControls(std::string_view text);
/// "1 component", "3 components".
std::string Plural(size_t count, std::string_view noun);
/// Letters, digits and _, not beginning with a digit: what a shell takes for the name of a variable.
bool IsVariableName(std::string_view name);
inline constexpr std::string_view kVariableNameRule = "use letters, digits and _, not beginning with a digit";
/// What no name of a stack, an environment or a deployment may have; nor may it be other than UTF-8.
bool HasSlashOrControl(std::string_view name);
/// The quoted string of HCL that evaluates to `text`: everything that begins an escape or an interpolation is escaped.
std::string HclQuote(std::string_view text);

}  // namespace davit
