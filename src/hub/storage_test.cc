#include "hub/storage.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/gzip.h"
#include "exec/proc.h"
#include "hub/encryption.h"
#include "hub/state_lock.h"

namespace davit::hub {
namespace {

/// A directory with programs of the clouds' names, whose buckets are directories below it.
class StorageTest : public testing::Test {
 protected:
  void SetUp() override {
    char pattern[] = "/tmp/davit-storage-XXXXXX";
    root_ = ::mkdtemp(pattern);
    std::filesystem::create_directories(root_ / "bin");
    std::filesystem::create_directories(root_ / "buckets");
    options_.environment = {{"PATH", (root_ / "bin").string()}, {"BUCKETS", (root_ / "buckets").string()}};
  }
  void TearDown() override { std::filesystem::remove_all(root_); }

  void Program(const std::string& name, const std::string& script) {
    ASSERT_TRUE(WriteFile(root_ / "bin" / name, "#!/bin/sh\n" + script, 0755));
  }
  /// `<word> cp FROM TO`, FROM or TO "-".
  void Copier(const std::string& name, const std::string& word) {
    Program(name, "test \"$*\" = \"" + word +
                      " cp $3 $4\" || { echo \"unknown: $*\" >&2; exit 2; }\n"
                      "while [ $# -gt 2 ]; do shift; done\n"
                      "file() { echo \"$BUCKETS/$(echo \"$1\" | /usr/bin/tr ':/' '__')\"; }\n"
                      "if [ \"$1\" = - ]; then /bin/cat > \"$(file \"$2\")\"\n"
                      "elif [ -e \"$(file \"$1\")\" ]; then /bin/cat \"$(file \"$1\")\"\n"
                      "else echo 'fatal error: (404): Key does not exist' >&2; exit 1; fi\n");
  }
  std::string Here(const std::string& name) { return (root_ / name).string(); }
  std::string Text(const std::string& name) { return ReadFile(root_ / name).value(); }
  Storage Of(const std::vector<std::string>& lists) {
    return Storage(ParsePlaces(lists, "state file").value(), "state file", options_);
  }
  std::string Content(const Storage& storage) {
    Result<std::optional<Stored>> stored = storage.Read(warnings_);
    return !stored ? "error: " + stored.error().message : *stored ? (*stored)->bytes : "none";
  }

  Path root_;
  StorageOptions options_;
  std::vector<std::string> warnings_;
};

TEST(Places, AreListsOfPathsAndAddresses) {
  const std::vector<Place> places =
      ParsePlaces({"a, b/c", "s3://b/k,gs://b/d/k,az://account/container/d/k"}, "state file").value();
  ASSERT_EQ(places.size(), 5u);
  EXPECT_EQ(places[1].text, "b/c");
  EXPECT_EQ(places[4].kind, Place::Kind::kAz);
  EXPECT_NE(ParsePlaces({"ftp://x/y"}, "state file").error().message.find("cannot lie at ftp://x/y"),
            std::string::npos);
  for (const char* bad : {"s3://b", "s3:///k", "s3://b/", "az://account/container", "gs://b//"})
    EXPECT_FALSE(ParsePlaces({bad}, "state file")) << bad;
  EXPECT_EQ(ParsePlaces({" ,"}, "state file").error().message, "no state file is named");
}

TEST_F(StorageTest, LocalFilesAreReplacedAsAWholeAndKeepTheirMode) {
  options_.compressed = false;
  const Storage storage = Of({Here("new") + "," + Here("old") + "," + Here("link")});
  ASSERT_TRUE(WriteFile(Here("old"), "x", 0600));
  ASSERT_EQ(::chmod(Here("old").c_str(), 0664), 0);
  std::filesystem::create_symlink("target", Here("link"));
  ASSERT_TRUE(WriteFile(Here("target"), "x", 0600));
  EXPECT_EQ(storage.Write("timestamp: 2026-01-01T00:00:00Z\n").count, 3u);
  struct stat info {};
  ASSERT_EQ(::stat(Here("old").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0664u);
  ASSERT_EQ(::stat(Here("new").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  EXPECT_TRUE(std::filesystem::is_symlink(Here("link")));
  EXPECT_EQ(Text("target"), Text("new"));
}

TEST_F(StorageTest, CompressesUnlessToldNotTo) {
  EXPECT_EQ(Of({Here("a")}).Write("text").count, 1u);
  EXPECT_TRUE(IsGzip(Text("a")));
  EXPECT_EQ(Content(Of({Here("a")})), "text");
  options_.compressed = false;
  EXPECT_EQ(Of({Here("a")}).Write("text").count, 1u);
  EXPECT_EQ(Text("a"), "text");
}

TEST_F(StorageTest, TheNewestIsReadOfEquallyNewOnesTheLargest) {
  const auto put = [&](const std::string& name, const std::string& text) { ASSERT_TRUE(WriteFile(Here(name), text)); };
  const Storage storage = Of({Here("a"), Here("b"), Here("c")});
  EXPECT_EQ(Content(storage), "none");
  put("a", "timestamp: 2026-01-01T00:00:00Z\nlong: long long long\n");
  put("b", "kind: state\ntimestamp: \"2026-01-01T00:00:11Z\"\n");
  EXPECT_EQ(Content(storage), Text("b"));
  put("b", "timestamp: 2026-01-01T00:00:09.9Z\n");
  EXPECT_EQ(Content(storage), Text("a"));
  put("c", "timestamp: 2026-01-02T00:00:00Z\n");
  EXPECT_EQ(Content(storage), Text("c"));
  EXPECT_TRUE(warnings_.empty());
}

TEST_F(StorageTest, OfEquallyLargeOnesALocalOne) {
  Copier("aws", "s3");
  const std::string bucket = "timestamp: 2026-01-01T00:00:05Z\n";
  const std::string local = "timestamp: 2026-01-01T00:00:00Z\n";
  options_.compressed = false;
  ASSERT_EQ(Of({"s3://b/k"}).Write(bucket).count, 1u);
  ASSERT_EQ(Of({Here("a")}).Write(local).count, 1u);
  EXPECT_EQ(Content(Of({"s3://b/k", Here("a")})), local);
}

TEST_F(StorageTest, BucketsAreReachedByTheProgramsOfTheirClouds) {
  Copier("aws", "s3");
  Copier("gcloud", "storage");
  Program(
      "az",
      "test \"$1 $2 $3\" = 'storage blob upload' && { test \"$5$7$9\" = acd/k || exit 2; /bin/cat > "
      "$BUCKETS/az; exit; }\n"
      "test \"$1 $2 $3\" = 'storage blob download' && { test \"${11}\" = /dev/stdout || exit 2; /bin/cat $BUCKETS/az; "
      "exit; }\n");
  const std::string text = "timestamp: 2026-01-01T00:00:00Z\n";
  for (const char* address : {"s3://b/k", "gs://b/k", "az://a/c/d/k"}) {
    const Storage::Written written = Of({address}).Write(text);
    ASSERT_EQ(written.count, 1u) << written.errors.front().message;
    EXPECT_EQ(Content(Of({address})), text) << address;
  }
  EXPECT_EQ(Content(Of({"s3://b/other"})), "none");
}

TEST_F(StorageTest, WhatIsRemoteIsEncryptedWhereThereIsAPassword) {
  Copier("aws", "s3");
  options_.environment["HUB_CRYPTO_PASSWORD"] = "pw";
  EXPECT_EQ(Of({"s3://b/k", Here("a")}).Write("text").count, 2u);
  EXPECT_TRUE(IsEncrypted(Text("buckets/s3___b_k")));
  EXPECT_TRUE(IsGzip(Text("a")));
  EXPECT_EQ(Content(Of({"s3://b/k"})), "text");
  options_.encryption = StorageOptions::Encryption::kAll;
  EXPECT_EQ(Of({Here("a")}).Write("text").count, 1u);
  EXPECT_TRUE(IsEncrypted(Text("a")));
  options_.environment.erase("HUB_CRYPTO_PASSWORD");
  EXPECT_EQ(Of({Here("a")}).Write("text").errors.at(0).suggestion, "set HUB_CRYPTO_PASSWORD");
  EXPECT_NE(Content(Of({Here("a")})).find("a: it is encrypted, and there is no password"), std::string::npos);
}

TEST_F(StorageTest, APlaceThatFailsIsNamedAndDoesNotStopTheOthers) {
  Program("aws", "echo 'Unable to locate credentials' >&2; exit 1\n");
  const Storage storage = Of({"s3://b/k", Here("a")});
  const Storage::Written written = storage.Write("text");
  EXPECT_EQ(written.count, 1u);
  ASSERT_EQ(written.errors.size(), 1u);
  EXPECT_EQ(written.errors[0].message, "cannot write s3://b/k: Unable to locate credentials");
  EXPECT_EQ(Content(storage), "text");
  EXPECT_EQ(warnings_,
            std::vector<std::string>{"cannot read s3://b/k: Unable to locate credentials: another state file is read"});
  // Where none can be read it is not taken for a new one.
  std::filesystem::remove(Here("a"));
  EXPECT_EQ(Content(storage), "error: cannot read s3://b/k: Unable to locate credentials");
  EXPECT_NE(Content(Of({"gs://b/k"})).find("there is no program 'gsutil' or 'gcloud' on PATH"), std::string::npos);
  EXPECT_EQ(Of({Here("no/such/a")}).Write("text").count, 0u);
}

TEST_F(StorageTest, AProgramThatHangsIsStopped) {
  Program("aws", "echo wait >&2; exec /bin/sleep 60\n");
  options_.timeout_ms = 50;
  EXPECT_NE(Content(Of({"s3://b/k"})).find("did not answer within"), std::string::npos);
}

TEST_F(StorageTest, ALockIsTakenForARunAndGoneAfterIt) {
  const std::vector<Place> places = ParsePlaces({Here("a") + "," + Here("b")}, "state file").value();
  {
    const Result<StateLock> lock = StateLock::Take(places, options_, 1000);
    ASSERT_TRUE(lock);
    EXPECT_NE(Text("a.lock").find("\"since\":\"1970-01-01T00:00:01Z\""), std::string::npos);
    const Result<StateLock> second = StateLock::Take(places, options_, 1000);
    ASSERT_FALSE(second);
    EXPECT_NE(second.error().message.find("is at work"), std::string::npos) << second.error().message;
    EXPECT_NE(second.error().suggestion.find("rm " + Here("a.lock")), std::string::npos);
    EXPECT_TRUE(std::filesystem::exists(Here("b.lock")));
  }
  EXPECT_FALSE(std::filesystem::exists(Here("a.lock")));
  EXPECT_FALSE(std::filesystem::exists(Here("b.lock")));
}

TEST_F(StorageTest, ALockOfSomebodyElseIsNeverTouched) {
  const std::vector<Place> places = ParsePlaces({Here("a") + "," + Here("b")}, "state file").value();
  ASSERT_TRUE(WriteFile(Here("b.lock"), "someone\n"));
  const Result<StateLock> lock = StateLock::Take(places, options_, 1000);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().message, "the lock file " + Here("b.lock") + " is there, and says: someone");
  EXPECT_FALSE(std::filesystem::exists(Here("a.lock"))) << "all or none";
  EXPECT_EQ(Text("b.lock"), "someone\n");
}

TEST_F(StorageTest, ALockOfADeadProcessIsNamedAsSuch) {
  const std::vector<Place> places = ParsePlaces({Here("a")}, "state file").value();
  const Result<StateLock> mine = StateLock::Take(places, options_, 1000);
  ASSERT_TRUE(mine);
  // The same words, of a process that is not there.
  json::object words = ParseJson(Text("a.lock")).value().as_object();
  words["process"].as_object()["start"] = 1;
  std::filesystem::remove(Here("a.lock"));
  ASSERT_TRUE(WriteFile(Here("a.lock"), json::serialize(words)));
  const Result<StateLock> lock = StateLock::Take(places, options_, 1000);
  ASSERT_FALSE(lock);
  EXPECT_NE(lock.error().message.find("was left by davit"), std::string::npos) << lock.error().message;
  EXPECT_NE(lock.error().message.find("which is gone"), std::string::npos);
}

TEST_F(StorageTest, ALockInABucketIsRespected) {
  Copier("aws", "s3");
  const std::vector<Place> places = ParsePlaces({Here("a") + ",s3://b/k"}, "state file").value();
  EXPECT_TRUE(StateLock::Take(places, options_, 1000));
  ASSERT_TRUE(WriteFile(root_ / "buckets" / "s3___b_k.lock", "ann is at it"));
  const Result<StateLock> lock = StateLock::Take(places, options_, 1000);
  ASSERT_FALSE(lock);
  EXPECT_EQ(lock.error().message, "the lock file s3://b/k.lock is there, and says: ann is at it");
}

}  // namespace
}  // namespace davit::hub
