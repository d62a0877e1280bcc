// What stacks and components have in common beside parameters: lifecycle, hooks, templates.
#include <algorithm>
#include <iterator>

#include "manifest/decode.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

constexpr std::string_view kTemplateKinds[] = {"curly", "mustache", "_mustache", "go"};
constexpr std::string_view kErrorWords[] = {"ignore", ""};

std::vector<std::string> Texts(Decoder& decoder, const Entry& entry) {
  std::vector<std::string> texts;
  for (Name& name : decoder.Texts(entry)) texts.push_back(std::move(name.text));
  return texts;
}

/// Whether the glob fits what comes before or after a verb, of whatever name.
bool FitsVerbs(std::string_view trigger) {
  const std::string_view literal = trigger.substr(0, trigger.find_first_of("*?[\\"));
  const auto fits = [&](std::string_view begin) {
    const size_t both = std::min(begin.size(), literal.size());
    return literal.substr(0, both) == begin.substr(0, both) &&
           (literal.size() != trigger.size() || trigger.size() > begin.size());
  };
  return fits("pre-") || fits("post-");
}

void DecodeTriggers(Decoder& decoder, const Entry& entry, Hook& hook) {
  for (Name& name : decoder.Texts(entry)) {
    if (!FitsVerbs(name.text)) {
      decoder.diagnostics().AddWarning("hook-without-trigger",
                                       "the trigger " + Named(name.text) + " of a hook is before or after no verb",
                                       name.pos, "say when, as in triggers: [pre-deploy]");
    }
    hook.triggers.push_back(std::move(name.text));
  }
}

constexpr Key<Hook> kHookKeys[] = {
    {"file", Shape::kText, "program that is run", IntoText<Hook, &Hook::file>, {.required = true}},
    {"brief", Shape::kText, "what it is for, in a line", IntoText<Hook, &Hook::brief>},
    {"triggers", Shape::kTexts, "when it runs, as in pre-deploy, post-*", DecodeTriggers},
    {"error",
     Shape::kText,
     "ignore: its failure is only a warning",
     [](Decoder& decoder, const Entry& entry, Hook& hook) {
       hook.ignore_error = entry.value.text() == "ignore";
       if (hook.ignore_error || entry.value.text().empty()) return;
       decoder.diagnostics().AddWarning("unknown-error",
                                        "error: of a hook can only be ignore, not " + Named(entry.value.text()),
                                        entry.value.pos(), "write error: ignore, or remove it");
     },
     {.words = kErrorWords}},
};
constexpr ObjectTable<Hook> kHook = TableOf<Hook, kHookKeys>("a hook");

/// `templates`: a set of its own, and more below `extra`.
struct TemplatesDraft {
  TemplateSet set;
  std::vector<TemplateSet> extra;
};

void DecodeTemplateKind(Decoder& decoder, const Entry& entry, TemplateSet& set) {
  const std::string_view kind = entry.value.text();
  if (kind.empty()) return;
  if (std::find(std::begin(kTemplateKinds), std::end(kTemplateKinds), kind) != std::end(kTemplateKinds)) {
    set.kind = kind;
    return;
  }
  std::string help = Suggest(kind, {std::begin(kTemplateKinds), std::end(kTemplateKinds)}, decoder.diagnostics());
  if (help.empty()) help = "one of curly, mustache, _mustache, go";
  decoder.diagnostics().AddError("unknown kind " + Named(kind) + " of templates", entry.value.pos(), std::move(help));
}

constexpr std::string_view kBriefOfKind = "how names are written in them: curly is ${name}, mustache is {{name}}";
constexpr std::string_view kBriefOfFiles = "files, as names or patterns";
constexpr std::string_view kBriefOfDirectories = "directories in which the files lie";

constexpr Key<TemplateSet> kTemplateKeys[] = {
    {"kind", Shape::kText, kBriefOfKind, DecodeTemplateKind, {.words = kTemplateKinds}},
    {"files", Shape::kTexts, kBriefOfFiles,
     [](Decoder& decoder, const Entry& entry, TemplateSet& set) { set.files = Texts(decoder, entry); }},
    {"directories", Shape::kTexts, kBriefOfDirectories,
     [](Decoder& decoder, const Entry& entry, TemplateSet& set) { set.directories = Texts(decoder, entry); }},
};
constexpr ObjectTable<TemplateSet> kTemplate = TableOf<TemplateSet, kTemplateKeys>("an item of extra");

constexpr Key<TemplatesDraft> kTemplatesKeys[] = {
    {"kind",
     Shape::kText,
     kBriefOfKind,
     [](Decoder& decoder, const Entry& entry, TemplatesDraft& draft) { DecodeTemplateKind(decoder, entry, draft.set); },
     {.words = kTemplateKinds}},
    {"files", Shape::kTexts, kBriefOfFiles,
     [](Decoder& decoder, const Entry& entry, TemplatesDraft& draft) { draft.set.files = Texts(decoder, entry); }},
    {"directories", Shape::kTexts, kBriefOfDirectories,
     [](Decoder& decoder, const Entry& entry, TemplatesDraft& draft) {
       draft.set.directories = Texts(decoder, entry);
     }},
    {"extra",
     Shape::kList,
     "more of them, of another kind",
     [](Decoder& decoder, const Entry& entry, TemplatesDraft& draft) {
       for (size_t i = 0; i < entry.value.size(); ++i) {
         const yaml::Node item = entry.value.item(i);
         if (IsNull(item)) continue;
         TemplateSet& set = draft.extra.emplace_back();
         set.pos = item.pos();
         DecodeObject(decoder, item, kTemplate, set);
       }
     },
     {.object = &kTemplate}},
};
constexpr ObjectTable<TemplatesDraft> kTemplates = TableOf<TemplatesDraft, kTemplatesKeys>("templates");

constexpr Key<ReadyCondition> kReadyConditionKeys[] = {
    {"dns", Shape::kText, "name that must resolve",
     [](Decoder& decoder, const Entry& entry, ReadyCondition& condition) {
       decoder.Value(entry.value, condition.dns);
     }},
    {"url", Shape::kText, "URL that must answer",
     [](Decoder& decoder, const Entry& entry, ReadyCondition& condition) {
       decoder.Value(entry.value, condition.url);
     }},
    {"waitSeconds", Shape::kCount, "how long it is looked for; default: 1200",
     [](Decoder& decoder, const Entry& entry, ReadyCondition& condition) {
       // As in the reference: 0 is as if it were absent.
       if (const int seconds = decoder.Count(entry); seconds > 0) condition.wait_s = seconds;
     }},
    {"pauseSeconds", Shape::kCount, "how long it is waited before the first look; default: 0",
     [](Decoder& decoder, const Entry& entry, ReadyCondition& condition) { condition.pause_s = decoder.Count(entry); }},
};
constexpr ObjectTable<ReadyCondition> kReadyCondition =
    TableOf<ReadyCondition, kReadyConditionKeys>("a ready condition");

std::vector<ReadyCondition> DecodeReadyConditions(Decoder& decoder, const Entry& entry) {
  std::vector<ReadyCondition> conditions;
  for (size_t i = 0; i < entry.value.size(); ++i) {
    const yaml::Node item = entry.value.item(i);
    if (IsNull(item)) continue;
    ReadyCondition& condition = conditions.emplace_back();
    condition.pos = item.pos();
    DecodeObject(decoder, item, kReadyCondition, condition);
  }
  return conditions;
}

constexpr Key<LifecycleDeclaration> kTuningKeys[] = {
    {"optional", Shape::kTexts, "terms such as cdn, cdn:web, a.flag:web: what may be left out, and for whom",
     IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::tuning>},
};
constexpr ObjectTable<LifecycleDeclaration> kTuning =
    TableOf<LifecycleDeclaration, kTuningKeys>("requires of lifecycle");

constexpr Key<LifecycleDeclaration> kRandomKeys[] = {
    {"bytes", Shape::kCount, "size of HUB_RANDOM",
     [](Decoder& decoder, const Entry& entry, LifecycleDeclaration& lifecycle) {
       lifecycle.random_bytes = decoder.Count(entry);
       constexpr int kMost = 65536;  // it travels in the process environment
       if (lifecycle.random_bytes <= kMost) return;
       decoder.diagnostics().AddError("bytes must be at most " + std::to_string(kMost), entry.value.pos());
     }},
};
constexpr ObjectTable<LifecycleDeclaration> kRandom = TableOf<LifecycleDeclaration, kRandomKeys>("random");

constexpr Key<LifecycleDeclaration> kOptionsKeys[] = {
    Within<LifecycleDeclaration, kRandom>("random", "the random text that a verb finds in HUB_RANDOM"),
};
constexpr ObjectTable<LifecycleDeclaration> kOptionsTable = TableOf<LifecycleDeclaration, kOptionsKeys>("options");

constexpr Key<LifecycleDeclaration> kVerbs = {"verbs", Shape::kTexts, "what it can do; default: deploy, undeploy",
                                              IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::verbs>};
constexpr Key<LifecycleDeclaration> kBare = {"bare",
                                             Shape::kText,
                                             "allow: a component may have nothing to run",
                                             [](Decoder& decoder, const Entry& entry, LifecycleDeclaration& lifecycle) {
                                               DecodeBare(decoder, entry, &lifecycle.bare);
                                             },
                                             {.words = kAllowWords}};
constexpr Key<LifecycleDeclaration> kReadyConditions = {
    "readyConditions",
    Shape::kList,
    "what must answer before it counts as ready",
    [](Decoder& decoder, const Entry& entry, LifecycleDeclaration& lifecycle) {
      lifecycle.ready_conditions = DecodeReadyConditions(decoder, entry);
    },
    {.object = &kReadyCondition}};
constexpr Key<LifecycleDeclaration> kOptions =
    Within<LifecycleDeclaration, kOptionsTable>("options", "what else its verbs are given");

constexpr Key<LifecycleDeclaration> kStackLifecycleKeys[] = {
    kBare,
    kVerbs,
    {"order", Shape::kTexts, "all components, in the order in which they run one at a time",
     [](Decoder& decoder, const Entry& entry, LifecycleDeclaration& lifecycle) {
       lifecycle.order = decoder.Texts(entry);
       lifecycle.order_pos = entry.key_pos;
       lifecycle.has_order = !lifecycle.order.empty();
     }},
    {"mandatory", Shape::kTexts, "components without which the stack does not stand; all others are optional then",
     IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::mandatory>},
    {"optional", Shape::kTexts, "components whose failure does not fail the run",
     IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::optional>},
    Within<LifecycleDeclaration, kTuning>("requires", "requirements that may be unmet"),
    kReadyConditions,
    kOptions,
};
constexpr ObjectTable<LifecycleDeclaration> kStackLifecycle =
    TableOf<LifecycleDeclaration, kStackLifecycleKeys>("lifecycle");

constexpr Key<LifecycleDeclaration> kComponentLifecycleKeys[] = {kBare, kVerbs, kReadyConditions, kOptions};
constexpr ObjectTable<LifecycleDeclaration> kComponentLifecycle =
    TableOf<LifecycleDeclaration, kComponentLifecycleKeys>("lifecycle");

}  // namespace

constinit const ObjectSchema kHookSchema = kHook;
constinit const ObjectSchema kTemplatesSchema = kTemplates;
constinit const ObjectSchema kStackLifecycleSchema = kStackLifecycle;
constinit const ObjectSchema kComponentLifecycleSchema = kComponentLifecycle;

std::vector<Hook> DecodeHooks(yaml::Node node, Decoder& decoder) {
  std::vector<Hook> hooks;
  for (size_t i = 0; i < node.size(); ++i) {
    const yaml::Node item = node.item(i);
    if (IsNull(item)) continue;
    Hook hook;
    hook.pos = item.pos();
    DecodeObject(decoder, item, kHook, hook);
    if (!item.IsMapping()) continue;
    if (hook.file.empty()) {
      decoder.diagnostics().AddError("a hook has no file", item.pos(), "add file: PROGRAM");
    } else if (hook.triggers.empty()) {
      decoder.diagnostics().AddWarning("hook-without-trigger", "the hook " + Named(hook.file) + " is never run",
                                       item.pos(), "say when, as in triggers: [pre-deploy]");
    }
    hooks.push_back(std::move(hook));
  }
  return hooks;
}

std::vector<TemplateSet> DecodeTemplates(yaml::Node node, Decoder& decoder) {
  TemplatesDraft draft;
  draft.set.pos = node.pos();
  DecodeObject(decoder, node, kTemplates, draft);
  std::vector<TemplateSet> sets;
  const auto add = [&](TemplateSet&& set) {
    if (!set.files.empty() || !set.directories.empty()) sets.push_back(std::move(set));
  };
  add(std::move(draft.set));
  for (TemplateSet& set : draft.extra) add(std::move(set));
  return sets;
}

void DecodeStackLifecycle(yaml::Node node, Decoder& decoder, LifecycleDeclaration& lifecycle) {
  DecodeObject(decoder, node, kStackLifecycle, lifecycle);
}

void DecodeComponentLifecycle(yaml::Node node, Decoder& decoder, LifecycleDeclaration& lifecycle) {
  DecodeObject(decoder, node, kComponentLifecycle, lifecycle);
}

void DecodeBare(Decoder& decoder, const Entry& entry, std::optional<bool>* bare) {
  *bare = entry.value.text() == "allow";
  if (**bare || entry.value.text().empty()) return;
  decoder.diagnostics().AddWarning("unknown-bare", "bare: can only be allow, not " + Named(entry.value.text()),
                                   entry.value.pos(), "write bare: allow, or remove it");
}

}  // namespace davit::manifest
