// The trees in which tools work (engine.md 4): a deployment's bundle is laid out at a path that stays the same from run to run, as plans
// contain absolute paths. A component that was made from another bundle gets a tree beside it for as long as it is needed. One thread.
#pragma once

#include <map>
#include <set>
#include <string>

#include "control/client.h"
#include "drivers/driver.h"

namespace davit::runner {

struct Place {
  Path module_directory;
  Path base_directory;
  Path self;  // this binary
};

class Trees {
 public:
  Trees(control::Client& client, Path work_root, Path self)
      : client_(client), work_root_(std::move(work_root)), self_(std::move(self)) {}

  /// Lays out what the attempt needs and holds it until Release. A component that shares its directory with others, or whose tool
  /// writes beside the module, gets a copy of it. Errors: of the disk, and of a bundle that cannot be read.
  Result<Place> Take(const control::Lease& lease, const drivers::Driver& driver);
  /// Where an attempt of an earlier process works: nothing is laid out, as its tool may be at work there.
  Result<Place> Found(const control::Lease& lease);
  void Release(const control::Lease& lease);
  /// Removes the trees that were only needed for a while.
  void RemoveSpare();

 private:
  struct Tree {
    std::string bundle;  // laid out; "" = not yet by this process
    int users = 0;
  };
  Result<Path> LaidOut(const control::Lease& lease);
  void RemoveLeft(const Path& main_tree);
  /// A preview has no lock: it works beside those that have one, in a tree that goes with it.
  Path MainTree(const control::Lease& lease) const {
    return work_root_ / lease.deployment.text / (lease.preview ? "preview-" + lease.run.text.substr(4) : "tree");
  }

  control::Client& client_;
  Path work_root_;
  Path self_;
  std::map<Path, Tree> trees_;
  std::map<AttemptId, Path> used_;
  std::map<AttemptId, Path> rendered_;  // copies with rendered templates in them
  std::set<Path> copies_;               // of directories, that this process made
};

}  // namespace davit::runner
