#!/usr/bin/env python3
"""`davit history` and `davit diff`: which runs make a version of a deployment, with what, and what is said of two.

    test_history.py DAVIT
"""
import os

import harness
from harness import ClusterTest, EXIT_FAILED, EXIT_INVALID, needs_terraform

SECRET = "correct-horse-battery"


class HistoryCase(ClusterTest):
    def history(self):
        return self.answer("history")["versions"]

    def listed(self):
        return [(version["version"], version["kind"], version["result"]) for version in self.history()]


class Scripts(HistoryCase):
    def setUp(self):
        super().setUp()
        self.stack([self.script("db"), self.script("api", ["db"])])

    def test_runs_that_do_something_make_one(self):
        self.up(0, "-m", "the first")
        self.up()
        self.davit("up", "--auto-approve", "--target", "db", code=0)
        self.assertEqual(self.listed(), [(1, "deploy", "succeeded")])
        first = self.history()[0]
        self.assertEqual((first["message"], first["author"].split("@")[0]), ("the first", "tester"))
        self.assertEqual(first["run"], self.answer("run", "list")["runs"][-1]["id"])

        self.write("api/deploy", "#!/bin/sh\nexit 1\n")
        self.up(EXIT_FAILED)
        self.assertEqual(self.listed()[0], (2, "deploy", "failed"))
        self.davit("down", "--auto-approve", "-m", "all away", code=0)
        self.assertEqual(self.listed(), [(3, "destroy", "succeeded"), (2, "deploy", "failed"), (1, "deploy", "succeeded")])
        text = self.davit("history", "--limit", "1", code=0).out
        self.assertIn("all away", text)
        self.assertEqual(len(text.splitlines()), 2)

    def test_what_was_declined_or_never_began_makes_none(self):
        terminal = self.terminal("up")
        terminal.expect("[y/N]")
        terminal.type("n\n")
        self.assertEqual(terminal.wait().code, 0)
        self.assertEqual(self.history(), [])
        self.assertIn("no history", self.davit("history", code=0).out)
        self.assertIn("no version yet", self.davit("diff", code=EXIT_INVALID).err)

    def test_what_an_interrupted_run_did_makes_one(self):
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.kill_tree()
        davit.wait()
        self.open_gate("db")
        self.davit("up", "--auto-approve", code=4)
        self.davit("run", "reconcile", "--abandon", code=0)
        self.assertEqual(len(self.listed()), 1)
        self.up()
        self.assertEqual(self.listed()[0], (2, "deploy", "succeeded"))

    def test_it_is_one_commit_with_the_end_of_the_run(self):
        """Killed right before and right after that commit: never a run without its version, nor two of one."""
        self.up()
        for side, fault in (("before", "control.before_commit.finish:2"), ("after", "control.after_commit.finish:2")):
            self.write("db/deploy", harness.read(os.path.join(self.dir, "db/deploy")) + f"\n# {side}\n")
            self.write("api/deploy", harness.read(os.path.join(self.dir, "api/deploy")) + f"\n# {side}\n")
            self.davit("up", "--auto-approve", fault=fault)
            self.go_on()
        runs = {run["id"] for run in self.answer("run", "list")["runs"] if run["result"] == "succeeded"}
        versions = [version["run"] for version in self.history()]
        self.assertEqual(len(versions), len(set(versions)))
        self.assertLessEqual(runs, set(versions))
        self.assertEqual([version["version"] for version in self.history()], list(range(len(versions), 0, -1)))

    def test_differences(self):
        self.up()
        self.stack([self.script("db", extra=", idempotent: true"), self.script("web", ["db"])])
        self.up()
        answer = self.answer("diff")
        self.assertEqual([(one["component"], one["action"]) for one in answer["components"]],
                         [("api", "removed"), ("db", "changed"), ("web", "added")])
        changed = answer["components"][1]
        self.assertEqual(changed["manifest"], [{"path": "idempotent", "before": {"value": False, "sensitive": False},
                                                "after": {"value": True, "sensitive": False}}])
        self.assertFalse(changed["module_files"])
        text = self.davit("diff", code=0).out
        self.assertIn("  - api: removed\n", text)
        self.assertIn('      output id: "api-id", gone\n', text)
        self.assertIn("      idempotent: false → true\n", text)
        self.assertIn("  + web: added\n", text)
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual({one["action"] for one in self.answer("diff")["components"]}, {"removed"})
        self.assertEqual((self.answer("diff", "1")["from"]["version"], self.answer("diff", "1")["to"]["version"]), (1, 3))
        self.assertIn("no differences", self.davit("diff", "2", "2", code=0).out)
        for arguments, words in ((("x",), "is no version"), (("0",), "is no version"), (("9",), "no version 9"), (("1", "9"), "no version 9")):
            self.assertIn(words, self.davit("diff", *arguments, code=EXIT_INVALID).err)


@needs_terraform
class Values(HistoryCase):
    def set(self, size, secret, more=""):
        self.write("db/main.tf", 'variable "size" {}\nvariable "word" { sensitive = true }\n' + more +
                   'output "size" { value = var.size }\noutput "word" {\n  value = var.word\n  sensitive = true\n}\n')
        self.stack(["{name: db, source: db, parameters: [{name: size, value: '${size}'}, {name: word, value: '${word}'}]}"],
                   f"parameters:\n  - {{name: size, value: {size}}}\n  - {{name: word, value: {secret}, sensitive: true}}\n")

    def test_parameters_inputs_outputs_files(self):
        self.set(1, SECRET)
        self.up()
        self.set(2, SECRET + "-2", 'resource "terraform_data" "new" {}\n')
        self.up()
        self.set(3, SECRET + "-2")
        answer = self.answer("diff")
        self.assertEqual([change["path"] for change in answer["parameters"]], ["size", "word"])
        db = answer["components"][0]
        self.assertTrue(db["module_files"])
        self.assertEqual(db["manifest"], [])
        self.assertEqual([change["path"] for change in db["inputs"]], ["size", "word"])
        self.assertEqual([change["path"] for change in db["outputs"]], ["size", "word"])
        self.assertEqual((db["inputs"][0]["before"]["value"], db["inputs"][0]["after"]["value"]), (1, 2))
        self.assertNotIn("value", db["inputs"][1]["after"])
        for more in ((), ("--json",)):
            self.assertNotIn(SECRET, self.davit("diff", *more, code=0).out)
        self.assertIn("input word: (sensitive), changed", self.davit("diff", code=0).out)
        self.assertIn(SECRET + "-2", self.davit("diff", "--show-sensitive", code=0).out)


if __name__ == "__main__":
    harness.main()
