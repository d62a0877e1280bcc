// Hooks, templates, lifecycle, sources in git: what they say, and what can be wrong with it.
#include <gtest/gtest.h>

#include "manifest/decode.h"
#include "manifest/test_source.h"
#include "manifest/tuning.h"

namespace davit::manifest {
namespace {

TEST(Lifecycle, OfAStackAndItsComponents) {
  MemorySource source;
  source.files["hub.yaml"] = R"(version: 1
kind: stack
meta: {name: shop}
platform: {provides: [ingress]}
components:
  - name: web
    source: {dir: web}
    hooks: [{file: bin/x, brief: b, triggers: ["pre-*"], error: ignore}]
    bare: allow
lifecycle:
  requires: {optional: ["cdn:web"]}
  readyConditions: [{url: "https://${domain}/", waitSeconds: 60, pauseSeconds: 5}, {}]
parameters: [{name: domain, value: x.org}]
)";
  source.files["web/hub-component.yaml"] = R"(version: 1
kind: component
meta: {name: nginx, kind: server, origin: httpd, title: The server}
hooks: [{file: y, triggers: post-deploy}]
lifecycle:
  verbs: [deploy]
  options: {random: {bytes: 128}}
  readyConditions: [{dns: "${domain}"}]
templates: {kind: mustache, files: [a], extra: [{files: [b, c], directories: d}, {kind: go}]}
)";
  const Loaded loaded(source, InMemory());
  ASSERT_TRUE(loaded.stack);
  EXPECT_EQ(loaded.Said(), "");
  const Stack& stack = *loaded.stack;
  EXPECT_EQ(stack.platform_provides, std::vector<std::string>{"ingress"});
  EXPECT_EQ(stack.tuning, std::vector<std::string>{"cdn:web"});
  ASSERT_EQ(stack.ready_conditions.size(), 2u);
  EXPECT_EQ(stack.ready_conditions[0].url.parts.size(), 3u);
  EXPECT_EQ(stack.ready_conditions[0].wait_s, 60);
  EXPECT_EQ(stack.ready_conditions[0].pause_s, 5);
  EXPECT_EQ(stack.ready_conditions[1].wait_s, 1200);
  const Component& web = stack.components[0];
  EXPECT_EQ(web.origin, "httpd");
  EXPECT_EQ(web.kind, "server");
  EXPECT_EQ(web.title, "The server");
  EXPECT_TRUE(web.bare);
  EXPECT_EQ(web.random_bytes, 128);
  EXPECT_EQ(web.verbs, std::vector<std::string>{"deploy"});
  ASSERT_EQ(web.hooks.size(), 2u);
  EXPECT_EQ(web.hooks[0].file, "bin/x");
  EXPECT_TRUE(web.hooks[0].ignore_error);
  EXPECT_EQ(web.hooks[1].triggers, std::vector<std::string>{"post-deploy"});
  EXPECT_FALSE(web.hooks[1].ignore_error);
  ASSERT_EQ(web.templates.size(), 2u);
  EXPECT_EQ(web.templates[0].kind, "mustache");
  EXPECT_EQ(web.templates[1].kind, "");
  EXPECT_EQ(web.templates[1].files, (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(web.templates[1].directories, std::vector<std::string>{"d"});
  ASSERT_EQ(web.ready_conditions.size(), 1u);
  EXPECT_EQ(web.ready_conditions[0].dns.references[0].text, "domain");
}

TEST(Lifecycle, WrongValuesHavePositions) {
  EXPECT_EQ(
      LoadBody("components: [{name: a, source: ok, bare: yes, hooks: [{brief: b}, {file: f}, {file: g, triggers: [x], "
               "error: stop}]}]\n"
               "lifecycle: {bare: deny, options: {random: {bytes: 70000}}, readyConditions: [{waitSeconds: soon}]}\n"
               "templates: {kind: curl, extra: [3]}")
          .Said(),
      "warning(unknown-bare) stack.yaml:3:42 bare: can only be allow, not 'yes' [write bare: allow, or remove it]\n"
      "error stack.yaml:3:55 a hook has no file [add file: PROGRAM]\n"
      "warning(hook-without-trigger) stack.yaml:3:67 the hook 'f' is never run [say when, as in triggers: "
      "[pre-deploy]]\n"
      "warning(hook-without-trigger) stack.yaml:3:99 the trigger 'x' of a hook is before or after no verb [say when, "
      "as "
      "in triggers: [pre-deploy]]\n"
      "warning(unknown-error) stack.yaml:3:110 error: of a hook can only be ignore, not 'stop' [write error: ignore, "
      "or remove it]\n"
      "warning(unknown-bare) stack.yaml:4:19 bare: can only be allow, not 'deny' [write bare: allow, or remove it]\n"
      "error stack.yaml:4:51 bytes must be at most 65536\n"
      "error stack.yaml:4:92 waitSeconds must be a whole number, not the text \"soon\"\n"
      "error stack.yaml:5:19 unknown kind 'curl' of templates [did you mean 'curly'?]\n"
      "error stack.yaml:5:33 an item of extra must be a mapping, not the number 3 [write it as 'key: value']\n");
}

TEST(Lifecycle, OnlyTriggersThatFitNoVerbAreWarnedOf) {
  EXPECT_EQ(LoadBody("components: [{name: a, source: ok, hooks: [{file: f, triggers: ['*', 'p*', '*-deploy', 'p?e-x', "
                     "pre-deploy, post-x, 'post-[ab]*']}]}]")
                .Said(),
            "");
  const std::string said =
      LoadBody("components: [{name: a, source: ok, hooks: [{file: f, triggers: [pre-, deploy, 'past-*']}]}]").Said();
  for (const char* trigger : {"'pre-'", "'deploy'", "'past-*'"}) EXPECT_NE(said.find(trigger), said.npos) << said;
}

TEST(Sources, OfGitLieBesideTheManifest) {
  MemorySource source;
  source.files["stack.yaml"] = R"(version: 1
kind: stack
meta: {name: s}
components:
  - {name: a, source: {git: {remote: r, ref: main, subDir: x}}}
  - {name: b, source: {git: {remote: r, localDir: l, subDir: y}}}
  - {name: c, source: {git: {remote: "https://host/r"}}}
)";
  source.directories = {"a/x", "l/y"};
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(loaded.Said(), "error stack.yaml:7:23 component 'c' has no directory c [git clone https://host/r /s/c]\n");
  EXPECT_EQ(loaded.stack->components[0].source_dir, Path("/s/a/x"));
  EXPECT_EQ(loaded.stack->components[1].source_dir, Path("/s/l/y"));
}

std::string Merged(const std::vector<std::string>& base, const std::vector<std::string>& derived) {
  std::string text;
  for (const std::string& term : MergeTuning(base, derived)) text += (text.empty() ? "" : " ") + term;
  return text;
}

TEST(Tuning, TheNewerTermReplacesTheOlder) {
  EXPECT_EQ(Merged({"cdn", "dns"}, {"vault"}), "cdn dns vault");
  EXPECT_EQ(Merged({"cdn:web", "cdn:api"}, {"cdn"}), "cdn");
  EXPECT_EQ(Merged({"cdn"}, {"cdn:web"}), "cdn:web");
  EXPECT_EQ(Merged({"cdn", "dns:web"}, {":", "vault"}), "vault");
  EXPECT_EQ(Merged({"cdn", "cdn:web", "dns"}, {"cdn:"}), "dns");
  EXPECT_EQ(Merged({"cdn"}, {"cdn:", "cdn:web"}), "cdn:web");
  EXPECT_EQ(Merged({"cdn:web", "dns:web", "dns:api", "vault"}, {":web"}), "dns:api vault");
  EXPECT_EQ(Merged({"a.flag:web"}, {"a.flag:web", "a.flag:api"}), "a.flag:web a.flag:api");
  EXPECT_EQ(Merged({}, {"cdn", ":"}), "");
}

}  // namespace
}  // namespace davit::manifest
