#include "hub/captured_lists.h"

#include <algorithm>
#include <unordered_map>

namespace davit::hub {
namespace {

constexpr std::string_view kKey = "capturedOutputs:";
constexpr size_t kOfComponent = 4;  // its indentation there; that of the stack has none

class Taker {
 public:
  explicit Taker(std::string_view text) : text_(text) {}

  CapturedLists Take() {
    bool components = false;  // are we in the map of components?
    while (at_ < text_.size()) {
      const std::string_view line = Line(at_);
      if (!line.empty() && line.front() != ' ' && line.front() != '-') components = line == "components:";
      const bool begins = line == kKey || (components && line.starts_with("    ") && line.substr(kOfComponent) == kKey);
      const size_t indent = line.size() - kKey.size();
      const size_t next = at_ + line.size() + 1;
      if (begins && IsItem(next, indent)) {
        result_.rest.append(line);
        result_.rest += " " + std::to_string(result_.lists.size()) + "\n";
        at_ = next;
        TakeList(indent);
      } else {
        result_.rest.append(text_, at_, next - at_);
        at_ = next;
      }
    }
    return std::move(result_);
  }

 private:
  std::string_view Line(size_t at) const { return text_.substr(at, std::min(text_.find('\n', at), text_.size()) - at); }
  bool IsItem(size_t at, size_t indent) const {
    return at < text_.size() && Line(at).substr(0, indent).find_first_not_of(' ') == std::string_view::npos &&
           Line(at).size() > indent + 1 && Line(at).substr(indent, 2) == "- ";
  }
  /// Does the item go on in this line?
  bool IsMore(size_t at, size_t indent) const {
    const std::string_view line = Line(at);
    return line.empty() || line.find_first_not_of(' ') >= indent + 2;
  }
  void TakeList(size_t indent) {
    std::vector<size_t>& list = result_.lists.emplace_back();
    while (IsItem(at_, indent)) {
      const size_t begin = at_;
      do {
        at_ = std::min(at_ + Line(at_).size() + 1, text_.size());
      } while (at_ < text_.size() && IsMore(at_, indent));
      const std::string_view item = text_.substr(begin, at_ - begin);
      const auto [place, added] = known_.emplace(item, result_.items.size());
      if (added) result_.items.push_back(item);
      list.push_back(place->second);
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  CapturedLists result_;
  std::unordered_map<std::string_view, size_t> known_;
};

}  // namespace

CapturedLists TakeCapturedLists(std::string_view text) {
  return Taker(text).Take();
}

std::string AsDocument(const std::vector<std::string_view>& items) {
  std::string document;
  for (const std::string_view item : items) {
    // An item in a list of its own: so indentations may differ.
    document += "-\n";
    const size_t indent = item.find('-');
    if (indent == 0) {
      // One space further in, line by line.
      for (size_t at = 0; at < item.size();) {
        const size_t end = std::min(item.find('\n', at), item.size());
        if (end > at) document += ' ';
        document.append(item, at, end - at);
        document += '\n';
        at = end + 1;
      }
    } else {
      document += item;
      if (document.back() != '\n') document += '\n';
    }
  }
  return document;
}

}  // namespace davit::hub
