// The end of a mapping: duplicate keys, merge keys, the order of search of a large one.
#include <algorithm>
#include <array>

#include "yaml/builder.h"
#include "yaml/messages.h"

namespace davit::yaml {
namespace {

constexpr size_t kMaxDuplicates = 20;  // that are reported
constexpr std::string_view kMergeKey = "<<";

/// Keys of one mapping often are of the same length and differ only at their end.
bool AreSame(std::string_view a, std::string_view b) {
  return a.size() == b.size() && (a.empty() || (a.back() == b.back() && a == b));
}

}  // namespace

bool Builder::IsMergeKey(const Record& record) const {
  return record.count == kMergeKey.size() && record.style == Style::kPlain && !record.alias &&
         tree_.TextOf(record) == kMergeKey;
}

void Builder::ReportDuplicate(uint32_t first_key, uint32_t second_key) {
  if (++duplicates_ > kMaxDuplicates) return;
  const Record& record = tree_.records[second_key];
  Error error;
  error.code = ErrorCode::kInvalidInput;
  error.message = "the key " + Quoted(tree_.TextOf(record)) + " is there twice";
  error.position = tree_.PosOf(record);
  error.notes.push_back({"the first one is here", tree_.PosOf(tree_.records[first_key])});
  error.suggestion = IsMergeKey(record) ? "merge several mappings with one list: '<<: [*a, *b]'"
                                        : "remove one of them, or give it another name";
  diagnostics_.Add(std::move(error));
}

/// The pairs of the mapping itself, then those that it merges, nearest first.
bool Builder::CollectMerged(const Frame& frame, std::vector<uint32_t>& pairs, size_t& own) {
  std::vector<uint32_t> sources;
  std::optional<uint32_t> merge_key;
  for (size_t i = frame.first_child; i < children_.size(); i += 2) {
    if (!IsMergeKey(tree_.records[children_[i]])) {
      pairs.insert(pairs.end(), {children_[i], children_[i + 1]});
      continue;
    }
    if (merge_key) ReportDuplicate(*merge_key, children_[i]);
    merge_key = children_[i];
    const Record& value = tree_.records[children_[i + 1]];
    if (value.kind == Kind::kSequence) {
      const auto first = tree_.links.begin() + value.first;
      sources.insert(sources.end(), first, first + value.count);
    } else {
      sources.push_back(children_[i + 1]);
    }
  }
  own = pairs.size() / 2;
  for (uint32_t source : sources) {
    const Record& record = tree_.records[source];
    if (record.kind != Kind::kMapping) {
      return Refuse("'<<' takes a mapping or a list of mappings", record.pos, "name one with an alias: '<<: *name'");
    }
    // What an alias brings has been counted; a mapping that is written in place is now reached a second time.
    if (!record.alias && !CountAliased(2 * uint64_t{record.count}, record.pos)) return false;
    const auto first = tree_.links.begin() + record.first;
    pairs.insert(pairs.end(), first, first + 2 * static_cast<ptrdiff_t>(record.count));
  }
  return true;
}

/// Fills `repeated_` with all pairs but the first of each key, reports those among the `own` first ones, and, above
/// kSmallMapping, fills `order_` with the order of search.
void Builder::FindRepeated(std::span<const uint32_t> pairs, size_t own) {
  repeated_.clear();
  order_.clear();
  const size_t count = pairs.size() / 2;
  const auto repeat = [&](size_t first, size_t again) {
    repeated_.push_back(static_cast<uint32_t>(again));
    if (again < own) ReportDuplicate(pairs[2 * first], pairs[2 * again]);
  };
  if (count <= kSmallMapping) {
    std::array<std::string_view, kSmallMapping> keys;
    for (size_t i = 0; i < count; ++i) {
      keys[i] = tree_.TextOf(tree_.records[pairs[2 * i]]);
      for (size_t k = 0; k < i; ++k) {
        if (!AreSame(keys[k], keys[i])) continue;
        repeat(k, i);
        break;
      }
    }
    return;
  }
  order_.reserve(count);
  for (size_t i = 0; i < count; ++i)
    order_.push_back(HashKey(tree_.TextOf(tree_.records[pairs[2 * i]]), static_cast<uint32_t>(i)));
  std::sort(order_.begin(), order_.end(), KeyBefore);
  for (size_t i = 1, first = 0; i < count; ++i) {
    if (order_[i].text == order_[first].text) {
      repeat(order_[first].pair, order_[i].pair);
    } else {
      first = i;
    }
  }
}

bool Builder::CloseMapping(const Frame& frame, Record& record) {
  std::span<const uint32_t> pairs(children_.data() + frame.first_child, children_.size() - frame.first_child);
  size_t own = pairs.size() / 2;
  std::vector<uint32_t> merged;
  if (frame.merges) {
    reaches_out_ = reaches_out_ || frames_.empty();
    if (!CollectMerged(frame, merged, own)) return false;
    pairs = merged;
  }
  FindRepeated(pairs, own);
  if (frame.merges && !repeated_.empty()) {
    std::sort(repeated_.begin(), repeated_.end());
    size_t kept = 0;
    for (size_t i = 0, skip = 0; i < merged.size() / 2; ++i) {
      if (skip < repeated_.size() && repeated_[skip] == i) {
        ++skip;
        continue;
      }
      merged[2 * kept] = merged[2 * i];
      merged[2 * kept + 1] = merged[2 * i + 1];
      ++kept;
    }
    merged.resize(2 * kept);
    pairs = merged;
    FindRepeated(pairs, 0);
  }
  if (!order_.empty()) {
    tree_.links.push_back(static_cast<uint32_t>(tree_.sorted.size()));
    for (const HashedKey& key : order_) tree_.sorted.push_back(key.pair);
  }
  record.first = static_cast<uint32_t>(tree_.links.size());
  record.count = static_cast<uint32_t>(pairs.size() / 2);
  tree_.links.insert(tree_.links.end(), pairs.begin(), pairs.end());
  return true;
}

}  // namespace davit::yaml
