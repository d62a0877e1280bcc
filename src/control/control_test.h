// What the tests of this folder stand on: a stack in a temporary directory, the real SQLite store, keys and blobs, and modules whose
// inspection is scripted. Runs are driven by hand, as a runner would: Submit, Claim, Finish. One thread.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/direct.h"
#include "store/sqlite_store.h"

namespace davit::control {

class TestClock final : public Clock {
 public:
  int64_t WallMs() const override { return now_ms; }
  int64_t MonotonicMs() const override { return now_ms; }
  int64_t now_ms = 1'700'000'000'000;
};

/// Answers by the last part of a component's directory; a script where nothing was said.
class ScriptedInspector final : public ModuleInspector {
 public:
  Result<ModuleInfo> Inspect(const Component& component, const Path&) override {
    ++asked;
    const std::string name = component.source_dir.filename();
    if (auto refusal = refusals.find(name); refusal != refusals.end()) {
      return Fail(ErrorCode::kInvalidInput, "component '" + component.name + "' " + refusal->second, "mend it");
    }
    ModuleInfo module;
    module.driver = "script";
    module.driver_version = "1";
    if (auto known = modules.find(name); known != modules.end()) module = known->second;
    return module;
  }
  std::string Missing(std::string_view capability) override {
    const auto found = missing.find(capability);
    return found == missing.end() ? std::string() : found->second;
  }
  int asked = 0;
  std::map<std::string, std::string, std::less<>> missing;
  std::map<std::string, std::string> refusals;
  std::map<std::string, ModuleInfo> modules;
};

/// One davit process on the store of a directory.
struct Davit {
  store::Opened opened;
  std::unique_ptr<blob::FileBlobStore> blobs;
  std::unique_ptr<source::StatCache> stat_cache;
  std::optional<ProcessEntry> process;
  std::unique_ptr<DirectClient> client;
  DirectClient* operator->() { return client.get(); }
  store::Store& store() { return *opened.store; }
};

class ControlTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/davit-control-XXXXXX";
    root_ = ::mkdtemp(name);
    directory_ = root_ / "shop";
    ASSERT_TRUE(MakeDirectories(directory_));
    Path created;
    keyring_.emplace(secrets::Keyring::Create({{"XDG_CONFIG_HOME", (root_ / "config").string()}}, &created).value());
    davit_ = Open();
  }
  void TearDown() override {
    davit_.reset();
    std::filesystem::remove_all(root_);
  }

  Path store_directory() const { return directory_ / ".davit"; }

  /// Another davit on the same store; `reads`: one that may only look, and that can keep no cache either.
  std::unique_ptr<Davit> Open(bool reads = false) {
    auto davit = std::make_unique<Davit>();
    store::OpenOptions options;
    options.machine_id = "machine";
    options.read_only = reads;
    Result<store::Opened> opened = store::OpenSqlite(store_directory(), options);
    EXPECT_TRUE(opened) << opened.error().message;
    davit->opened = *std::move(opened);
    davit->blobs = std::make_unique<blob::FileBlobStore>(store_directory() / "blobs", *keyring_);
    davit->stat_cache = source::StatCache::Open(reads ? root_ / "nowhere/stat" : store_directory() / "stat");
    if (!reads) davit->process.emplace(ProcessEntry::Register(store_directory(), ids_).value());
    DirectParts parts{davit->store(),     *davit->blobs,      *keyring_, inspector_,
                      *davit->stat_cache, *davit->stat_cache, clock_,    ids_,
                      environment_,       store_directory(),  {},        nullptr};
    parts.scope.principal = "tester@here";
    parts.scope.may_write = !reads;
    if (davit->process) parts.process = &*davit->process;
    davit->client = std::make_unique<DirectClient>(std::move(parts));
    return davit;
  }
  DirectClient& client() { return *davit_->client; }

  void Write(const Path& path, const std::string& text) {
    ASSERT_TRUE(MakeDirectories((directory_ / path).parent_path()));
    ASSERT_TRUE(WriteFile(directory_ / path, text));
  }
  /// stack.yaml with these components (and what else is given), and a file in the directory of each module.
  void WriteStack(const std::string& body, const std::vector<std::string>& modules) {
    Write("stack.yaml", "version: 1\nkind: stack\nmeta: {name: shop}\n" + body);
    for (const std::string& module : modules) {
      if (!std::filesystem::exists(directory_ / module)) Write(module + "/deploy", "#!/bin/sh\n");
    }
  }

  std::shared_ptr<StackDocument> Load() {
    LoadRequest request;
    request.directory = directory_;
    return client().Load(request);
  }
  std::shared_ptr<StackDocument> LoadGood() {
    std::shared_ptr<StackDocument> document = Load();
    EXPECT_TRUE(document->ok) << Told(*document);
    return document;
  }
  /// Everything that was found wrong.
  static std::string Told(const StackDocument& document) {
    std::string text = document.failure ? document.failure->message + "\n" : "";
    for (const Diagnostic& diagnostic : document.diagnostics.list())
      text += RenderDiagnostic(document.sources, diagnostic, false);
    return text;
  }

  SubmitRequest DeployRequest() {
    SubmitRequest request;
    request.document = LoadGood();
    request.deployment.stack_name = request.document->stack.name;
    request.direct = true;
    return request;
  }
  SubmitRequest DestroyRequest() {
    SubmitRequest request;
    request.kind = RunKind::kDestroy;
    request.direct = true;
    return request;
  }
  RunId Submit(const SubmitRequest& request) {
    Result<Submitted> submitted = client().Submit(request);
    EXPECT_TRUE(submitted) << submitted.error().message;
    if (!submitted) return {};
    EXPECT_TRUE(submitted->queue.started);
    return submitted->run;
  }

  std::vector<Lease> Claim(const RunId& run, int max = 100) {
    Result<std::vector<Lease>> leases = client().Claim(run, max);
    EXPECT_TRUE(leases) << leases.error().message;
    return leases.value_or(std::vector<Lease>{});
  }
  /// Exactly one lease, of this component.
  Lease ClaimOne(const RunId& run, const std::string& component) {
    std::vector<Lease> leases = Claim(run);
    EXPECT_EQ(leases.size(), 1u);
    if (leases.empty()) return {};
    EXPECT_EQ(leases[0].component, component);
    return leases[0];
  }

  /// From now on the modules in `directory` are Terraform's, with these outputs.
  ModuleInfo& MakeTerraform(const std::string& directory, const std::vector<std::string>& outputs) {
    ModuleInfo& module = inspector_.modules[directory];
    module.driver = "terraform";
    module.driver_version = "1";
    for (const std::string& output : outputs) module.outputs[output];
    return module;
  }

  /// The outcome of a task that went well and left these outputs.
  static TaskOutcome Done(ValueMap outputs = {}) {
    TaskOutcome outcome;
    outcome.has_outputs = true;
    outcome.outputs = std::move(outputs);
    return outcome;
  }
  static TaskOutcome Failed(const std::string& reason) {
    TaskOutcome outcome;
    outcome.result = RunResult::kFailed;
    outcome.reason = reason;
    return outcome;
  }
  static Value Text(const std::string& text, bool sensitive = false) { return {json::string(text), sensitive, false}; }

  FinishAnswer Finish(const Lease& lease, const TaskOutcome& outcome, int claim_max = 0) {
    LogUpload log;
    log.attempt = lease.attempt;
    Result<FinishAnswer> answer = client().Finish(lease, outcome, log, claim_max);
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(FinishAnswer{});
  }

  /// Drives a run to its end; each component leaves what `leaves_` says. Gives the components in the order in which they were leased.
  std::vector<std::string> Drive(const RunId& run) {
    std::vector<std::string> names;
    std::vector<Lease> leases = Claim(run, 1);
    while (!leases.empty()) {
      const Lease lease = leases.back();
      leases.pop_back();
      names.push_back(lease.component);
      auto failure = fails_.find(lease.component);
      FinishAnswer answer =
          Finish(lease, failure != fails_.end() ? Failed(failure->second) : Done(leaves_[lease.component]), 1);
      leases.insert(leases.end(), answer.leases.begin(), answer.leases.end());
    }
    EXPECT_EQ(Row(run).state, RunState::kFinished);
    return names;
  }
  std::vector<std::string> Up() { return Drive(last_ = Submit(DeployRequest())); }
  std::vector<std::string> Down() { return Drive(last_ = Submit(DestroyRequest())); }

  RunRow Row(const RunId& run) { return client().GetRun(run).value_or(RunRow{}); }
  RunView Show(const RunId& run) {
    Result<RunView> view = client().ShowRun(run);
    EXPECT_TRUE(view) << view.error().message;
    return view.value_or(RunView{});
  }
  JobView Job(const RunId& run, const std::string& component) {
    for (JobView& job : Show(run).jobs) {
      if (job.job.name == component) return job;
    }
    ADD_FAILURE() << "no job " << component;
    return {};
  }
  ComponentRow Component(const std::string& name) {
    Result<StatusView> status = client().Status({});
    EXPECT_TRUE(status) << status.error().message;
    for (const ComponentView& view : status->components) {
      if (view.component.name == name) return view.component;
    }
    return {};
  }
  JobOverview Why(const std::string& component, Davit* davit = nullptr) {
    DeploymentSelector selector;
    selector.stack_name = "shop";
    Result<JobOverview> why =
        (davit != nullptr ? davit->client.get() : &client())->Why(LoadGood(), selector, component);
    EXPECT_TRUE(why) << why.error().message;
    return why.value_or(JobOverview{});
  }
  std::unique_ptr<store::Transaction> Tx(store::Mode mode = store::Mode::kRead) {
    return davit_->store().Begin({"local", "tester@here", true}, mode).value();
  }

  Path root_;
  Path directory_;
  TestClock clock_;
  SystemIdSource ids_{clock_};
  std::optional<secrets::Keyring> keyring_;
  ScriptedInspector inspector_;
  std::map<std::string, std::string> environment_{{"REGION", "north"}};
  std::unique_ptr<Davit> davit_;
  std::map<std::string, ValueMap> leaves_;
  std::map<std::string, std::string> fails_;  // component → reason
  RunId last_;                                // of the last Up or Down
};

/// db → api (uses its host) → web (depends).
class ChainTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    WriteChain();
    leaves_["db"] = {{"host", Text("db.internal")}};
    leaves_["api"] = {{"url", Text("http://db.internal")}};
  }
  void WriteChain(const std::string& db_size = "3", const std::string& more = "") {
    WriteStack(
        "components:\n"
        "  - {name: db, source: db, parameters: {size: " +
            db_size +
            "}}\n"
            "  - {name: api, source: api, parameters: {host: \"${db:host}\"}}\n"
            "  - {name: web, source: web, depends: [api]}\n" +
            more,
        {"db", "api", "web"});
  }
  static std::vector<std::string> Kinds(const std::vector<JobOverview>& overview) {
    static const char* const kNames[] = {"new", "changed", "may_change", "unchanged", "removed", "destroy", "excluded"};
    std::vector<std::string> names;
    for (const JobOverview& job : overview) names.push_back(job.component + " " + kNames[static_cast<int>(job.kind)]);
    return names;
  }
  std::vector<std::string> Overview(const RunId& run) { return Kinds(client().Overview(run).value()); }
};

/// db (size, zone, two outputs) → api (uses its host) → web, and a stack output.
class ShopTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    WriteShop();
    Write("db/component.yaml",
          "version: 1\nkind: component\nmeta: {name: db}\noutputs:\n  - {name: host}\n  - {name: password, sensitive: "
          "true}\n");
    leaves_["db"] = {{"host", Text("db.internal")}, {"password", Text("hunter2")}};
    leaves_["api"] = {{"url", Text("http://api")}};
  }
  void WriteShop(const std::string& size = "3",
                 const std::string& outputs = "  - {name: url, value: \"${api:url}\"}\n") {
    WriteStack(
        "components:\n"
        "  - {name: db, source: db, parameters: {size: " +
            size +
            ", zone: a}, passEnv: [REGION]}\n"
            "  - {name: api, source: api, parameters: {host: \"${db:host}\"}}\n"
            "  - {name: web, source: web, depends: [db, api]}\n"
            "outputs:\n" +
            outputs,
        {"db", "api", "web"});
  }
  LogUpload Log(const Lease& lease, std::vector<std::string> texts, int64_t stdout_offset) {
    LogUpload log;
    log.attempt = lease.attempt;
    log.stdout_offset = stdout_offset;
    for (std::string& text : texts) log.lines.push_back({0, text.starts_with("!"), std::move(text)});
    return log;
  }
};

}  // namespace davit::control
