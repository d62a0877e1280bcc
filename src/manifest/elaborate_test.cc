// The rules by which parameters and outputs of many files become one stack.
#include "manifest/elaborate.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "manifest/source.h"
#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

const char* const kHead = "version: 1\nkind: stack\nmeta: {name: s}\n";
const char* const kComponentHead = "version: 1\nkind: component\nmeta: {name: c}\n";

std::vector<std::string> NamesOf(const Stack& stack) {
  std::vector<std::string> names;
  for (const Parameter& parameter : stack.parameters) names.push_back(QualifiedName(parameter));
  std::sort(names.begin(), names.end());
  return names;
}

TEST(Elaborate, NestedParametersAreFlattened) {
  const Loaded loaded = LoadBody(R"(components: [{name: pg, source: ok}, {name: other, source: ok}]
parameters:
  - name: net
    kind: tech
    sensitive: true
    parameters:
      - {name: vpc.cidr, value: 10.4.0.0/16}
      - name: vpc
        parameters:
          - {name: zone, value: z1}
          - {name: count, kind: user, default: 3}
  - name: db
    component: pg
    empty: allow
    fromEnv: NOT_INHERITED
    parameters:
      - {name: user}
      - {name: host, component: other, value: h1}
  - {name: plain, value: ""})");
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(NamesOf(*loaded.stack), (std::vector<std::string>{"db.host|other", "db.user|pg", "net.vpc.cidr",
                                                              "net.vpc.count", "net.vpc.zone", "plain"}));
  EXPECT_EQ(loaded.ValueOf("net.vpc.zone"), json::value("z1"));
  EXPECT_TRUE(loaded.At("net.vpc.zone").sensitive);
  EXPECT_EQ(loaded.At("net.vpc.count").kind, ParameterKind::kUser);
  EXPECT_EQ(loaded.ValueOf("net.vpc.count"), json::value(3));
  EXPECT_TRUE(loaded.At("db.user|pg").empty_allowed);
  EXPECT_EQ(loaded.At("db.user|pg").from_env, "");
  EXPECT_EQ(loaded.At("db.user|pg").kind, ParameterKind::kTech);
  EXPECT_TRUE(loaded.At("plain").has_value);
  EXPECT_EQ(loaded.ValueOf("plain"), json::value(""));
}

TEST(Elaborate, LaterFilesOverwriteFieldByFieldButNotWithNothing) {
  MemorySource source;
  source.files["stack.yaml"] = std::string(kHead) + R"(parameters:
  - {name: p.value, value: one, brief: first, type: string}
  - {name: p.blank, value: keep}
  - {name: p.null, value: keep}
  - {name: p.false, value: true}
  - {name: p.zero, value: 7}
  - {name: p.default, kind: user, default: d1, fromEnv: ENV_ONE}
  - {name: p.empty, empty: allow}
  - {name: p.secret, sensitive: true, value: x}
)";
  source.files["params.yaml"] = R"(parameters:
  - {name: p.value, value: two}
  - {name: p.blank, value: ""}
  - {name: p.null, value: }
  - {name: p.false, value: false}
  - {name: p.zero, value: 0}
  - {name: p.default, default: d2}
  - {name: p.empty, value: filled}
  - {name: p.secret, sensitive: false, value: y}
)";
  source.files["params-default.yaml"] =
      "parameters:\n  - {name: p.value, value: three, brief: third}\n  - {name: p.default, fromEnv: ENV_TWO}\n";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("p.value"), json::value("three"));
  EXPECT_EQ(loaded.At("p.value").brief, "third");
  EXPECT_EQ(loaded.At("p.value").type, ValueType::kString);
  EXPECT_EQ(loaded.ValueOf("p.blank"), json::value("keep"));
  EXPECT_EQ(loaded.ValueOf("p.null"), json::value("keep"));
  EXPECT_EQ(loaded.ValueOf("p.false"), json::value(false));
  EXPECT_EQ(loaded.ValueOf("p.zero"), json::value(0));
  EXPECT_EQ(loaded.ValueOf("p.default"), json::value("d2"));
  EXPECT_EQ(loaded.At("p.default").from_env, "ENV_TWO");
  EXPECT_EQ(loaded.ValueOf("p.empty"), json::value("filled"));
  EXPECT_FALSE(loaded.At("p.empty").empty_allowed);
  EXPECT_TRUE(loaded.At("p.secret").sensitive);
}

TEST(Elaborate, KindUserBeatsTechAndALinkStaysALink) {
  MemorySource source;
  source.files["stack.yaml"] = std::string(kHead) + R"(parameters:
  - {name: tech.user, kind: tech}
  - {name: user.tech, kind: user, default: x}
  - {name: none.tech, value: v}
  - {name: env, fromEnv: SOME, default: d}
  - {name: link.user, kind: link, value: "${later.output}"}
  - {name: user.link, kind: user, default: x}
)";
  source.files["params.yaml"] = R"(parameters:
  - {name: tech.user, kind: user, default: d9}
  - {name: user.tech, kind: tech}
  - {name: none.tech, kind: tech}
  - {name: link.user, kind: user}
  - {name: user.link, kind: link, value: "${later.output}"}
)";
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.At("tech.user").kind, ParameterKind::kUser);
  EXPECT_EQ(loaded.At("user.tech").kind, ParameterKind::kUser);
  EXPECT_EQ(loaded.At("none.tech").kind, ParameterKind::kTech);
  EXPECT_EQ(loaded.At("env").kind, ParameterKind::kUser);
  EXPECT_EQ(loaded.ValueOf("env"), json::value("d"));
  EXPECT_EQ(loaded.At("link.user").kind, ParameterKind::kLink);
  EXPECT_EQ(loaded.At("link.user").value.references[0].text, "later.output");
  EXPECT_EQ(loaded.At("user.link").kind, ParameterKind::kLink);
  EXPECT_EQ(loaded.Said(),
            "warning(default-unused) stack.yaml:10:44 parameter 'user.link' has a default but is not of kind user "
            "[say kind: user, or give it as value:]\n");
}

TEST(Elaborate, OfAComponentOnlyUserParametersReachTheStackAndOnlyQualified) {
  MemorySource source;
  source.files["stack.yaml"] = std::string(kHead) + "components: [{name: a, source: m}, {name: b, source: m}]\n";
  source.files["m/component.yaml"] =
      std::string(kComponentHead) +
      "parameters:\n  - {name: u, kind: user, default: 1, env: U, sensitive: true}\n  - {name: t, value: 2}\n";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(NamesOf(*loaded.stack), (std::vector<std::string>{"u|a", "u|b"}));
  EXPECT_EQ(loaded.At("u|a").env, "");
  EXPECT_TRUE(loaded.At("u|a").sensitive);
  EXPECT_EQ(loaded.ValueOf("u|b"), json::value(1));
  ASSERT_EQ(loaded.stack->components[1].parameters.size(), 2u);
  EXPECT_EQ(loaded.stack->components[1].parameters[0].env, "U");
  EXPECT_EQ(loaded.stack->components[1].parameters[1].value.constant, json::value(2));
}

TEST(Elaborate, APlainParameterMergesIntoEveryEarlierQualifiedOne) {
  MemorySource source;
  source.files["stack.yaml"] =
      std::string(kHead) + R"(components: [{name: auth, source: auth}, {name: web, source: web}]
parameters:
  - {name: secret, component: web, value: mine}
  - {name: secret, fromEnv: AUTH_SECRET, brief: shared secret}
  - {name: secret, value: all}
  - {name: late, value: 1}
  - {name: late, component: web, brief: inherits nothing}
)";
  source.files["auth/component.yaml"] =
      std::string(kComponentHead) + "parameters: [{name: secret, kind: user, brief: signing key}]\n";
  source.files["web/component.yaml"] = std::string(kComponentHead) + "parameters: [{name: secret, env: SECRET}]\n";
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.Said(),
            "warning(overwritten-by-plain) stack.yaml:8:27 parameter 'secret' overwrites the value of 'secret|web' "
            "[to keep that one, give it with component: web after this one]\n"
            "warning(duplicate-parameter) stack.yaml:8:12 parameter 'secret' is given twice [the second is merged into "
            "the first; make it one]\n");
  EXPECT_EQ(NamesOf(*loaded.stack),
            (std::vector<std::string>{"late", "late|web", "secret", "secret|auth", "secret|web"}));
  EXPECT_EQ(loaded.At("secret|auth").brief, "shared secret");
  EXPECT_EQ(loaded.At("secret|auth").from_env, "AUTH_SECRET");
  EXPECT_EQ(loaded.ValueOf("secret|auth"), json::value("all"));
  EXPECT_EQ(loaded.ValueOf("secret|web"), json::value("all"));
  EXPECT_EQ(loaded.At("secret|web").kind, ParameterKind::kUser);
  EXPECT_FALSE(loaded.At("late|web").has_value);
}

TEST(Elaborate, ParametersOfAnEntryAreForExactlyThatComponent) {
  MemorySource source;
  source.files["stack.yaml"] = std::string(kHead) + R"(components:
  - name: db
    source: m
    parameters:
      size: 3
      name: yes
      limits: {cpu: 1}
      subnet: ${net:subnet}
      nothing:
      blank: ""
  - name: api
    source: m
    parameters:
      - {name: db, parameters: [{name: host, value: "${db:host}", env: DB_HOST, sensitive: true}]}
      - {name: size, var: disk, type: number}
      - {name: cdn, value: "${cdn:host}", empty: allow}
      - {name: asked, kind: user, default: 5}
parameters:
  - {name: size, value: 1}
)";
  source.files["m/component.yaml"] =
      std::string(kComponentHead) + "parameters: [{name: size, env: SIZE, value: 9}, {name: other}]\n";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(NamesOf(*loaded.stack), (std::vector<std::string>{"asked|api", "blank|db", "cdn|api", "db.host|api",
                                                              "limits|db", "name|db", "size", "size|db", "subnet|db"}));
  EXPECT_EQ(loaded.ValueOf("size|db"), json::value(3));  // not that of the plain one, which is less exact
  EXPECT_EQ(loaded.ValueOf("name|db"), json::value("yes"));
  EXPECT_EQ(loaded.ValueOf("limits|db"), json::parse("{\"cpu\":1}"));
  EXPECT_EQ(loaded.ValueOf("blank|db"), json::value(""));
  EXPECT_EQ(loaded.ValueOf("asked|api"), json::value(5));
  EXPECT_EQ(loaded.At("subnet|db").kind, ParameterKind::kLink);
  EXPECT_EQ(loaded.map.Locate(loaded.At("subnet|db").value.references[0].pos).column, 17u);
  EXPECT_TRUE(loaded.At("cdn|api").empty_allowed);
  EXPECT_EQ(loaded.At("db.host|api").env, "");

  // Only what is more than a value is declared beside that.
  const std::vector<Parameter>& db = loaded.stack->components[0].parameters;
  ASSERT_EQ(db.size(), 3u);
  EXPECT_EQ(db[0].name, "size");
  EXPECT_EQ(db[0].value.constant, json::value(9));  // still its default
  EXPECT_EQ(db[2].name, "nothing");
  EXPECT_FALSE(db[2].has_value);
  const std::vector<Parameter>& api = loaded.stack->components[1].parameters;
  ASSERT_EQ(api.size(), 4u);
  EXPECT_EQ(api[0].env, "SIZE");
  EXPECT_EQ(api[0].var, "disk");
  EXPECT_EQ(api[0].type, ValueType::kNumber);
  EXPECT_EQ(api[2].name, "db.host");
  EXPECT_EQ(api[2].env, "DB_HOST");
  EXPECT_TRUE(api[2].sensitive);
  EXPECT_EQ(api[3].name, "cdn");
  EXPECT_TRUE(api[3].empty_allowed);
}

TEST(Elaborate, AnEntryMeetsWhatItsComponentAndTheStackSay) {
  MemorySource source;
  source.files["stack.yaml"] = std::string(kHead) + R"(components:
  - {name: a, source: m, parameters: [{name: u, value: 2}, {name: v, value: 3}, {name: v, value: 4}]}
  - {name: b, source: m, parameters: {u: 5}}
  - {name: c, source: m, parameters: {u: 6, w: 7}}
parameters:
  - {name: w, component: c, value: 8, brief: kept}
)";
  source.files["m/component.yaml"] =
      std::string(kComponentHead) + "parameters: [{name: u, kind: user, brief: asked}]\n";
  source.files["params.yaml"] =
      "parameters:\n  - {name: w, component: c, value: 9}\n  - {name: u, component: a, value: 10}\n";
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.Said(),
            "warning(duplicate-parameter) stack.yaml:5:88 parameter 'v|a' is given twice "
            "[the second is merged into the first; make it one]\n");
  EXPECT_EQ(NamesOf(*loaded.stack), (std::vector<std::string>{"u|a", "u|b", "u|c", "v|a", "w|c"}));
  EXPECT_EQ(loaded.ValueOf("u|a"), json::value(10));
  EXPECT_EQ(loaded.At("u|b").brief, "asked");
  EXPECT_EQ(loaded.ValueOf("u|b"), json::value(5));
  EXPECT_EQ(loaded.ValueOf("v|a"), json::value(4));
  EXPECT_EQ(loaded.ValueOf("w|c"), json::value(9));
  EXPECT_EQ(loaded.At("w|c").brief, "kept");
}

TEST(Elaborate, FilesOfParametersOverwriteAnEntry) {
  MemorySource source;
  source.files["stack.yaml"] =
      std::string(kHead) + "components: [{name: db, source: ok, parameters: {size: 3, zone: a}}]\n";
  source.files["params.yaml"] = "parameters: [{name: size, component: db, value: 4}, {name: zone, value: b}]\n";
  source.directories.insert("ok");
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.ValueOf("size|db"), json::value(4));
  EXPECT_EQ(loaded.ValueOf("zone|db"), json::value("b"));
  EXPECT_EQ(loaded.Said(),
            "warning(overwritten-by-plain) params.yaml:1:73 parameter 'zone' overwrites the value of 'zone|db' "
            "[to keep that one, give it with component: db after this one]\n");
}

TEST(Elaborate, WarningsAboutTheStacksParameters) {
  EXPECT_EQ(
      LoadBody(R"(components: [{name: api, source: ok}]
parameters:
  - {name: a, env: A, value: 1}
  - {name: b, var: b, value: 1}
  - {name: c, component: apy, value: 1}
  - {name: d, kind: tech, fromEnv: D, value: 1}
  - {name: e, kind: link}
  - {name: f, default: 1})")
          .Said(),
      "warning(env-of-stack) stack.yaml:5:20 parameter 'a' has env at the level of the stack, which has no effect "
      "[give it to the parameter of the component that needs it]\n"
      "warning(env-of-stack) stack.yaml:6:20 parameter 'b' has var at the level of the stack, which has no effect "
      "[give it to the parameter of the component that needs it]\n"
      "warning(unknown-component) stack.yaml:7:26 parameter 'c' is for the unknown component 'apy' [did you mean "
      "'api'?]\n"
      "warning(from-env-unused) stack.yaml:8:36 parameter 'd' has fromEnv but is not of kind user [say kind: user, or "
      "remove fromEnv]\n"
      "warning(link-without-value) stack.yaml:9:21 parameter 'e' is of kind link but has no value [add value: "
      "${component:output}]\n"
      "warning(default-unused) stack.yaml:10:24 parameter 'f' has a default but is not of kind user "
      "[say kind: user, or give it as value:]\n");
}

TEST(Elaborate, OutputsMergeByName) {
  MemorySource source;
  source.files["stack.yaml"] = std::string(kHead) + R"(outputs:
  - {name: "db:host", brief: The host}
  - {name: url, value: "https://${db:host}/"}
  - {name: token, kind: secret, value: ""}
)";
  source.files["params.yaml"] =
      "outputs:\n  - {name: url, value: fixed, type: string, sensitive: true, fromTfVar: u}\n  - {name: more}\n";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  ASSERT_EQ(loaded.stack->outputs.size(), 4u);
  EXPECT_EQ(loaded.stack->outputs[0].name, "db:host");
  EXPECT_FALSE(loaded.stack->outputs[0].has_value);
  EXPECT_EQ(loaded.stack->outputs[1].value->constant, json::value("fixed"));
  EXPECT_TRUE(loaded.stack->outputs[1].sensitive);
  EXPECT_EQ(loaded.stack->outputs[1].from_tf_var, "u");
  EXPECT_TRUE(loaded.stack->outputs[2].sensitive);
  EXPECT_FALSE(loaded.stack->outputs[2].has_value);
}

TEST(Elaborate, OptionalAndMandatory) {
  const Loaded optional =
      LoadBody("components: [{name: a, source: ok}, {name: b, source: ok}]\nlifecycle: {optional: b}");
  EXPECT_FALSE(optional.stack->components[0].optional);
  EXPECT_TRUE(optional.stack->components[1].optional);
  const Loaded mandatory =
      LoadBody("components: [{name: a, source: ok}, {name: b, source: ok}]\nlifecycle: {mandatory: [a]}");
  EXPECT_FALSE(mandatory.stack->components[0].optional);
  EXPECT_TRUE(mandatory.stack->components[1].optional);
}

TEST(Elaborate, NamesThatLookSecret) {
  for (const char* name :
       {"db.password", "x_key", "apiToken", "COOKIE", "a.kubeconfig", "a.b_cert", "clientSecret", "cloud.sshKey2Key"}) {
    EXPECT_TRUE(LooksSecret(name)) << name;
  }
  for (const char* name : {"cloud.sshKey", "password", "monkey", "keys", "a.passwords", "", "turkeY"})
    EXPECT_FALSE(LooksSecret(name)) << name;
}

TEST(Elaborate, TheShopOfTheExamples) {
  const std::unique_ptr<Source> disk = DiskSource({{"SHOP_DOMAIN", "shop.test"}}, nullptr);
  LoadOptions options;
  options.directory = DAVIT_EXAMPLES "/shop";
  options.environment = "prod";
  const Loaded loaded(*disk, options);
  ASSERT_TRUE(loaded.stack);
  ASSERT_EQ(loaded.Said(), "");
  ASSERT_EQ(loaded.stack->components.size(), 8u);
  EXPECT_EQ(loaded.ValueOf("orders.size"), json::value(50));
  EXPECT_EQ(loaded.ValueOf("domain"), json::value("shop.test"));
  EXPECT_EQ(loaded.ValueOf("region"), json::value("eu-central-1"));
  EXPECT_TRUE(loaded.At("db.password").sensitive);
  EXPECT_EQ(loaded.ValueOf("database|users-db"), json::value("users"));
  EXPECT_EQ(loaded.At("orders_url|api").kind, ParameterKind::kLink);
  const int queue = loaded.stack->Find("queue");
  EXPECT_TRUE(loaded.stack->components[static_cast<size_t>(queue)].idempotent);
  EXPECT_EQ(loaded.stack->components[1].timeout_s, 300);
  EXPECT_TRUE(loaded.stack->components[1].declares_outputs);
}

}  // namespace
}  // namespace davit::manifest
