#include "source/bundle.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/digest.h"
#include "source/archive.h"
#include "source/test_tree.h"

namespace davit::source {
namespace {

using Paths = std::vector<std::string>;

/// Counts what is asked of it, and knows nothing.
class CountingCache final : public StatCache {
 public:
  Result<std::string> DigestOfFile(const Path& path) override {
    ++asked;
    return real_->DigestOfFile(path);
  }
  Result<> Save() override { return {}; }
  int asked = 0;

 private:
  std::unique_ptr<StatCache> real_ = StatCache::Open("");
};

class BundleTest : public testing::Test {
 protected:
  Result<Bundle> CollectHere(const Path& base = {}, const std::vector<Path>& more = {}) {
    BundleRequest request;
    request.base_directory = tree_ / base;
    for (const Path& directory : more) request.more_directories.push_back(tree_ / directory);
    return Collect(request, cache_);
  }
  Bundle Good(const Path& base = {}, const std::vector<Path>& more = {}) {
    Result<Bundle> bundle = CollectHere(base, more);
    EXPECT_TRUE(bundle) << bundle.error().message;
    return bundle.value_or(Bundle{});
  }

  TestTree tree_;
  CountingCache cache_;
};

TEST_F(BundleTest, TheModeOfAManifestMeansNothing) {
  tree_.Write("stack.yaml", "version: 1\n", 0755);
  tree_.Write("deploy", "#!/bin/sh\n", 0755);
  BundleRequest request;
  request.base_directory = tree_ / "";
  request.manifest_files = {tree_ / "stack.yaml"};
  const Bundle executable = Collect(request, cache_).value();
  EXPECT_EQ(ReadHeader(Pack(executable).value()).value().digest, executable.digest);
  ASSERT_EQ(::chmod((tree_ / "stack.yaml").c_str(), 0644), 0);
  EXPECT_EQ(Collect(request, cache_).value().digest, executable.digest);
}

TEST_F(BundleTest, HoldsFilesLinksAndModes) {
  tree_.Write("stack.yaml", "kind: stack");
  tree_.Write("db/deploy", "#!/bin/sh", 0755);
  tree_.Write("db/.terraform.lock.hcl", "lock");
  tree_.Link("db/common", "../lib");
  tree_.Write("lib/x", "x");
  tree_.Write(".git/config", "no");
  tree_.Write(".davit/store.db", "no");
  tree_.Write("db/.terraform/terraform.tfstate", "no");
  std::filesystem::create_directory(tree_ / "empty");
  const Bundle bundle = Good();
  EXPECT_EQ(PathsOf(bundle), (Paths{"db/.terraform.lock.hcl", "db/common", "db/deploy", "lib/x", "stack.yaml"}));
  EXPECT_EQ(bundle.base, "");
  EXPECT_EQ(bundle.root, tree_.root());
  EXPECT_EQ(bundle.entries[1].target, "../lib");
  EXPECT_TRUE(bundle.entries[1].link);
  EXPECT_TRUE(bundle.entries[2].executable);
  EXPECT_FALSE(bundle.entries[3].executable);
  EXPECT_EQ(bundle.entries[3].digest, DigestOf("x"));
  EXPECT_EQ(bundle.entries[3].size, 1u);
  EXPECT_TRUE(bundle.warnings.empty());
  EXPECT_EQ(cache_.asked, 4);
}

TEST_F(BundleTest, ADigestOfWhatMattersOnly) {
  tree_.Write("a", "1");
  tree_.Write("b", "2");
  const std::string first = Good().digest;
  tree_.Write("a", "1");
  EXPECT_EQ(Good().digest, first);
  tree_.Write("a", "2");
  EXPECT_NE(Good().digest, first);
  tree_.Write("a", "1", 0755);
  EXPECT_NE(Good().digest, first);
  tree_.Write("a", "1", 0600);
  EXPECT_EQ(Good().digest, first);
  tree_.Remove("a");
  tree_.Link("a", "b");
  EXPECT_NE(Good().digest, first);
}

TEST_F(BundleTest, FilesOutsideKeepTheirRelativePositions) {
  tree_.Write("team/stacks/shop/stack.yaml", "s");
  tree_.Write("team/modules/db/main.tf", "m");
  tree_.Write("team/modules/unused/main.tf", "u");
  tree_.Write("team/secret", "no");
  const Bundle bundle = Good("team/stacks/shop", {"team/modules/db", "team/stacks/shop/../../modules/db"});
  EXPECT_EQ(PathsOf(bundle), (Paths{"modules/db/main.tf", "stacks/shop/stack.yaml"}));
  EXPECT_EQ(bundle.base, "stacks/shop");
  EXPECT_EQ(bundle.Relative(tree_ / "team/modules/db"), "modules/db");
  EXPECT_EQ(bundle.Relative(tree_ / "team/stacks/shop/."), "stacks/shop");
  EXPECT_EQ(bundle.Relative(bundle.root), "");
}

TEST_F(BundleTest, ASiblingWithTheSameBeginningIsOutside) {
  tree_.Write("shop/stack.yaml", "s");
  tree_.Write("shop-modules/db/main.tf", "m");
  const Bundle bundle = Good("shop", {"shop-modules/db"});
  EXPECT_EQ(PathsOf(bundle), (Paths{"shop-modules/db/main.tf", "shop/stack.yaml"}));
}

TEST_F(BundleTest, AModuleReachedThroughALinkIsWhereItIs) {
  tree_.Write("shop/stack.yaml", "s");
  tree_.Write("shared/db/main.tf", "m");
  tree_.Link("shop/db", "../shared/db");
  const Bundle bundle = Good("shop", {"shop/db"});
  EXPECT_EQ(PathsOf(bundle), (Paths{"shared/db/main.tf", "shop/db", "shop/stack.yaml"}));
  EXPECT_EQ(bundle.Relative(tree_ / "shop/db"), "shared/db");
}

TEST_F(BundleTest, IgnoreFilesOfDirectoriesAboveCountUpToTheRepository) {
  tree_.Write(".gitignore", "*.log\nbuild/\n");
  tree_.Write("repo/.gitignore", "*.tmp\n/stack/top\n");
  tree_.Write("repo/stack/stack.yaml", "s");
  tree_.Write("repo/stack/x.tmp", "no");
  tree_.Write("repo/stack/x.log", "outside of the repository, so nobody says no");
  tree_.Write("repo/stack/top", "no");
  tree_.Write("repo/stack/build/out", "o");
  EXPECT_EQ(PathsOf(Good("repo/stack")).size(), 5u);  // no repository: no rules
  std::filesystem::create_directory(tree_ / "repo/.git");
  EXPECT_EQ(PathsOf(Good("repo/stack")), (Paths{"build/out", "stack.yaml", "x.log"}));
}

TEST_F(BundleTest, ADirectoryThatTheManifestNamesIsWanted) {
  std::filesystem::create_directory(tree_ / ".git");
  tree_.Write(".gitignore", "generated/\n*.log\n");
  tree_.Write("shop/stack.yaml", "s");
  tree_.Write("shop/x.log", "no");
  tree_.Write("shop/generated/db/main.tf", "m");
  tree_.Write("shop/generated/db/x.log", "l");
  EXPECT_EQ(PathsOf(Good("shop")), (Paths{"stack.yaml"}));
  EXPECT_EQ(PathsOf(Good("shop", {"shop/generated/db"})),
            (Paths{"generated/db/main.tf", "generated/db/x.log", "stack.yaml"}));
}

TEST_F(BundleTest, DavitignoreDecidesOverGitignore) {
  tree_.Write(".gitignore", "out\n*.tfvars\n");
  tree_.Write(".davitignore", "docs\n!out/wanted/*.json\n!prod.tfvars\n");
  tree_.Write("docs/x", "no");
  tree_.Write("out/wanted/a.json", "a");
  tree_.Write("out/wanted/a.txt", "no");
  tree_.Write("out/b", "no");
  tree_.Write("prod.tfvars", "p");
  tree_.Write("test.tfvars", "no");
  EXPECT_EQ(PathsOf(Good()), (Paths{".davitignore", ".gitignore", "out/wanted/a.json", "prod.tfvars"}));
}

TEST_F(BundleTest, AnIgnoredVariablesFileBesideAModuleIsSaid) {
  tree_.Write(".gitignore", "\n*.tfvars\n*.tfvars.json\n");
  tree_.Write("db/main.tf", "m");
  tree_.Write("db/prod.tfvars", "p");
  tree_.Write("script/prod.tfvars", "not beside a module");
  tree_.Write("web/main.tf.json", "{}");
  tree_.Write("web/a.auto.tfvars.json", "{}");
  Bundle bundle = Good();
  std::sort(bundle.warnings.begin(), bundle.warnings.end());
  ASSERT_EQ(bundle.warnings.size(), 2u);
  EXPECT_NE(bundle.warnings[0].find("db/prod.tfvars is ignored by " + (tree_ / ".gitignore").string() + ":2"),
            std::string::npos)
      << bundle.warnings[0];
  EXPECT_NE(bundle.warnings[0].find("`!prod.tfvars` in " + (tree_ / "db/.davitignore").string()), std::string::npos);
  EXPECT_NE(bundle.warnings[1].find("web/a.auto.tfvars.json"), std::string::npos);
  // The cure that the warning names works.
  tree_.Write("db/.davitignore", "!prod.tfvars\n");
  EXPECT_EQ(Good().warnings.size(), 1u);
}

TEST_F(BundleTest, LinksMustLeadToSomethingInside) {
  tree_.Write("shop/stack.yaml", "s");
  tree_.Write("other/x", "x");
  tree_.Link("shop/out", "../other/x");
  tree_.Link("shop/absolute", "/etc/hostname");
  tree_.Link("shop/far", "../../../../../../../../../../etc");
  const Result<Bundle> refused = CollectHere("shop");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(refused.error().notes.size(), 3u);
  EXPECT_FALSE(refused.error().suggestion.empty());
  tree_.Remove("shop/absolute");
  tree_.Remove("shop/far");
  const Result<Bundle> one = CollectHere("shop");
  ASSERT_FALSE(one);
  EXPECT_NE(one.error().message.find("points to ../other/x, which is not part of the stack"), std::string::npos)
      << one.error().message;
  EXPECT_TRUE(CollectHere("shop", {"other"}));
  tree_.Write("shop/.davitignore", "out\n");
  EXPECT_TRUE(CollectHere("shop"));
}

TEST_F(BundleTest, ALinkThroughALinkThatLeavesIsFound) {
  tree_.Write("shop/stack.yaml", "s");
  tree_.Write("other/secret", "x");
  tree_.Link("shop/a", "b/../../other/secret");  // b is a link: `..` is that of its target
  tree_.Link("shop/b", "deep/er");
  tree_.Write("shop/deep/er/x", "x");
  // deep/er/../../other/secret = shop/other/secret, which does not exist: broken here, as broken there.
  EXPECT_TRUE(CollectHere("shop"));
  tree_.Remove("shop/a");
  tree_.Link("shop/a", "b/../../../other/secret");
  EXPECT_FALSE(CollectHere("shop"));
}

TEST_F(BundleTest, LoopsAndBrokenLinksStayAsTheyAre) {
  tree_.Link("a", "b");
  tree_.Link("b", "a");
  tree_.Link("broken", "nowhere");
  tree_.Link("self", ".");
  tree_.Write("x", "x");
  const Bundle bundle = Good();
  EXPECT_EQ(bundle.entries.size(), 5u);
  EXPECT_TRUE(bundle.warnings.empty());
  tree_.Write(".gitignore", "hidden\n");
  tree_.Write("hidden", "h");
  tree_.Link("to-hidden", "hidden");
  ASSERT_EQ(Good().warnings.size(), 1u);
  EXPECT_NE(Good().warnings[0].find("leads nowhere in the deployed copy"), std::string::npos);
}

TEST_F(BundleTest, WhatCannotBeKeptIsSaid) {
  tree_.Write("ok", "x");
  ASSERT_EQ(::mkfifo((tree_ / "pipe").c_str(), 0600), 0);
  ASSERT_EQ(Good().warnings.size(), 1u);
  EXPECT_NE(Good().warnings[0].find("pipe is neither a file"), std::string::npos);
  tree_.Write("bad-\xff", "x");
  const Result<Bundle> refused = CollectHere();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("is not UTF-8"), std::string::npos);
  EXPECT_NE(refused.error().suggestion.find(".davitignore"), std::string::npos);
  EXPECT_EQ(CollectHere("ok").error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(CollectHere("nowhere").error().code, ErrorCode::kNotFound);
}

TEST_F(BundleTest, TooMuchIsRefusedBeforeItIsRead) {
  tree_.Write("small", "x");
  tree_.Write("huge", "");
  ASSERT_EQ(::truncate((tree_ / "huge").c_str(), off_t{2} << 30), 0);
  const Result<Bundle> refused = CollectHere();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kExhausted);
  EXPECT_NE(refused.error().message.find("huge"), std::string::npos);
  EXPECT_EQ(cache_.asked, 0);
}

TEST_F(BundleTest, EveryWarningHasItsPlace) {
  // The order of a directory's names is nobody's choice; that of the answer is.
  for (const char* name : {"d", "b", "c", "a"}) ASSERT_EQ(::mkfifo((tree_ / name).c_str(), 0600), 0);
  const Bundle bundle = Good();
  EXPECT_TRUE(std::is_sorted(bundle.warnings.begin(), bundle.warnings.end()));
}

// ---- Packing ----------------------------------------------------------------------------------------------------------------------

TEST_F(BundleTest, PacksEqualContentsOnce) {
  const std::string content(100'000, 'c');
  tree_.Write("a", content);
  tree_.Write("b", content, 0755);
  tree_.Write("empty", "");
  tree_.Link("link", "a");
  const Bundle bundle = Good();
  const std::string archive = Pack(bundle).value();
  EXPECT_LT(archive.size(), content.size() + 2000);
  const Bundle read = ReadHeader(archive).value();
  EXPECT_EQ(read.digest, bundle.digest);
  EXPECT_EQ(read.base, bundle.base);
  ASSERT_EQ(read.entries.size(), 4u);
  EXPECT_EQ(PathsOf(read), PathsOf(bundle));
  EXPECT_TRUE(read.entries[1].executable);
  EXPECT_EQ(read.entries[3].target, "a");
  const Archive whole = ReadArchive(archive).value();
  EXPECT_EQ(whole.contents[0], content);
  EXPECT_EQ(whole.contents[1], content);
  EXPECT_EQ(whole.contents[2], "");
}

TEST_F(BundleTest, AFileThatChangedSinceItWasCollectedIsAConflict) {
  tree_.Write("a", "one");
  const Bundle bundle = Good();
  const std::string changed[] = {"two", "on", "one and more", ""};
  for (const std::string& text : changed) {
    tree_.Write("a", text);
    const Result<std::string> archive = Pack(bundle);
    ASSERT_FALSE(archive) << text;
    EXPECT_EQ(archive.error().code, ErrorCode::kConflict);
  }
  tree_.Remove("a");
  EXPECT_EQ(Pack(bundle).error().code, ErrorCode::kConflict);
  tree_.Write("b", "one");
  tree_.Link("a", "b");
  EXPECT_EQ(Pack(bundle).error().code, ErrorCode::kConflict);
  tree_.Remove("a");
  ASSERT_EQ(::mkfifo((tree_ / "a").c_str(), 0600), 0);
  EXPECT_FALSE(Pack(bundle));
  tree_.Remove("a");
  std::filesystem::create_directory(tree_ / "a");
  EXPECT_FALSE(Pack(bundle));
  tree_.Remove("a");
  tree_.Write("a", "one");
  EXPECT_TRUE(Pack(bundle));
}

// ---- Module digests ---------------------------------------------------------------------------------------------------------------

class ModuleDigestTest : public BundleTest {
 protected:
  void SetUp() override {
    tree_.Write("shop/stack.yaml", "s");
    tree_.Write("shop/db/main.tf", "m");
    tree_.Write("shop/shared/a.json", "{}");
    tree_.Write("modules/net/main.tf", "n");
  }
  std::string Of(const std::vector<std::string>& directories, const std::vector<std::string>& globs = {}) {
    const Result<std::string> digest = ModuleDigest(Good("shop", {"modules/net"}), directories, globs);
    EXPECT_TRUE(digest) << digest.error().message;
    return digest.value_or("");
  }
};

TEST_F(ModuleDigestTest, ChangesWithTheModuleOnly) {
  const std::string before = Of({"shop/db"});
  tree_.Write("shop/stack.yaml", "changed");
  tree_.Write("modules/net/main.tf", "changed");
  tree_.Write("shop/db2/main.tf", "beside it");
  EXPECT_EQ(Of({"shop/db"}), before);
  EXPECT_NE(Of({"shop/db", "modules/net"}), before);
  tree_.Write("shop/db/main.tf", "m", 0755);
  EXPECT_NE(Of({"shop/db"}), before);
  tree_.Write("shop/db/main.tf", "m");
  EXPECT_EQ(Of({"shop/db"}), before);
  tree_.Write("shop/db/new", "");
  EXPECT_NE(Of({"shop/db"}), before);
}

TEST_F(ModuleDigestTest, DeclaredInputsCount) {
  const std::string without = Of({"shop/db"});
  const std::string with = Of({"shop/db"}, {"shared/*.json"});
  EXPECT_NE(with, without);
  tree_.Write("shop/shared/a.txt", "not a json");
  EXPECT_EQ(Of({"shop/db"}, {"shared/*.json"}), with);
  tree_.Write("shop/shared/a.json", "[]");
  EXPECT_NE(Of({"shop/db"}, {"shared/*.json"}), with);
  const std::string directory = Of({"shop/db"}, {"shared"});
  tree_.Write("shop/shared/deep/er", "x");
  EXPECT_NE(Of({"shop/db"}, {"shared"}), directory);
  const std::string outside = Of({"shop/db"}, {"../modules/net/**"});
  tree_.Write("modules/net/main.tf", "changed");
  EXPECT_NE(Of({"shop/db"}, {"../modules/net/**"}), outside);
  EXPECT_NE(Of({"shop/db"}, {"./"}), without);
  for (const char* glob : {"/etc/passwd", "../../x", ".."}) {
    const Result<std::string> refused = ModuleDigest(Good("shop", {"modules/net"}), {"shop/db"}, {glob});
    if (std::string_view(glob) == "..") continue;  // the common root
    ASSERT_FALSE(refused) << glob;
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  }
}

TEST_F(ModuleDigestTest, DeclaredInputsAreLookedForBeforeThereIsABundle) {
  using enum InputsMatch;
  tree_.Write("shop/shared-too/b.json", "{}");
  tree_.Write("shop/.gitignore", "*.log\n");
  tree_.Write("shop/shared/a.log", "");
  BundleRequest request;
  request.base_directory = tree_ / "shop";
  request.more_directories = {tree_ / "modules/net"};
  const std::pair<std::string, InputsMatch> cases[] = {
      {"shared/*.json", kFiles}, {"shared", kFiles},   {"share", kNothing},           {"shared/*.log", kNothing},
      {"*/b.json", kFiles},      {"./", kFiles},       {"../modules/net/**", kFiles}, {"../modules/web/**", kNothing},
      {"/etc/passwd", kOutside}, {"../../x", kOutside}};
  std::vector<std::string> globs;
  for (const auto& [glob, match] : cases) globs.push_back(glob);
  const Result<std::vector<InputsMatch>> matches = MatchInputs(request, globs);
  ASSERT_TRUE(matches) << matches.error().message;
  ASSERT_EQ(matches->size(), globs.size());
  for (size_t i = 0; i < globs.size(); ++i) EXPECT_EQ(matches->at(i), cases[i].second) << globs[i];
  EXPECT_EQ(cache_.asked, 0) << "no file is read";
}

TEST_F(ModuleDigestTest, FollowsLinks) {
  tree_.Link("shop/db/common.json", "../shared/a.json");
  tree_.Link("shop/db/all", "../shared");
  tree_.Link("shop/db/self", ".");
  const std::string before = Of({"shop/db"});
  EXPECT_EQ(Of({"shop/db"}), before);
  tree_.Write("shop/shared/b.json", "new");
  const std::string more = Of({"shop/db"});
  EXPECT_NE(more, before);
  tree_.Write("shop/shared/a.json", "changed");
  EXPECT_NE(Of({"shop/db"}), more);
}

TEST_F(ModuleDigestTest, IsTheSameWhereverTheRootIs) {
  const Bundle wide = Good("shop", {"modules/net"});
  const Bundle narrow = Good("shop");
  EXPECT_EQ(ModuleDigest(wide, {"shop/db"}, {"shared/*"}).value(), ModuleDigest(narrow, {"db"}, {"shared/*"}).value());
}

}  // namespace
}  // namespace davit::source
