// The form of an archive: a magic line, the length of the header (8 bytes, little-endian), the header as JSON, then the content of every
// file that is not a link, in the order of the entries, equal contents once. Pure; any thread.
#pragma once

#include <string_view>
#include <vector>

#include "source/bundle.h"

namespace davit::source {

struct Archive {
  Bundle bundle;                           // without root and warnings
  std::vector<std::string_view> contents;  // one per entry, into the archive's bytes; empty for links
};

/// Magic, length and header.
std::string EncodeHeader(const Bundle& bundle);
/// invalid_input where it is damaged, or where a path or link would leave the tree. Contents are not compared with their digests here.
Result<Archive> ReadArchive(std::string_view bytes);

}  // namespace davit::source
