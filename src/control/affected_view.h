// What the Client answers about two revisions of a stack: which components differ, and by what. Part of control/client.h, which includes
// it. Plain values.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace davit::control {

struct StackDocument;

/// One thing by which a component differs. No value is in it, only names.
struct AffectedCause {
  enum class Kind {
    kFile,          // of its module, a local module of it, its `inputs:`
    kInput,         // its settled value, or what is declared of it
    kOutput,        // the same
    kKey,           // of its declaration in the manifest
    kCapabilities,  // what is provided to what it requires
    kProducer,      // it uses the output `name` of `producer`, which is affected itself
  };
  Kind kind = Kind::kFile;
  std::string name =
      {};  // of a file: relative to the repository, else absolute; of an input, an output, a key; else ""
  std::string change = {};                   // added, removed, changed; "" of kProducer
  std::vector<std::string> parameters = {};  // kInput, kOutput: parameters of the stack whose value differs, by name
  std::string producer = {};

  friend bool operator==(const AffectedCause&, const AffectedCause&) = default;
};

struct AffectedComponent {
  std::string name;
  std::string action;                  // added, removed, changed
  std::vector<AffectedCause> because;  // of changed and added ones; uses of affected producers come last

  friend bool operator==(const AffectedComponent&, const AffectedComponent&) = default;
};

struct AffectedView {
  std::string base_commit;
  std::string head_commit;                  // "" = the files as they are
  std::string stack;                        // its name
  size_t components = 0;                    // in the newer one
  std::vector<AffectedComponent> affected;  // removed ones first, then in deploy order
  /// What was compared. Giving a large one back takes time: who answers and ends keeps it.
  std::shared_ptr<const StackDocument> before;
  std::shared_ptr<const StackDocument> after;
  /// One of the two that cannot be deployed, so that nothing was compared; files of a revision are shown as `REVISION:path`.
  std::shared_ptr<const StackDocument> refused;
};

}  // namespace davit::control
