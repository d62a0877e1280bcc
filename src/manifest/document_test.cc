// A stack that went through its document is the same stack, but for positions.
#include "manifest/document.h"

#include <gtest/gtest.h>

#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

Stack Everything() {
  MemorySource source;
  source.files["stack.yaml"] = R"(version: 1
kind: stack
meta: {name: "shop:3", title: The shop}
requires: [aws]
provides: [shop]
components:
  - name: net
    source: net
    depends: [api]
    timeout: 5m
    idempotent: true
    always: true
    inputs: ["x/*"]
    passEnv: [HOME]
    provisioner: script
  - {name: api, source: net, parameters: [{name: p, value: "a${net:b}c", env: P, var: p, empty: allow}]}
lifecycle: {optional: [api], order: [net, api]}
moved: [{from: lan, to: wire}, {from: wire, to: net}]
parameters:
  - {name: a, kind: user, default: 1, type: number, sensitive: true, fromEnv: A, brief: b}
  - {name: l, kind: link, value: "${x|y} ${z}"}
  - {name: n, empty: allow}
  - {name: m, value: {k: [1, 2.5, null, "t", true]}}
outputs:
  - {name: "net:o", sensitive: true, type: map, brief: b}
  - {name: q, value: "${net:o}", fromTfVar: v}
)";
  source.files["net/component.yaml"] = R"(version: 1
kind: component
meta: {name: network}
requires: [r]
provides: [p]
lifecycle: {verbs: [deploy]}
parameters: [{name: cidr, value: "${cidr}", type: string}]
outputs: [{name: o, type: string}]
)";
  Loaded loaded(source, InMemory());
  EXPECT_FALSE(loaded.diagnostics.HasErrors()) << loaded.Said();
  Stack stack = *std::move(loaded.stack);
  // What graph::Bind would add.
  Input input;
  input.name = "p";
  input.type = ValueType::kList;
  input.sensitive = input.empty_allowed = true;
  input.value.references.push_back({Reference::Kind::kOutput, "net:b", "b", 0, {}});
  input.value.references.push_back({Reference::Kind::kStackParameter, "a", "a", -1, {}});
  input.value.references.push_back({Reference::Kind::kOwnParameter, "o", "o", 1, {}});
  input.value.parts = {{"a", -1}, {"", 2}, {"", 0}, {"", 1}};
  input.value.parts.push_back({"a + b", 1, 2});
  input.has_fallback = true;
  input.fallback.Fill()->constant = nullptr;
  input.env = "P";
  input.var = "p";
  stack.components[1].inputs.push_back(input);
  stack.environment = "prod";
  return stack;
}

TEST(Document, RoundTripIsComplete) {
  const Stack stack = Everything();
  const json::value document = ToDocument(stack);
  const Result<json::value> parsed = ParseJson(json::serialize(document));
  ASSERT_TRUE(parsed);
  const Result<Stack> back = FromDocument(*parsed);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(json::serialize(ToDocument(*back)), json::serialize(document));

  EXPECT_EQ(back->name, "shop");
  EXPECT_EQ(back->version, "3");
  EXPECT_EQ(back->title, "The shop");
  EXPECT_EQ(back->base_dir, stack.base_dir);
  EXPECT_EQ(back->manifest_file, "stack.yaml");
  EXPECT_EQ(back->environment, "prod");
  EXPECT_EQ(back->requires_, stack.requires_);
  EXPECT_EQ(back->provides, stack.provides);
  ASSERT_EQ(back->moved.size(), 2u);
  EXPECT_EQ(back->moved[0].from, "lan");
  EXPECT_EQ(back->moved[1].to, "net");
  EXPECT_TRUE(back->explicit_order);
  EXPECT_EQ(back->order, stack.order);
  EXPECT_FALSE(back->hub_convention);
  const Component& net = back->components[0];
  EXPECT_EQ(net.origin, "network");
  EXPECT_EQ(net.source_dir, Path("/s/net"));
  EXPECT_EQ(net.source_text, "net");
  EXPECT_EQ(net.provisioner, "script");
  EXPECT_EQ(net.depends, std::vector<std::string>{"api"});
  EXPECT_EQ(net.requires_, std::vector<std::string>{"r"});
  EXPECT_EQ(net.provides, std::vector<std::string>{"p"});
  EXPECT_EQ(net.verbs, std::vector<std::string>{"deploy"});
  EXPECT_EQ(net.inputs_globs, std::vector<std::string>{"x/*"});
  EXPECT_EQ(net.pass_env, std::vector<std::string>{"HOME"});
  EXPECT_EQ(net.timeout_s, 300);
  EXPECT_TRUE(net.idempotent && net.always && net.declares_outputs && !net.optional);
  EXPECT_EQ(net.parameters[0].value.references[0].text, "cidr");
  EXPECT_EQ(net.outputs[0].type, ValueType::kString);
  const Input& input = back->components[1].inputs[0];
  EXPECT_TRUE(back->components[1].optional);
  EXPECT_EQ(input.type, ValueType::kList);
  EXPECT_TRUE(input.sensitive && input.empty_allowed && input.has_fallback);
  EXPECT_EQ(input.value.references[2].kind, Reference::Kind::kOwnParameter);
  EXPECT_EQ(input.value.references[0].component, 0);
  EXPECT_EQ(input.value.parts[1].reference, 2);
  EXPECT_EQ(input.value.parts[0].literal, "a");
  EXPECT_EQ(input.env, "P");
}

TEST(Document, DefaultsAreLeftOut) {
  Stack stack;
  stack.name = "s";
  stack.components.emplace_back().name = "a";
  stack.components.back().parameters.emplace_back().name = "p";
  EXPECT_EQ(json::serialize(ToDocument(stack)),
            R"({"v":1,"name":"s","environment":"default","components":[{"name":"a","parameters":[{"name":"p"}]}]})");
}

TEST(Document, WhatIsNoneIsRefused) {
  const auto broken = [](const char* text) {
    const Result<Stack> stack = FromDocument(json::parse(text));
    return stack ? "" : std::string(ToString(stack.error().code)) + ": " + stack.error().message;
  };
  EXPECT_EQ(broken("[]"), "internal: a stored stack is no object");
  EXPECT_EQ(broken("{\"v\":2}"), "internal: a stored stack has the version 2, which is not known here");
  for (const char* text : {R"({"v":1,"components":{}})", R"({"v":1,"components":[1]})", R"({"v":1,"requires":[1]})",
                           R"({"v":1,"parameters":[{"kind":"x"}]})", R"({"v":1,"parameters":[{"type":"x"}]})",
                           R"({"v":1,"parameters":[{"value":1}]})", R"({"v":1,"parameters":[{"value":{"parts":[0]}}]})",
                           R"({"v":1,"parameters":[{"value":{}}]})",
                           R"({"v":1,"parameters":[{"value":{"parts":["a"],"refs":[{"kind":"x"}]}}]})"}) {
    EXPECT_EQ(broken(text), "internal: a stored stack cannot be read") << text;
  }
  EXPECT_EQ(broken(R"({"v":1,"later":{"field":1},"components":[{"name":"a","news":true}]})"), "");
}

}  // namespace
}  // namespace davit::manifest
