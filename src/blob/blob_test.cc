#include "blob/blob_store.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace davit::blob {
namespace {

TEST(FileBlobStore, KeepsWhatItWasGivenSealed) {
  char name[] = "/tmp/davit-blob-XXXXXX";
  const Path directory = ::mkdtemp(name);
  Path key_file;
  const secrets::Keyring keyring =
      secrets::Keyring::Create({{"XDG_CONFIG_HOME", (directory / "config").string()}}, &key_file).value();
  FileBlobStore blobs(directory / "blobs", keyring);
  const std::string content(100000, 'c');
  const std::string first = blobs.Put("state", content).value();
  EXPECT_EQ(blobs.Put("state", content).value(), first);
  EXPECT_NE(blobs.Put("plan", content).value(), first);
  EXPECT_EQ(blobs.Get(first).value(), content);
  const Path file = directory / "blobs" / first.substr(0, 2) / first.substr(2);
  std::string raw = ReadFile(file).value();
  EXPECT_EQ(raw.find("cccccccc"), std::string::npos);
  raw[500] ^= 1;
  ASSERT_TRUE(WriteFile(file, raw));
  EXPECT_EQ(blobs.Get(first).error().code, ErrorCode::kInternal);
  std::filesystem::remove_all(directory);
}

TEST(FileBlobStore, SweepsWhatIsOldAndHasNoName) {
  char name[] = "/tmp/davit-blob-XXXXXX";
  const Path directory = ::mkdtemp(name);
  Path key_file;
  const secrets::Keyring keyring =
      secrets::Keyring::Create({{"XDG_CONFIG_HOME", (directory / "config").string()}}, &key_file).value();
  FileBlobStore blobs(directory / "blobs", keyring);
  const std::string first = blobs.Put("state", "a").value();
  const std::string second = blobs.Put("state", "b").value();
  constexpr int64_t kNow = int64_t{1} << 50;  // later than any clock
  EXPECT_EQ(blobs.Sweep({}, 0), 0u) << "they were written after that";
  EXPECT_EQ(blobs.Sweep({first}, kNow), 1u);
  EXPECT_TRUE(blobs.Get(first));
  EXPECT_EQ(blobs.Get(second).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(blobs.Sweep({}, kNow), 1u);
  EXPECT_EQ(blobs.Get(first).error().code, ErrorCode::kNotFound);
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace davit::blob
