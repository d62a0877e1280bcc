#!/usr/bin/env python3
"""`davit hub deploy` and `undeploy`: one state file whatever the parallelism, failures, interrupts and kills in it, and stacks whose store is gone
or whose state somebody else wrote.

    test_hub.py DAVIT
"""
import os
import re
import shutil
import signal
import subprocess
import unittest

import harness
from harness import ClusterTest, read, wait_for

TIMES_AND_IDS = re.compile(r'^ *(- )?(timestamp|start|end|id): .*$|(?<=value: )"?[0-9a-f-]{36}"?$|\w+-\w+-\d+$', re.MULTILINE)
COMPONENT = """version: 1
kind: component
meta: {{name: {name}}}
parameters:
  - {{name: {name}.in, value: "{value}", env: IN}}
outputs:
  - {{name: {name}.out}}
"""


class HubTest(ClusterTest):
    def make(self, components, rest=""):
        """components: {name: (names of depends, text of its deploy)}; each uses the outputs of those that it depends on."""
        entries = ""
        for name, (depends, body) in components.items():
            value = " ".join([name] + [f"${{{on}:{on}.out}}" for on in depends])
            self.write(f"components/{name}/hub-component.yaml", COMPONENT.format(name=name, value=value))
            self.write(f"components/{name}/deploy", f"#!/bin/sh\necho {name}:deploy >> {self.dir}/trace\n{body}\necho Outputs:\necho \"{name}.out = made of $IN\"\n")
            self.write(f"components/{name}/undeploy", f"#!/bin/sh\necho {name}:undeploy >> {self.dir}/trace\n")
            entries += f"  - {{name: {name}, source: {{dir: components/{name}}}, depends: [{', '.join(depends)}]}}\n"
        self.write("hub.yaml", f"version: 1\nkind: stack\nmeta: {{name: demo}}\ncomponents:\n{entries}{rest}")
        self.hub("elaborate", "hub.yaml", "--compressed=false", code=0)

    def hub(self, verb, *arguments, code=None, **more):
        return self.davit("hub", verb, *arguments, code=code, **more)

    def deploy(self, *arguments, verb="deploy", code=0, **more):
        return self.hub(verb, "hub.yaml.elaborate", "-s", "state", "--compressed=false", *arguments, code=code, **more)

    def trace(self):
        lines = read(os.path.join(self.dir, "trace")).split()
        self.write("trace", "")
        return lines

    def state(self):
        return read(os.path.join(self.dir, "state"))

    def status(self):  # of the stack
        return re.search(r"^status: (\S+)$", self.state(), re.MULTILINE)[1]


class InPlace(HubTest):
    GRAPH = {"a": ((), ""), "b": (("a",), ""), "c": (("a",), ""), "d": ((), ""), "e": (("b", "c"), ""), "f": (("d",), "")}

    def test_one_state_file_whatever_the_parallelism(self):
        self.make(self.GRAPH)
        self.deploy()
        self.assertEqual(self.trace(), [f"{name}:deploy" for name in "abcdef"])
        one = TIMES_AND_IDS.sub("", self.state())
        os.remove(os.path.join(self.dir, "state"))
        shutil.rmtree(os.path.join(self.dir, ".davit"))
        self.deploy("--parallelism", "8")
        self.assertEqual(sorted(self.trace()), [f"{name}:deploy" for name in "abcdef"])
        eight = re.sub(r' *- "(--parallelism|8)"\n', "", TIMES_AND_IDS.sub("", self.state()))
        self.assertEqual(eight, one)

    def test_failure_stops_and_the_next_deploy_goes_through(self):
        self.make({"a": ((), ""), "b": ((), "test ! -e $HUB_BASE_DIR/broken || exit 3"), "c": ((), "")})
        self.write("broken", "")
        done = self.deploy(code=1)
        self.assertIn("b", done.out)
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy"])
        self.assertEqual(self.status(), "incomplete")
        os.remove(os.path.join(self.dir, "broken"))
        self.deploy()
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy", "c:deploy"], "every component runs")
        self.assertEqual(self.status(), "deployed")

    def test_undeploy_without_the_store(self):
        self.make(self.GRAPH)
        self.deploy("-l", "c")
        self.trace()
        shutil.rmtree(os.path.join(self.dir, ".davit"))
        self.deploy(verb="undeploy")
        self.assertEqual(self.trace(), ["c:undeploy", "b:undeploy", "a:undeploy"], "from the last that the state file knows")
        self.assertEqual(self.status(), "undeployed")

    def test_part_of_a_stack_uses_what_the_state_file_says(self):
        self.make(self.GRAPH)
        self.deploy()
        self.trace()
        shutil.rmtree(os.path.join(self.dir, ".davit"))
        self.write("state", self.state().replace("made of a", "somebody else"))
        self.deploy("-c", "b")
        self.assertEqual(self.trace(), ["b:deploy"])
        self.assertIn("made of b somebody else", self.state())

    def test_part_of_a_stack_is_in_order_too(self):
        self.make({name: ((), f"sleep 0.05\necho {name}:end >> {self.dir}/trace") for name in "edcba"})
        self.deploy()
        self.trace()
        for _ in range(3):
            self.deploy("-c", "a,c,e")
            self.assertEqual(self.trace(), ["e:deploy", "e:end", "c:deploy", "c:end", "a:deploy", "a:end"])
        self.deploy("-c", "e,b,a", verb="undeploy")
        self.assertEqual(self.trace(), ["a:undeploy", "b:undeploy", "e:undeploy"])

    def test_rehearsal_changes_nothing_and_is_not_recorded(self):
        self.make({"a": ((), "")})
        manifest = read(os.path.join(self.dir, "hub.yaml"))
        self.write("hub.yaml", manifest.replace("depends: []", 'depends: [], hooks: [{file: hook, triggers: ["*"]}]'))
        self.write("hook", f"#!/bin/sh\necho hook >> {self.dir}/trace\n")
        self.write("components/a/deploy-test", f"#!/bin/sh\necho a:deploy-test >> {self.dir}/trace\n")
        self.write("hub.yaml", read(os.path.join(self.dir, "hub.yaml")).replace('"*"', "pre-deploy, post-deploy"))
        self.hub("elaborate", "hub.yaml", "--compressed=false", code=0)
        self.deploy("-y")
        self.assertEqual(self.trace(), ["a:deploy-test"], "what belongs to a deploy does not run")
        self.assertEqual(self.state(), "")
        self.deploy()
        self.assertEqual(self.trace(), ["hook", "a:deploy", "hook"])
        before = self.state()
        self.write("components/a/undeploy-test", f"#!/bin/sh\necho a:undeploy-test >> {self.dir}/trace\n")
        self.deploy("-y", verb="undeploy")
        self.assertEqual(self.trace(), ["a:undeploy-test"])
        self.assertEqual(self.state(), before)
        self.deploy("-y")
        self.deploy(verb="undeploy")
        self.assertEqual(self.trace(), ["a:deploy-test", "a:undeploy"], "it stood all the time")

    def test_the_stack_is_waited_for(self):
        rest = 'lifecycle: {{readyConditions: [{{dns: "${{a:a.out}}", waitSeconds: 1}}]}}\noutputs: [{{name: a:a.out}}]\n'
        for host, code, status in (("nowhere.invalid", 1, "incomplete"), ("localhost", 0, "deployed")):
            self.make({"a": ((), "")}, rest.format())
            path = "components/a/deploy"
            self.write(path, read(os.path.join(self.dir, path)).replace("made of $IN", host))
            done = self.deploy(code=code)
            self.assertIn("stack:ready", done.out)
            self.assertEqual(self.status(), status)
            self.assertNotIn("stack:ready", re.sub("(?m)^.*message: .*$", "", self.state()), "it is no component")
        self.assertNotIn("stack:ready", self.deploy(verb="undeploy").out)
        self.assertEqual(self.status(), "undeployed")

    @harness.needs_tool("git")
    def test_what_is_checked_out(self):
        def git(*arguments):
            subprocess.run(["git", "-C", self.dir, "-c", "user.name=t", "-c", "user.email=t@example.org", *arguments], check=True,
                           stdout=subprocess.DEVNULL)

        outputs = ("outputs:\n  - {name: ref, value: \"${hub.components.a.git.ref}\"}\n  - {name: hub.components.a.git.clean}\n"
                   "  - {name: other, value: \"${hub.components.nobody.git.ref}\"}\n")
        self.make({"a": ((), ""), "b": (("a",), "")}, outputs)
        self.deploy()
        self.assertIn('value: "(not a Git)"', self.state())
        self.write(".gitignore", "state*\ntrace\n.davit\nstack-*\nhome\n")
        git("init", "-q", "-b", "main")
        git("add", "-A")
        git("commit", "-q", "-m", "one")
        done = self.deploy()
        self.assertRegex(self.state(), r"value: main [0-9a-f]{7}\n")
        self.assertIn("value: not calculated", self.state())
        self.assertNotIn("components.b.git", self.state())
        self.assertNotIn("differs-from-state", done.err)
        self.assertIn("unknown name 'hub.components.nobody.git.ref'", done.err)
        self.deploy("--git-outputs-status")
        self.assertIn("value: clean", self.state())
        self.write("components/a/new", "")
        self.deploy("--git-outputs-status")
        self.assertIn("value: dirty", self.state())
        self.assertIn("unknown name 'hub.components.a.git.ref'", self.deploy("--git-outputs=false").err)

    def test_invoke_runs_a_verb_of_another_component(self):
        """By hand, and from a deploy that goes on meanwhile; the output is the tool's own, and nothing is recorded."""
        self.make({"a": ((), ""), "b": (("a",), 'echo "told: $($HUB invoke a greet -e MORE=more)"')})
        path = "components/a/hub-component.yaml"
        self.write(path, read(os.path.join(self.dir, path)) + "lifecycle: {verbs: [deploy, undeploy, greet, absent]}\n")
        self.write("components/a/greet", "#!/bin/sh\nprintf 'hello %s %s\\n  two  ' \"$IN\" \"$MORE\"\necho bad >&2\n[ -z \"$FAIL\" ]\n")
        self.hub("elaborate", "hub.yaml", "--compressed=false", code=0)
        self.assertIn("told: hello a more", self.deploy().out)
        before = self.state()
        files = ("-m", "hub.yaml.elaborate", "-s", "state")
        ended = self.hub("invoke", "a", "greet", *files, code=0)
        self.assertIn("hello a \n  two  ", ended.out)
        failed = self.hub("invoke", "a", "greet", *files, "-e", "FAIL=1", code=1)
        self.assertIn("greet of component 'a' failed: greet exited with code 1\n", failed.err)
        self.assertIn("has no verb 'greed'", self.hub("invoke", "a", "greed", *files, code=1).err)
        self.assertIn("has no absent in", self.hub("invoke", "a", "absent", *files, code=1).err)
        self.assertIn("did you mean", self.hub("invoke", "aa", "greet", *files, code=1).err)
        self.assertIn("there is no state file gone", self.hub("invoke", "a", "greet", *files[:3], "gone", code=1).err)
        self.assertIn("HUB_ELABORATE", self.hub("invoke", "a", "greet", code=1).err)
        self.assertEqual(self.state(), before)
        self.assertFalse(os.path.exists(os.path.join(self.dir, "state.lock")))

    def test_render_fills_in_what_a_component_has(self):
        self.make({"a": ((), ""), "b": (("a",), "$HUB render own.txt.template")})
        self.write("components/b/own.txt.template", "${b.in} ${a:a.out}\n")
        self.deploy()
        self.assertEqual(read(os.path.join(self.dir, "components/b/own.txt")), "b made of a made of a\n")
        self.write("all.txt.template", "{{hub.stackName}} {{extra}} {{a:a.out}}\n")
        self.hub("render", "*.template", "-s", "state", "-k", "mustache", "-a", "hub.stackName=demo,extra=x", code=0)
        self.assertEqual(read(os.path.join(self.dir, "all.txt")), "demo x made of a\n")
        self.write("all.txt.template", "one\n{{missing}}\n")
        failed = self.hub("render", "all.txt.template", "-s", "state", "-k", "mustache", code=1).err
        self.assertRegex(failed, r"all.txt.template:2:\d+.*missing")
        self.assertEqual(read(os.path.join(self.dir, "all.txt")), "demo x made of a\n", "what fails writes nothing")
        self.assertIn("no.template", self.hub("render", "no.template", "-s", "state", code=1).err)
        self.assertIn("there is no state file gone", self.hub("render", "all.txt.template", "-s", "gone", code=1).err)

    def test_backup_is_made_and_restored(self):
        self.make({"a": ((), ""), "b": (("a",), ""), "c": ((), "")})
        for name in "ab":
            path = f"components/{name}/hub-component.yaml"
            self.write(path, read(os.path.join(self.dir, path)) + "lifecycle: {verbs: [deploy, undeploy, backup]}\n")
            self.write(f"components/{name}/backup", f"#!/bin/sh\necho {name}:backup >> {self.dir}/trace\n[ -z \"$FAIL_{name}\" ] || exit 3\n"
                                                    f"echo Outputs:\necho kind = database\necho \"snapshot = {name}-1 $IN\"\n")
        self.hub("elaborate", "hub.yaml", "--compressed=false", code=0)
        self.deploy()
        self.trace()
        before = self.state()
        create = ("create", "hub.yaml.elaborate", "-s", "state", "--compressed=false")
        made = self.hub("backup", *create, "-o", "bundle", code=0)
        self.assertEqual(self.trace(), ["a:backup", "b:backup"])
        self.assertIn("a: running backup", made.out)
        self.assertIn("demo: backed up", made.out)
        bundle = read(os.path.join(self.dir, "bundle"))
        self.assertRegex(bundle, r"(?m)^kind: backup$")
        self.assertRegex(bundle, r"(?m)^status: success$")
        self.assertIn("b-1 b made of a", bundle)
        self.assertNotIn("name: kind", bundle)
        parameters = self.hub("backup", "unbundle", "bundle", code=0).out
        self.assertIn("snapshot", parameters)
        self.env["FAIL_a"] = "1"
        self.hub("backup", *create, "-o", "bundle", code=1)
        self.assertEqual(self.trace(), ["a:backup"])
        self.assertRegex(read(os.path.join(self.dir, "bundle")), r"(?m)^status: error$")
        printed = self.hub("backup", *create, "--allow-partial", "--json", code=0).out
        self.assertEqual(self.trace(), ["a:backup", "b:backup"])
        self.assertIn('"status": "partial"', printed)
        self.assertIn("has no verb 'backup'", self.hub("backup", *create, "-c", "c", code=1).err)
        self.assertIn("there is no state file gone", self.hub("backup", *create[:3], "gone", code=1).err)
        self.assertEqual(self.state(), before)

    def test_other_state_file_other_deployment(self):
        self.make({"a": ((), "")})
        self.deploy()
        self.hub("deploy", "hub.yaml.elaborate", "-s", "other", "--compressed=false", code=0)
        self.deploy(verb="undeploy")
        self.assertIn("status: deployed", read(os.path.join(self.dir, "other")))
        listed = self.davit("status").err
        self.assertEqual(listed.count("local/hub/"), 2, listed)

    def test_another_stack_s_state_is_not_overwritten(self):
        self.make({"a": ((), "")})
        self.deploy()
        before = self.state().replace("name: demo", "name: shop")
        self.write("state", before)
        done = self.deploy(code=1)
        self.assertIn("does not fit the stack", done.err)
        self.assertEqual(self.state(), before)
        self.assertEqual(self.trace(), ["a:deploy"])

    def test_hub_is_davit_under_its_reference_s_name(self):
        self.make({"a": ((), ""), "b": ((), f'"$HUB" explain "$HUB_STATE" -c a > {self.dir}/seen; test -n "$HUB_ELABORATE" || exit 3')})
        self.deploy()
        self.assertIn("component a", read(os.path.join(self.dir, "seen")))

    def test_elaborate_file_gzipped_encrypted_and_elsewhere(self):
        self.make({"a": ((), "")})
        self.env["HUB_CRYPTO_PASSWORD"] = "pass word"
        self.hub("elaborate", "hub.yaml", "-o", "one.elaborate,two.elaborate", "--encrypted=true", code=0)
        self.assertEqual(harness.read_bytes(os.path.join(self.dir, "two.elaborate"))[:1], b"&", "version 1 begins with 26 hex")
        os.remove(os.path.join(self.dir, "one.elaborate"))
        self.hub("deploy", "one.elaborate,two.elaborate", "-s", "state", code=0)
        # What this stack left is there for one above it, from the same kind of file.
        self.hub("elaborate", "hub.yaml", "-s", "state", "-o", "above.elaborate", code=0)
        self.assertEqual(self.trace(), ["a:deploy"])

    def test_tuned_built_in_leaves_out(self):
        for tuning, ran in (("[]", []), ("[helm]", ["b:deploy"])):
            self.make({"a": ((), ""), "b": ((), "")}, f"lifecycle: {{order: [a, b], requires: {{optional: {tuning}}}}}\n")
            text = read(os.path.join(self.dir, "components/a/hub-component.yaml"))
            self.write("components/a/hub-component.yaml", text + "requires: [helm]\n")
            self.hub("elaborate", "hub.yaml", "--compressed=false", code=0)
            self.env["PATH"] = os.path.join(self.dir, "bin") + ":" + self.env["PATH"]
            self.write("bin/helm", "#!/bin/sh\nexit 1\n")
            done = self.deploy(code=0 if ran else 1)
            self.assertEqual(self.trace(), ran, done)

    def test_garbage(self):
        self.make({"a": ((), "")})
        for text in ("", "- 1\n", "kind: stack\nversion: 1\n", "\0\1\2", "a: [\n", "26\x01garbage"):
            self.write("state", text)
            done = self.deploy(code=None)
            self.assertIn(done.code, (0, 1), text)
            self.assertNotIn("Traceback", done.err)
            if done.code == 1:
                self.assertIn("state", done.err)
                self.assertEqual(read(os.path.join(self.dir, "state")), text, "what cannot be read is not overwritten")


class Stops(HubTest):
    def test_interrupt_is_recorded_as_one(self):
        self.make({"a": ((), ""), "b": ((), f"touch {self.dir}/begun; while test ! -e {self.dir}/go; do sleep 0.05; done"), "c": ((), "")})
        davit = self.start("hub", "deploy", "hub.yaml.elaborate", "-s", "state", "--compressed=false")
        wait_for(lambda: os.path.exists(os.path.join(self.dir, "begun")), "b begins")
        davit.signal(signal.SIGINT)
        wait_for(lambda: "cancelled" in self.davit("run", "show", "last", "--json").out, "the run is cancelled")
        self.write("go", "")
        done = davit.wait()
        self.assertEqual(done.code, 1, done)
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy"])
        self.assertIn("status: interrupted", self.state())
        self.assertEqual(self.status(), "incomplete")
        self.assertFalse(os.path.exists(os.path.join(self.dir, "state.lock")))

    def test_interrupted_where_all_of_it_stood_already(self):
        self.make({"a": ((), f"if test -e {self.dir}/again; then touch {self.dir}/begun; while test ! -e {self.dir}/go; do sleep 0.05; done; fi"), "b": ((), "")})
        self.deploy()
        self.write("again", "")
        davit = self.start("hub", "deploy", "hub.yaml.elaborate", "-s", "state", "--compressed=false", "-o", "a")
        wait_for(lambda: os.path.exists(os.path.join(self.dir, "begun")), "a begins")
        davit.signal(signal.SIGINT)
        wait_for(lambda: "cancelled" in self.davit("run", "show", "last", "--json").out, "the run is cancelled")
        self.write("go", "")
        davit.wait()
        self.assertEqual(self.status(), "incomplete")

    def test_killed_davit(self):
        self.make({"a": ((), ""), "b": ((), f"touch {self.dir}/begun; while test ! -e {self.dir}/go; do sleep 0.05; done"), "c": ((), "")})
        davit = self.start("hub", "deploy", "hub.yaml.elaborate", "-s", "state", "--compressed=false")
        wait_for(lambda: os.path.exists(os.path.join(self.dir, "begun")), "b begins")
        davit.signal(signal.SIGKILL)
        davit.wait()
        self.write("go", "")
        done = self.deploy(code=None)
        if done.code != 0:
            # Its lock is still there, and says what to do.
            self.assertIn("state.lock", done.err)
            os.remove(os.path.join(self.dir, "state.lock"))
            self.deploy()
        self.assertEqual(self.status(), "deployed")
        self.assertEqual(self.trace()[-3:], ["a:deploy", "b:deploy", "c:deploy"])


if __name__ == "__main__":
    harness.main()
