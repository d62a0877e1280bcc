// The elaborate file, written and read back; values that come late: of files, of states, of every stack.
#include <gtest/gtest.h>

#include "base/gzip.h"
#include "manifest/elaborated_file.h"
#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

struct Elaboration {
  SourceMap map;
  Diagnostics diagnostics;
  std::string text;

  Elaboration(Source& source, ElaborateRequest request, const std::string& platform = {}) {
    request.manifest = "/s/hub.yaml";
    if (!platform.empty()) request.platform = map.AddFile("state", platform);
    Result<std::optional<std::string>> written = ElaborateToFile(request, source, map, diagnostics);
    EXPECT_TRUE(written);
    if (written && *written) text = **std::move(written);
  }

  std::string Said() const {
    std::string said;
    for (const Diagnostic& diagnostic : diagnostics.list())
      said += diagnostic.rule + ": " + diagnostic.error.message + "\n";
    return said;
  }
};

MemorySource Shop() {
  MemorySource source;
  source.files["hub.yaml"] = R"(version: 1
kind: stack
meta: {name: "shop:1", brief: b, annotations: {x: "010"}}
components:
  - name: web
    source: {dir: web}
    depends: [db]
    hooks: [{file: bin/x, triggers: [pre-deploy], error: ignore}]
    annotations: {k: v}
  - {name: db, source: {git: {remote: r, ref: main, localDir: db}}}
requires: [aws, ingress]
lifecycle: {mandatory: [db], requires: {optional: ["cdn:web"]}, readyConditions: [{url: "http://${host}", waitSeconds: 9}]}
parameters:
  - {name: version, value: "1.10", description: d}
  - {name: flag, value: yes}
  - {name: mode, value: 010}
  - {name: host, kind: link, value: "${db:host}"}
  - {name: costs, value: "$${5}"}
  - {name: list, value: [a, "y"]}
  - {name: key, kind: user, fromEnv: KEY, default: k}
  - {name: spare, kind: user, empty: allow}
outputs: [{name: "db:pg.password"}, {name: url, value: "${host}/x", description: o}]
)";
  source.files["web/hub-component.yaml"] = R"(version: 1
kind: component
meta: {name: nginx, title: T, version: 2}
requires: [sql]
lifecycle: {options: {random: {bytes: 8}}}
parameters: [{name: color, value: red, env: COLOR}, {name: size, kind: user, default: 1}]
templates: {files: [a.template], extra: [{kind: mustache, files: [b]}]}
)";
  source.files["db/hub-component.yaml"] =
      "version: 1\nkind: component\nmeta: {name: postgres, kind: database}\nprovides: [sql]\n"
      "lifecycle: {verbs: [deploy], bare: allow}\noutputs: [{name: host}, {name: pg.password}]\n";
  return source;
}

TEST(ElaborateFile, SaysAllThatIsSetAndNoMore) {
  MemorySource source = Shop();
  const Elaboration elaborated(source, {});
  EXPECT_EQ(elaborated.Said(), "no-value: parameter 'spare' has no value, no default and nothing to take it from\n");
  EXPECT_EQ(elaborated.text, R"(---
version: 1
kind: stack
meta:
  name: shop:1
  brief: b
  annotations:
    x: "010"
components:
- name: web
  source:
    dir: web
  depends:
  - db
  annotations:
    k: v
  hooks:
  - file: bin/x
    triggers:
    - pre-deploy
    error: ignore
- name: db
  source:
    git:
      remote: r
      ref: main
      localDir: db
requires:
- aws
- ingress
provides:
- sql
lifecycle:
  order:
  - db
  - web
  mandatory:
  - db
  requires:
    optional:
    - cdn:web
  readyConditions:
  - url: http://${host}
    waitSeconds: 9
outputs:
- name: db:pg.password
  kind: secret
- name: url
  description: o
  value: ${host}/x
parameters:
- name: costs
  value: $${5}
- name: flag
  value: true
- name: host
  kind: link
  value: ${db:host}
- name: key
  kind: user
  default: k
  fromEnv: KEY
- name: list
  value:
  - a
  - "y"
- name: mode
  value: 8
- name: size
  component: web
  kind: user
  default: 1
- name: spare
  kind: user
  empty: allow
- name: version
  description: d
  value: "1.10"
---
version: 1
kind: component
meta:
  name: web
  origin: nginx
  kind: nginx
  title: T
  version: "2"
requires:
- sql
lifecycle:
  verbs:
  - deploy
  - undeploy
  options:
    random:
      bytes: 8
parameters:
- name: color
  component: web
  value: red
  env: COLOR
- name: size
  component: web
  kind: user
  default: 1
templates:
  files:
  - a.template
  extra:
  - kind: mustache
    files:
    - b
---
version: 1
kind: component
meta:
  name: db
  origin: postgres
  kind: database
provides:
- sql
lifecycle:
  bare: allow
  verbs:
  - deploy
outputs:
- name: host
- name: pg.password
  kind: secret
)");
}

struct ReadBack {
  SourceMap map;
  Diagnostics diagnostics;
  Result<Stack> stack = Fail(ErrorCode::kInternal, "not loaded");

  ReadBack(MemorySource& source, ElaboratedOptions options) {
    options.files = {"/s/none", "/s/hub.yaml.elaborate"};
    stack = LoadElaborated(options, source, map, diagnostics);
  }
  std::string Said() const {
    std::string said;
    for (const Diagnostic& diagnostic : diagnostics.list())
      said += diagnostic.rule + ": " + diagnostic.error.message + "\n";
    return said;
  }
  json::value ValueOf(std::string_view name) const {
    for (const Parameter& parameter : stack->parameters) {
      if (parameter.name == name) return parameter.value.constant;
    }
    return "(none)";
  }
};

TEST(ElaborateFile, IsReadBackAsTheSameStack) {
  MemorySource source = Shop();
  source.environment["KEY"] = "from the environment";
  const std::string text = Elaboration(source, {}).text;
  source.files["hub.yaml.elaborate"] = Gzip(text);
  const ReadBack plain(source, {});
  ASSERT_TRUE(plain.stack);
  EXPECT_EQ(plain.Said(), "");
  const Stack& stack = *plain.stack;
  EXPECT_EQ(stack.name, "shop");
  EXPECT_EQ(stack.order, (std::vector<std::string>{"db", "web"}));
  EXPECT_TRUE(stack.explicit_order);
  EXPECT_EQ(stack.requires_, (std::vector<std::string>{"aws", "ingress"}));
  EXPECT_EQ(stack.provides, std::vector<std::string>());  // all of them are of components
  ASSERT_EQ(stack.components.size(), 2u);
  const Component& web = stack.components[0];
  EXPECT_EQ(web.source_dir, Path("/s/web"));
  EXPECT_EQ(web.origin, "nginx");
  EXPECT_EQ(web.random_bytes, 8);
  EXPECT_EQ(web.hooks.size(), 1u);
  EXPECT_EQ(web.templates.size(), 2u);
  EXPECT_TRUE(web.optional);
  EXPECT_EQ(web.tuned, std::vector<std::string>{"cdn"});
  EXPECT_EQ(*web.parameters[0].env, "COLOR");
  EXPECT_TRUE(stack.components[1].bare);
  EXPECT_EQ(stack.components[1].kind, "database");
  EXPECT_EQ(stack.components[1].source_dir, Path("/s/db"));
  EXPECT_EQ(plain.ValueOf("version"), "1.10");
  EXPECT_EQ(plain.ValueOf("mode"), 8);
  EXPECT_EQ(plain.ValueOf("costs"), "${5}");
  EXPECT_EQ(plain.ValueOf("key"), "from the environment");
  EXPECT_EQ(plain.ValueOf("size"), 1);

  ElaboratedOptions options;
  options.overrides["KEY"] = "overridden";
  options.implicit = {"the-id", "happy-shop", {}};
  options.state = {{"version", "", "1.9"}, {"spare", "", "s"}, {"old", "web", 7}, {"flag", "", "true"}};
  const ReadBack joined(source, options);
  EXPECT_EQ(joined.Said(),
            "differs-from-state: parameter 'version' has another value than in the state\n"
            "value-of-state: parameter 'spare' is empty and takes its value from the state\n");
  EXPECT_EQ(joined.ValueOf("key"), "overridden");
  EXPECT_EQ(joined.ValueOf("version"), "1.10");
  EXPECT_EQ(joined.ValueOf("spare"), "s");
  EXPECT_EQ(joined.ValueOf("old"), 7);
  EXPECT_EQ(joined.ValueOf("hub.deploymentId"), "the-id");
  EXPECT_EQ(joined.ValueOf("hub.stackName"), "happy-shop");

  // Of a repository only what is mentioned, and of components that there are.
  std::vector<std::string> asked;
  options.implicit.git = [&](const Component& component, const std::string& what) {
    asked.push_back(component.source_dir.string() + " " + what);
    return "main 0123456";
  };
  EXPECT_EQ(ReadBack(source, options).stack->parameters.size(), joined.stack->parameters.size());
  EXPECT_TRUE(asked.empty());
  std::string mentions = text;
  mentions.insert(mentions.find("parameters:\n") + 12,
                  "- {name: a, value: \"${hub.components.db.git.ref} ${hub.components.none.git.ref}\", kind: link}\n");
  source.files["hub.yaml.elaborate"] = mentions;
  const ReadBack told(source, options);
  EXPECT_EQ(told.ValueOf("hub.components.db.git.ref"), "main 0123456");
  EXPECT_EQ(asked, std::vector<std::string>{"/s/db ref"});

  source.files["hub.yaml.elaborate"] = text.substr(0, text.find("---\nversion: 1\nkind: component"));
  EXPECT_EQ(
      ReadBack(source, {}).Said(),
      ": the elaborate file has no document of component 'web'\n: the elaborate file has no document of component "
      "'db'\n");
  source.files.erase("hub.yaml.elaborate");
  EXPECT_EQ(ReadBack(source, {}).stack.error().code, ErrorCode::kNotFound);
}

TEST(ElaborateFile, TakesFromThePlatform) {
  MemorySource source = Shop();
  ElaborateRequest request;
  const std::string platform = R"(version: 1
kind: state
stackParameters: [{name: spare, value: s}, {name: mode, value: 9}, {name: size, component: web, value: 4}]
stackOutputs: [{name: "k8s:key", value: secret}, {name: spare, value: out}]
provides: {ingress: [nginx], aws: [x], oidc: ["*environment*"]}
)";
  request.provides = {"zeta", "alpha"};
  const Elaboration elaborated(source, request, platform);
  EXPECT_EQ(elaborated.Said(),
            "default-of-platform: the default of parameter 'key' is that of the platform's state, as it has fromEnv\n");
  EXPECT_NE(elaborated.text.find("requires:\n- aws\nprovides"), std::string::npos);
  EXPECT_NE(elaborated.text.find("platform:\n  provides:\n  - alpha\n  - zeta\n  - aws\n  - ingress\n  - oidc\n"),
            std::string::npos);
  EXPECT_NE(elaborated.text.find("- name: spare\n  kind: user\n  value: out\n"), std::string::npos);
  EXPECT_NE(elaborated.text.find("- name: key\n  kind: user\n  default: secret\n  fromEnv: KEY\n"), std::string::npos);
  request.platform_parameters = false;
  EXPECT_EQ(Elaboration(source, request, "stackParameters: [{name: spare, value: s}]\n").text.find("value: s\n"),
            std::string::npos);
}

TEST(ElaborateFile, GetsParametersForTheClusterOfThePlatform) {
  MemorySource source = Shop();
  const std::string state = R"(components:
  net: {capturedOutputs: [{name: dns.domain, value: wrong}]}
  eks: {capturedOutputs: [{name: kubernetes.api.endpoint, value: api.eks}]}
  mine: {capturedOutputs: [{name: kubernetes.api.endpoint, value: api.mine}, {name: dns.domain, value: ""}, {name: size, value: 7}]}
stackParameters: [{name: kubernetes.flavor, value: eks}]
provides: {kubernetes: [gone, mine]}
)";
  EXPECT_EQ(Elaboration(source, {}, state).text.find("kubernetes.api"), std::string::npos);  // nobody requires it
  std::string& text = source.files["hub.yaml"];
  text.replace(text.find("ingress]"), 8, "kubectl]");
  const std::string made = Elaboration(source, {}, state).text;
  EXPECT_NE(made.find("- name: kubernetes.api.endpoint\n  value: api.mine\n"), std::string::npos);
  EXPECT_EQ(made.find("dns.domain"), std::string::npos);
  EXPECT_EQ(made.find("kubernetes.flavor"), std::string::npos);
  // What the stack hands out goes first, from two on; the parameters are the last resort.
  const std::string outputs =
      "stackOutputs: [{name: \"c:dns.domain\", value: d}, {name: kubernetes.flavor, value: gke}]\n";
  EXPECT_NE(Elaboration(source, {}, outputs + state).text.find("- name: kubernetes.flavor\n  value: gke\n"),
            std::string::npos);
  const std::string parameters = "stackParameters: [{name: kubernetes.flavor, value: eks}]\n";
  EXPECT_NE(Elaboration(source, {}, parameters).text.find("- name: kubernetes.flavor\n  value: eks\n"),
            std::string::npos);
}

TEST(ElaborateFile, OfAnApplicationIsAsTheReferenceWritesIt) {
  MemorySource source;
  source.files["hub.yaml"] =
      "version: 1\nkind: application\nmeta: {name: \"app:2\"}\nlifecycle: {bare: allow, requires: {optional: [cdn]}}\n"
      "parameters: [{name: z, value: 1, env: Z}, {name: a, value: 2}]\n";
  const std::string text = Elaboration(source, {}).text;
  EXPECT_EQ(text.substr(text.find("---\n", 4)),
            "---\nversion: 1\nkind: component\nmeta:\n  name: app\nlifecycle:\n  bare: allow\n  verbs:\n  - deploy\n"
            "  - undeploy\n  requires:\n    optional:\n    - cdn\nparameters:\n- name: a\n- name: z\n  env: Z\n");
}

TEST(ElaborateFile, OverridesReachWhatIsMergedFromTwoSources) {
  MemorySource source = Shop();
  ElaborateRequest request;
  request.overrides["KEY"] = "o";
  EXPECT_EQ(Elaboration(source, request).text.find("value: o\n"), std::string::npos);
  source.files["p.yaml"] = "parameters: [{name: key, brief: more}]\n";
  request.parameter_files = {"/s/p.yaml"};
  EXPECT_NE(Elaboration(source, request).text.find("default: k\n  value: o\n"), std::string::npos);
}

TEST(ElaborateFile, FormatIsOnlyWarnedOf) {
  MemorySource source = Shop();
  std::string& text = source.files["hub.yaml"];
  text.replace(0, text.find("meta"), "version: 2\nkind: stak\n");
  const Elaboration elaborated(source, {});
  EXPECT_TRUE(elaborated.Said().starts_with(
      "format: version must be 1, not '2'\nformat: kind must be stack here, not 'stak'\n"));
  EXPECT_TRUE(elaborated.text.starts_with("---\nversion: 1\nkind: stak\n"));
}

TEST(Values, OfFiles) {
  MemorySource source;
  source.files["stack.yaml"] = R"(version: 1
kind: stack
meta: {name: s}
parameters:
  - {name: a, fromFile: keys/a}
  - {name: b, kind: user, fromEnv: B, fromFile: $KEY, default: d}
  - {name: c, fromFile: gone, empty: allow}
)";
  source.files["keys/a"] = "one\ntwo\n";
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.ValueOf("a"), "one\ntwo\n");
  EXPECT_EQ(loaded.ValueOf("b"), "d");
  EXPECT_EQ(
      loaded.Said(),
      "warning(from-file-empty) stack.yaml:6:49 parameter 'b' has fromFile: $KEY, and there is no such variable [set "
      "it to the path of a file]\n"
      "error stack.yaml:7:25 parameter 'c' cannot be read from /s/gone: no such file [create the file, or remove "
      "fromFile]\n");
  source.environment["KEY"] = "/s/keys/a";
  EXPECT_EQ(Loaded(source, InMemory()).ValueOf("b"), "one\ntwo\n");
}

TEST(Values, ThatEveryStackHas) {
  MemorySource source;
  source.files["stack.yaml"] =
      "version: 1\nkind: stack\nmeta: {name: s}\nparameters: [{name: a, value: \"${hub.stackName}!\"}]\n";
  LoadOptions options = InMemory();
  int asked = 0;
  options.implicit = [&](const Stack& stack) {
    ++asked;
    return Implicit{"id", "the " + stack.name, {}};
  };
  const Loaded loaded(source, options);
  EXPECT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("a"), "the s!");
  EXPECT_EQ(loaded.stack->parameters.size(), 2u);  // hub.deploymentId is nobody's
  source.files["stack.yaml"] = "version: 1\nkind: stack\nmeta: {name: s}\n";
  EXPECT_EQ(Loaded(source, options).stack->parameters.size(), 0u);
  EXPECT_EQ(asked, 1);
}

}  // namespace
}  // namespace davit::manifest
