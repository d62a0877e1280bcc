// What `davit new` and `davit hub init` write. The skeletons are the files below files/, built into the binary, with `{{name}}` and so on where
// something of the thing that is made belongs; they are rendered as templates of kind mustache, as `${ }` in them means what it means in a stack.
// Any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace davit::skeleton {

/// A file below files/: "component-make/Makefile" and its text.
struct EmbeddedFile {
  std::string_view path;
  std::string_view text;
};
std::span<const EmbeddedFile> EmbeddedFiles();

struct NewFile {
  Path path;  // relative to where the thing is made
  std::string content;
  unsigned mode = 0644;
};

/// invalid_input where `name` can be no name of what `what` says ("stack", "component"): both keep to the names of components.
Result<> CheckName(std::string_view what, std::string_view name);

/// The files of one skeleton, "stack" or "component-make", for something that is called `name`; a good one (CheckName). In the texts `name` is the
/// name, `yaml_name` the same as a scalar of YAML, `variable` the same as the beginning of names of variables: `MY_APP`.
Result<std::vector<NewFile>> FilesOf(std::string_view skeleton, const std::string& name);

/// What comes after "component-" in the skeletons: make, script, terraform.
std::vector<std::string_view> ComponentKinds();

/// Files that come into being together: those that were added are taken away again, with the directories that were made for them, unless
/// all of them are kept in the end. Never writes over anything.
class NewFiles {
 public:
  explicit NewFiles(Path directory) : directory_(std::move(directory)) {}
  ~NewFiles();
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;

  /// Writes them below the directory. conflict where there is one of them already, before anything is written.
  Result<> Add(const std::vector<NewFile>& files);
  void Keep() { made_.clear(); }

 private:
  Result<> MakeDirectory(const Path& path);

  const Path directory_;
  std::vector<Path> made_;  // files and directories, in the order in which they were made
};

}  // namespace davit::skeleton
