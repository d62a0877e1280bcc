// Large state files: each component lists all that was known after it, so most of the file are the same few lines over and over. They are
// taken out before YAML is read, equal ones once. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit::hub {

struct CapturedLists {
  /// The file, where each list is a number, its place in `lists`.
  std::string rest;
  std::vector<std::vector<size_t>> lists;  // indexes in `items`
  std::vector<std::string_view> items;     // lines of the file, the first begins with a dash; no two are equal
};

/// Takes out what is laid out as hubctl and Davit do it; any other list stays where it is. `text` must outlive the result.
CapturedLists TakeCapturedLists(std::string_view text);
/// Items as a YAML document: a list of lists of one item.
std::string AsDocument(const std::vector<std::string_view>& items);

}  // namespace davit::hub
