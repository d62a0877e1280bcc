// The index of something by its name. std::unordered_map looks at one more place of memory for each search, and of a large stack nothing is in a
// cache. Entries move when one is added; names must live as long as the index.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <string_view>

namespace davit {

template <typename T>
using ByName = boost::unordered_flat_map<std::string_view, T, std::hash<std::string_view>>;
using NameSet = boost::unordered_flat_set<std::string_view, std::hash<std::string_view>>;

}  // namespace davit
