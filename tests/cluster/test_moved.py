#!/usr/bin/env python3
"""`moved`: a component gets another name and keeps what it has, when its run may begin and not before, whoever is killed on the way.

    test_moved.py DAVIT
"""
import json
import os
import signal
import subprocess

import harness
from harness import EXIT_INVALID, EXIT_PERSON, ClusterTest, needs_terraform, strip

QUESTION = "Apply? [y/N]"


class MovedCase(ClusterTest):
    def names(self):
        return sorted(self.status()[0])

    def moved_of(self, overview):
        return {job["component"]: job["moved_from"] for job in overview if "moved_from" in job}

    def asked(self, answer, fault=None):
        """`davit up` on a terminal; gives what it showed before the question, and how it ended."""
        terminal = self.terminal("up", fault=fault)
        terminal.expect(QUESTION)
        shown = strip(terminal.printed).replace("\r", "")
        terminal.type(answer + "\n")
        done = terminal.wait()
        return shown, done._replace(out=strip(done.out).replace("\r", ""))


class Scripts(MovedCase):
    def setUp(self):
        super().setUp()
        lines = [self.script("db"), self.script("api")[:-1] + ", parameters: {host: \"${db:id}\"}}"]
        self.write("db/undeploy", f"#!/bin/sh\necho \"undone as $COMPONENT_NAME\" >> {self.made_log}\n")
        self.stack(lines, "outputs: [{name: id, value: \"${db:id}\"}]\n")
        self.up()
        self.made_before = self.made()

    def rename(self, size="", old="db", new="store", moved="moved: [{from: db, to: store}]\n"):
        text = harness.read(os.path.join(self.dir, "stack.yaml")).split("moved:")[0]
        text = text.replace(f"name: {old},", f"name: {new},").replace(f"${{{old}:", f"${{{new}:")
        if size:
            text = text.replace("source: db}", f"source: db, parameters: {{size: {size}}}}}")
        self.write("stack.yaml", text + moved)

    def test_a_new_name_alone_is_asked_for(self):
        self.rename()
        shown, done = self.asked("n")
        self.assertRegex(shown, r"  > store +moved from db; unchanged\n\n  2 unchanged, 1 moved\n")
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("Nothing was changed", done.out)
        self.assertEqual(self.names(), ["api", "db"])
        shown, done = self.asked("y")
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(self.names(), ["api", "store"])
        self.assertEqual(self.made(), self.made_before, "no script ran")
        self.check_all_up(["api", "store"])
        self.assertEqual(self.answer("outputs")["stack"]["id"]["value"], "db-id")
        self.check_nothing_to_do()
        self.check_clean()

    def test_plan_shows_it_in_every_form_and_gives_no_name(self):
        self.rename()
        self.assertEqual(self.davit("plan", "--detailed-exitcode").code, 2)
        plan = self.answer("plan", "-o", "plan.md")
        self.assertEqual(self.moved_of(plan["components"]), {"store": "db"})
        self.assertEqual([job["kind"] for job in plan["components"]], ["unchanged", "unchanged"])
        self.assertTrue(plan["changes"])
        self.assertIn("| store (moved from db) | unchanged |", harness.read(os.path.join(self.dir, "plan.md")))
        self.assertIn("it stands as db, and `davit up` renames it", self.davit("why", "store", code=0).out)
        self.assertEqual(self.names(), ["api", "db"])

    def test_with_auto_approve_it_is_done_at_once(self):
        self.rename(size="4")
        self.up()
        self.assertEqual(self.names(), ["api", "store"])
        self.assertEqual(self.made()["db"], 2, "its input changed, so it ran again, under the new name")
        self.check_nothing_to_do()

    def test_what_is_taken_away_is_called_as_it_was_made(self):
        self.rename()
        self.up()
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.made()["undone as db"], 1, self.made())
        self.assertEqual(self.status()[0].get("store", {}).get("stands", "down"), "down")

    def test_what_leaves_the_manifest_later_is_called_as_it_was_made(self):
        self.rename()
        self.up()
        self.stack([self.script("api")])
        self.up()
        self.assertEqual(self.made()["undone as db"], 1, self.made())
        self.assertEqual(self.status()[0]["store"]["stands"], "down")

    def test_history_and_diff_know_that_it_is_the_same(self):
        self.rename()
        self.up(0, "-m", "a better name")
        self.assertEqual([version["message"] for version in self.answer("history")["versions"]], ["a better name", ""])
        self.assertRegex(self.davit("diff", code=0).out, r"^local/default/default/shop: version 1 .* 2\n  ~ store: moved from db\n$")
        component, = self.answer("diff")["components"]
        self.assertEqual((component["component"], component["moved_from"], component["action"]), ("store", "db", "changed"))
        self.assertEqual(component["manifest"] + component["inputs"] + component["outputs"], [])
        # What it left under the old name is found under the new one.
        self.assertIn("begins db", self.davit("logs", self.answer("run", "list")["runs"][-1]["id"], "db", code=0).out)
        self.assertEqual(self.davit("shell", "store", "--", "true").code, 0)

    def test_both_names_cannot_stand(self):
        self.stack([self.script("db"), self.script("store")])
        self.up()
        self.stack([self.script("store")], "moved:\n  - {from: db, to: store}\n")
        for command in (["up", "--auto-approve"], ["up"], ["plan"]):
            done = self.davit(*command, code=EXIT_INVALID)
            self.assertIn("moved: 'db' cannot go on as 'store', as 'store' stands too", done.err)
            self.assertIn("stack.yaml:7:12", done.err)
        self.assertEqual([self.status()[0][name]["stands"] for name in ("db", "store")], ["up", "up"])
        self.check_clean()

    def test_several_names_one_after_the_other(self):
        moved = "moved: [{from: db, to: store}, {from: store, to: depot}]\n"
        self.rename(new="depot", moved=moved)
        self.up()
        self.assertEqual(self.names(), ["api", "depot"])
        self.assertEqual(self.made(), self.made_before)
        self.check_nothing_to_do()

    def test_killed_before_and_after_the_yes_is_written(self):
        self.rename(size="4")
        for side, names in (("before", ["api", "db"]), ("after", ["api", "store"])):
            self.asked("y", fault=f"control.{side}_commit.gate")
            self.assertEqual(self.names(), names, side)
            self.assertEqual(self.made()["db"], 1, "nothing began")
        self.go_on(person_allowed=False)
        self.assertEqual(self.names(), ["api", "store"])
        self.assertEqual(self.made()["db"], 2)
        self.check_nothing_to_do()
        self.check_clean()

    def test_killed_as_it_starts_without_a_question(self):
        self.rename()
        for side, names in (("before", ["api", "db"]), ("after", ["api", "store"])):
            self.davit("up", "--auto-approve", fault=f"control.{side}_commit.submit")
            self.assertEqual(self.names(), names, side)
        self.check_nothing_to_do()
        self.check_clean()

    def test_killed_at_the_question_nothing_is_renamed_and_somebody_else_says_yes(self):
        self.rename(size="4")
        terminal = self.terminal("up")
        terminal.expect(QUESTION)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        self.assertEqual(self.names(), ["api", "db"])
        done = self.davit("run", "approve", "last", code=0)
        self.assertIn("moved from db", done.out)
        self.assertEqual(self.names(), ["api", "store"])
        self.assertEqual(self.made()["db"], 2)
        self.check_clean()

    def test_answered_from_elsewhere_where_only_names_change(self):
        self.rename()
        done = self.davit("up", "--json", code=EXIT_PERSON)
        self.assertEqual(self.moved_of(json.loads(done.out)["overview"]), {"store": "db"})
        self.assertIn("waits for a yes", self.davit("run", "list", code=0).out)
        self.davit("run", "reject", "last")
        self.assertEqual(self.names(), ["api", "db"])
        self.davit("up", code=EXIT_PERSON)
        self.davit("run", "approve", code=0)
        self.assertEqual(self.names(), ["api", "store"])
        again = self.davit("run", "approve", self.answer("run", "list")["runs"][0]["id"], code=0)
        self.assertIn("has ended", again.out)
        self.check_clean()

    def test_a_later_run_takes_the_place_of_one_that_waits(self):
        self.rename()
        self.davit("up", code=EXIT_PERSON)
        self.up()
        self.assertEqual(self.names(), ["api", "store"])
        self.assertEqual([run["result"] for run in self.answer("run", "list")["runs"]], ["succeeded", "cancelled", "succeeded"])


@needs_terraform
class Terraform(MovedCase):
    def setUp(self):
        super().setUp()
        self.line = self.terraform("db", resources=2)
        self.write_stack("db")

    def write_stack(self, name, text="", more="", moved=""):
        line = self.line.replace("name: db", f"name: {name}")[:-1] + (f", parameters: {{text: {text}}}" if text else "") + more + "}"
        api = self.script("api")[:-1] + f", parameters: {{id: \"${{{name}:id}}\"}}}}"
        self.stack([line, api], moved)

    def versions(self, name):
        component, = [one for one in self.answer("state", "list", name)["components"] if one["component"] == name]
        return [(version["version"], version["serial"], version["lineage"]) for version in component["versions"]]

    def test_the_state_goes_on(self):
        self.up()
        made = self.made()
        before = self.versions("db")
        self.write_stack("store", text="b", moved="moved: [{from: db, to: store}]\n")
        shown, done = self.asked("n")
        self.assertRegex(shown, r"  ~ store +moved from db; changed: input text; will change 2\n")
        self.assertNotIn("removed", shown)
        self.assertEqual(self.versions("db"), before)
        _, done = self.asked("y")
        self.assertEqual(done.code, 0, done.out)
        after = self.versions("store")
        self.assertEqual(after[1:], before)
        self.assertGreater(after[0][1], before[0][1])
        self.assertEqual(after[0][2], before[0][2], "one lineage")
        self.assertEqual(self.made(), made, "nothing was made or destroyed")
        self.check_all_up(["store", "api"])
        self.check_nothing_to_do()
        self.assertEqual(self.davit("drift", "--exit-code").code, 0)
        self.davit("state", "rollback", "store", "--to", "1", "--auto-approve", code=0)
        self.up()
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.status()[0].get("store", {}).get("stands", "down"), "down")
        self.check_clean()

    def test_only_the_name(self):
        self.up()
        made = self.made()
        before = self.versions("db")
        # A remark in the module: its plan finds nothing to do, and the name is asked for all the same.
        self.write("db/main.tf", harness.read(os.path.join(self.dir, "db/main.tf")) + "# only a remark\n")
        self.write_stack("store", moved="moved: [{from: db, to: store}]\n")
        shown, done = self.asked("y")
        self.assertRegex(shown, r"  > store +moved from db; unchanged\n")
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(self.versions("store"), before)
        self.check_nothing_to_do()
        # It is looked at, rolled back and taken away with what it was made from under the old name.
        self.assertEqual(self.davit("drift", "--exit-code").code, 0)
        self.davit("shell", "store", "--", "terraform", "version", code=0)
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual({name: count for name, count in self.made().items() if name.startswith("db")},
                         {name: count for name, count in made.items() if name.startswith("db")})
        self.check_clean()

    def test_from_what_stood_before_the_rename_it_goes_down(self):
        self.up()
        self.write_stack("store", moved="moved: [{from: db, to: store}]\n")
        self.up()
        self.davit("drift", code=0)
        os.unlink(os.path.join(self.dir, "db/main.tf"))
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.status()[0].get("store", {}).get("stands", "down"), "down")

    def test_protected_it_may_get_another_name_and_stays_protected(self):
        self.write_stack("db", more=", protect: true")
        self.up()
        self.write_stack("store", more=", protect: true", moved="moved: [{from: db, to: store}]\n")
        self.asked("y")
        self.check_all_up(["store", "api"])
        self.assertIn("store is protected", self.davit("down", "--auto-approve", code=EXIT_INVALID).err)

    def test_a_state_that_was_adopted_goes_along(self):
        directory = os.path.join(self.dir, "db")
        subprocess.run(["terraform", "init", "-input=false"], cwd=directory, env=self.env, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["terraform", "apply", "-auto-approve", "-input=false"], cwd=directory, env=self.env, check=True,
                       stdout=subprocess.DEVNULL)
        self.davit("state", "adopt", "db", "--auto-approve", code=0)
        made = {name: count for name, count in self.made().items() if name.startswith("db")}
        self.stack([self.line.replace("name: db", "name: store")], "moved: [{from: db, to: store}]\n")
        self.assertEqual(self.moved_of(self.answer("plan")["components"]), {"store": "db"})
        refused = self.davit("state", "import", "store", "terraform_data.x", "x", code=EXIT_INVALID)
        self.assertIn("store still stands as db", refused.err)
        self.up()
        self.assertEqual({name: count for name, count in self.made().items() if name.startswith("db")}, made)
        self.check_all_up(["store"])


if __name__ == "__main__":
    harness.main()
