#include "control/log_chunk.h"

#include <zstd.h>

namespace davit::control {
namespace {

constexpr size_t kMaxChunkBytes = size_t{64} << 20;

}  // namespace

std::string PackLog(const std::vector<LogLine>& lines) {
  std::string text;
  for (const LogLine& line : lines) {
    text += line.from_stderr ? 'e' : 'o';
    text += line.text;
    text += '\n';
  }
  std::string packed(ZSTD_compressBound(text.size()), '\0');
  const size_t size = ZSTD_compress(packed.data(), packed.size(), text.data(), text.size(), 3);
  CHECK(!ZSTD_isError(size), "zstd cannot compress a log chunk");
  packed.resize(size);
  return packed;
}

Result<std::vector<LogLine>> UnpackLog(std::string_view chunk, int64_t first_line) {
  const unsigned long long size = ZSTD_getFrameContentSize(chunk.data(), chunk.size());
  if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > kMaxChunkBytes) {
    return Fail(ErrorCode::kInternal, "a chunk of the log cannot be read");
  }
  std::string text(size, '\0');
  if (ZSTD_isError(ZSTD_decompress(text.data(), text.size(), chunk.data(), chunk.size()))) {
    return Fail(ErrorCode::kInternal, "a chunk of the log cannot be read");
  }
  std::vector<LogLine> lines;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    if (end == std::string::npos) end = text.size();
    LogLine line;
    line.number = first_line++;
    line.from_stderr = text[at] == 'e';
    line.text = text.substr(at + 1, end - at - 1);
    lines.push_back(std::move(line));
    at = end + 1;
  }
  return lines;
}

}  // namespace davit::control
