// A temporary directory for the tests of this folder: files by their paths, and what lies in it as one comparable value. One thread.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <string>

#include "source/bundle.h"

namespace davit::source {

class TestTree {
 public:
  TestTree() {
    char name[] = "/tmp/davit-source-XXXXXX";
    char* made = ::mkdtemp(name);
    EXPECT_NE(made, nullptr);
    root_ = std::filesystem::canonical(made);
  }
  ~TestTree() {
    Clear();
    std::filesystem::remove(root_);
  }
  TestTree(const TestTree&) = delete;
  TestTree& operator=(const TestTree&) = delete;

  const Path& root() const { return root_; }
  Path operator/(const Path& path) const { return path.empty() ? root_ : root_ / path; }

  void Write(const Path& path, std::string_view text, unsigned mode = 0644) const {
    ASSERT_TRUE(MakeDirectories((root_ / path).parent_path(), 0755));
    const Result<> written = WriteFile(root_ / path, text, mode);
    ASSERT_TRUE(written) << written.error().message;
    ASSERT_EQ(::chmod((root_ / path).c_str(), mode), 0);
  }
  void Link(const Path& path, const std::string& target) const {
    ASSERT_TRUE(MakeDirectories((root_ / path).parent_path(), 0755));
    std::filesystem::create_symlink(target, root_ / path);
  }
  std::string Read(const Path& path) const { return ReadFile(root_ / path).value_or("cannot be read"); }
  struct stat Stat(const Path& path) const {
    struct stat info {};
    EXPECT_EQ(::lstat((root_ / path).c_str(), &info), 0) << path;
    return info;
  }
  bool Exists(const Path& path) const {
    struct stat info {};
    return ::lstat((root_ / path).c_str(), &info) == 0;
  }
  void Remove(const Path& path) const { std::filesystem::remove_all(root_ / path); }
  void Clear() const {
    for (const auto& item : std::filesystem::directory_iterator(root_)) std::filesystem::remove_all(item.path());
  }

  /// Everything below `directory`: path → "f text", "x text" (executable), "l target", "d".
  std::map<std::string, std::string> Listing(const Path& directory = {}) const {
    std::map<std::string, std::string> listing;
    const Path top = *this / directory;
    for (const auto& item : std::filesystem::recursive_directory_iterator(top)) {
      std::string& shown = listing[item.path().lexically_relative(top).string()];
      if (item.is_symlink()) {
        shown = "l " + std::filesystem::read_symlink(item.path()).string();
      } else if (item.is_directory()) {
        shown = "d";
      } else {
        struct stat info {};
        EXPECT_EQ(::stat(item.path().c_str(), &info), 0);
        shown =
            std::string((info.st_mode & S_IXUSR) != 0 ? "x " : "f ") + ReadFile(item.path()).value_or("cannot be read");
      }
    }
    return listing;
  }

 private:
  Path root_;
};

/// Paths of a bundle's entries.
inline std::vector<std::string> PathsOf(const Bundle& bundle) {
  std::vector<std::string> paths;
  for (const Entry& entry : bundle.entries) paths.push_back(entry.path);
  return paths;
}

}  // namespace davit::source
