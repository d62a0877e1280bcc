#include "model/states.h"

#include <array>
#include <utility>

namespace davit {
namespace {

template <typename Enum, size_t N>
std::string_view NameOf(const std::pair<Enum, std::string_view> (&names)[N], Enum value) {
  for (const auto& [candidate, name] : names) {
    if (candidate == value) return name;
  }
  return "";
}

template <typename Enum, size_t N>
std::optional<Enum> ValueOf(const std::pair<Enum, std::string_view> (&names)[N], std::string_view name) {
  for (const auto& [value, candidate] : names) {
    if (candidate == name) return value;
  }
  return std::nullopt;
}

constexpr std::pair<RunKind, std::string_view> kRunKinds[] = {
    {RunKind::kDeploy, "deploy"},   {RunKind::kDestroy, "destroy"},   {RunKind::kPreview, "preview"},
    {RunKind::kRefresh, "refresh"}, {RunKind::kRollback, "rollback"}, {RunKind::kImport, "import"},
    {RunKind::kErrand, "errand"},   {RunKind::kAction, "action"},     {RunKind::kShell, "shell"}};
constexpr std::pair<RunState, std::string_view> kRunStates[] = {{RunState::kQueued, "queued"},
                                                                {RunState::kAwaitingApproval, "awaiting_approval"},
                                                                {RunState::kRunning, "running"},
                                                                {RunState::kFinished, "finished"}};
constexpr std::pair<JobAction, std::string_view> kJobActions[] = {{JobAction::kDeploy, "deploy"},
                                                                  {JobAction::kDestroy, "destroy"}};
constexpr std::pair<JobState, std::string_view> kJobStates[] = {{JobState::kBlocked, "blocked"},
                                                                {JobState::kReady, "ready"},
                                                                {JobState::kRunning, "running"},
                                                                {JobState::kAwaitingApproval, "awaiting_approval"},
                                                                {JobState::kNeedsReconcile, "needs_reconcile"},
                                                                {JobState::kFinished, "finished"}};
constexpr std::pair<TaskKind, std::string_view> kTaskKinds[] = {{TaskKind::kPlan, "plan"},
                                                                {TaskKind::kApply, "apply"},
                                                                {TaskKind::kDestroy, "destroy"},
                                                                {TaskKind::kAction, "action"}};
constexpr std::pair<TaskState, std::string_view> kTaskStates[] = {{TaskState::kBlocked, "blocked"},
                                                                  {TaskState::kReady, "ready"},
                                                                  {TaskState::kLeased, "leased"},
                                                                  {TaskState::kNeedsReconcile, "needs_reconcile"},
                                                                  {TaskState::kFinished, "finished"}};
constexpr std::pair<RunResult, std::string_view> kRunResults[] = {{RunResult::kNone, ""},
                                                                  {RunResult::kSucceeded, "succeeded"},
                                                                  {RunResult::kUnchanged, "unchanged"},
                                                                  {RunResult::kFailed, "failed"},
                                                                  {RunResult::kErrored, "errored"},
                                                                  {RunResult::kCancelled, "cancelled"},
                                                                  {RunResult::kNotReached, "not_reached"},
                                                                  {RunResult::kExcluded, "excluded"}};
constexpr std::pair<OperationKind, std::string_view> kOperationKinds[] = {
    {OperationKind::kInit, "init"},     {OperationKind::kRefresh, "refresh"}, {OperationKind::kPlan, "plan"},
    {OperationKind::kApply, "apply"},   {OperationKind::kDestroy, "destroy"}, {OperationKind::kImport, "import"},
    {OperationKind::kScript, "script"}, {OperationKind::kShow, "show"}};
constexpr std::pair<OperationResult, std::string_view> kOperationResults[] = {
    {OperationResult::kSucceeded, "succeeded"},
    {OperationResult::kFailed, "failed"},
    {OperationResult::kErrored, "errored"},
    {OperationResult::kCancelled, "cancelled"},
    {OperationResult::kNotRequired, "not_required"}};
constexpr std::pair<EdgeKind, std::string_view> kEdgeKinds[] = {
    {EdgeKind::kNeeds, "needs"}, {EdgeKind::kAfter, "after"}, {EdgeKind::kValue, "value"}};
constexpr std::pair<CancelKind, std::string_view> kCancelKinds[] = {
    {CancelKind::kNone, ""}, {CancelKind::kGraceful, "graceful"}, {CancelKind::kForced, "forced"}};
constexpr std::pair<PlanGrade, std::string_view> kPlanGrades[] = {{PlanGrade::kNone, ""},
                                                                  {PlanGrade::kFirm, "firm"},
                                                                  {PlanGrade::kProvisional, "provisional"},
                                                                  {PlanGrade::kDeferred, "deferred"}};

}  // namespace

bool IsLegalTransition(TaskState from, TaskState to) {
  // Rows: from; columns: blocked, ready, leased, needs_reconcile, finished (engine.md 2).
  static constexpr bool kLegal[kTaskStateCount][kTaskStateCount] = {
      /* blocked         */ {false, true, false, false, true},
      /* ready           */ {false, false, true, false, true},
      /* leased          */ {true, true, false, true, true},
      /* needs_reconcile */ {false, true, true, false, true},
      /* finished        */ {false, false, false, false, false},
  };
  return kLegal[static_cast<int>(from)][static_cast<int>(to)];
}

bool CountsAsSuccess(RunResult result) {
  return result == RunResult::kSucceeded || result == RunResult::kUnchanged || result == RunResult::kExcluded;
}

bool IsMutating(TaskKind kind) {
  return kind != TaskKind::kPlan;
}

bool IsMutating(OperationKind kind) {
  return kind == OperationKind::kApply || kind == OperationKind::kDestroy || kind == OperationKind::kImport ||
         kind == OperationKind::kScript;
}

#define DAVIT_ENUM_TEXT(Enum, names)                            \
  std::string_view ToString(Enum value) {                       \
    return NameOf(names, value);                                \
  }                                                             \
  template <>                                                   \
  std::optional<Enum> FromString<Enum>(std::string_view name) { \
    return ValueOf(names, name);                                \
  }
DAVIT_ENUM_TEXT(RunKind, kRunKinds)
DAVIT_ENUM_TEXT(RunState, kRunStates)
DAVIT_ENUM_TEXT(JobAction, kJobActions)
DAVIT_ENUM_TEXT(JobState, kJobStates)
DAVIT_ENUM_TEXT(TaskKind, kTaskKinds)
DAVIT_ENUM_TEXT(TaskState, kTaskStates)
DAVIT_ENUM_TEXT(RunResult, kRunResults)
DAVIT_ENUM_TEXT(OperationKind, kOperationKinds)
DAVIT_ENUM_TEXT(OperationResult, kOperationResults)
DAVIT_ENUM_TEXT(EdgeKind, kEdgeKinds)
DAVIT_ENUM_TEXT(CancelKind, kCancelKinds)
DAVIT_ENUM_TEXT(PlanGrade, kPlanGrades)
#undef DAVIT_ENUM_TEXT

}  // namespace davit
