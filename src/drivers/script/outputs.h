// What a script says of itself on its stdout: blocks after a line `Outputs:` or `Provides:` up to an empty line
// (spec/stacks.md 1.7, DESIGN 7). A BlockScanner follows lines as they come; ReadOutputs runs it over a whole file in
// constant memory. One thread each.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "model/value.h"

namespace davit::drivers {

struct ScriptOutputs {
  ValueMap values;                    // texts; repeated keys joined with ",", each value once
  std::vector<std::string> provides;  // capabilities, each once, in their order
  std::vector<std::string> warnings;
};

class BlockScanner {
 public:
  /// Takes a line as printed; true where it belongs to a block (its header, its content, the empty line that ends it).
  bool Take(std::string_view line);
  bool in_block() const { return block_ != Block::kNone; }
  ScriptOutputs Finish();

 private:
  enum class Block { kNone, kOutputs, kProvides };
  void TakeOutput(std::string_view line);
  void TakeCapabilities(std::string_view text);

  Block block_ = Block::kNone;
  bool just_opened_ = false;
  std::map<std::string, std::vector<std::string>> values_;
  std::vector<std::string> provides_;
  std::string first_stray_;  // a line of a block that is no `name = value`
  size_t strays_ = 0;
};

Result<ScriptOutputs> ReadOutputs(const Path& stdout_file);

}  // namespace davit::drivers
