#!/usr/bin/env python3
"""Rules of seed 004 for what `davit hub` runs, one after the other: spec/stacks.md 1.7 to 1.10.

    test_hub_rules.py DAVIT
"""
import os
import re

import harness
from harness import ClusterTest, read


class RulesTest(ClusterTest):
    def make(self, components, rest=""):
        """components: {name: (its entry in the stack, its own file below meta, text of its deploy)}"""
        entries = ""
        for name, (entry, own, body) in components.items():
            self.write(f"components/{name}/hub-component.yaml", f"version: 1\nkind: component\nmeta: {{name: {name}}}\n{own}\n")
            self.write(f"components/{name}/deploy", f"#!/bin/sh\necho {name}:deploy >> {self.dir}/trace\n{body}\n")
            self.write(f"components/{name}/undeploy", f"#!/bin/sh\necho {name}:undeploy $IN >> {self.dir}/trace\n")
            entries += f"  - {{name: {name}, source: {{dir: components/{name}}}{', ' if entry else ''}{entry}}}\n"
        self.write("hub.yaml", f"version: 1\nkind: stack\nmeta: {{name: demo}}\ncomponents:\n{entries}{rest}")
        self.hub("elaborate", "hub.yaml", "-o", "elaborated", "--compressed=false", code=0)

    def hub(self, *arguments, code=None, **more):
        return self.davit("hub", *arguments, code=code, **more)

    def deploy(self, *arguments, verb="deploy", code=0, state=True, **more):
        kept = ("-s", "state", "--compressed=false") if state else ("--compressed=false",)
        return self.hub(verb, "elaborated", *kept, *arguments, code=code, **more)

    def undeploy(self, *arguments, **more):
        return self.deploy(*arguments, verb="undeploy", **more)

    def trace(self):
        lines = [line.strip() for line in read(os.path.join(self.dir, "trace")).splitlines()]
        self.write("trace", "")
        return lines

    def status(self):  # of the stack
        return re.search(r"^status: (\S+)$", read(os.path.join(self.dir, "state")), re.MULTILINE)[1]


class Undeploy(RulesTest):
    OUTPUT = "outputs: [{name: o}]"
    INPUT = "parameters: [{name: o, env: IN}]"

    def test_without_a_state_all_is_taken_away(self):
        self.make({"a": ("", "", ""), "b": ("", "", "")})
        self.undeploy("-n", state=False)
        self.assertEqual(self.trace(), ["b:undeploy", "a:undeploy"])
        self.undeploy()
        self.assertEqual(self.trace(), ["b:undeploy", "a:undeploy"])
        self.assertEqual(self.status(), "undeployed")
        self.undeploy()
        self.assertEqual(self.trace(), ["b:undeploy", "a:undeploy"], "the state file has them")

    def test_begins_at_the_last_one_that_the_state_has(self):
        self.make({"a": ("", "", ""), "b": ("", "", "exit 1"), "c": ("", "", "")})
        self.deploy(code=1)
        self.trace()
        self.undeploy()
        self.assertEqual(self.trace(), ["b:undeploy", "a:undeploy"], "what failed is taken away too")
        self.undeploy("--guess=false")
        self.assertEqual(self.trace(), ["c:undeploy", "b:undeploy", "a:undeploy"])

    def test_what_was_made_from_something_that_is_gone(self):
        self.make({"a": ("", self.OUTPUT, "echo Outputs:\necho o = from-a"), "b": ("depends: [a]", self.INPUT, "")})
        self.deploy()
        self.trace()
        self.undeploy("-c", "a")
        self.undeploy()
        self.assertEqual(self.trace(), ["a:undeploy", "b:undeploy from-a", "a:undeploy"])
        self.assertEqual(self.status(), "undeployed")

    def test_what_was_left_before_is_nobody_s_any_more(self):
        self.make({"a": ("", self.OUTPUT, f"[ ! -e {self.dir}/broken ] || exit 1\necho Outputs:\necho o = from-a"), "b": ("", self.INPUT.replace("env", "empty: allow, env"), f"echo got $IN. >> {self.dir}/trace")},
                  "lifecycle: {optional: [a]}\n")
        self.deploy()
        self.undeploy()
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy", "got from-a.", "b:undeploy from-a", "a:undeploy"])
        self.write("broken", "")
        self.deploy()
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy", "got ."])

    def test_that_too_where_only_the_state_file_knows_it(self):
        self.make({"a": ("", self.OUTPUT, "echo Outputs:\necho o = from-a"), "b": ("depends: [a]", self.INPUT, "")})
        self.deploy()
        self.undeploy("-c", "a")
        self.trace()
        self.write("elsewhere", read(os.path.join(self.dir, "state")))
        self.hub("undeploy", "elaborated", "-s", "elsewhere", "--compressed=false", code=0)
        self.assertEqual(self.trace(), ["b:undeploy from-a", "a:undeploy"])

    def test_what_nothing_can_take_away_still_stands(self):
        self.make({"a": ("", "", ""), "b": ("", "", "")})
        os.remove(os.path.join(self.dir, "components/b/undeploy"))
        self.deploy()
        self.assertIn("component 'b' has no undeploy", self.undeploy(code=1).out)
        self.assertEqual((self.trace(), self.status()), (["a:deploy", "b:deploy"], "incomplete"))
        self.write("components/b/hub-component.yaml", read(os.path.join(self.dir, "components/b/hub-component.yaml")) + "lifecycle: {bare: allow}\n")
        self.hub("elaborate", "hub.yaml", "-o", "elaborated", "--compressed=false", code=0)
        self.undeploy()
        self.assertEqual((self.trace(), self.status()), (["a:undeploy"], "undeployed"))

    def test_a_requirement_that_is_gone_stops_nothing(self):
        self.make({"a": ("", "requires: [helm]", "")}, "lifecycle: {optional: [a]}\n")
        self.write("bin/helm", "#!/bin/sh\n[ ! -e broken ]\n".replace("broken", f"{self.dir}/broken"))
        self.env["PATH"] = f"{self.dir}/bin:{self.env['PATH']}"
        self.deploy()
        self.write("broken", "")
        self.undeploy()
        self.assertEqual(self.trace(), ["a:deploy", "a:undeploy"])

    def test_a_capability_that_is_gone_is_told(self):
        self.make({"p": ("", "provides: [cap]", ""), "x": ("", "requires: [cap]", "")})
        self.deploy()
        self.undeploy("-c", "p")
        self.assertIn("component 'x' requires 'cap', which nothing provides any more", self.undeploy("-c", "x").err)
        self.assertEqual(self.trace()[2:], ["p:undeploy", "x:undeploy"])

    def test_what_the_stack_requires_is_asked_for_here_too(self):
        self.make({"a": ("", "", ""), "b": ("", "requires: [cap]", "")})
        self.deploy("-f")
        self.assertIn("--force goes on without it", self.undeploy(code=1).err)
        self.undeploy("-f")
        self.assertEqual(self.trace()[-1], "a:undeploy")
        self.assertEqual(self.status(), "undeployed")

    def test_what_is_said_in_the_end(self):
        self.make({"a": ("", "", ""), "b": ("", "", "")})
        self.assertIn("demo: what was asked for is up", self.deploy("-l", "a").out)
        for name in "ab":
            self.write(f"components/{name}/deploy-test", "#!/bin/sh\n")
            os.chmod(os.path.join(self.dir, f"components/{name}/deploy-test"), 0o755)
        self.assertIn("demo: rehearsed", self.deploy("-y").out)
        self.assertIn("no parameter is taken from NOPE, which -e gives", self.deploy("-e", "NOPE=1").err)

    def test_what_stands_and_is_left_out_counts(self):
        self.make({"a": ("", "", "")}, "lifecycle: {requires: {optional: [\"a.flag:a\"]}}\nparameters: [{name: a.flag, fromEnv: FLAG}]\n")
        self.deploy("-e", "FLAG=true")
        self.undeploy("-e", "FLAG=false")
        self.assertEqual((self.trace(), self.status()), (["a:deploy"], "deployed"))


class Requirements(RulesTest):
    def test_a_tuned_one_that_a_component_before_prints(self):
        for depends, term in (("", "cap:a"), ("", "cap"), ("depends: [p]", "cap:a")):
            self.make({"p": ("", "", "echo Outputs:\necho provides = cap"), "a": (depends, "requires: [cap]", "")},
                      f"lifecycle: {{requires: {{optional: [\"{term}\"]}}}}\n")
            self.deploy(state=False)
            self.assertEqual(self.trace(), ["p:deploy", "a:deploy"], (depends, term))

    def test_who_provides_a_cluster_says_where_it_is(self):
        says = "echo Outputs:\necho dns.domain = d.example.org\n"
        self.make({"k": ("", "provides: [kubernetes]\noutputs: [{name: dns.domain}]", says)})
        self.assertIn("provides kubernetes and left no output 'kubernetes.api.endpoint'", self.deploy(code=1).out)
        self.make({"k": ("", "provides: [kubernetes]\noutputs: [{name: dns.domain}, {name: kubernetes.api.endpoint}]",
                         says + "echo kubernetes.api.endpoint = api.d.example.org")})
        self.deploy()


    def test_tuning_one_of_the_environment_is_no_mistake(self):
        self.make({"a": ("", "requires: [vault]", "")}, "lifecycle: {requires: {optional: [vault]}}\n")
        self.assertNotIn("tuned-built-in", self.hub("elaborate", "hub.yaml", "--compressed=false", code=0).err)
        self.assertIn("tuned-built-in", self.davit("validate", code=0).err)


class Failures(RulesTest):
    def test_a_hook_of_an_optional_component_stops_the_run(self):
        hooks = "hooks: [{file: h, triggers: [\"%s\"]%s}]"
        for point, more, traced, code in (("pre-deploy", "", [], 1), ("post-deploy", "", ["a:deploy"], 1),
                                          ("pre-deploy", ", error: ignore", ["a:deploy", "b:deploy"], 0)):
            self.make({"a": (hooks % (point, more), "", ""), "b": ("", "", "")}, "lifecycle: {optional: [a]}\n")
            self.write("components/a/h.sh", "#!/bin/sh\nexit 1\n")
            self.deploy(code=code, state=False)
            self.assertEqual(self.trace(), traced, (point, more))

    def test_a_hook_that_cannot_be_started(self):
        for more, code in (("", 1), (", error: ignore", 0)):
            self.make({"a": (f"hooks: [{{file: h, triggers: [pre-deploy]{more}}}]", "", "")})
            for text, mode in (("exit 0\n", 0o644), ("#!/nope\n", 0o755)):
                self.write("components/a/h", text)
                os.chmod(os.path.join(self.dir, "components/a/h"), mode)
                self.deploy(code=code, state=False)
            self.assertEqual(self.trace(), ["a:deploy"] * 2 if code == 0 else [])

    def test_who_is_left_out_is_named_also_where_that_is_all(self):
        self.make({"a": ("", "", "")}, "lifecycle: {requires: {optional: [\"a.flag:a\"]}}\nparameters: [{name: a.flag, value: false}]\n")
        self.assertIn("a: left out: a.flag is false or missing", self.deploy().out)

    def test_forced_a_failure_is_soft(self):
        self.make({"a": ("", "", "exit 7"), "b": ("", "", "")})
        self.deploy("-f")
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy"])
        self.assertRegex(read(os.path.join(self.dir, "state")), r"(?m)^status: incomplete$")
        self.write("components/b/undeploy", "#!/bin/sh\nexit 1\n")
        self.assertIn("demo is down, but not all of it", self.undeploy("-f").out)

    def test_a_link_that_leads_nowhere_stops_only_who_takes_it(self):
        link = "parameters: [{name: l, kind: link, value: \"${a:nope}\"}]\n"
        self.make({"a": ("", "outputs: [{name: o}]", "echo Outputs:\necho o = 1"), "b": ("", "", "")}, link)
        self.deploy()
        self.assertEqual(self.trace(), ["a:deploy", "b:deploy"])
        self.make({"a": ("", "outputs: [{name: o}]", "echo Outputs:\necho o = 1"),
                   "b": ("", "parameters: [{name: l, env: IN}]", "")}, link)
        self.deploy(code=1, state=False)
        self.assertEqual(self.trace(), ["a:deploy"])

    def test_what_is_provided_is_known_to_templates_outputs_and_the_state(self):
        self.make({
            "a": ("", "provides: [ingress]", ""),
            "b": ("", 'templates: {files: [t.template]}\noutputs: [{name: o, value: "<${hub.provides}>"}]', "cat t"),
        })
        self.write("components/b/t.template", "[${hub.provides}]\n")
        self.assertIn("[ingress]", self.deploy().out)
        state = read(os.path.join(self.dir, "state"))
        self.assertIn('value: "<ingress>"', state)
        self.assertIn("    - name: hub.provides\n      value: ingress\n      env: HUB_PROVIDES\n", state)
        self.assertIn('    - name: hub.provides\n      value: ""\n      env: HUB_PROVIDES\n', state)

    def test_what_an_expression_gives_is_text(self):
        self.make({"a": ("", "", "")},
                  'parameters: [{name: n, value: 5}, {name: whole, value: "${n}"}, {name: sum, value: "#{n + 1}"}]\n')
        self.deploy()
        state = read(os.path.join(self.dir, "state"))
        self.assertIn('value: 5\n', state)
        self.assertIn('- name: whole\n  value: "5"\n', state)
        self.assertIn('- name: sum\n  value: "6"\n', state)

    def test_what_has_nothing_to_run_fails_in_its_turn(self):
        self.make({"a": ("", "", ""), "b": ("", "", ""), "c": ("", "", "")}, "lifecycle: {optional: [b]}\n")
        os.remove(os.path.join(self.dir, "components/b/deploy"))
        done = self.deploy()
        self.assertIn("component 'b' has nothing to run in", done.err)
        self.assertEqual(self.trace(), ["a:deploy", "c:deploy"])
        self.make({"a": ("", "", ""), "b": ("", "", "")})
        os.remove(os.path.join(self.dir, "components/b/deploy"))
        self.deploy(code=1)
        self.assertEqual(self.trace(), ["a:deploy"])
        self.assertEqual(self.status(), "incomplete")
        # Where the stack lists the verb it is asked for before anything runs.
        self.make({"a": ("", "", ""), "b": ("", "", "")}, "lifecycle: {verbs: [deploy]}\n")
        os.remove(os.path.join(self.dir, "components/b/deploy"))
        self.deploy(code=1)
        self.assertEqual(self.trace(), [])

    def test_nothing_runs_where_the_state_cannot_be_encrypted(self):
        self.make({"a": ("", "", "")})
        done = self.deploy("--encrypted=true", code=1)
        self.assertIn("cannot write state encrypted: there is no password", done.err)
        self.assertEqual(self.trace(), [])

    def test_nothing_runs_where_the_state_cannot_be_written(self):
        self.make({"a": ("", "", "")})
        done = self.hub("deploy", "elaborated", "-s", "nowhere/state", code=2)
        self.assertIn("cannot make the lock file nowhere/state.lock: No such file or directory", done.err)
        self.assertIn("name another with -s", done.err)
        self.assertEqual(self.trace(), [])

    def test_the_last_of_an_option_counts(self):
        self.make({"a": ("", "parameters: [{name: n, env: IN}]", "echo got $IN")},
                  "parameters: [{name: n, kind: user, fromEnv: NN}]\n")
        self.assertIn("got 2", self.deploy("-e", "NN=1", "-e", "NN=2").out)

    def test_who_would_take_from_what_is_left_out_takes_the_next_best(self):
        out = "outputs: [{name: x, fromTfVar: x}]"
        prints = 'printf "Outputs:\\nx = from-%s\\n"'
        take = ("", "parameters: [{name: x, value: own, env: X}]", "echo X=$X")
        left_out = ("", "requires: [zip]\n" + out, prints % "c")
        rest = "lifecycle: {requires: {optional: ['zip:c']}}\n"
        self.make({"c": left_out, "b": take}, rest)
        self.assertIn("X=own", self.deploy("-n", state=False).out)
        self.make({"a": ("", out, prints % "a"), "c": left_out, "b": take}, rest)
        self.assertIn("X=from-a", self.deploy("-n", state=False).out)
        self.make({"c": left_out, "b": take}, rest + "parameters: [{name: x, value: plain}]\n")
        self.assertIn("X=plain", self.deploy("-n", state=False).out)
        # The failure of who would only stand in stops nobody.
        self.make({"a": ("", out, "exit 1"), "c": ("", out, prints % "c"), "b": take}, "lifecycle: {optional: [a]}\n")
        self.assertIn("X=from-c", self.deploy("-n", state=False).out)
        # And from what was never deployed.
        self.make({"a": ("", out, prints % "a"), "c": ("", out, prints % "c"), "b": take})
        self.deploy("-l", "a")
        self.assertIn("X=from-a", self.deploy("-c", "b").out)

    def test_a_line_of_blanks_does_not_end_a_block_of_outputs(self):
        self.make({"a": ("", "outputs: [{name: one}, {name: two}]", "printf 'Outputs:\\none = 1\\n   \\ntwo = 2\\n\\nthree = 3\\n'")})
        self.deploy()
        self.assertIn("name: two", read(os.path.join(self.dir, "state")))
        self.assertNotIn("three", read(os.path.join(self.dir, "state")))


class StateFiles(RulesTest):
    OUTPUTS = {name: ("", "outputs: [{name: o}]", f"echo Outputs:\necho o = {name}1") for name in "ab"}

    def test_what_cannot_be_understood_is_not_written_over(self):
        self.make(self.OUTPUTS)
        self.hub("deploy", "elaborated", "-s", "one", "--compressed=false", "-l", "a", code=0)
        self.write("two", read(os.path.join(self.dir, "one")))
        self.env["HUB_CRYPTO_PASSWORD"] = "pw"
        self.hub("deploy", "elaborated", "-s", "two", "--encrypted=true", code=0)
        with open(os.path.join(self.dir, "two"), "rb") as file:
            encrypted = file.read()
        del self.env["HUB_CRYPTO_PASSWORD"]
        self.trace()
        for verb in ("deploy", "undeploy"):
            refused = self.hub(verb, "elaborated", "-s", "one,two", "--compressed=false", code=1)
            self.assertIn("it may be the newest, and would be written over", refused.err)
        with open(os.path.join(self.dir, "two"), "rb") as file:
            self.assertEqual(file.read(), encrypted)
        self.assertIn("another state file is read", self.hub("explain", "one,two", code=0).err)
        self.write("three", "no state\n")
        for at in (1, 2_000_000_000):  # whatever the file system says of when
            os.utime(os.path.join(self.dir, "three"), (at, at))
            self.assertIn("three is no state file", self.hub("explain", "one,three", code=0).err)
            self.assertIn("three is no state file", self.hub("deploy", "elaborated", "-s", "three,one", code=1).err)
        self.assertEqual(self.trace(), [])

    def test_one_that_is_gone_takes_along_what_stood(self):
        self.make(self.OUTPUTS, "outputs: [{name: \"a:o\"}, {name: \"b:o\"}]\n")
        self.deploy()
        os.remove(os.path.join(self.dir, "state"))
        out = self.deploy("-l", "a").out
        self.assertRegex(out, r"b:o +\(missing: 'b' does not stand\)")
        self.assertNotIn("value: b1", read(os.path.join(self.dir, "state")))

    def test_a_link_to_it_is_locked_as_itself(self):
        wait = f"touch {self.dir}/begun; while test ! -e {self.dir}/go; do sleep 0.05; done"
        self.make({"a": ("", "", wait)})
        os.mkdir(os.path.join(self.dir, "kept"))
        os.symlink("kept/real", os.path.join(self.dir, "state"))
        first = self.start("hub", "deploy", "elaborated", "-s", "state", "--compressed=false")
        harness.wait_for(lambda: os.path.exists(os.path.join(self.dir, "begun")), "a begins")
        self.assertIn("real.lock is there", self.hub("deploy", "elaborated", "-s", "kept/real", code=1).err)
        self.write("go", "")
        self.assertEqual(first.wait().code, 0)
        self.assertTrue(os.path.islink(os.path.join(self.dir, "state")))
        self.write("state.lock", "of hubctl")
        self.assertIn("state.lock is there, and says: of hubctl", self.hub("deploy", "elaborated", "-s", "state", code=1).err)

    def test_what_was_encrypted_stays_so(self):
        self.make(self.OUTPUTS)
        self.env["HUB_CRYPTO_PASSWORD"] = "pw"
        begins = []
        for more in (["--encrypted=true"], [], ["--encrypted=false"], []):
            self.hub("deploy", "elaborated", "-s", "state", "--compressed=false", *more, code=0)
            with open(os.path.join(self.dir, "state"), "rb") as file:
                begins.append(file.read(1))
        self.assertEqual(begins, [b"&", b"&", b"v", b"v"])

    def test_a_secret_is_hidden_where_it_was_taken(self):
        self.make({"a": ("", "outputs: [{name: token, kind: secret}]", "echo Outputs:\necho token = tok-secret-1"),
                   "b": ("", "parameters: [{name: token, env: IN}, {name: url, value: \"x-${token}\"}]", "")})
        self.deploy()
        shown = self.hub("explain", "state", code=0).out
        self.assertNotIn("tok-secret-1", shown)
        self.assertIn("url = x-***", shown)
        self.assertIn("token = tok-secret-1", self.hub("explain", "state", "--show-sensitive", code=0).out)

    def test_what_a_backup_printed_is_no_expression(self):
        self.make({"a": ("", "parameters: [{name: pw, env: IN}]\nlifecycle: {verbs: [deploy, undeploy, backup]}", "echo got $IN")},
                  "parameters: [{name: pw, component: a, value: x}, {name: home, value: H}]\n")
        self.write("components/a/backup", "#!/bin/sh\necho Outputs:\necho 'pw = x${home}y#{1}'\n")
        self.deploy()
        self.hub("backup", "create", "elaborated", "--compressed=false", "-s", "state", "-o", "bundle", code=0)
        self.hub("backup", "unbundle", "bundle", "-o", "restore.yaml", "--compressed=false", code=0)
        self.hub("elaborate", "hub.yaml", "restore.yaml", "-o", "elaborated", "--compressed=false", code=0)
        self.assertIn("got x${home}y#{1}", self.deploy().out)

    def test_stack_outputs_are_known_to_templates(self):
        self.make(self.OUTPUTS, "outputs: [{name: all, value: \"${a:o}-${b:o}\"}]\n")
        self.deploy()
        self.write("t.template", "${all} {{all}}")
        self.hub("render", "t.template", "-m", "elaborated", "-s", "state", code=0)
        self.assertEqual(read(os.path.join(self.dir, "t")), "a1-b1 {{all}}")

    def test_named_twice_or_not_at_all(self):
        self.make(self.OUTPUTS)
        self.hub("deploy", "elaborated", "-s", f"state,./state,{self.dir}/state", "--compressed=false", code=0)
        self.trace()
        for nothing in ("", ",", " "):
            self.assertIn("-s names no state file", self.hub("deploy", "elaborated", "-s", nothing, code=1).err)
            for option in ("-c", "-o", "-l"):
                refused = self.hub("undeploy", "elaborated", "-s", "state", option, nothing)
                self.assertNotEqual(refused.code, 0, option)
                self.assertIn("no component is named", refused.err)
        self.assertEqual(self.trace(), [])

    def test_who_did_it_and_no_secrets(self):
        self.make({"a": ("", "outputs: [{name: o, fromTfVar: raw, kind: secret}]\nparameters: [{name: db.password, env: PW}]", "echo Outputs:\necho raw = $PW")},
                  "parameters: [{name: db.password, kind: user, fromEnv: DBPW}]\n")
        self.env["USER"] = "ann"
        self.deploy("-e", "DBPW=topsecret,X=y")
        state = read(os.path.join(self.dir, "state"))
        self.assertIn("initiator: ann", state)
        self.assertIn("DBPW=***,X=y", state)
        shown = self.hub("explain", "state", "-r", "-c", "a", code=0).out
        self.assertIn("raw = (sensitive)", shown)
        self.assertIn("raw = topsecret", self.hub("explain", "state", "-r", "-c", "a", "--show-sensitive", code=0).out)


class Sources(RulesTest):
    def test_only_clones_are_looked_for_elsewhere(self):
        self.make({"a": ("", "", "")})
        self.write("other/components/a/deploy", f"#!/bin/sh\necho other >> {self.dir}/trace\n")
        self.write("other/g/s/hub-component.yaml", "version: 1\nkind: component\nmeta: {name: g}\n")
        self.write("other/g/s/deploy", f"#!/bin/sh\necho g:deploy >> {self.dir}/trace\n")
        self.write("other/l/s/hub-component.yaml", "version: 1\nkind: component\nmeta: {name: l}\n")
        self.write("other/l/s/deploy", f"#!/bin/sh\necho l:deploy >> {self.dir}/trace\n")
        with open(os.path.join(self.dir, "hub.yaml"), "a", encoding="utf-8") as file:
            file.write("  - {name: g, source: {git: {remote: \"https://example.org/g\", subDir: s}}}\n"
                       "  - {name: x, source: {git: {localDir: l, subDir: s}}}\n")
        refused = self.hub("elaborate", "hub.yaml", "-o", "elaborated", code=1)
        self.assertIn("component 'x' has no directory l/s", refused.err)
        self.hub("elaborate", "hub.yaml", "-b", "other", "-o", "elaborated", "--compressed=false", code=0)
        self.assertIn("localDir: l", read(os.path.join(self.dir, "elaborated")))
        self.deploy("-b", "other")
        self.assertEqual(self.trace(), ["a:deploy", "g:deploy", "l:deploy"])
        self.assertIn("-b says where else", self.deploy(code=1).err)

    def elaborate(self, manifest, code=0, arguments=()):
        self.write("hub.yaml", "version: 1\nkind: stack\n" + manifest)
        done = self.hub("elaborate", "hub.yaml", *arguments, "-o", "elaborated", "--compressed=false", code=code)
        return read(os.path.join(self.dir, "elaborated")) if code == 0 else done.err

    def test_what_elaborate_keeps_and_refuses(self):
        self.write("a/hub-component.yaml", "version: 1\nkind: component\nrequires: [x, ]\nprovides:\n  - c\n  -\n"
                   "parameters: [{name: p, value: 1, foo: 2}]\ntemplates: {kind: curly, files: [t]}\n")
        self.write("a/component.yaml", "this: is no file of ours\n")
        one = "components: [{name: a, source: {dir: a}}]\n"
        text = self.elaborate("meta: {name: s, annotations: {b: ~}}\n" + one
                              + "parameters: [{name: q, value: 1}]\n")
        for wanted in ("kind: curly", "name: a\n", 'b: ""'):
            self.assertIn(wanted, text)
        self.assertNotIn("foo", text)
        two = "meta: {name: s}\ncomponents: [{name: a, source: {dir: a}, depends: [b]}, {name: b, source: {dir: a}}]\n"
        self.assertIn("lifecycle.order puts 'a' before 'b', which it depends on",
                      self.elaborate(two + "lifecycle: {order: [a, b]}\n", code=1))
        self.assertIn("there is no manifest gone.yaml", self.hub("elaborate", "gone.yaml", code=1).err)
        # A base stack is also looked for where the command is started.
        self.write("base/hub.yaml", "version: 1\nkind: stack\nmeta: {name: b}\ncomponents: [{name: z, source: {dir: z}}]\n")
        self.write("base/z/hub-component.yaml", "version: 1\nkind: component\nmeta: {name: z}\n")
        self.write("sub/hub.yaml", "version: 1\nkind: stack\nmeta: {name: s, fromStack: base}\n")
        self.hub("elaborate", "sub/hub.yaml", "-o", "elaborated", "--compressed=false", code=0)
        self.assertIn("../base/z", read(os.path.join(self.dir, "elaborated")))

    def test_files_may_be_gzipped_and_encrypted(self):
        self.make({"a": ("", "outputs: [{name: o}]", "echo Outputs:\necho o = 1")}, "outputs: [{name: o}]\n")
        self.deploy()
        self.hub("backup", "unbundle", "bundle", code=1)
        self.write("components/a/backup", "#!/bin/sh\necho Outputs:\necho snapshot = one\n")
        self.write("components/a/hub-component.yaml", read(os.path.join(self.dir, "components/a/hub-component.yaml"))
                   + "lifecycle: {verbs: [deploy, undeploy, backup]}\n")
        self.hub("elaborate", "hub.yaml", "-o", "elaborated", code=0)
        self.hub("backup", "create", "elaborated", "-s", "state", "-o", "bundle", code=0)
        self.env["HUB_CRYPTO_PASSWORD"] = "pass word"
        self.hub("backup", "unbundle", "bundle", "-o", "restore.yaml", "--encrypted=true", code=0)
        self.assertEqual(harness.read_bytes(os.path.join(self.dir, "restore.yaml"))[:1], b"&")
        self.hub("elaborate", "hub.yaml", "restore.yaml", "-o", "elaborated", "--compressed=false", code=0)
        self.assertIn("value: one", read(os.path.join(self.dir, "elaborated")))
        whole = harness.read_bytes(os.path.join(self.dir, "restore.yaml"))
        with open(os.path.join(self.dir, "restore.yaml"), "wb") as file:
            file.write(whole[:-4])
        self.assertIn("cannot read", self.hub("elaborate", "hub.yaml", "restore.yaml", "-o", "elaborated", code=1).err)
        self.assertIn("no state file", self.hub("elaborate", "hub.yaml", "-s", "elaborated", "-o", "other", code=1).err)


if __name__ == "__main__":
    harness.main()
