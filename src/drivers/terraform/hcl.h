// Reads the structure of HCL: blocks, labels, attributes. Expressions are skipped as text (strings with nested ${ } and
// %{ }, heredocs, comments, brackets), never evaluated. It exists so that Davit knows what a module declares without
// starting a process. Pure; the text must outlive the result. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace davit::drivers {

struct HclAttribute {
  std::string name;
  std::string_view expression;  // as written, trimmed
  size_t offset = 0;
};

struct HclBlock;
struct HclBody {
  std::vector<HclAttribute> attributes;
  std::vector<HclBlock> blocks;
  const HclAttribute* Find(std::string_view name) const;
};
struct HclBlock {
  std::string type;
  std::vector<std::string> labels;
  HclBody body;
  size_t offset = 0;
};

/// invalid_input with "line N: …" for what it cannot read. Blocks and brackets may nest 200 deep.
Result<HclBody> ParseHcl(std::string_view text);

/// The text of an expression that is just a quoted string without interpolation.
std::optional<std::string> HclString(std::string_view expression);

/// A text with the escapes of quoted ones resolved, wherever they stand: `a["$${b}"]` becomes `a["${b}"]`. To compare, not to read again.
std::string HclUnescaped(std::string_view text);

}  // namespace davit::drivers
