// Chains of stacks, applications, what a stack requires.
#include "manifest/from_stack.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

std::string Merged(std::string_view base, std::string_view derived) {
  const auto names = [](std::string_view text) {
    std::vector<Name> list;
    for (const std::string_view word : Split(text, ' ')) {
      if (!word.empty()) list.push_back({std::string(word), {}});
    }
    return list;
  };
  Diagnostics diagnostics;
  std::string text;
  for (const Name& name : MergeOrders(names(base), names(derived), diagnostics))
    text += (text.empty() ? "" : " ") + name.text;
  for (const Diagnostic& diagnostic : diagnostics.list()) text += " ! " + diagnostic.error.message;
  return text;
}

TEST(Orders, MeetAtTheirAnchors) {
  EXPECT_EQ(Merged("k8s dns ingress", "pre k8s mid ingress post"), "pre k8s dns mid ingress post");
  EXPECT_EQ(Merged("a b c", "d e"), "a b c d e");
  EXPECT_EQ(Merged("", "d e"), "d e");
  EXPECT_EQ(Merged("a b", ""), "a b");
  EXPECT_EQ(Merged("a b c", "x c"), "a b x c");
  EXPECT_EQ(Merged("a b c", "a x"), "a b c x");
  EXPECT_EQ(Merged("a b c", "c b"),
            "a b c ! lifecycle.order puts 'b' after 'c', and the stack that it comes from the other way round");
}

struct Chain : MemorySource {
  Chain() {
    files["hub.yaml"] = R"(version: 1
kind: stack
meta: {name: "top:2", fromStack: base}
components:
  - {name: app, source: {dir: components/app}}
  - {name: dns, source: {dir: components/dns}}
lifecycle: {order: [dns, app], mandatory: [app], requires: {optional: ["cdn:app", ":k8s"]}, readyConditions: [{dns: b}]}
requires: [account]
parameters: [{name: zone, value: z9}]
outputs: [{name: "k8s:api", kind: secret}, {name: "app:url"}]
)";
    files["params.yaml"] = "parameters: [{name: tier, value: derived}]\n";
    files["base/hub.yaml"] = R"(version: 1
kind: stack
meta: {name: base, fromStack: ../lowest, annotations: {a: 1}}
components:
  - {name: k8s, source: {dir: components/k8s}}
  - {name: dns, source: {dir: gone}}
  - {name: ingress, source: {dir: ../shared}}
lifecycle: {order: [k8s, dns, ingress], mandatory: [k8s], requires: {optional: [cdn, "vault:k8s"]}, readyConditions: [{dns: a}]}
provides: [base]
parameters: [{name: zone, value: z1}, {name: region, value: r1}, {name: nodes, value: 5}]
outputs: [{name: "k8s:api", brief: b}]
)";
    files["base/params.yaml"] = "parameters: [{name: region, value: r2}, {name: tier, value: base}]\n";
    files["base/params-prod.yaml"] = "parameters: [{name: region, value: r3}]\n";
    files["lowest/hub.yaml"] = R"(version: 1
kind: stack
meta: {name: lowest}
components: [{name: net, source: {dir: net}}]
parameters: [{name: cidr, value: 10.0.0.0/8}, {name: region, value: r0}]
)";
    files["lowest/net/hub-component.yaml"] = Component("net", "requires: [aws, account]\nprovides: [network]\n");
    files["base/components/k8s/hub-component.yaml"] = Component(
        "k8s",
        "requires: [network, vault]\nprovides: [kubernetes]\nparameters: [{name: nodes, kind: user, default: 3}]\n");
    files["shared/hub-component.yaml"] = Component("shared", "requires: [kubectl, dns, certs]\nprovides: [ingress]\n");
    files["components/dns/hub-component.yaml"] = Component("dns2", "requires: [kubernetes]\nprovides: [dns]\n");
    files["components/app/hub-component.yaml"] =
        Component("app", "requires: [ingress, base, oidc]\nparameters: [{name: tier, kind: user}]\n");
  }

  static std::string Component(const std::string& name, const std::string& rest) {
    return "version: 1\nkind: component\nmeta: {name: " + name + "}\n" + rest;
  }
};

TEST(FromStack, AChainBecomesOneStack) {
  Chain source;
  LoadOptions options = InMemory();
  options.environment = "prod";
  const Loaded loaded(source, options);
  ASSERT_TRUE(loaded.stack);
  ASSERT_EQ(loaded.Said(), "");
  const Stack& stack = *loaded.stack;
  EXPECT_EQ(stack.name, "top");
  EXPECT_EQ(stack.version, "2");
  std::string components;
  for (const Component& component : stack.components)
    components += component.name + "=" + component.source_text + (component.optional ? "? " : " ");
  EXPECT_EQ(components,
            "net=lowest/net? k8s=base/components/k8s dns=components/dns? ingress=shared? app=components/app ");
  EXPECT_EQ(stack.components[0].source_dir, Path("/s/lowest/net"));
  EXPECT_EQ(stack.order, (std::vector<std::string>{"net", "k8s", "dns", "ingress", "app"}));
  EXPECT_EQ(loaded.ValueOf("region"), "r3");
  EXPECT_EQ(loaded.ValueOf("cidr"), "10.0.0.0/8");
  EXPECT_EQ(loaded.ValueOf("zone"), "z9");
  EXPECT_EQ(loaded.ValueOf("nodes|k8s"), 5);
  EXPECT_EQ(loaded.ValueOf("tier"), "derived");
  EXPECT_EQ(loaded.ValueOf("tier|app"), "derived");
  ASSERT_EQ(stack.outputs.size(), 2u);
  EXPECT_EQ(stack.outputs[0].brief, "b");
  EXPECT_TRUE(stack.outputs[0].sensitive);
  EXPECT_EQ(stack.tuning, (std::vector<std::string>{"cdn:app"}));
  EXPECT_EQ(stack.ready_conditions.size(), 2u);
  EXPECT_EQ(stack.requires_, (std::vector<std::string>{"account", "aws", "certs", "vault", "oidc"}));
  EXPECT_EQ(source.reads["base/gone/hub-component.yaml"], 0);
}

TEST(FromStack, WhatCanBeWrong) {
  Chain source;
  source.files["lowest/hub.yaml"] =
      "version: 1\nkind: stack\nmeta: {name: lowest, fromStack: ../base}\ncomponents: [{name: net, source: {dir: "
      "net}}]\n";
  EXPECT_EQ(Loaded(source, InMemory()).Said(),
            "error lowest/hub.yaml:3:33 stacks come from each other in a circle: /s/base/hub.yaml -> "
            "/s/lowest/hub.yaml -> /s/base/hub.yaml [one of them must stand for itself: remove its fromStack]\n");
  source.files.erase("base/hub.yaml");
  EXPECT_EQ(
      Loaded(source, InMemory()).Said(),
      "error hub.yaml:3:34 there is no stack.yaml in /s/base [fromStack names the directory of a stack, relative to "
      "this one]\nerror hub.yaml:7:83 lifecycle.requires.optional names the unknown component 'k8s' [remove it, or "
      "add the component]\n");
}

TEST(Applications, AreAComponentToo) {
  MemorySource source;
  source.files["hub.yaml"] = R"(version: 1
kind: application
meta: {name: "shop:1", title: The shop}
components: [{name: db, source: {dir: db}}]
requires: [kubernetes]
provides: [shop]
lifecycle: {order: [db], verbs: [deploy], bare: allow}
parameters:
  - {name: size, value: 3, env: SIZE}
  - {name: color, component: db, value: red}
  - {name: host, component: shop, value: x}
outputs: [{name: url, value: "http://${host}/", brief: b}, {name: "db:port"}]
templates: {files: [x.template]}
)";
  source.files["db/hub-component.yaml"] =
      "version: 1\nkind: component\nmeta: {name: db}\nrequires: [disk]\nprovides: [sql]\noutputs: [{name: port}]\n";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  const Stack& stack = *loaded.stack;
  ASSERT_EQ(stack.components.size(), 2u);
  const Component& shop = stack.components[1];
  EXPECT_EQ(shop.name, "shop");
  EXPECT_EQ(shop.source_dir, Path("/s"));
  EXPECT_TRUE(shop.bare);
  EXPECT_EQ(shop.verbs, std::vector<std::string>{"deploy"});
  ASSERT_EQ(shop.parameters.size(), 2u);
  EXPECT_EQ(shop.parameters[0].name, "host");
  EXPECT_EQ(shop.parameters[1].name, "size");
  EXPECT_EQ(*shop.parameters[1].env, "SIZE");
  EXPECT_EQ(shop.requires_, (std::vector<std::string>{"disk", "kubernetes"}));
  EXPECT_EQ(shop.provides, (std::vector<std::string>{"shop", "sql"}));
  ASSERT_EQ(shop.outputs.size(), 1u);
  EXPECT_EQ(shop.outputs[0].name, "url");
  EXPECT_EQ(shop.templates.size(), 1u);
  EXPECT_EQ(stack.order, (std::vector<std::string>{"db", "shop"}));
  EXPECT_EQ(stack.outputs[0].value->references[0].text, "shop:url");
  EXPECT_EQ(*loaded.At("size").env, "");

  source.files["hub.yaml"] = R"(version: 1
kind: application
meta: {name: db}
components: [{name: db, source: {dir: db}}]
)";
  EXPECT_EQ(
      Loaded(source, InMemory()).Said(),
      "error hub.yaml:3:14 the application 'db' is called as one of its components [give one of them another name] "
      "{that one is here :4}\n");
  source.files["hub.yaml"] = "version: 1\nkind: application\nmeta: {name: a, fromStack: ../b}\n";
  EXPECT_EQ(Loaded(source, InMemory()).Said(),
            "error hub.yaml:3:28 an application cannot come from another stack [make it kind: stack, or remove "
            "fromStack]\n");
}

TEST(Tuning, LeavesOutWhatItConcerns) {
  MemorySource source;
  source.files["stack.yaml"] = R"(version: 1
kind: stack
meta: {name: s}
components: [{name: a, source: ok}, {name: b, source: ok}]
lifecycle: {requires: {optional: [cdn, "mail:b", "a.flag:b", helm, "x:c"]}}
)";
  source.directories = {"ok"};
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.Said(),
            "error stack.yaml:5:68 lifecycle.requires.optional names the unknown component 'c' [did you mean 'a'?]\n");
  std::string& text = source.files["stack.yaml"];
  text.replace(text.find(", \"x:c\""), 7, "");
  const Loaded good(source, InMemory());
  EXPECT_EQ(good.Said(),
            "warning(tuned-built-in) stack.yaml:5:62 lifecycle.requires.optional names 'helm', which is of the "
            "environment: that has no effect [remove it; without helm the component fails]\n");
  EXPECT_EQ(good.stack->components[0].tuned, std::vector<std::string>{"cdn"});
  EXPECT_EQ(good.stack->components[1].tuned, (std::vector<std::string>{"cdn", "mail"}));
}

}  // namespace
}  // namespace davit::manifest
