#include "cli/plan_view.h"

#include <algorithm>
#include <map>

#include "base/text.h"
#include "cli/progress_view.h"

namespace davit::cli {
namespace {

using control::JobOverview;
using Kind = JobOverview::Kind;
using Grade = JobOverview::Grade;

constexpr size_t kMostResources = 20;  // of one component, where not everything is shown
constexpr size_t kMostAttributes = 6;  // of one resource, the same

/// Its tool could plan, and what it waits for is not there.
bool IsPlannedLater(const JobOverview& job) {
  return !job.planned && job.driver != "script" &&
         (job.kind == Kind::kNew || job.kind == Kind::kChanged || job.kind == Kind::kMayChange);
}

/// "will create 2", or why that cannot be said yet.
std::string PlanWords(const JobOverview& job) {
  if (job.grade == Grade::kDeferred) return "deferred: " + job.reason;
  std::string words;
  if (job.empty) {
    words = "no changes, as far as is known";
  } else if (job.planned) {
    words = DescribeChanges(ParseChanges(job.changes), true);
    if (words.empty()) words = job.kind == Kind::kNew ? "nothing to create" : "will change outputs only";
  } else if (IsPlannedLater(job)) {
    words = "not planned yet";
  } else if (job.driver == "script" && job.kind != Kind::kNew) {
    words = "would run deploy";
  }
  if (job.grade == Grade::kProvisional)
    words +=
        std::string(words.empty() ? "" : "; ") + "provisional: uses planned outputs of " + Join(job.producers, ", ");
  return words;
}

struct Mark {
  const char* text;
  Ink ink;
};

Mark MarkOf(const std::string& action) {
  if (action == "create") return {"  +", Ink::kGreen};
  if (action == "replace") return {"-/+", Ink::kRed};
  if (action == "delete") return {"  -", Ink::kRed};
  if (action == "forget") return {"  .", Ink::kYellow};
  if (action == "read") return {" <=", Ink::kCyan};
  if (action == "no-op") return {"  >", Ink::kCyan};
  return {"  ~", Ink::kYellow};
}

std::string ResourceWords(const PlannedResource& resource) {
  std::string text = resource.address;
  if (!resource.previous_address.empty()) text += " (moved from " + resource.previous_address + ")";
  if (!resource.import_id.empty()) text += " (imported, id " + resource.import_id + ")";
  if (resource.action == "replace") text += " is replaced";
  if (resource.action == "delete") text += " is destroyed";
  if (resource.action == "forget") text += " is forgotten, not destroyed";
  if (resource.action == "read") text += " is read during the apply";
  const std::string why = WhyOf(resource);
  return why.empty() ? text : text + ": " + why;
}

/// "a.b: 1" and "-> 2"; `to` is empty where there is nothing to tell apart.
struct ChangeWords {
  std::string from;
  std::string to;
};

/// Both sides; of two that are hidden only that they differ.
ChangeWords BothWords(const std::string& name, const Value& before, const Value& after) {
  const bool hidden = before.sensitive && after.sensitive;
  if (hidden && !after.unknown) return {name + ShownValue(before) + ", changes", ""};
  return {name + ShownValue(before), "-> " + ShownValue(hidden ? Value{nullptr, false, true} : after)};
}

/// Of what is new only the new value, of what goes only the old one.
ChangeWords AttributeWords(const AttributeChange& attribute, const std::string& action) {
  const bool is_new = action == "create" || (attribute.before.data.is_null() && !attribute.before.sensitive);
  const std::string name = attribute.path + ": ";
  if (action == "delete") return {name + ShownValue(attribute.before), ""};
  if (is_new) return {name + ShownValue(attribute.after), ""};
  return BothWords(name, attribute.before, attribute.after);
}

class Writer {
 public:
  Writer(const Style& style, int columns, bool full) : style_(style), columns_(columns), full_(full) {}

  /// Something was left out or cut.
  bool cut() const { return cut_; }
  std::vector<std::string> Take() { return std::move(lines_); }
  void Add(std::string line) { lines_.push_back(std::move(line)); }

  /// A sentence that may be long: wrapped, the first line after `lead`, the others below it; `mark` in colour.
  void Wrapped(const std::string& lead, const std::string& text, size_t mark_at, size_t mark_size, Ink ink) {
    const auto indent = static_cast<size_t>(Width(lead));
    bool first = true;
    for (const std::string& part : Wrap(text, columns_ - static_cast<int>(indent))) {
      std::string line = (first ? lead : std::string(indent, ' ')) + part;
      if (first && mark_size > 0)
        line = line.substr(0, mark_at) + Paint(style_, ink, line.substr(mark_at, mark_size)) +
               line.substr(mark_at + mark_size);
      lines_.push_back(std::move(line));
      first = false;
    }
  }

  void Component(const JobOverview& job, const char* mark, Ink ink, const std::string& text, int name_width) {
    const std::string name = Width(job.component) > name_width ? job.component : Fit(job.component, name_width, style_);
    const std::string moved = job.moved_from.empty() || job.held ? "" : "moved from " + job.moved_from + "; ";
    Wrapped(std::string("  ") + mark + " " + name + "  ", moved + text + (job.optional ? " (optional)" : ""), 2, 1,
            ink);
  }

  void Detail(const JobOverview& job) {
    if (job.detail == nullptr) return Recorded(job);
    size_t shown = 0;
    size_t more = 0;
    for (const PlannedResource& resource : job.detail->resources) {
      if (!full_ && resource.action == "create" && !job.held) {  // it is counted
        cut_ = true;
        continue;
      }
      if (!full_ && shown == kMostResources) {
        ++more;
        continue;
      }
      ++shown;
      Resource(resource);
    }
    if (more > 0) {
      lines_.push_back("          and " + std::to_string(more) + " more");
      cut_ = true;
    }
    for (const OutputChange& output : job.detail->outputs) Output(job, output);
  }

 private:
  /// What is known without attributes.
  void Recorded(const JobOverview& job) {
    size_t shown = 0;
    size_t more = 0;
    for (const JobOverview::Resource& resource : job.resources) {
      if (!full_ && resource.action == "create") {
        cut_ = true;
        continue;
      }
      if (!full_ && shown == kMostResources) {
        ++more;
        continue;
      }
      ++shown;
      PlannedResource named;
      named.address = resource.address;
      named.action = resource.action;
      Resource(named);
    }
    if (more > 0) {
      lines_.push_back("          and " + std::to_string(more) + " more");
      cut_ = true;
    }
  }

  void Resource(const PlannedResource& resource) {
    const Mark mark = MarkOf(resource.action);
    Wrapped(std::string("      ") + mark.text + " ", ResourceWords(resource), 6, 3, mark.ink);
    size_t shown = 0;
    for (const AttributeChange& attribute : resource.attributes) {
      if (!full_ && shown == kMostAttributes && resource.attributes.size() > kMostAttributes + 1) {
        lines_.push_back("            and " + std::to_string(resource.attributes.size() - shown) + " more attributes");
        cut_ = true;
        return;
      }
      ++shown;
      Attribute(attribute, resource.action);
    }
  }

  void Attribute(const AttributeChange& attribute, const std::string& action) {
    if (full_ && IsText(attribute.before) && IsText(attribute.after)) return TextDiff(attribute);
    const bool forces = attribute.forces_replacement && action == "replace";
    Value_("            ", AttributeWords(attribute, action), forces ? "(forces replacement)" : "");
  }

  void Output(const JobOverview& job, const OutputChange& output) {
    const std::string name = "output " + output.name + ": ";
    ChangeWords words = BothWords(name, output.before, output.after);
    if (output.action == "create") words = {name + ShownValue(output.after), ""};
    if (output.action == "delete") words = {name + ShownValue(output.before) + " goes", ""};
    const auto used = job.touches.find(output.name);
    if (!full_ && output.action == "create" && used == job.touches.end() && !job.held) return;
    Value_("        ", words, used == job.touches.end() ? "" : "(used by " + Join(used->second, ", ") + ")");
  }

  /// One line where it fits, else one for each side; what does not fit there is cut or, where all is shown, goes on below. `note` is never cut.
  void Value_(const std::string& indent, const ChangeWords& words, const std::string& note) {
    const int room = columns_ - static_cast<int>(indent.size());
    const std::string below = indent + "    ";
    const std::string gap = note.empty() ? "" : "  ";
    const std::string text = words.to.empty() ? words.from : words.from + " " + words.to;
    if (Width(text + gap + note) <= room) {
      lines_.push_back(indent + text + gap + note);
      return;
    }
    if (Width(text) <= room) {
      lines_.push_back(indent + text);
    } else {
      Side(indent, below, words.from);
      if (!words.to.empty() && Width(words.to + gap + note) <= room - 4) {
        lines_.push_back(below + words.to + gap + note);
        return;
      }
      if (!words.to.empty()) Side(below, below, words.to);
    }
    for (const std::string& part : Wrap(note, room - 4)) lines_.push_back(below + part);
  }

  void Side(const std::string& indent, const std::string& below, const std::string& text) {
    const int room = columns_ - static_cast<int>(indent.size());
    if (!full_ || Width(text) <= room) {
      const std::string fitting = Cut(text, room, style_);
      cut_ = cut_ || fitting != text;
      lines_.push_back(indent + fitting);
      return;
    }
    const std::vector<std::string> chunks = Chunks(text, columns_ - static_cast<int>(below.size()));
    for (size_t i = 0; i < chunks.size(); ++i) lines_.push_back((i == 0 ? indent : below) + chunks[i]);
  }

  static bool IsText(const Value& value) {
    return !value.sensitive && !value.unknown && value.data.is_string() &&
           value.data.get_string().find('\n') != json::string::npos;
  }

  /// Texts of several lines: what they share at both ends is not shown again.
  void TextDiff(const AttributeChange& attribute) {
    const std::string before_text(attribute.before.data.get_string());
    const std::string after_text(attribute.after.data.get_string());
    const std::vector<std::string_view> before = Split(before_text, '\n');
    const std::vector<std::string_view> after = Split(after_text, '\n');
    size_t head = 0;
    while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
    size_t tail = 0;
    while (tail + head < before.size() && tail + head < after.size() &&
           before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
      ++tail;
    lines_.push_back("            " + attribute.path + ":" +
                     (attribute.forces_replacement ? "  (forces replacement)" : ""));
    if (head > 0) lines_.push_back("                (" + Plural(head, "line") + " as before)");
    for (size_t i = head; i + tail < before.size(); ++i)
      lines_.push_back("              - " + StripControls(before[i]));
    for (size_t i = head; i + tail < after.size(); ++i) lines_.push_back("              + " + StripControls(after[i]));
    if (tail > 0) lines_.push_back("                (" + Plural(tail, "line") + " as before)");
  }

  const Style& style_;
  const int columns_;
  const bool full_;
  bool cut_ = false;
  std::vector<std::string> lines_;
};

std::string Because(const char* word, const JobOverview& job) {
  std::string text = job.because.empty() ? word : word + (": " + Join(job.because, "; "));
  const std::string plan = PlanWords(job);
  // What it may change by is said by its grade.
  if (job.kind == Kind::kMayChange && job.grade != Grade::kNone) return plan;
  return plan.empty() ? text : text + "; " + plan;
}

int NameWidth(const std::vector<JobOverview>& overview, int columns) {
  int width = 8;
  for (const JobOverview& job : overview) width = std::max(width, Width(job.component));
  return std::min(width, std::max(8, columns / 3));
}

/// What a yes covers of what could not be planned (engine.md 6, the bound).
void AddBound(const std::vector<JobOverview>& overview, Writer& writer) {
  size_t news = 0;
  size_t others = 0;
  for (const JobOverview& job : overview) {
    if (job.grade == Grade::kDeferred && job.driver != "script") ++(job.kind == Kind::kNew ? news : others);
  }
  const auto provisional = std::any_of(overview.begin(), overview.end(), [](const JobOverview& job) {
    return job.grade == Grade::kProvisional && job.driver != "script";
  });
  if (news + others == 0 && !provisional) return;
  std::string text = "A yes covers what is shown. ";
  if (news > 0) text += "A new component that is deferred may only create. ";
  text += "What is planned again later and comes out different is asked about again.";
  writer.Wrapped("  ", text, 0, 0, Ink::kPlain);
  writer.Add("");
}

}  // namespace

std::string ShownValue(const Value& value) {
  if (value.sensitive) return "(sensitive)";
  if (value.unknown) return "(known after apply)";
  return StripControls(json::serialize(value.data));
}

std::string WhyOf(const PlannedResource& resource) {
  std::vector<std::string> forcing;
  for (const AttributeChange& attribute : resource.attributes) {
    if (attribute.forces_replacement) forcing.push_back("`" + attribute.path + "`");
  }
  if (resource.action == "replace" && !forcing.empty()) {
    if (forcing.size() > 3) forcing = {forcing[0], forcing[1], std::to_string(forcing.size() - 2) + " more"};
    return "forced by " + Join(forcing, ", ") + (resource.create_before_destroy ? ", the new one first" : "");
  }
  if (resource.reason == "replace_because_tainted") return "it is tainted: its last apply did not end well";
  if (resource.reason == "replace_by_request") return "it was asked for";
  if (resource.reason == "replace_by_triggers") return "forced by `replace_triggered_by`";
  if (resource.reason.starts_with("delete_because_no_resource_config")) return "it is no longer in the module";
  if (resource.reason.starts_with("delete_because_no_module")) return "its module is no longer called";
  if (resource.reason.starts_with("delete_because_")) return "its `count` or `for_each` has no place for it any more";
  return {};
}

bool HasWork(const std::vector<JobOverview>& overview) {
  return std::any_of(overview.begin(), overview.end(), [](const JobOverview& job) {
    return (job.kind != Kind::kUnchanged && job.kind != Kind::kExcluded) || !job.moved_from.empty();
  });
}

bool HasChanges(const std::vector<JobOverview>& overview) {
  return std::any_of(overview.begin(), overview.end(), [](const JobOverview& job) {
    if (!job.moved_from.empty()) return true;
    if (job.kind == Kind::kUnchanged || job.kind == Kind::kExcluded) return false;
    return !job.empty;
  });
}

std::string CountOverview(const std::vector<JobOverview>& overview) {
  std::map<Kind, size_t> counts;
  for (const JobOverview& job : overview) ++counts[job.kind];
  std::vector<std::string> parts;
  auto add = [&](Kind kind, const char* text) {
    if (counts[kind] > 0) parts.push_back(std::to_string(counts[kind]) + " " + text);
  };
  add(Kind::kRemoved, "to remove");
  add(Kind::kDestroy, "to take away");
  add(Kind::kNew, "new");
  add(Kind::kChanged, "changed");
  add(Kind::kMayChange, "may change");
  add(Kind::kUnchanged, "unchanged");
  add(Kind::kExcluded, "excluded");
  const auto moved =
      std::count_if(overview.begin(), overview.end(), [](const JobOverview& job) { return !job.moved_from.empty(); });
  if (moved > 0) parts.push_back(std::to_string(moved) + " moved");
  return parts.empty() ? "no components" : Join(parts, ", ");
}

std::vector<std::string> RenderPlan(const std::vector<JobOverview>& overview, const std::string& deployment,
                                    const Style& style, int columns, bool full) {
  Writer writer(style, columns, full);
  writer.Add(Paint(style, Ink::kBold, deployment));
  writer.Add("");
  const int name_width = NameWidth(overview, columns);
  const auto add_excluded = [&] {
    for (const JobOverview& job : overview) {
      // What was left out because somebody said so is known.
      if (job.kind == Kind::kExcluded && !job.because.empty())
        writer.Component(job, ".", Ink::kDim, Join(job.because, "; "), name_width);
    }
  };
  if (!HasWork(overview)) {
    add_excluded();
    writer.Add("  No changes: " + CountOverview(overview));
    return writer.Take();
  }
  for (const JobOverview& job : overview) {
    const std::string counts = DescribeChanges(ParseChanges(job.changes), true);
    if (job.kind == Kind::kRemoved)
      writer.Component(job, "-", Ink::kRed,
                       "removed: " + Join(job.because, "; ") + (counts.empty() ? "" : "; " + counts), name_width);
    if (job.kind == Kind::kDestroy)
      writer.Component(job, "-", Ink::kRed, "will be taken away" + (counts.empty() ? "" : "; " + counts), name_width);
    if (job.kind == Kind::kRemoved || job.kind == Kind::kDestroy) writer.Detail(job);
  }
  for (const JobOverview& job : overview) {
    if (job.kind == Kind::kNew) {
      writer.Component(job, "+", Ink::kGreen, PlanWords(job).empty() ? "new" : "new; " + PlanWords(job), name_width);
    } else if (job.kind == Kind::kChanged) {
      writer.Component(job, "~", Ink::kYellow, Because("changed", job), name_width);
    } else if (job.kind == Kind::kMayChange) {
      writer.Component(job, "?", Ink::kCyan, Because("may change", job), name_width);
    } else if (job.kind == Kind::kUnchanged && !job.moved_from.empty()) {
      writer.Component(job, ">", Ink::kCyan, "unchanged", name_width);
      continue;
    } else {
      continue;
    }
    writer.Detail(job);
  }
  add_excluded();
  writer.Add("");
  AddBound(overview, writer);
  writer.Add("  " + CountOverview(overview));
  if (writer.cut()) writer.Add("  " + Paint(style, Ink::kDim, "`davit plan --full` shows all of it"));
  return writer.Take();
}

std::vector<std::string> RenderHeld(const std::vector<JobOverview>& overview, const Style& style, int columns) {
  Writer writer(style, columns, true);
  writer.Wrapped("", "Planned again, now that what they waited for is there. What differs from what was shown:", 0, 0,
                 Ink::kPlain);
  writer.Add("");
  const int name_width = NameWidth(overview, columns);
  for (const JobOverview& job : overview) {
    if (!job.held) continue;
    std::string text = job.reason;
    if (job.driver != "script") {
      const std::string counts = DescribeChanges(ParseChanges(job.changes), true);
      text += counts.empty() ? "" : "; it " + counts;
    }
    writer.Component(job, "?", Ink::kYellow, text, name_width);
    writer.Detail(job);
    for (const std::string& address : job.gone)
      writer.Wrapped("          ", address + " was to change, and does not any more", 0, 0, Ink::kPlain);
  }
  return writer.Take();
}

}  // namespace davit::cli
