// Files, keys, shapes, texts of errors: everything up to the declarations.
#include "manifest/decode.h"

#include <gtest/gtest.h>

#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

TEST(Files, NoManifestNamesTheDirectory) {
  MemorySource source;
  const Loaded loaded(source, InMemory());
  ASSERT_FALSE(loaded.stack);
  EXPECT_EQ(loaded.stack.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(loaded.stack.error().message, "there is no stack.yaml in /s");
  EXPECT_EQ(loaded.stack.error().suggestion,
            "`davit new stack NAME` makes one; or name the directory of a stack, as in: davit validate DIR");

  LoadOptions options;
  options.directory = "/s/nowhere";
  const Loaded nowhere(source, options);
  ASSERT_FALSE(nowhere.stack);
  EXPECT_EQ(nowhere.stack.error().message, "there is no directory /s/nowhere");
}

TEST(Files, TwoManifestsAreOneTooMany) {
  MemorySource source;
  source.files["stack.yaml"] = source.files["hub.yaml"] = "version: 1\nkind: stack\nmeta: {name: s}\n";
  const Loaded loaded(source, InMemory());
  ASSERT_FALSE(loaded.stack);
  EXPECT_EQ(loaded.stack.error().code, ErrorCode::kInvalidInput);
  EXPECT_EQ(loaded.stack.error().message, "there are a stack.yaml and a hub.yaml in /s");

  LoadOptions options;
  options.directory = "/s/hub.yaml";
  const Loaded named(source, options);
  ASSERT_TRUE(named.stack);
  EXPECT_TRUE(named.stack->hub_convention);
  EXPECT_EQ(named.stack->base_dir, Path("/s"));
}

TEST(Files, HubIsReadWithItsConventions) {
  MemorySource source;
  source.files["hub.yaml"] = R"(version: 1
kind: stack
meta: {name: "shop:7"}
components: [{name: a, source: {dir: a}}]
parameters: [{name: flag, value: yes}, {name: mode, value: 010}]
outputs: [{name: db.password}, {name: "a:apiKey"}, {name: key, kind: text}, {name: monkey}]
)";
  source.files["a/hub-component.yaml"] =
      "version: 1\nkind: component\nmeta: {name: thing}\noutputs: [{name: x_token}]\n";
  source.files["more.yaml"] = "parameters: [{name: other, value: on}]\n";
  LoadOptions options = InMemory();
  options.parameter_files = {"/s/more.yaml"};
  const Loaded loaded(source, options);
  ASSERT_TRUE(loaded.stack);
  EXPECT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.stack->name, "shop");
  EXPECT_EQ(loaded.stack->version, "7");
  EXPECT_EQ(loaded.ValueOf("flag"), json::value(true));
  EXPECT_EQ(loaded.ValueOf("mode"), json::value(8));
  EXPECT_EQ(loaded.ValueOf("other"), json::value(true));
  const Component& component = loaded.stack->components[0];
  EXPECT_EQ(component.origin, "thing");
  EXPECT_EQ(component.source_dir, Path("/s/a"));
  EXPECT_TRUE(component.idempotent);
  EXPECT_TRUE(component.outputs[0].sensitive);
  EXPECT_TRUE(loaded.stack->outputs[0].sensitive);
  EXPECT_TRUE(loaded.stack->outputs[1].sensitive);
  EXPECT_FALSE(loaded.stack->outputs[2].sensitive);
  EXPECT_FALSE(loaded.stack->outputs[3].sensitive);
}

TEST(Files, TheParentOfADotDirectoryIsTheBase) {
  MemorySource source;
  source.files[".hub/hub.yaml"] = "version: 1\nkind: stack\nmeta: {name: s}\ncomponents: [{name: a, source: a}]\n";
  source.files[".hub/params.yaml"] = "parameters: [{name: p, value: 1}]\n";
  source.files["a/component.yaml"] = "[";
  LoadOptions options;
  options.directory = "/s/.hub";
  const Loaded loaded(source, options);
  ASSERT_TRUE(loaded.stack);
  EXPECT_EQ(loaded.stack->base_dir, Path("/s"));
  EXPECT_EQ(loaded.stack->manifest_file, ".hub/hub.yaml");
  EXPECT_TRUE(loaded.Said().starts_with("error a/component.yaml:1:")) << loaded.Said();
}

TEST(Files, ParametersAreReadInOrder) {
  MemorySource source;
  source.files["stack.yaml"] =
      "version: 1\nkind: stack\nmeta: {name: s}\nparameters: [{name: p, value: 1}, {name: q, value: 1}, {name: r, "
      "value: 1}]\n";
  source.files["params.yaml"] =
      "parameters: [{name: p, value: 2}, {name: q, value: 2}]\noutputs: [{name: o, brief: more}]\n";
  source.files["params-prod.yaml"] = "parameters: [{name: q, value: 3}]\n";
  source.files["params-test.yaml"] = "parameters: [{name: q, value: 4}]\n";
  source.files["one.yaml"] = "parameters: [{name: r, value: 5}]\n";
  source.files["two.yaml"] = "parameters: [{name: r, value: 6}]\n";
  source.files["nothing.yaml"] = "";
  LoadOptions options = InMemory();
  options.environment = "prod";
  options.parameter_files = {"/s/one.yaml", "/s/two.yaml", "/s/nothing.yaml"};
  const Loaded loaded(source, options);
  EXPECT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("p"), json::value(2));
  EXPECT_EQ(loaded.ValueOf("q"), json::value(3));
  EXPECT_EQ(loaded.ValueOf("r"), json::value(6));
  EXPECT_EQ(loaded.stack->environment, "prod");
  EXPECT_EQ(loaded.stack->outputs[0].brief, "more");

  options.parameter_files = {"/s/three.yaml"};
  const Loaded missing(source, options);
  EXPECT_EQ(missing.Said(),
            "error there is no file of parameters /s/three.yaml [-p takes a path that is relative to where davit is "
            "started]\n");
}

TEST(Files, EmptyAndWrongOnes) {
  EXPECT_EQ(LoadStack("").Said(),
            "error stack.yaml:1:1 the manifest is empty [begin it with version: 1, kind: stack, meta: {name: NAME}]\n");
  EXPECT_EQ(LoadStack("- not\n- a mapping\n").Said(),
            "error stack.yaml:1:1 a stack must be a mapping, not a list [write it as 'key: value']\n");
  EXPECT_EQ(LoadStack("{}").Said(),
            "warning(missing-version) stack.yaml:1:1 the file does not say which version of the format it has [add "
            "version: 1]\n"
            "warning(missing-kind) stack.yaml:1:1 the file does not say what it is [add kind: stack]\n"
            "error stack.yaml:1:1 the stack has no name [add meta: {name: NAME}]\n");
  EXPECT_EQ(LoadStack("version: 2\nkind: component\nmeta: {name: }\n").Said(),
            "error stack.yaml:1:10 version must be 1, not '2' [it is the version of the format: write version: 1]\n"
            "error stack.yaml:2:7 kind must be stack here, not 'component' [write kind: stack]\n"
            "error stack.yaml:3:7 the stack has no name [add meta: {name: NAME}]\n");
}

TEST(Keys, WrongShapesHavePositions) {
  EXPECT_EQ(LoadStack("version: 1\nkind: stack\nmeta: [shop]\ncomponents: {a: b}\nlifecycle: later\n").Said(),
            "error stack.yaml:3:7 meta must be a mapping, not a list [write 'key: value' on the lines below meta:]\n"
            "error stack.yaml:4:13 components must be a list, not a mapping [begin every item with '- ' on a line of "
            "its own below components:]\n"
            "error stack.yaml:5:12 lifecycle must be a mapping, not the text \"later\" [write 'key: value' on the "
            "lines below lifecycle:]\n");
  EXPECT_EQ(LoadBody("components: [3, {source: ok}, {name: [a]}]").Said(),
            "error stack.yaml:3:14 a component must be a mapping, not the number 3 [write it as 'key: value']\n"
            "error stack.yaml:3:17 a component has no name [add name: NAME]\n"
            "error stack.yaml:3:38 name must be a text, not a list\n"
            "error stack.yaml:3:31 a component has no name [add name: NAME]\n");
  EXPECT_EQ(
      LoadBody("components: [{name: a, source: ok, depends: {b: c}, always: maybe, timeout: 1h30, inputs: [[x]]}]")
          .Said(),
      "error stack.yaml:3:45 depends must be a list of names, not a mapping [write depends: [a, b]]\n"
      "error stack.yaml:3:61 always must be true or false, not the text \"maybe\"\n"
      "error stack.yaml:3:77 timeout must be a time such as 90, 5m or 1h30m, not the text \"1h30\"\n"
      "error stack.yaml:3:92 an item of inputs must be a name, not a list\n");
}

TEST(Keys, UnknownOnesAreWarnings) {
  EXPECT_EQ(LoadBody("component: []\ncomponents: [{name: a, source: ok, dependz: [x]}]\nsomething: else").Said(),
            "warning(unknown-key) stack.yaml:3:1 unknown key 'component' of a stack [did you mean 'components'?]\n"
            "warning(unknown-key) stack.yaml:4:36 unknown key 'dependz' of a component [did you mean 'depends'?]\n"
            "warning(unknown-key) stack.yaml:5:1 unknown key 'something' of a stack [it has no effect; remove it]\n");
}

TEST(Keys, WhatHasNoEffectIsAccepted) {
  EXPECT_EQ(
      LoadBody(
          "components: [{name: a, source: ok, brief: b, annotations: {x: y}, hooks: []}]\nextensions: {include: [x]}\n"
          "templates: {}\nplatform:\nlifecycle: {readyConditions: []}\noutputs: [{name: o, description: d}]\n")
          .Said(),
      "");
  EXPECT_EQ(LoadBody("parameters: [{name: q, value: \"#{1 + }\"}]").Said(),
            "error stack.yaml:3:38 in #{ }: a value is expected, not `}` [write an expression of CEL, or ##{ where the "
            "characters #{ are meant]\n");
}

TEST(Keys, OfParametersAndOutputs) {
  EXPECT_EQ(
      LoadBody("parameters:\n"
               "  - {name: a, type: strng}\n"
               "  - {name: b, kind: usr}\n"
               "  - {name: c, empty: yes}\n"
               "  - {name: \"d|e\"}\n"
               "  - {value: 1}\n"
               "  - {name: f g}\n"
               "  - text\n"
               "  - {name: h, value: 1, parameters: [{name: i}]}\n"
               "  - {name: j, value: .inf}\n"
               "  - {name: k, value: \"${l\"}\n"
               "  - {name: m, value: [\"${n}\"]}\n"
               "outputs: [{value: 1}, {name: \"a|b\"}]")
          .Said(),
      "error stack.yaml:4:21 unknown type 'strng' [did you mean 'string'?]\n"
      "warning(unknown-kind) stack.yaml:5:21 unknown kind 'usr' of a parameter, taken for tech [did you mean 'user'?]\n"
      "warning(unknown-empty) stack.yaml:6:22 empty: can only be allow, not 'yes' [write empty: allow, or remove it]\n"
      "error stack.yaml:7:12 the name 'd|e' of a parameter must not contain '|' [say which component it is for with "
      "component: NAME]\n"
      "error stack.yaml:8:5 a parameter has no name [add name: NAME]\n"
      "error stack.yaml:9:12 the name 'f g' of a parameter must not contain white space\n"
      "error stack.yaml:10:5 a parameter must be a mapping, not the text \"text\" [write it as 'key: value']\n"
      "warning(value-of-group) stack.yaml:11:22 parameter 'h' has parameters below it: its own value has no effect "
      "[remove the value, or give it to a parameter of its own]\n"
      "error stack.yaml:12:22 .inf is no number that a value can have [put it in quotes if it is meant as a text]\n"
      "error stack.yaml:13:23 ${ is never closed by } [write ${name}, or $${ where the characters ${ are meant]\n"
      "error stack.yaml:14:23 expressions inside lists and mappings are not expanded "
      "[make the whole value one expression, or give the parts as parameters of their own]\n"
      "error stack.yaml:15:11 an output has no name [add name: NAME]\n"
      "error stack.yaml:15:30 the name 'a|b' of an output must not contain '|'\n");
}

TEST(Keys, WhatIsSaidTwiceIsToldOnce) {
  MemorySource source;
  source.files["stack.yaml"] =
      "version: 1\nkind: stack\nmeta: {name: s}\ncomponents: [{name: a, source: a}, {name: b, source: a}]\n"
      "outputs:\n- {name: url, value: x}\n- {name: other, value: x}\n- {name: url, value: y}\n";
  source.files["a/component.yaml"] =
      "version: 1\nkind: component\nmeta: {name: a}\n"
      "parameters: [{name: size, value: 1}, {name: size, value: 2}, {name: u, kind: user}, {name: u, kind: user, "
      "value: 3}]\n"
      "outputs: [{name: host}, {name: host, value: z}]\n";
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(
      loaded.Said(),
      "warning(duplicate-output) stack.yaml:8:10 output 'url' is given twice [make it one]\n"
      "warning(duplicate-parameter) a/component.yaml:4:45 parameter 'size' is given twice [the first counts; make "
      "it one]\n"
      "warning(duplicate-output) a/component.yaml:5:32 output 'host' is given twice [make it one]\n"
      "warning(duplicate-parameter) a/component.yaml:4:92 parameter 'u|a' is given twice [the second is merged "
      "into the first; make it one]\n"
      "warning(duplicate-parameter) a/component.yaml:4:92 parameter 'u|b' is given twice [the second is merged "
      "into the first; make it one]\n");
}

TEST(Components, EverythingAboutOne) {
  MemorySource source;
  source.files["stack.yaml"] = R"(version: 1
kind: stack
meta: {name: s, title: The stack}
requires: aws
components:
  - name: a
    source: lib/./a/
    depends: b
    provisioner: script
    timeout: 1h30m
    idempotent: true
    always: true
    inputs: ["common/*"]
    passEnv: [HOME]
    requires: [dns]
    provides: web
  - {name: b, source: {git: {remote: x, localDir: lib, subDir: a}}}
lifecycle: {mandatory: [a], order: [b, a]}
)";
  source.files["lib/a/component.yaml"] = R"(version: 1
kind: component
meta: {name: origin}
requires: [db]
provides: [thing]
provisioner: terraform
timeout: 90
idempotent: false
passEnv: [PATH]
lifecycle: {verbs: [deploy]}
parameters: [{name: size, type: number, value: 3, env: SIZE, brief: How big}]
outputs: [{name: url, type: string, fromTfVar: the_url}]
)";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(source.reads["lib/a/component.yaml"], 1);
  EXPECT_EQ(loaded.stack->title, "The stack");
  EXPECT_EQ(loaded.stack->requires_, (std::vector<std::string>{"aws", "db", "dns"}));
  EXPECT_TRUE(loaded.stack->explicit_order);
  EXPECT_EQ(loaded.stack->order, (std::vector<std::string>{"b", "a"}));
  EXPECT_EQ(loaded.map.Locate(loaded.stack->order_pos[1]).column, 40u);
  const Component& a = loaded.stack->components[0];
  EXPECT_EQ(a.origin, "origin");
  EXPECT_EQ(a.source_dir, Path("/s/lib/a"));
  EXPECT_EQ(a.source_text, "lib/./a/");
  EXPECT_EQ(a.depends, std::vector<std::string>{"b"});
  EXPECT_EQ(loaded.map.Locate(a.depends_pos[0]).line, 8u);
  EXPECT_EQ(a.provisioner, "script");
  EXPECT_EQ(a.timeout_s, 5400);
  EXPECT_TRUE(a.idempotent);
  EXPECT_TRUE(a.always);
  EXPECT_FALSE(a.optional);
  EXPECT_EQ(a.inputs_globs, std::vector<std::string>{"common/*"});
  ASSERT_EQ(a.inputs_pos.size(), 1u);
  const Location input = loaded.map.Locate(a.inputs_pos[0]);
  EXPECT_TRUE(input.source_line.substr(input.column - 1).starts_with("\"common/*\"")) << input.source_line;
  EXPECT_EQ(a.pass_env, std::vector<std::string>{"HOME"});
  EXPECT_EQ(a.requires_, (std::vector<std::string>{"db", "dns"}));
  EXPECT_EQ(a.provides, (std::vector<std::string>{"thing", "web"}));
  EXPECT_EQ(a.verbs, std::vector<std::string>{"deploy"});
  EXPECT_TRUE(a.declares_outputs);
  EXPECT_EQ(a.outputs[0].from_tf_var, "the_url");
  EXPECT_EQ(a.outputs[0].type, ValueType::kString);
  EXPECT_EQ(a.parameters[0].env, "SIZE");
  EXPECT_EQ(a.parameters[0].value.constant, json::value(3));
  const Component& b = loaded.stack->components[1];
  EXPECT_EQ(b.source_dir, Path("/s/lib/a"));
  EXPECT_EQ(b.source_text, "lib/a");
  EXPECT_EQ(b.provisioner, "terraform");
  EXPECT_EQ(b.timeout_s, 90);
  EXPECT_FALSE(b.idempotent);
  EXPECT_EQ(b.pass_env, std::vector<std::string>{"PATH"});
  EXPECT_TRUE(b.optional);
}

TEST(Components, ABareDirectoryIsEnough) {
  const Loaded loaded = LoadBody("components: [{name: a, source: ok}]");
  ASSERT_EQ(loaded.Said(), "");
  const Component& component = loaded.stack->components[0];
  EXPECT_EQ(component.verbs, (std::vector<std::string>{"deploy", "undeploy"}));
  EXPECT_FALSE(component.idempotent);
  EXPECT_FALSE(component.declares_outputs);
  EXPECT_EQ(component.timeout_s, 0);
}

TEST(Components, WhatCanBeWrong) {
  EXPECT_EQ(LoadBody("components:\n"
                     "  - {name: network, source: ok}\n"
                     "  - {name: network, source: ok}\n"
                     "  - {name: gone, source: nowhere}\n"
                     "  - {name: gone2, source: {dir: ./nowhere}}\n"
                     "  - {name: none}\n"
                     "  - {name: \"a:b\", source: ok}\n"
                     "lifecycle: {optional: [netwrk], mandatory: [xyzzy], order: [network, gone, gone, gome, none]}")
                .Said(),
            "error stack.yaml:5:12 there are two components 'network' [give one of them another name] {the first is "
            "here :4}\n"
            "error stack.yaml:9:12 the name 'a:b' of a component is not allowed "
            "[use at most 128 letters, digits and - _ . and begin with a letter or digit]\n"
            "error stack.yaml:10:76 lifecycle.order names component 'gone' twice [remove one of them] {the first is "
            "here :10}\n"
            "error stack.yaml:10:82 lifecycle.order names the unknown component 'gome' [did you mean 'gone'?]\n"
            "error stack.yaml:10:53 lifecycle.order does not name the components 'gone2', 'a:b' "
            "[an order must name every component; without it the order follows from who uses what]\n"
            "error stack.yaml:6:26 component 'gone' has no directory nowhere [create it, or correct the source; it is "
            "relative to the manifest]\n"
            "error stack.yaml:7:33 component 'gone2' has no directory ./nowhere "
            "[create it, or correct the source; it is relative to the manifest]\n"
            "error stack.yaml:8:12 component 'none' has no source [add source: DIRECTORY, relative to the manifest]\n"
            "error stack.yaml:10:24 lifecycle.optional names the unknown component 'netwrk' [did you mean 'network'?]\n"
            "error stack.yaml:10:45 lifecycle.mandatory names the unknown component 'xyzzy' [remove it, or add the "
            "component]\n");
}

TEST(Components, UnknownDependsAreSaidWithEverythingElse) {
  EXPECT_EQ(LoadBody("components:\n"
                     "  - {name: network, source: ok}\n"
                     "  - {name: api, source: ok, depends: [netwrok, api, queue, network], timeout: soon}")
                .Said(),
            "error stack.yaml:5:79 timeout must be a time such as 90, 5m or 1h30m, not the text \"soon\"\n"
            "error stack.yaml:5:39 component 'api' depends on 'netwrok', which the stack does not have "
            "[did you mean 'network'?]\n"
            "error stack.yaml:5:48 component 'api' depends on itself [remove 'api' from its depends]\n"
            "error stack.yaml:5:53 component 'api' depends on 'queue', which the stack does not have "
            "[add it to components, or remove it from depends]\n");
}

TEST(Components, TheirFilesAreReadOnceAndComplainOnce) {
  MemorySource source;
  source.files["stack.yaml"] =
      "version: 1\nkind: stack\nmeta: {name: s}\ncomponents:\n  - {name: a, source: m}\n  - {name: b, source: m/}\n";
  source.files["m/component.yaml"] = R"(version: 1
kind: component
meta: {name: m}
lifecycle: {order: [a]}
parameters:
  - {name: p, fromEnv: P, default: 2}
  - {name: q, kind: link, value: "${x}"}
  - {name: r, default: 1}
  - {name: s, component: t}
)";
  const Loaded loaded(source, InMemory());
  EXPECT_EQ(source.reads["m/component.yaml"], 1);
  EXPECT_EQ(
      loaded.Said(),
      "warning(unknown-key) m/component.yaml:4:13 unknown key 'order' of lifecycle [it has no effect; remove it]\n"
      "warning(from-env-in-component) m/component.yaml:6:24 parameter 'p' has fromEnv in the file of a component "
      "[declare it in the stack, where a person can see what it is taken from]\n"
      "warning(link-in-component) m/component.yaml:7:21 parameter 'q' is of kind link in the file of a component, "
      "which has no effect "
      "[remove the kind: values of components are always expanded late]\n"
      "warning(default-in-component) m/component.yaml:8:24 parameter 'r' has a default but is not of kind user "
      "[give it as value: instead; a component's value is its default]\n"
      "warning(component-of-own) m/component.yaml:9:26 parameter 's' belongs to its component anyway [remove "
      "component:]\n");

  source.files["m/component.yaml"] = "";
  source.files["m/hub-component.yaml"] = "";
  EXPECT_EQ(Loaded(source, InMemory()).Said(),
            "error stack.yaml:5:23 there are a component.yaml and a hub-component.yaml in /s/m [keep one of them]\n");
  source.files.erase("m/hub-component.yaml");
  EXPECT_EQ(Loaded(source, InMemory()).Said(),
            "error m/component.yaml:1:1 the file of the component is empty [begin it with version: 1, kind: component, "
            "meta: {name: NAME}]\n");
}

}  // namespace
}  // namespace davit::manifest
