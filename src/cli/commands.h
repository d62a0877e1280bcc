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
int RunInvoke(Context& context);
int RunRender(Context& context);
int RunWhy(Context& context);
int RunEval(Context& context);
int RunSchema(Context& context);
int RunFmt(Context& context);
int RunExplain(Context& context);
int RunEnvrc(Context& context);
void DeclareInvoke(CLI::App& app, Options& options);
void DeclareRender(CLI::App& app, Options& options);
void DeclareExplain(CLI::App& app, Options& options);
int RunHubDeploy(Context& context);
int RunHubUndeploy(Context& context);
int RunHubElaborate(Context& context);
int RunHubExplain(Context& context);
int RunHubBackupCreate(Context& context);
int RunHubInvoke(Context& context);
int RunHubRender(Context& context);
int RunHubUnbundle(Context& context);
int RunHubKubeconfig(Context& context);
int RunHubExt(Context& context);
int RunHubInitStack(Context& context);
int RunHubInitComponent(Context& context);
int RunNewStack(Context& context);
int RunNewComponent(Context& context);
int RunVersion(Context& context);
int RunHelp(Context& context);

/// What `davit schema` takes.
void DeclareSchema(CLI::App& app, Options& options);
/// What those of skeletons take; the others in hub_*.h and parse.cc.
void DeclareNewStack(CLI::App& app, Options& options);
void DeclareNewComponent(CLI::App& app, Options& options);
void DeclareHubInit(CLI::App& app, Options& options);

/// The manual page of a command ("up", "run"), as Markdown; empty where there is none. From docs/manual/commands, put
/// in by the build.
std::string_view ManualPage(std::string_view name);
std::vector<std::string_view> ManualPageNames();

}  // namespace davit::cli
