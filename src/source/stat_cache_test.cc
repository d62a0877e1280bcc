#include "source/stat_cache.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/digest.h"
#include "source/test_tree.h"

namespace davit::source {
namespace {

class StatCacheTest : public testing::Test {
 protected:
  static int64_t ChangedNs(const struct stat& info) {
    return int64_t{info.st_ctim.tv_sec} * 1'000'000'000 + info.st_ctim.tv_nsec;
  }
  static constexpr int64_t kLong = 10'000'000'000;
  TestTree tree_;
  const std::string told_ = std::string(64, 'e');
};

TEST_F(StatCacheTest, BelievesTheStatOnceTheClockHasMovedOn) {
  tree_.Write("a", "one");
  FileDigests cache(tree_ / "cache", "");
  const struct stat info = tree_.Stat("a");
  cache.Keep(info, told_, ChangedNs(info) + kLong);
  EXPECT_EQ(cache.DigestOfFile(tree_ / "a").value(), told_);  // no byte was read
}

TEST_F(StatCacheTest, NeverBelievesAFileThatChangedInTheTickInWhichItWasRead) {
  tree_.Write("a", "one");
  FileDigests cache(tree_ / "cache", "");
  const struct stat info = tree_.Stat("a");
  for (const int64_t later_ns : {int64_t{0}, int64_t{1}, int64_t{4'000'000}, int64_t{-1'000'000'000}}) {
    cache.Keep(info, told_, ChangedNs(info) + later_ns);
    EXPECT_FALSE(cache.Find(info)) << later_ns;
  }
  EXPECT_EQ(cache.DigestOfFile(tree_ / "a").value(), DigestOf("one"));
  // What was believed once and then looked racy is forgotten again.
  cache.Keep(info, told_, ChangedNs(info) + kLong);
  cache.Keep(info, told_, ChangedNs(info));
  EXPECT_FALSE(cache.Find(info));
}

TEST_F(StatCacheTest, FileSystemsThatKeepSecondsGetTwo) {
  tree_.Write("a", "one");
  FileDigests cache(tree_ / "cache", "");
  struct stat info = tree_.Stat("a");
  info.st_ctim.tv_nsec = 0;
  cache.Keep(info, told_, ChangedNs(info) + 1'500'000'000);
  EXPECT_FALSE(cache.Find(info));
  cache.Keep(info, told_, ChangedNs(info) + 2'500'000'000);
  EXPECT_TRUE(cache.Find(info));
}

TEST_F(StatCacheTest, SameSizeAndTimeButOtherContentIsSeen) {
  tree_.Write("a", "one");
  const struct timespec times[2] = {{1'600'000'000, 0}, {1'600'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (tree_ / "a").c_str(), times, 0), 0);
  FileDigests cache(tree_ / "cache", "");
  const struct stat before = tree_.Stat("a");
  cache.Keep(before, told_, ChangedNs(before) + kLong);
  // The kernel's ctime cannot be set back; wait until it has moved on, as it would between two commands.
  struct stat after = before;
  while (ChangedNs(after) == ChangedNs(before)) {
    tree_.Write("a", "two");
    ASSERT_EQ(::utimensat(AT_FDCWD, (tree_ / "a").c_str(), times, 0), 0);
    after = tree_.Stat("a");
  }
  ASSERT_EQ(after.st_mtim.tv_sec, before.st_mtim.tv_sec);
  ASSERT_EQ(after.st_size, before.st_size);
  EXPECT_EQ(cache.DigestOfFile(tree_ / "a").value(), DigestOf("two"));
}

TEST_F(StatCacheTest, IsKeptInAFileThatMayBeAnything) {
  tree_.Write("a", "one");
  const struct stat info = tree_.Stat("a");
  {
    FileDigests cache(tree_ / "cache", "");
    cache.Keep(info, told_, ChangedNs(info) + kLong);
    ASSERT_TRUE(cache.Save());
  }
  EXPECT_EQ(FileDigests(tree_ / "cache", "").Find(info), told_);
  EXPECT_FALSE(FileDigests(tree_ / "cache", "another boot of the machine").Find(info));
  const std::string good = tree_.Read("cache");
  for (size_t at = 0; at < good.size(); ++at) {
    std::string damaged = good;
    damaged[at] ^= 0x20;
    tree_.Write("cache", damaged);
    EXPECT_FALSE(FileDigests(tree_ / "cache", "").Find(info)) << at;
  }
  for (size_t size = 0; size < good.size(); ++size) {
    tree_.Write("cache", good.substr(0, size));
    EXPECT_FALSE(FileDigests(tree_ / "cache", "").Find(info)) << size;
  }
  std::filesystem::remove(tree_ / "cache");
  std::filesystem::create_directory(tree_ / "cache");
  FileDigests cache(tree_ / "cache", "");
  EXPECT_FALSE(cache.Find(info));
  cache.Keep(info, told_, ChangedNs(info) + kLong);
  EXPECT_FALSE(cache.Save());
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(tree_.root()), {}), 2);  // no temporary file stays
}

TEST_F(StatCacheTest, ForgetsWhatNobodyAsksFor) {
  tree_.Write("a", "one");
  tree_.Write("b", "two");
  const struct stat a = tree_.Stat("a");
  const struct stat b = tree_.Stat("b");
  for (int i = 0; i < 100; ++i) {
    FileDigests cache(tree_ / "cache", "");
    cache.Keep(a, told_, ChangedNs(a) + kLong);
    if (i == 0) cache.Keep(b, told_, ChangedNs(b) + kLong);
    ASSERT_TRUE(cache.Save());
  }
  FileDigests cache(tree_ / "cache", "");
  EXPECT_TRUE(cache.Find(a));
  EXPECT_FALSE(cache.Find(b));
}

TEST_F(StatCacheTest, RefusesWhatIsNoFile) {
  FileDigests cache(tree_ / "cache", "");
  EXPECT_EQ(cache.DigestOfFile(tree_.root()).error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(cache.DigestOfFile(tree_ / "nothing").error().code, ErrorCode::kNotFound);
  ASSERT_EQ(::mkfifo((tree_ / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(cache.DigestOfFile(tree_ / "pipe").error().code,
            ErrorCode::kInvalidInput);  // and does not wait for a writer
}

TEST_F(StatCacheTest, AFileThatChangesWhileItIsReadIsAConflict) {
  tree_.Write("a", std::string(size_t{8} << 20, 'a'));
  std::atomic<bool> done = false;
  std::thread writer([&] {
    const Fd fd = OpenFile(tree_ / "a", O_WRONLY | O_APPEND).value();
    while (!done) ASSERT_TRUE(WriteAll(fd.get(), "b"));
  });
  FileDigests cache(tree_ / "cache", "");
  Result<std::string> digest = std::string();
  for (int tries = 0; tries < 1000 && digest; ++tries) digest = cache.DigestOfFile(tree_ / "a");
  done = true;
  writer.join();
  ASSERT_FALSE(digest);
  EXPECT_EQ(digest.error().code, ErrorCode::kConflict);
  EXPECT_FALSE(digest.error().suggestion.empty());
}

}  // namespace
}  // namespace davit::source
