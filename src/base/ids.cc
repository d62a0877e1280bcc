#include "base/ids.h"

#include <sys/random.h>

#include <cstring>

namespace davit {

std::string Ulid(int64_t wall_ms, const unsigned char random10[10]) {
  static constexpr char kDigits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  unsigned char bytes[16];
  for (int i = 0; i < 6; ++i) bytes[i] = static_cast<unsigned char>(wall_ms >> (8 * (5 - i)));
  std::memcpy(bytes + 6, random10, 10);
  // 128 bits as 26 digits of 5 bits: the first digit holds the two missing high bits as zeros.
  std::string text(26, '0');
  int bit = -2;
  for (char& digit : text) {
    unsigned value = 0;
    for (int i = 0; i < 5; ++i, ++bit) {
      value <<= 1;
      if (bit >= 0) value |= (bytes[bit / 8] >> (7 - bit % 8)) & 1u;
    }
    digit = kDigits[value];
  }
  return text;
}

std::string SystemIdSource::NewUlid() {
  const int64_t now = clock_.WallMs();
  if (now > last_ms_) {
    last_ms_ = now;
    CHECK(::getrandom(last_random_, sizeof last_random_, 0) == sizeof last_random_, "getrandom failed");
  } else {  // the same millisecond, or a clock that went back: count on, so that order stays
    for (int i = 9; i >= 0 && ++last_random_[i] == 0; --i) {
    }
  }
  return Ulid(last_ms_, last_random_);
}

}  // namespace davit
