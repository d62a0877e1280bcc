#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/digest.h"
#include "base/json.h"
#include "source/archive.h"
#include "source/stat_cache.h"
#include "source/test_tree.h"

namespace davit::source {
namespace {

using Listing = std::map<std::string, std::string>;

class LayOutTest : public testing::Test {
 protected:
  std::string PackHere() {
    const std::unique_ptr<StatCache> cache = StatCache::Open("");
    Result<Bundle> bundle = Collect({source_.root(), {}}, *cache);
    EXPECT_TRUE(bundle) << bundle.error().message;
    Result<std::string> archive = Pack(*bundle);
    EXPECT_TRUE(archive) << archive.error().message;
    return archive.value_or("");
  }
  Result<> Lay(const std::string& archive) { return LayOut(archive, target_ / "tree"); }
  void LayWell(const std::string& archive) {
    const Result<> done = Lay(archive);
    ASSERT_TRUE(done) << done.error().message;
    EXPECT_EQ(target_.Listing("tree"), source_.Listing());
  }

  TestTree source_;
  TestTree target_;
};

TEST_F(LayOutTest, MakesTheTree) {
  source_.Write("a", "a");
  source_.Write("a.b/deploy", "#!/bin/sh", 0755);
  source_.Write("a.b/c/d/e", std::string(1'000'000, 'e'));
  source_.Write("empty", "");
  source_.Link("a.b/link", "c/d");
  source_.Link("broken", "nowhere");
  LayWell(PackHere());
  EXPECT_EQ(target_.Stat("tree/a").st_mode & 07777, 0644u);
  EXPECT_EQ(target_.Stat("tree/a.b/deploy").st_mode & 07777, 0755u);
  EXPECT_EQ(target_.Stat("tree/a.b").st_mode & 07777, 0755u);
  EXPECT_EQ(target_.Stat("tree").st_mode & 07777, 0700u);
}

TEST_F(LayOutTest, FilesOfTheManifestAreInTheArchiveAndNotInTheTree) {
  source_.Write("stack.yaml", "secret");
  source_.Write("api/component.yaml", "secret");
  source_.Write("api/deploy", "#!/bin/sh", 0755);
  source_.Write("api/sub/component.yaml", "not ours");
  const std::unique_ptr<StatCache> cache = StatCache::Open("");
  BundleRequest request{source_.root(), {}, {source_.root() / "stack.yaml", source_.root() / "api/component.yaml"}};
  const Bundle bundle = Collect(request, *cache).value();
  EXPECT_EQ(bundle.entries.size(), 4u);
  target_.Write("tree/stack.yaml", "of an older davit");
  ASSERT_TRUE(Lay(Pack(bundle).value()));
  std::vector<std::string> names;
  for (const auto& [name, content] : target_.Listing("tree")) names.push_back(name);
  EXPECT_EQ(std::count(names.begin(), names.end(), "stack.yaml"), 0);
  EXPECT_EQ(std::count(names.begin(), names.end(), "api/component.yaml"), 0);
  EXPECT_EQ(std::count(names.begin(), names.end(), "api/deploy"), 1);
  EXPECT_EQ(std::count(names.begin(), names.end(), "api/sub/component.yaml"), 1);
}

TEST_F(LayOutTest, TouchesNothingThatIsRight) {
  source_.Write("a/b", "one");
  source_.Write("c", "two", 0755);
  source_.Link("l", "c");
  const std::string archive = PackHere();
  LayWell(archive);
  std::map<std::string, struct stat> before;
  for (const char* path : {"tree/a", "tree/a/b", "tree/c", "tree/l"}) before[path] = target_.Stat(path);
  LayWell(archive);
  for (const auto& [path, info] : before) {
    const struct stat now = target_.Stat(path);
    EXPECT_EQ(now.st_ino, info.st_ino) << path;
    EXPECT_EQ(now.st_ctim.tv_sec, info.st_ctim.tv_sec) << path;
    EXPECT_EQ(now.st_ctim.tv_nsec, info.st_ctim.tv_nsec) << path;
  }
}

TEST_F(LayOutTest, BelievesDigestsByStatWithinOneBoot) {
  source_.Write("a", "one");
  const std::string archive = PackHere();
  LayWell(archive);
  const std::string boot = ReadFile("/proc/sys/kernel/random/boot_id").value().substr(0, 36);
  const struct timespec old[2] = {{1'000'000'000, 0}, {1'000'000'000, 0}};
  ASSERT_EQ(::utimensat(AT_FDCWD, (target_ / "tree/a").c_str(), old, 0), 0);
  const struct stat info = target_.Stat("tree/a");
  // What the file beside the tree says of a stat is believed, also where it is wrong, which shows as the file is written anew;
  auto keep = [&](const std::string& scope) {
    FileDigests digests(target_ / "tree.stat", scope);
    digests.Keep(info, std::string(64, '0'), (int64_t{info.st_ctim.tv_sec} + 10) * 1'000'000'000);
    ASSERT_TRUE(digests.Save());
  };
  keep("another boot of it");  // but not what another boot kept
  LayWell(archive);
  EXPECT_EQ(target_.Stat("tree/a").st_mtim.tv_sec, 1'000'000'000);
  keep(boot);
  LayWell(archive);
  EXPECT_NE(target_.Stat("tree/a").st_mtim.tv_sec, 1'000'000'000);
}

TEST_F(LayOutTest, MendsWhatWasChanged) {
  source_.Write("a/b/c", "right");
  source_.Write("a/x", "right", 0755);
  source_.Link("l", "a/x");
  const std::string archive = PackHere();
  LayWell(archive);
  target_.Write("tree/a/b/c", "wrong");  // the same size
  ASSERT_EQ(::chmod((target_ / "tree/a/x").c_str(), 0600), 0);
  target_.Remove("tree/l");
  target_.Link("tree/l", "a/b");
  target_.Write("tree/a/new/file", "scratch");
  target_.Write("tree/.terraform/x", "scratch");
  LayWell(archive);
  target_.Remove("tree/a/b");
  target_.Write("tree/a/b", "a file where a directory belongs");
  target_.Remove("tree/a/x");
  target_.Write("tree/a/x/y", "a directory where a file belongs");
  target_.Remove("tree/l");
  target_.Write("tree/l/z", "and where a link belongs");
  LayWell(archive);
}

TEST_F(LayOutTest, FollowsAnotherBundle) {
  source_.Write("a/b", "one");
  source_.Write("gone/x", "x");
  source_.Write("turns", "file");
  LayWell(PackHere());
  source_.Clear();
  source_.Write("a/b", "two");
  source_.Write("turns/into", "directory");
  source_.Link("new", "a");
  LayWell(PackHere());
  source_.Clear();
  LayWell(PackHere());
}

TEST_F(LayOutTest, NeverWritesThroughALink) {
  source_.Write("a/b", "inside");
  source_.Write("f", "inside");
  const std::string archive = PackHere();
  LayWell(archive);
  target_.Write("outside/b", "outside");
  target_.Write("outside/f", "outside");
  target_.Remove("tree/a");
  target_.Link("tree/a", "../outside");
  target_.Remove("tree/f");
  target_.Link("tree/f", "../outside/f");
  target_.Link("tree/more", "../outside");
  LayWell(archive);
  EXPECT_EQ(target_.Listing("outside"), (Listing{{"b", "f outside"}, {"f", "f outside"}}));
}

TEST_F(LayOutTest, RemovesReadOnlyDirectories) {
  source_.Write("a/b", "x");
  const std::string archive = PackHere();
  LayWell(archive);
  target_.Write("tree/a/made/by/a-script", "x", 0400);
  ASSERT_EQ(::chmod((target_ / "tree/a/made/by").c_str(), 0500), 0);
  ASSERT_EQ(::chmod((target_ / "tree/a/made").c_str(), 0000), 0);
  ASSERT_EQ(::chmod((target_ / "tree/a").c_str(), 0500), 0);
  LayWell(archive);
  EXPECT_EQ(target_.Stat("tree/a").st_mode & 07777, 0755u);
}

TEST_F(LayOutTest, KeepsStatesThatAToolLeft) {
  source_.Write("db/main.tf", "m");
  const std::string archive = PackHere();
  LayWell(archive);
  target_.Write("tree/db/terraform.tfstate", "made things");
  target_.Write("tree/db/errored.tfstate", "made things");
  target_.Write("tree/old/terraform.tfstate.backup", "made things");
  target_.Write("tree/db/.terraform/terraform.tfstate", "scratch");
  target_.Write("tree/db/other", "scratch");
  ASSERT_TRUE(Lay(archive));
  EXPECT_EQ(target_.Listing("tree"), (Listing{{"db", "d"},
                                              {"db/main.tf", "f m"},
                                              {"db/terraform.tfstate", "f made things"},
                                              {"db/errored.tfstate", "f made things"},
                                              {"old", "d"},
                                              {"old/terraform.tfstate.backup", "f made things"}}));
  // Nor is one lost where something else should be in its place.
  source_.Write("old", "a file now");
  const Result<> refused = Lay(PackHere());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  EXPECT_EQ(target_.Read("tree/old/terraform.tfstate.backup"), "made things");
}

TEST_F(LayOutTest, ADirectoryNamedWithASlashAtItsEndIsTheSame) {
  source_.Write("a", "x");
  const std::string archive = PackHere();
  ASSERT_TRUE(LayOut(archive, target_.root().string() + "/tree/"));
  EXPECT_EQ(target_.Listing("tree"), source_.Listing());
  EXPECT_FALSE(target_.Exists("tree/.stat"));
}

// ---- Archives from elsewhere ------------------------------------------------------------------------------------------------------

/// An archive with these entries, its digest and order as they should be.
std::string Made(std::vector<Entry> entries, const std::string& contents, const std::string& base = "") {
  Bundle bundle;
  bundle.base = base;
  bundle.entries = std::move(entries);
  Digester digester;
  digester.Add("davit bundle 1").Add(base);
  for (const Entry& entry : bundle.entries) {
    digester.Add(entry.path).Add(entry.digest).Add(entry.link ? "link" : entry.executable ? "executable" : "file");
  }
  bundle.digest = digester.Finish();
  return EncodeHeader(bundle) + contents;
}

Entry File(const std::string& path, const std::string& text) {
  Entry entry;
  entry.path = path;
  entry.digest = DigestOf(text);
  entry.size = text.size();
  return entry;
}

Entry LinkTo(const std::string& path, const std::string& target) {
  Entry entry;
  entry.path = path;
  entry.link = true;
  entry.target = target;
  entry.digest = DigestOf(target);
  entry.size = target.size();
  return entry;
}

TEST_F(LayOutTest, RefusesPathsThatLeave) {
  ASSERT_TRUE(ReadHeader(Made({File("a/b", "x")}, "x", "a")));
  for (const char* path : {"../x", "/x", "a/../../x", "a//b", "a/", "./a", "", ".", "..", "a/..", "a/./b"}) {
    const std::string archive = Made({File(path, "x")}, "x");
    EXPECT_EQ(ReadHeader(archive).error().code, ErrorCode::kInvalidInput) << path;
    EXPECT_FALSE(Lay(archive)) << path;
  }
  EXPECT_FALSE(ReadHeader(Made({File(std::string("a\0b", 3), "x")}, "x")));
  EXPECT_FALSE(ReadHeader(Made({File("a", "x")}, "x", "../out")));
  EXPECT_EQ(target_.Listing().size(), 0u);
}

TEST_F(LayOutTest, RefusesLinksThatLeave) {
  for (const char* target : {"../x", "/etc/passwd", "b/../../x", "../../.."}) {
    EXPECT_EQ(ReadHeader(Made({LinkTo("a", target)}, "")).error().code, ErrorCode::kInvalidInput) << target;
  }
  EXPECT_TRUE(ReadHeader(Made({LinkTo("a/b", "../c")}, "")));
  EXPECT_TRUE(ReadHeader(Made({LinkTo("a", "a")}, "")));
  // A link's `..` is that of what it leads to.
  EXPECT_FALSE(ReadHeader(Made({LinkTo("a/b/c", "../../.."), LinkTo("d", "a/b/c/x")}, "")));
  EXPECT_FALSE(ReadHeader(Made({LinkTo("a", "d/e/.."), LinkTo("b", "a/../.."), File("d/e/f", "x")}, "x")));
  // Nothing may lie below a link, wherever it leads.
  EXPECT_FALSE(ReadHeader(Made({LinkTo("a", "b"), File("a/x", "x")}, "x")));
  EXPECT_FALSE(ReadHeader(Made({File("a", "x"), File("a/x", "x")}, "x")));
}

TEST_F(LayOutTest, RefusesWhatIsDamaged) {
  const std::string good = Made({File("a", "one"), File("b", "two")}, "onetwo");
  ASSERT_TRUE(Lay(good));
  EXPECT_FALSE(ReadHeader(""));
  EXPECT_FALSE(ReadHeader("davit bundle 2\n" + good.substr(15)));
  for (size_t size = 0; size < good.size(); ++size) EXPECT_FALSE(ReadHeader(good.substr(0, size))) << size;
  EXPECT_FALSE(ReadHeader(good + "x"));
  std::string longer = good;
  longer[15] = '\xff';
  longer[22] = '\xff';
  EXPECT_FALSE(ReadHeader(longer));
  EXPECT_FALSE(ReadHeader(Made({File("b", "two"), File("a", "one")}, "twoone")));
  EXPECT_FALSE(ReadHeader(Made({File("a", "one"), File("a", "one")}, "one")));
  // The same digest with two sizes.
  Entry other = File("b", "one");
  other.size = 2;
  EXPECT_FALSE(ReadHeader(Made({File("a", "one"), other}, "one")));
  // Content that is not what its digest says is found when it is laid out, and nothing of it stays.
  const Result<> swapped = Lay(Made({File("a", "one"), File("c", "two")}, "oneTWO"));
  ASSERT_FALSE(swapped);
  EXPECT_EQ(swapped.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(swapped.error().message.find("content of c is damaged"), std::string::npos);
  EXPECT_FALSE(target_.Exists("tree/c"));
}

TEST_F(LayOutTest, SaysWhenTheDirectoryCannotBeMade) {
  target_.Write("tree", "a file");
  EXPECT_FALSE(Lay(Made({File("a", "one")}, "one")));
}

}  // namespace
}  // namespace davit::source
