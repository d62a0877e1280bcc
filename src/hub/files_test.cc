// What is made of a state file and of backup bundles, and extensions.
#include <gtest/gtest.h>

#include <cstdlib>

#include "base/digest.h"
#include "base/text.h"
#include "hub/backup.h"
#include "hub/explain.h"
#include "hub/extensions.h"
#include "hub/kubeconfig.h"

namespace davit::hub {
namespace {

using Texts = std::vector<std::string>;

StateFile StateOf(const std::string& text) {
  SourceMap map;
  Result<StateFile> state = ParseStateFile(map, map.AddFile("state", "version: 1\nkind: state\n" + text));
  if (!state) throw std::runtime_error(RenderError(&map, state.error(), false));
  return *std::move(state);
}

std::string Plain(const std::string& text) {
  return text;
}

constexpr const char* kState = R"(
meta: {kind: stack, name: demo}
status: deployed
stackParameters: [{name: n, value: 3}, {name: l, component: app, value: [1, a]}]
stackOutputs: [{name: "db:password", value: s3cret, kind: secret}]
provides: {sql: [db]}
components:
  db:
    status: deployed
    parameters: [{name: size, value: 5, env: SIZE}]
    rawOutputs: [{name: raw, value: r}]
    capturedOutputs:
    - {component: db, name: host, value: h}
    - {component: db, name: password, value: s3cret, kind: secret}
    - {component: db, name: hub.components.db.git.ref, value: abc}
  app:
    status: error
    message: "it failed\nbadly"
    capturedOutputs:
    - {component: app, name: host, value: of app}
    - {component: db, name: host, value: h}
operations:
- {id: o1, operation: deploy, status: error, initiator: ann, options: {args: [hub, deploy]}, phases: [{phase: db, status: success}], logs: "a\nb"}
)";

TEST(Explain, AsJson) {
  const StateFile state = StateOf(kState);
  ExplainRequest request;
  request.order = {"db", "app", "gone"};
  EXPECT_EQ(ExplainJson(state, request), ParseJson(R"({
    "meta": {"kind": "stack", "name": "demo"}, "status": "deployed",
    "stackParameters": {"n": "3", "l|app": "[1,\"a\"]"}, "stackOutputs": {"db:password": "s3cret"}, "provides": {"sql": ["db"]},
    "components": {
      "db": {"status": "deployed", "parameters": {"size": "5"}, "outputs": {"host": "h", "password": "s3cret"}},
      "app": {"status": "error", "message": "it failed\nbadly", "outputs": {"host": "of app"}}}})")
                                             .value());
  request = {{"db"}, false, true, false};
  const json::object one = ExplainJson(state, request);
  EXPECT_FALSE(one.contains("stackParameters"));
  EXPECT_EQ(one.at("components").at("db").at("rawOutputs"), (json::object{{"raw", "r"}}));
}

TEST(Explain, AsLinesWithoutSecrets) {
  const StateFile state = StateOf(kState);
  ExplainRequest request;
  request.order = {"db", "app"};
  const std::string text = Join(ExplainLines(state, request, Plain), "\n");
  EXPECT_EQ(text.find("s3cret"), std::string::npos) << text;
  EXPECT_NE(text.find("  db:password = (sensitive)"), std::string::npos) << text;
  EXPECT_NE(text.find("    size = 5  (env: SIZE)"), std::string::npos) << text;
  EXPECT_NE(text.find("  message: it failed\\nbadly"), std::string::npos) << text;
  request.show_sensitive = true;
  EXPECT_NE(Join(ExplainLines(state, request, Plain), "\n").find("    password = s3cret"), std::string::npos);
  EXPECT_EQ(OperationLines(state, Plain),
            (Texts{"deploy  error  by ann  o1", "  hub deploy", "  db: success", "  log:", "    a", "    b"}));
}

BackupBundle BundleOf(const std::string& text) {
  SourceMap map;
  return ParseBackupBundle(map, map.AddFile("bundle", text)).value();
}

TEST(Backup, BecomesParameters) {
  UnbundleRequest request;
  request.bundles = {
      {"old",
       BundleOf(
           "version: 1\nkind: backup\ncomponents:\n  pg:\n    status: success\n    timestamp: 2026-01-01T00:00:00Z\n"
           "    kind: postgresql\n    outputs: [{name: z, value: old}]\n  gone: {status: error}\n")},
      {"new", BundleOf(R"({"version": 1, "kind": "backup", "components": {"pg": {"status": "success",
        "outputs": [{"name": "z", "value": 1}, {"name": "a", "value": "05"}]}, "vault": {"status": "success", "outputs": []}}})")}};
  Texts warnings;
  EXPECT_EQ(Unbundle(request, warnings), ParseJson(R"({"parameters": [
    {"component": "pg", "name": "a", "value": "05"}, {"component": "pg", "name": "z", "value": 1}]})")
                                             .value());
  EXPECT_EQ(warnings.size(), 2u);
  EXPECT_EQ(warnings[0], "there is no good backup of component 'gone': it is left out");
  EXPECT_NE(warnings[1].find("that in old (success, 2026-01-01T00:00:00Z) is newer"), std::string::npos) << warnings[1];
}

TEST(Backup, OfThoseThatAreAskedForUnderNewNames) {
  UnbundleRequest request;
  request.bundles = {
      {"b", BundleOf("version: 1\nkind: backup\ncomponents:\n  a: {status: success, outputs: [{name: x, value: 1}]}\n"
                     "  b: {status: success, outputs: [{name: x, value: 2}]}\n  c: {status: success}\n")}};
  request.rename = ParseRenames({"a:new"}).value();
  request.omit = {"b"};
  Texts warnings;
  EXPECT_EQ(json::serialize(Unbundle(request, warnings)),
            R"({"parameters":[{"component":"new","name":"x","value":1}]})");
  EXPECT_TRUE(warnings.empty());
  request = {request.bundles, {}, {}, {"b", "nobody"}};
  EXPECT_EQ(json::serialize(Unbundle(request, warnings)), R"({"parameters":[{"component":"b","name":"x","value":2}]})");
  EXPECT_EQ(warnings, Texts{"component 'nobody' is in no bundle"});
  EXPECT_FALSE(ParseRenames({"a"}));
  EXPECT_FALSE(ParseRenames({"a:"}));
  EXPECT_FALSE(ParseRenames({"a:b", "a:c"}));
}

TEST(Backup, ABundleThatWorkedLessWellThanAnOlderOne) {
  UnbundleRequest request;
  request.bundles = {
      {"good",
       BundleOf("version: 1\nkind: backup\ncomponents: {a: {status: success, outputs: [{name: x, value: 1}]}}\n")},
      {"bad", BundleOf("version: 1\nkind: backup\ncomponents: {a: {status: error}}\n")}};
  Texts warnings;
  EXPECT_EQ(Unbundle(request, warnings).at("parameters").as_array().size(), 1u);
  EXPECT_EQ(warnings, Texts{"of component 'a' the backup in good (success) is taken, not that in bad (error)"});
}

TEST(Backup, SaysWhereItIsWrong) {
  for (const auto& [text, message] : std::map<std::string, std::string>{
           {"kind: state\n", "its kind is not 'backup'"},
           {"kind: backup\nversion: 2\n", "a version that this davit does not know"},
           {"kind: backup\nversion: 1\ncomponents: [a]\n", "'components' is a map"},
           {"kind: backup\nversion: 1\ncomponents: {a: {outputs: {b: 1}}}\n", "'outputs' is a list"},
           {"kind: backup\nversion: 1\ncomponents: {a: {outputs: [{value: 1}]}}\n", "this output has no name"}}) {
    SourceMap map;
    const Result<BackupBundle> bundle = ParseBackupBundle(map, map.AddFile("bundle", text));
    ASSERT_FALSE(bundle);
    EXPECT_NE(bundle.error().message.find(message), std::string::npos) << bundle.error().message;
    EXPECT_TRUE(bundle.error().position);
  }
}

StateFile Cluster(const std::string& outputs, const std::string& component = "k8s-aws") {
  return StateOf("components: {" + component + ": {capturedOutputs: [{component: " + component +
                 ", name: dns.domain, value: d.example}, " + "{component: " + component +
                 ", name: kubernetes.api.caCert, value: CA}" + outputs + "]}}\n");
}

std::string Output(const std::string& name, const std::string& value, const std::string& component = "k8s-aws") {
  return ", {component: " + component + ", name: " + name + ", value: " + value + "}";
}

TEST(Kubeconfig, OneEntryForEachFlavor) {
  const KubeEntry aws =
      KubeEntryOf(Cluster(Output("kubernetes.api.clientCert", "CERT") + Output("kubernetes.api.clientKey", "KEY")), {})
          .value();
  EXPECT_EQ(aws.context, "d.example");
  EXPECT_EQ(aws.server, "https://d.example");
  EXPECT_EQ(aws.user, "admin@d.example");
  const KubeEntry eks =
      KubeEntryOf(Cluster(Output("kubernetes.flavor", "eks") + Output("kubernetes.eks.cluster", "c1") +
                          Output("kubernetes.api.endpoint", "api.example:6443")),
                  {{}, "ctx", {}})
          .value();
  EXPECT_EQ(eks.context + " " + eks.user + " " + eks.server, "ctx eks-c1 https://api.example:6443");
  const Result<KubeEntry> gke = KubeEntryOf(Cluster(Output("kubernetes.flavor", "gke")), {});
  ASSERT_FALSE(gke);
  EXPECT_NE(gke.error().message.find("component 'k8s-aws' has no output 'kubernetes.api.token'"), std::string::npos);
  EXPECT_FALSE(KubeEntryOf(Cluster(Output("kubernetes.flavor", "other")), {}));
}

TEST(Kubeconfig, WhoKnowsTheCluster) {
  const std::string token = Output("kubernetes.flavor", "gke", "mine") + Output("kubernetes.api.token", "T", "mine");
  StateFile state = Cluster(token, "mine");
  EXPECT_FALSE(KubeEntryOf(state, {})) << "no component that is known to make clusters";
  EXPECT_TRUE(KubeEntryOf(state, {{"other", "mine"}, "", {}}));
  state.provides["kubernetes"] = {"mine"};
  EXPECT_EQ(KubeEntryOf(state, {}).value().token, "T");
  // Where no component does, the stack's parameters may.
  const StateFile parameters = StateOf(
      "stackParameters: [{name: kubernetes.flavor, value: gke}, {name: kubernetes.api.token, value: T}, "
      "{name: kubernetes.api.caCert, value: CA}]\n");
  EXPECT_EQ(KubeEntryOf(parameters, {}).error().suggestion, "set HUB_DOMAIN_NAME");
  EXPECT_EQ(KubeEntryOf(parameters, {{}, "", {{"HUB_DOMAIN_NAME", "x.example"}}}).value().user, "gke-x.example");
}

TEST(Kubeconfig, IsMergedAndLeavesTheRest) {
  KubeEntry entry{"ctx", "d.example", "https://d.example", "CA", "gke-d", "T", "", "", ""};
  json::object config;
  std::string warning;
  EXPECT_TRUE(MergeKubeEntry(config, entry, {}, &warning).value());
  EXPECT_EQ(GetString(config, "current-context"), "ctx");
  EXPECT_EQ(config.at("clusters").at(0).at("cluster").at("certificate-authority-data"), json::value(ToBase64("CA")));
  EXPECT_EQ(config.at("users").at(0).at("user").at("token"), json::value("T"));
  // A second one beside it; what is current stays.
  entry.context = "two";
  config["preferences"] = json::object();
  EXPECT_TRUE(MergeKubeEntry(config, entry, {}, &warning).value());
  EXPECT_EQ(config.at("contexts").as_array().size(), 2u);
  EXPECT_EQ(config.at("users").as_array().size(), 1u);
  EXPECT_EQ(GetString(config, "current-context"), "ctx");
  EXPECT_TRUE(config.contains("preferences"));
  EXPECT_EQ(warning, "");
  // One that is there stays, unless it is to be written anew.
  entry.ca = "other CA";
  EXPECT_FALSE(MergeKubeEntry(config, entry, {false, true}, &warning).value());
  EXPECT_NE(warning.find("trusts another certificate"), std::string::npos);
  EXPECT_EQ(GetString(config, "current-context"), "two");
  EXPECT_TRUE(MergeKubeEntry(config, entry, {true, false}, &warning).value());
  EXPECT_EQ(config.at("clusters").at(0).at("cluster").at("certificate-authority-data"),
            json::value(ToBase64("other CA")));
  config["users"] = "text";
  EXPECT_NE(MergeKubeEntry(config, entry, {}, &warning).error().message.find("'users' of the kubeconfig is no list"),
            std::string::npos);
}

TEST(Extensions, AreFoundByTheLongestName) {
  char pattern[] = "/tmp/davit-extensions-XXXXXX";
  const Path root = ::mkdtemp(pattern);
  std::filesystem::create_directories(root / "home/.hub");
  std::filesystem::create_directories(root / "own");
  const Variables environment = {{"HOME", (root / "home").string()}, {"HUB_EXTENSIONS", (root / "own").string()}};
  for (const auto& [file, mode] : std::map<std::string, unsigned>{{"own/hub-pull", 0755},
                                                                  {"home/.hub/hub-pull", 0755},
                                                                  {"home/.hub/hub-show-all", 0755},
                                                                  {"own/hub-data", 0644},
                                                                  {"own/hub-", 0755}})
    ASSERT_TRUE(WriteFile(root / file, "#!/bin/sh\n[ \"$*\" = 'x --flag y' ] && exit 7\n", mode));
  Texts names;
  for (const Extension& extension : ListExtensions(environment)) names.push_back(extension.name);
  EXPECT_EQ(names, (Texts{"pull", "show-all"}));
  const Extension pull = FindExtension({"pull", "x", "--flag", "y"}, environment).value();
  EXPECT_EQ(pull.file, root / "own/hub-pull");
  EXPECT_EQ(pull.arguments, (Texts{"x", "--flag", "y"}));
  EXPECT_EQ(RunExtension(pull, environment).value(), 7);
  EXPECT_EQ(FindExtension({"show", "all", "it"}, environment).value().name, "show-all");
  EXPECT_EQ(FindExtension({"pul"}, environment).error().suggestion, "did you mean 'pull'?");
  EXPECT_FALSE(FindExtension({"--flag", "pull"}, environment));
  EXPECT_FALSE(FindExtension({"../own/hub-pull"}, environment));
  std::filesystem::remove_all(root);
}

}  // namespace
}  // namespace davit::hub
