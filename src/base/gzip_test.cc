#include "base/gzip.h"

#include <gtest/gtest.h>

namespace davit {
namespace {

constexpr size_t kMost = size_t{1} << 20;

TEST(Gzip, ThereAndBack) {
  std::string large;
  for (int i = 0; i < 50000; ++i) large += std::to_string(i * 7919) + " ";
  for (const std::string& text : {std::string(), std::string("a"), std::string("\0\x1f\x8b", 3), large}) {
    const std::string zipped = Gzip(text);
    EXPECT_TRUE(IsGzip(zipped));
    EXPECT_EQ(Gzip(text), zipped);
    const Result<std::string> back = Gunzip(zipped, kMost);
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, text);
  }
  EXPECT_FALSE(IsGzip("version: 1"));
  EXPECT_FALSE(IsGzip(""));
  EXPECT_EQ(Gunzip(Gzip("one ") + Gzip("two"), kMost).value(), "one two");
}

TEST(Gzip, BrokenOnesAndBombsAreErrors) {
  const std::string zipped = Gzip(std::string(size_t{3} << 20, 'x'));
  EXPECT_LT(zipped.size(), 10000u);
  EXPECT_EQ(Gunzip(zipped, kMost).error().code, ErrorCode::kExhausted);
  EXPECT_TRUE(Gunzip(zipped, size_t{3} << 20));
  for (size_t cut = 0; cut < 30; ++cut) {
    const Result<std::string> part = Gunzip(std::string_view(zipped).substr(0, cut), kMost);
    ASSERT_FALSE(part) << cut;
    EXPECT_EQ(part.error().code, ErrorCode::kInvalidInput);
  }
  std::string wrong = Gzip("a text that is checked");
  wrong[wrong.size() - 6] ^= 1;
  EXPECT_FALSE(Gunzip(wrong, kMost));
}

}  // namespace
}  // namespace davit
