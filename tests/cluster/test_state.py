#!/usr/bin/env python3
"""`davit state`: what a person sees of states, and what may be changed by hand: never under a run, never silently, never without a version.

    test_state.py DAVIT
"""
import hashlib
import json
import os
import signal
import sqlite3
import subprocess

import harness
from harness import ClusterTest, EXIT_FAILED, EXIT_INVALID, EXIT_PERSON, needs_terraform

SECRET = "correct-horse-battery"
BACKSTAGE = "staple-of-the-backstage"

MODULE = """
variable "text" { default = "a" }
variable "word" {
  sensitive = true
  default = ""
}
variable "plain" { default = "" }
resource "terraform_data" "one" { input = var.text }
resource "terraform_data" "secret" { input = { word = var.word, plain = var.plain } }
output "text" { value = terraform_data.one.output }
output "word" {
  value = terraform_data.secret.output
  sensitive = true
}
"""


class StateCase(ClusterTest):
    def setUp(self):
        super().setUp()
        self.set("a")

    def set(self, text, more=""):
        """`plain` gets a secret of the stack too, and its module does not know that it is one."""
        self.write("db/main.tf", MODULE + more)
        self.stack([f"{{name: db, source: db, parameters: [{{name: text, value: {text}}}, {{name: word, value: '${{password}}'}},"
                    " {name: plain, value: '${backstage}'}]}"],
                   f"parameters:\n  - {{name: password, value: {SECRET}, sensitive: true}}\n"
                   f"  - {{name: backstage, value: {BACKSTAGE}, sensitive: true}}\n"
                   "outputs:\n  - {name: text, value: '${db:text}'}\n")

    def pull(self, *arguments):
        return self.davit("state", "pull", "db", *arguments, code=0).out

    def versions(self):
        return self.answer("state", "list", "db")["components"][0]["versions"]

    def assert_hidden(self, text):
        self.assertNotIn(SECRET, text)
        self.assertNotIn(BACKSTAGE, text)


@needs_terraform
class Looking(StateCase):
    def test_it_is_listed_shown_compared(self):
        self.up()
        self.set("b", 'resource "terraform_data" "two" {}\n')
        self.up(0, "-m", "a second one")
        self.set("c")
        self.up()

        newest, second, first = self.versions()
        self.assertEqual([newest["version"], second["version"], first["version"]], [3, 2, 1])
        self.assertEqual([version["newest"] for version in (newest, second, first)], [True, False, False])
        self.assertEqual(first["changes"], {"added": 2, "changed": 0, "removed": 0})
        self.assertEqual(second["changes"], {"added": 1, "changed": 1, "removed": 0})
        self.assertEqual(newest["changes"], {"added": 0, "changed": 1, "removed": 1})
        self.assertEqual(second["message"], "a second one")
        self.assertEqual((newest["resources"], newest["complete"], newest["quarantined"]), (2, True, False))
        text = self.davit("state", "list", code=0).out
        self.assertIn("3 resources, 1 added, 1 changed", text)

        shown = self.davit("state", "show", "db", code=0)
        self.assertIn('terraform_data.one\n', shown.out)
        self.assertIn('  input = "c"', shown.out)
        self.assertIn("input.word = (sensitive)", shown.out)
        self.assertIn("input.plain = (sensitive)", shown.out)
        answer = self.answer("state", "show", "db", "--version", "2")
        self.assertEqual([resource["address"] for resource in answer["resources"]],
                         ["terraform_data.one", "terraform_data.secret", "terraform_data.two"])
        self.assertNotIn("value", answer["outputs"]["word"])
        for arguments in (("show", "db"), ("show", "db", "--json"), ("diff", "db"), ("diff", "db", "1", "3", "--json"), ("list",)):
            self.assert_hidden(self.davit("state", *arguments, code=0).out)
        clear = self.davit("state", "show", "db", "--show-sensitive", code=0).out
        self.assertIn(SECRET, clear)
        self.assertIn(BACKSTAGE, clear)

        diff = self.davit("state", "diff", "db", code=0).out
        self.assertIn("db: state version 2 → 3", diff)
        self.assertIn("  - terraform_data.two\n", diff)
        self.assertIn('      input: "b" → "c"\n', diff)
        self.assertIn('  ~ output text: "b" → "c"\n', diff)
        answer = self.answer("state", "diff", "db", "1")
        self.assertEqual((answer["from"]["version"], answer["to"]["version"]), (1, 3))
        self.assertEqual(self.davit("state", "diff", "db", "2", "2", code=0).out.count("no differences"), 1)

    def test_a_secret_that_changes_stays_hidden(self):
        self.up()
        text = harness.read(os.path.join(self.dir, "stack.yaml"))
        self.write("stack.yaml", text.replace(SECRET, "another-horse").replace(BACKSTAGE, "another-stage"))
        self.up()
        for more in ((), ("--json",)):
            diff = self.davit("state", "diff", "db", *more, code=0).out
            self.assert_hidden(diff)
            self.assertNotIn("another-", diff)
            self.assertIn("input.word", diff)

    def test_pull(self):
        self.up()
        state = json.loads(self.pull())
        self.assertEqual((state["version"], len(state["resources"])), (4, 2))
        self.assertIn(SECRET, self.pull("--version", "1"))
        davit = self.terminal("state", "pull", "db")
        done = davit.wait()
        self.assertEqual(done.code, EXIT_INVALID)
        self.assertIn("--show-sensitive", done.out)
        self.assert_hidden(done.out)
        done = self.terminal("state", "pull", "db", "--show-sensitive").wait()
        self.assertEqual(done.code, 0)
        self.assertIn(SECRET, done.out)

    def test_what_is_wrong_is_said(self):
        self.up()
        for arguments, words in ((("show", "dd"), "did you mean 'db'?"), (("show", "db", "--version", "7"), "no state version 7"),
                                 (("show", "db", "--version", "x"), "is no state version"), (("diff", "db"), "no state version before 1"),
                                 (("show",), "COMPONENT is required"), (("lits",), "did you mean 'list'?"), ((), "list|show|diff"),
                                 (("rollback", "db"), "--to is required"), (("rollback", "db", "--to", "1"), "already"),
                                 (("rollback", "db", "--to", "9"), "no state version 9")):
            done = self.davit("state", *arguments, code=EXIT_INVALID)
            self.assertIn(words, done.err)
        self.assertEqual(len(self.versions()), 1)

    def test_scripts_and_own_backends_have_none(self):
        self.reset("other")
        self.stack([self.script("app"), self.terraform("own", body='terraform {\n  backend "local" {}\n}\n')])
        self.up()
        self.assertIn("leave no state", self.davit("state", "show", "app", code=EXIT_INVALID).err)
        self.assertIn("own local backend", self.davit("state", "show", "own", code=EXIT_INVALID).err)
        self.assertIn("no states", self.davit("state", "list", code=0).out)


@needs_terraform
class Rollback(StateCase):
    def setUp(self):
        super().setUp()
        self.up()
        self.set("b")
        self.up()

    def test_it_is_a_new_version_and_the_next_up_plans_against_it(self):
        before = json.loads(self.pull())
        old = json.loads(self.pull("--version", "1"))
        done = self.davit("state", "rollback", "db", "--to", "1", code=EXIT_PERSON)
        self.assertIn("not a terminal", done.err)
        self.assertIn('input: "b" → "a"', done.out)
        self.assertEqual(len(self.versions()), 2)

        answer = self.answer("state", "rollback", "db", "--to", "1", "--auto-approve", "-m", "it was damaged")
        self.assertEqual(answer["version"]["version"], 3)
        self.assertTrue(answer["outputs_changed"])
        now = json.loads(self.pull())
        self.assertEqual(now["serial"], before["serial"] + 1)
        self.assertEqual({**now, "serial": 0}, {**old, "serial": 0})
        self.assertEqual(self.davit("outputs", "text", code=0).out, "a\n")
        run = self.answer("run", "list", "--limit", "1")["runs"][0]
        self.assertEqual((run["kind"], run["state"], run["result"], run["message"]), ("rollback", "finished", "succeeded", "it was damaged"))
        self.assertIn("rollback", self.davit("run", "show", "last", code=0).out)
        self.assertEqual(self.versions()[0]["kind"], "rollback")
        self.assertIn("state", self.davit("why", "db", code=0).out)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")

        self.up()
        self.assertEqual(self.davit("outputs", "text", code=0).out, "b\n")
        self.assertEqual(self.versions()[0]["version"], 4)
        self.check_nothing_to_do()
        self.check_clean()

    def test_the_question(self):
        davit = self.terminal("state", "rollback", "db", "--to", "1")
        davit.expect("Roll back? [y/N]")
        davit.type("n\n")
        self.assertEqual(davit.wait().code, 0)
        self.assertEqual(len(self.versions()), 2)
        davit = self.terminal("state", "rollback", "db", "--to", "1")
        davit.expect("becomes state version 3")
        davit.expect("Roll back? [y/N]")
        davit.type("y\n")
        done = davit.wait()
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("state version 3 now", done.out)

    def test_a_run_under_way_is_not_disturbed(self):
        gate = os.path.join(self.gates, "slow")
        self.set("c", f'resource "terraform_data" "slow" {{\n  provisioner "local-exec" {{\n    command = "touch {gate}.reached; '
                      f'while [ -e {gate} ]; do sleep 0.02; done"\n  }}\n}}\n')
        self.close_gate("slow")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("slow", davit)
        done = self.davit("state", "rollback", "db", "--to", "1", "--auto-approve", code=EXIT_FAILED)
        run = self.answer("run", "list", "--limit", "1")["runs"][0]["id"]
        self.assertIn(run, done.err)
        self.assertIn("davit run cancel", done.err)
        done = self.davit("state", "unlock", code=EXIT_FAILED)
        self.assertIn("its davit lives", done.out)
        self.assertIn("at work: db", done.out)
        self.assertIn("davit run cancel " + run, done.err)
        self.open_gate("slow")
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.assertEqual([version["version"] for version in self.versions()], [3, 2, 1])
        self.assertIn("is free", self.davit("state", "unlock", code=0).out)

    def test_a_late_writer_is_refused(self):
        """The fence is a new one: rows say so, and what comes with an older one goes to quarantine (control_test_fences.cc)."""
        def fence():
            with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
                return database.execute("SELECT fence FROM components").fetchone()[0]
        before = fence()
        self.answer("state", "rollback", "db", "--to", "1", "--auto-approve")
        self.assertEqual(fence(), before + 1)

    def test_what_was_taken_away_is_known_again(self):
        self.davit("down", "--auto-approve", code=0)
        empty = self.versions()[0]
        self.assertEqual(empty["resources"], 0)
        self.answer("state", "rollback", "db", "--to", "2", "--auto-approve")
        self.assertEqual(self.status()[0]["db"]["stands"], "incomplete")
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.status()[0].get("db", {"stands": "down"})["stands"], "down")


@needs_terraform
class Import(StateCase):
    ID = "0d7f1a2e-0000-4000-8000-000000000001"
    TWO = 'resource "terraform_data" "two" {}\n'

    def addresses(self):
        return [resource["address"] for resource in self.answer("state", "show", "db")["resources"]]

    def test_into_a_component_that_stands(self):
        self.up()
        self.set("a", self.TWO)
        answer = self.answer("state", "import", "db", "terraform_data.two", self.ID, "-m", "it was there")
        self.assertEqual((answer["run"]["kind"], answer["result"]), ("import", "succeeded"))
        self.assertIn("terraform_data.two", self.addresses())
        newest = self.versions()[0]
        self.assertEqual((newest["version"], newest["kind"], newest["message"]), (2, "import", "it was there"))
        self.assertEqual(len(self.answer("history")["versions"]), 1)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")
        self.assertEqual(self.davit("outputs", "text", code=0).out, "a\n")
        self.up()
        two = [one for one in json.loads(self.pull())["resources"] if one["name"] == "two"][0]
        self.assertEqual(two["instances"][0]["attributes"]["id"], self.ID)
        self.check_nothing_to_do()
        self.davit("down", "--auto-approve", code=0)
        self.check_clean()

    def test_into_a_new_one(self):
        done = self.davit("state", "import", "db", "terraform_data.one", self.ID, code=0)
        self.assertIn("imported", done.out)
        self.assertEqual(self.status()[0]["db"]["stands"], "incomplete")
        self.assertEqual(self.addresses(), ["terraform_data.one"])
        self.assert_hidden(done.out + self.davit("logs", "last", code=0).out)
        self.up()
        self.assertEqual(self.status()[0]["db"]["stands"], "up")
        self.check_clean()

    def test_it_has_the_inputs_of_the_component(self):
        """Also when what it wrote is taken away before any `up`."""
        self.write("db/main.tf", MODULE.replace('variable "text" { default = "a" }', 'variable "text" {}'))
        self.answer("state", "import", "db", "terraform_data.one", self.ID)
        self.assertEqual(self.addresses(), ["terraform_data.one"])
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(json.loads(self.pull())["resources"], [])
        self.check_clean()

    def test_inputs_that_nobody_knows_yet(self):
        self.up()
        self.stack([self.script("app"), "{name: db, source: db, parameters: [{name: text, value: '${app:id}'}]}"])
        before = self.pull()
        done = self.davit("state", "import", "db", "terraform_data.two", self.ID, code=EXIT_FAILED)
        self.assertIn("app", done.out)
        self.assertEqual(self.pull(), before)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")

    def test_what_fails_changes_nothing(self):
        self.up()
        before = self.pull()
        done = self.davit("state", "import", "db", "terraform_data.none", self.ID, code=EXIT_FAILED)
        self.assertIn("not imported", done.out)
        self.assertIn("terraform_data.none", done.out)
        self.assertEqual(self.pull(), before)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")
        self.check_nothing_to_do()
        for arguments, words in ((("terraform_data.one", "x"), "already"), (("a.b", ""), "id is empty"), (("a.b",), "ID is required")):
            self.assertIn(words, self.davit("state", "import", "db", *arguments, code=EXIT_INVALID).err)
        self.check_clean()

    def test_it_is_recovered(self):
        """Davit dies after the claim and while the tool's end is reported; what the tool did is taken in once."""
        self.up()
        self.set("a", self.TWO)
        for fault in ("control.after_commit.claim", "runner.tool_ended", "control.before_commit.finish"):
            self.davit("state", "import", "db", "terraform_data.two", self.ID, fault=fault)
            self.davit("state", "unlock", code=0)
            if "terraform_data.two" in self.addresses():
                break
        else:
            self.answer("state", "import", "db", "terraform_data.two", self.ID)
        self.assertEqual(self.addresses().count("terraform_data.two"), 1)
        self.up()
        self.check_nothing_to_do()
        self.check_clean()


@needs_terraform
class Adopt(StateCase):
    def setUp(self):
        super().setUp()
        self.file = os.path.join(self.dir, "db", "terraform.tfstate")
        environment = {**self.env, "TF_VAR_word": SECRET, "TF_VAR_plain": BACKSTAGE}
        subprocess.run(["terraform", "apply", "-auto-approve", "-no-color"], cwd=os.path.join(self.dir, "db"), env=environment, check=True,
                       stdout=subprocess.DEVNULL)
        self.before = json.loads(harness.read(self.file))

    def test_it_goes_on_from_there(self):
        self.assertIn("davit state adopt db", self.up(EXIT_INVALID).err)
        done = self.davit("state", "adopt", "db", code=EXIT_PERSON)
        self.assertIn("terraform_data.one", done.out)
        self.assertIn("sha256 " + hashlib.sha256(harness.read_bytes(self.file)).hexdigest(), done.out)
        self.assert_hidden(done.out)
        answer = self.answer("state", "adopt", "db", "--auto-approve", "-m", "made by hand once")
        self.assertEqual((answer["version"]["version"], answer["version"]["serial"]), (1, self.before["serial"]))
        self.assertEqual(answer["moved_to"], self.file + ".adopted")
        self.assertFalse(os.path.exists(self.file))
        self.assertEqual(json.loads(self.pull()), self.before)
        run = self.answer("run", "list", "--limit", "1")["runs"][0]
        self.assertEqual((run["kind"], run["result"], run["message"]), ("import", "succeeded", "made by hand once"))
        self.assertIn("already", self.davit("state", "adopt", "db", "--from", self.file + ".adopted", "--auto-approve", code=EXIT_INVALID).err)
        self.up()
        ids = {resource["name"]: resource["instances"][0]["attributes"]["id"] for resource in self.before["resources"]}
        now = {resource["name"]: resource["instances"][0]["attributes"]["id"] for resource in json.loads(self.pull())["resources"]}
        self.assertEqual(now, ids)
        self.assertEqual(self.davit("outputs", "text", code=0).out, "a\n")
        os.unlink(self.file + ".adopted")
        self.up()
        self.check_nothing_to_do()
        self.davit("down", "--auto-approve", code=0)
        self.check_clean()

    def test_what_may_not_be_adopted(self):
        def refused(words, *arguments):
            self.assertIn(words, self.davit("state", "adopt", *arguments, "--auto-approve", code=EXIT_INVALID).err)
        refused("did you mean 'db'?", "dd")
        self.write("empty.tfstate", "")
        refused("the file is empty", "db", "--from", "empty.tfstate")
        self.write("torn.tfstate", harness.read(self.file)[:200])
        refused("not a complete Terraform state", "db", "--from", "torn.tfstate")
        self.write("none.tfstate", json.dumps({**self.before, "resources": []}))
        refused("holds no resources", "db", "--from", "none.tfstate")
        refused("nowhere.tfstate", "db", "--from", "nowhere.tfstate")
        self.write("db/.terraform.tfstate.lock.info", "{}")
        self.assertIn("at work", self.davit("state", "adopt", "db", "--auto-approve", code=EXIT_FAILED).err)
        os.unlink(os.path.join(self.dir, "db/.terraform.tfstate.lock.info"))
        self.assertEqual(self.answer("state", "adopt", "db", "--auto-approve")["version"]["version"], 1)

    def test_a_file_from_elsewhere_stays(self):
        elsewhere = os.path.join(self.top, "backup.tfstate")
        os.rename(self.file, elsewhere)
        self.assertIsNone(self.answer("state", "adopt", "db", "--from", elsewhere, "--auto-approve")["moved_to"])
        self.assertTrue(os.path.exists(elsewhere))
        self.davit("down", "--auto-approve")
        self.assertEqual(json.loads(self.pull()), self.before)

    def test_davit_dies_meanwhile(self):
        """Before the commit nothing has happened; after it the state is davit's, and the file lies where it did."""
        self.davit("state", "adopt", "db", "--auto-approve", fault="control.before_commit.adopt_state")
        self.davit("state", "pull", "db", code=EXIT_INVALID)
        self.assertTrue(os.path.exists(self.file))
        self.davit("state", "adopt", "db", "--auto-approve", fault="control.after_commit.adopt_state")
        self.assertEqual(json.loads(self.pull()), self.before)
        self.assertTrue(os.path.exists(self.file))
        self.up()
        self.assertEqual(self.status()[0]["db"]["stands"], "up")


@needs_terraform
class Unlock(ClusterTest):
    def killed_at(self, gate, tools_too):
        self.stack([self.terraform("db", resources=2), self.script("app", ["db"])])
        self.close_gate(gate)
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate(gate, davit)
        if tools_too:
            self.kill_tree()
        else:
            davit.signal(signal.SIGKILL)
        davit.wait()
        return self.answer("run", "list", "--limit", "1")["runs"][0]["id"]

    def test_a_living_tool_is_waited_for(self):
        run = self.killed_at("db.r2", tools_too=False)
        unlock = self.start("state", "unlock")
        harness.wait_for(lambda: "its davit is gone" in unlock.text(), unlock.text)
        self.assertFalse(unlock.ended())
        self.open_gate("db.r2")
        done = unlock.wait()
        self.assertEqual(done.code, 0, unlock.text())
        self.assertIn("held by run " + run, done.out)
        self.assertIn("it is free now", done.out)
        self.check_made_once(["db.r1", "db.r2"])
        self.up()
        self.check_made_once(["db.r1", "db.r2", "app"])
        self.check_clean()

    def test_what_nobody_saw_stays_held(self):
        run = self.killed_at("db.r2", tools_too=True)
        done = self.davit("state", "unlock", code=EXIT_PERSON)
        self.assertIn("davit run reconcile " + run, done.err)
        self.open_gate("db.r2")
        answer = self.davit("state", "rollback", "db", "--to", "1", "--auto-approve", "--json", code=EXIT_PERSON)
        self.assertIn("reconcile", answer.out)
        self.davit("run", "reconcile", "--abandon", code=0)
        self.assertEqual(self.answer("state", "unlock"), {"deployment": "local/default/default/shop", "held": False})


if __name__ == "__main__":
    harness.main()
