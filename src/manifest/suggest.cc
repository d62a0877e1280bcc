#include "manifest/suggest.h"

#include "base/text.h"

namespace davit::manifest {
namespace {

constexpr size_t kLongestWord = 80;
constexpr size_t kMostSuggestions = 100;

bool IsWorthwhile(std::string_view word, const Diagnostics& diagnostics) {
  return word.size() <= kLongestWord && diagnostics.list().size() <= kMostSuggestions;
}

}  // namespace

std::string Suggest(std::string_view word, const std::vector<std::string_view>& candidates,
                    const Diagnostics& diagnostics) {
  return IsWorthwhile(word, diagnostics) ? DidYouMean(word, candidates) : std::string();
}

std::string Suggest(std::string_view word, const std::function<std::vector<std::string_view>()>& candidates,
                    const Diagnostics& diagnostics) {
  return IsWorthwhile(word, diagnostics) ? DidYouMean(word, candidates()) : std::string();
}

std::string Named(std::string_view word) {
  if (word.size() <= kLongestWord) return "'" + std::string(word) + "'";
  return "'" + ValidUtf8(word.substr(0, kLongestWord)) + "…'";
}

}  // namespace davit::manifest
