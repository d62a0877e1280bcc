// Laws of this folder over random trees: what is collected is what git would take, archives and layouts lose nothing, damage is found.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdio>
#include <cstdlib>
#include <set>

#include "base/text.h"
#include "source/test_tree.h"

namespace davit::source {
namespace {

// ---- Against git ------------------------------------------------------------------------------------------------------------------

bool HasGit() {
  return std::system("git --version >/dev/null 2>&1") == 0;
}

std::string Git(const Path& repository, const std::string& arguments) {
  const std::string command = "cd '" + repository.string() +
                              "' && env GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null HOME=/nonexistent "
                              "XDG_CONFIG_HOME=/nonexistent git " +
                              arguments;
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  char buffer[4096];
  while (const size_t got = std::fread(buffer, 1, sizeof buffer, pipe)) output.append(buffer, got);
  RC_ASSERT(::pclose(pipe) == 0);
  return output;
}

rc::Gen<std::string> AName() {
  return rc::gen::element<std::string>("a", "b", "ab", "a.b", "abc", "b.a", "]", "-", "#a", "!a", "a b", "a ", ":a",
                                       "A", "*", "\\");
}

rc::Gen<std::string> APath() {
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(1, 4), rc::gen::container<std::vector<std::string>>(3, AName())),
                      [](const std::pair<int, std::vector<std::string>>& drawn) {
                        return Join({drawn.second.begin(), drawn.second.begin() + drawn.first}, "/");
                      });
}

/// One part of a pattern. `**` beside other characters is left out: git takes it for `**` alone after a literal beginning, against its own
/// manual.
rc::Gen<std::string> APart() {
  return rc::gen::oneOf(
      AName(), rc::gen::element<std::string>("*", "?", "**", "a*", "*b", "*a*", "a?", "?b", "a.?", "*.*", "[ab]",
                                             "[!a]", "[^b]*", "[a-b]", "[b-a]", "[]]", "[!]]", "[]-]", "[a-]", "[-a]",
                                             "[[:alpha:]]", "[[:upper:][:punct:]]", "[[:foo:]]", "[[:foo:]a]",
                                             "[[:a]b:]", "[[:", "[\\]]", "[\\a-b]", "[a", "a[", "\\a", "\\*", "\\\\",
                                             "a\\", "\\#a", "\\!a", "a\\ ", "[a-b-c]", "[*]", "?[b]", "*[", "a/[b/]"));
}

rc::Gen<std::string> ALine() {
  return rc::gen::map(rc::gen::tuple(rc::gen::inRange(0, 5), rc::gen::inRange(0, 4), rc::gen::inRange(1, 4),
                                     rc::gen::container<std::vector<std::string>>(3, APart()), rc::gen::inRange(0, 4),
                                     rc::gen::inRange(0, 8)),
                      [](const std::tuple<int, int, int, std::vector<std::string>, int, int>& drawn) {
                        const auto& [negated, rooted, parts, names, directory, ending] = drawn;
                        const char* const endings[] = {"", "", "", "", " ", "  ", "\r", "\t"};
                        return std::string(negated == 0 ? "!" : "") + (rooted == 0 ? "/" : "") +
                               Join({names.begin(), names.begin() + parts}, "/") + (directory == 0 ? "/" : "") +
                               endings[ending];
                      });
}

TEST(SourceLaws, CollectsWhatGitWouldTake) {
  if (!HasGit()) GTEST_SKIP() << "there is no git on PATH";
  const TestTree tree;
  EXPECT_TRUE(rc::check("untracked and not ignored", [&] {
    if (!tree.Exists(".git")) Git(tree.root(), "init -q .");
    for (const auto& item : std::filesystem::directory_iterator(tree.root())) {
      if (item.path().filename() != ".git") std::filesystem::remove_all(item.path());
    }
    const auto paths = *rc::gen::container<std::vector<std::string>>(12, APath());
    for (const std::string& path : paths) {
      std::error_code error;
      std::filesystem::create_directories((tree / path).parent_path(), error);
      if (!error && !std::filesystem::is_directory(tree / path, error)) (void)WriteFile(tree / path, "x");
    }
    std::vector<std::string> directories{""};
    for (const auto& item : std::filesystem::recursive_directory_iterator(tree.root())) {
      const std::string below = item.path().lexically_relative(tree.root()).string();
      if (item.is_directory() && below.substr(0, 4) != ".git") directories.push_back(below);
    }
    const int files = *rc::gen::inRange(1, 4);
    for (int i = 0; i < files; ++i) {
      const std::string directory = *rc::gen::elementOf(directories);
      const auto lines = *rc::gen::container<std::vector<std::string>>(ALine());
      (void)WriteFile(tree / directory / ".gitignore", Join(lines, "\n") + (*rc::gen::arbitrary<bool>() ? "\n" : ""));
    }

    std::set<std::string> wanted;
    const std::string untracked = Git(tree.root(), "ls-files --others --exclude-standard -z");
    for (const std::string_view path : Split(untracked, '\0')) {
      if (!path.empty()) wanted.emplace(path);
    }
    const std::unique_ptr<StatCache> cache = StatCache::Open("");
    const Result<Bundle> bundle = Collect({tree.root(), {}}, *cache);
    RC_ASSERT(bundle.has_value());
    const std::vector<std::string> found = PathsOf(*bundle);
    RC_ASSERT(std::set<std::string>(found.begin(), found.end()) == wanted);
  }));
}

// ---- Archives and layouts ---------------------------------------------------------------------------------------------------------

/// Fills `directory` with files, scripts and links; what does not fit where something is already is left out.
void Fill(const TestTree& tree, const Path& directory) {
  const int count = *rc::gen::inRange(0, 12);
  (void)MakeDirectories(tree / directory);
  for (int i = 0; i < count; ++i) {
    const Path path = tree / directory / *APath();
    std::error_code error;
    std::filesystem::create_directories(path.parent_path(), error);
    if (error || std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::not_found) continue;
    const int kind = *rc::gen::inRange(0, 4);
    if (kind == 0) {
      std::filesystem::create_symlink(*APath(), path, error);
    } else {
      const std::string text = *rc::gen::element<std::string>("", "one", "two", std::string(5000, 'x'));
      (void)WriteFile(path, text, 0644);
      if (kind == 1) ::chmod(path.c_str(), 0755);
    }
  }
}

std::map<std::string, std::string> WithoutEmptyDirectories(std::map<std::string, std::string> listing) {
  for (auto item = listing.end(); item != listing.begin();) {
    --item;
    if (item->second != "d") continue;
    const auto next = listing.upper_bound(item->first + "/");
    if (next == listing.end() || !next->first.starts_with(item->first + "/")) item = listing.erase(item);
  }
  return listing;
}

TEST(SourceLaws, LayingOutGivesTheSameTreeWhateverWasThere) {
  const TestTree tree;
  EXPECT_TRUE(rc::check("collect, pack, lay out", [&] {
    tree.Clear();
    Fill(tree, "from");
    Fill(tree, "to");
    const std::unique_ptr<StatCache> cache = StatCache::Open("");
    const Result<Bundle> bundle = Collect({tree / "from", {}}, *cache);
    RC_PRE(bundle.has_value());  // a link leads out
    const Result<std::string> archive = Pack(*bundle);
    RC_ASSERT(archive.has_value());
    RC_ASSERT(LayOut(*archive, tree / "to").has_value());
    RC_ASSERT(WithoutEmptyDirectories(tree.Listing("from")) == tree.Listing("to"));
    const Result<Bundle> again = Collect({tree / "to", {}}, *cache);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->digest == bundle->digest);
  }));
}

TEST(SourceLaws, DamageIsFoundAndStaysInside) {
  const TestTree tree;
  EXPECT_TRUE(rc::check("bytes changed at random", [&] {
    tree.Clear();
    Fill(tree, "from");
    (void)MakeDirectories(tree / "to");
    const std::unique_ptr<StatCache> cache = StatCache::Open("");
    const Result<Bundle> bundle = Collect({tree / "from", {}}, *cache);
    RC_PRE(bundle.has_value());
    std::string archive = Pack(*bundle).value();
    const auto original = WithoutEmptyDirectories(tree.Listing("from"));
    const int changes = *rc::gen::inRange(1, 4);
    for (int i = 0; i < changes; ++i) {
      archive[*rc::gen::inRange<size_t>(0, archive.size())] =
          *rc::gen::element('/', '.', '"', '\0', 'a', '0', 'l', '9', '[', '\xff');
    }
    const bool laid = LayOut(archive, tree / "to/tree").has_value();
    if (laid) RC_ASSERT(tree.Listing("to/tree") == original);
    std::set<std::string> beside;
    for (const auto& item : std::filesystem::directory_iterator(tree.root())) beside.insert(item.path().filename());
    RC_ASSERT(beside == (std::set<std::string>{"from", "to"}));
  }));
}

}  // namespace
}  // namespace davit::source
