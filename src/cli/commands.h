// The commands: one function each, in a command_*.cc of its own; the table says which options and arguments each takes.
// main.cc of a new command: its .cc, its page under docs/manual/commands, one line in the table (parse.cc). One thread.
#pragma once

#include <string_view>
#include <vector>

#include "cli/context.h"

namespace davit::cli {

int RunValidate(Context& context);
int RunGraph(Context& context);
int RunUp(Context& context);
int RunPlan(Context& context);
int RunDown(Context& context);
int RunStatus(Context& context);
int RunDrift(Context& context);
int RunOutputs(Context& context);
int RunLogs(Context& context);
int RunRunList(Context& context);
int RunRunShow(Context& context);
int RunRunApprove(Context& context);
int RunRunReject(Context& context);
int RunRunCancel(Context& context);
int RunRunForceCancel(Context& context);
int RunRunReconcile(Context& context);
int RunHistory(Context& context);
int RunDiff(Context& context);
int RunStateList(Context& context);
int RunStateShow(Context& context);
int RunStateDiff(Context& context);
int RunStatePull(Context& context);
int RunStateRollback(Context& context);
int RunStateImport(Context& context);
int RunStateAdopt(Context& context);
int RunStateUnlock(Context& context);
int RunShell(Context& context);
int RunWhy(Context& context);
int RunEval(Context& context);
int RunVersion(Context& context);
int RunHelp(Context& context);

/// The manual page of a command ("up", "run"), as Markdown; empty where there is none. From docs/manual/commands, put
/// in by the build.
std::string_view ManualPage(std::string_view name);
std::vector<std::string_view> ManualPageNames();

}  // namespace davit::cli
