// Messages between a davit process and its launcher: four bytes of length, then JSON. Environments go through here and nowhere else.
#pragma once

#include <optional>
#include <string>

#include "exec/supervisor.h"

namespace davit::exec {

inline void AppendFrame(const std::string& body, std::string& out) {
  const auto size = static_cast<uint32_t>(body.size());
  for (int i = 0; i < 4; ++i) out += static_cast<char>(size >> (8 * i));
  out += body;
}

/// Takes one whole frame off the front of `buffer`.
inline std::optional<std::string> TakeFrame(std::string& buffer) {
  if (buffer.size() < 4) return std::nullopt;
  uint32_t size = 0;
  for (int i = 0; i < 4; ++i)
    size |= static_cast<uint32_t>(static_cast<unsigned char>(buffer[static_cast<size_t>(i)])) << (8 * i);
  if (buffer.size() < 4 + size_t{size}) return std::nullopt;
  std::string body = buffer.substr(4, size);
  buffer.erase(0, 4 + size_t{size});
  return body;
}

}  // namespace davit::exec
