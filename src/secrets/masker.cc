#include "secrets/masker.h"

#include <algorithm>
#include <cstdio>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"

namespace davit::secrets {
namespace {

std::string UrlEncoded(std::string_view text) {
  std::string out;
  for (unsigned char c : text) {
    if (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.' || c == '~') {
      out += static_cast<char>(c);
    } else {
      char hex[4];
      std::snprintf(hex, sizeof hex, "%%%02X", c);
      out += hex;
    }
  }
  return out;
}

/// Base64 of a secret inside a longer text keeps the digits of its whole groups, whatever stands before it: one form for each of three
/// shifts, without the digits that mix with neighbours.
std::vector<std::string> Base64Forms(std::string_view text) {
  std::vector<std::string> forms;
  for (size_t shift = 0; shift < 3; ++shift) {
    std::string form = ToBase64(std::string(shift, 'x') + std::string(text));
    const size_t skip = shift == 0 ? 0 : shift + 1;
    const size_t tail = (shift + text.size()) % 3;
    size_t keep = form.size() - (tail == 0 ? 0 : 4 - (tail == 1 ? 1 : 2));
    if (keep > skip + 7) forms.push_back(form.substr(skip, keep - skip));
  }
  return forms;
}

}  // namespace

Masker::Masker(const std::vector<std::string>& secrets) {
  auto add = [this](std::string_view needle) {
    if (needle.size() < 3 || needle == "true" || needle == "false" || needle == "null") return;
    needles_.emplace_back(needle);
  };
  for (const std::string& secret : secrets) {
    for (std::string_view part : Split(secret, '\n')) {
      part = Trim(part);
      if (part.size() < 3) continue;
      add(part);
      const std::string quoted = json::serialize(json::string(part));
      add(std::string_view(quoted).substr(1, quoted.size() - 2));
      add(UrlEncoded(part));
      if (part.size() >= 6) {
        for (const std::string& form : Base64Forms(part)) add(form);
      }
    }
    if (secret.size() >= 6) {
      for (const std::string& form : Base64Forms(secret)) add(form);
    }
  }
  std::sort(needles_.begin(), needles_.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  needles_.erase(std::unique(needles_.begin(), needles_.end()), needles_.end());
  for (const std::string& needle : needles_) first_[static_cast<unsigned char>(needle[0])] = true;
}

std::string Masker::Mask(std::string_view line) const {
  std::string out;
  out.reserve(line.size());
  for (size_t at = 0; at < line.size();) {
    size_t hit = 0;
    if (first_[static_cast<unsigned char>(line[at])]) {
      for (const std::string& needle : needles_) {
        if (line.substr(at, needle.size()) == needle) {
          hit = needle.size();
          break;
        }
      }
    }
    if (hit > 0) {
      out += "***";
      at += hit;
    } else {
      out += line[at++];
    }
  }
  return out;
}

}  // namespace davit::secrets
