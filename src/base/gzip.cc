#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace davit {
namespace {

constexpr int kGzipWindow = 15 + 16;  // of zlib: the largest window, with a header of gzip
constexpr size_t kStep = size_t{64} << 10;

Bytef* Input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib does not write to it
}

uInt Count(size_t left) {
  return static_cast<uInt>(std::min<size_t>(left, std::numeric_limits<uInt>::max()));
}

}  // namespace

std::string Gzip(std::string_view bytes) {
  z_stream stream = {};
  CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out;
  char step[kStep];
  int state = Z_OK;
  while (state != Z_STREAM_END) {
    if (stream.avail_in == 0) {
      stream.next_in = Input(bytes);
      stream.avail_in = Count(bytes.size());
      bytes.remove_prefix(stream.avail_in);
    }
    stream.next_out = reinterpret_cast<Bytef*>(step);
    stream.avail_out = kStep;
    state = deflate(&stream, bytes.empty() ? Z_FINISH : Z_NO_FLUSH);
    CHECK(state == Z_OK || state == Z_STREAM_END || state == Z_BUF_ERROR);
    out.append(step, kStep - stream.avail_out);
  }
  deflateEnd(&stream);
  return out;
}

bool IsGzip(std::string_view bytes) {
  return bytes.starts_with("\x1f\x8b");
}

Result<std::string> Gunzip(std::string_view bytes, size_t most) {
  z_stream stream = {};
  CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK);
  std::string out;
  char step[kStep];
  int state = Z_OK;
  bool too_large = false;
  while (state == Z_OK && !too_large) {
    if (stream.avail_in == 0) {
      stream.next_in = Input(bytes);
      stream.avail_in = Count(bytes.size());
      bytes.remove_prefix(stream.avail_in);
    }
    stream.next_out = reinterpret_cast<Bytef*>(step);
    stream.avail_out = kStep;
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(step, kStep - stream.avail_out);
    too_large = out.size() > most;
    // A file may be made of several, one after the other.
    if (state == Z_STREAM_END && (stream.avail_in > 0 || !bytes.empty())) state = inflateReset(&stream);
  }
  inflateEnd(&stream);
  if (too_large)
    return Fail(ErrorCode::kExhausted, "the gzipped bytes grow beyond " + std::to_string(most >> 20) + " MiB");
  if (state != Z_STREAM_END) {
    return Fail(ErrorCode::kInvalidInput, "the gzipped bytes are broken or cut",
                "take the file from where it was written, or write it again");
  }
  return out;
}

}  // namespace davit
