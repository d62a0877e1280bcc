// Masking of secrets in lines that are shown or kept: every occurrence of a secret, also as JSON, base64 or URL text, becomes "***".
// Immutable; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit::secrets {

class Masker {
 public:
  /// Secrets shorter than 3 bytes and the words true, false and null are ignored: they would hide everything. The lines of a secret of
  /// several lines are masked one by one.
  explicit Masker(const std::vector<std::string>& secrets);
  std::string Mask(std::string_view line) const;

 private:
  std::vector<std::string> needles_;  // longest first
  bool first_[256] = {};              // bytes that a needle begins with
};

}  // namespace davit::secrets
