#!/usr/bin/env python3
"""What is approved is what is applied: planned values, plans that come out different, answers from elsewhere and answers that never come.

    test_approve.py DAVIT
"""
import json
import os
import signal
import sqlite3

import harness
from harness import EXIT_INTERRUPTED, EXIT_PERSON, ClusterTest, needs_terraform, strip, wait_for

NET = """variable "size" {}
resource "terraform_data" "net" {
  input = var.size
}
output "cidr" {
  value = "10.0.${var.size}.0/24"
}
output "id" {
  value = terraform_data.net.id
}
"""
USES = """variable "cidr" {}
resource "terraform_data" "it" {
  input            = var.cidr
%s}
output "cidr" {
  value = var.cidr
}
"""


def plain(text):
    return strip(text).replace("\r", "")


@needs_terraform
class Approve(ClusterTest):
    def setUp(self):
        super().setUp()
        self.spy = os.path.join(self.top, "told")
        real = harness.shutil.which("terraform")
        self.write("../bin/terraform", f"#!/bin/sh\n[ \"$1\" = version ] || echo \"$1\" >> {self.spy}\nexec {real} \"$@\"\n", 0o755)
        self.env["PATH"] = os.path.join(self.top, "bin") + ":" + self.env["PATH"]
        self.write("net/main.tf", NET)
        self.write("db/main.tf", USES % "")
        self.write("api/main.tf", USES % "  triggers_replace = [var.cidr]\n")
        self.shop(1)

    def shop(self, size, db="${net:cidr}", extra="", rest=""):
        self.stack([f"{{name: net, source: net, parameters: {{size: {size}}}}}",
                    f"{{name: db, source: db, parameters: {{cidr: \"{db}\"}}{extra}}}",
                    "{name: api, source: api, parameters: {cidr: \"${db:cidr}\"}}"], rest)

    def told(self):
        lines = harness.read(self.spy).split()
        if os.path.exists(self.spy):
            os.unlink(self.spy)
        return lines

    def plan(self, *more, code=0):
        return self.answer("plan", *more, code=code)

    def grades(self, plan):
        return {component["component"]: component.get("grade") for component in plan["components"]}

    def waiting(self):
        runs = self.answer("run", "list", "--open")["runs"]
        self.assertEqual(len(runs), 1, runs)
        return runs[0]

    # ---- davit plan.

    def test_plan_shows_the_whole_graph_and_changes_nothing(self):
        plan = self.plan()
        self.assertEqual(plan["v"], 1)
        self.assertTrue(plan["changes"])
        self.assertEqual(self.grades(plan), {"net": "firm", "db": "provisional", "api": "provisional"})
        db = plan["components"][1]
        self.assertEqual(db["producers"], ["net"])
        values = {a["path"]: a["after"] for a in db["plan"]["resources"][0]["attributes"]}
        self.assertEqual(values["input"], {"value": "10.0.1.0/24"})
        self.assertEqual(values["id"], {"unknown": True})
        self.assertEqual(db["plan"]["outputs"][0]["used_by"], ["api"])
        self.assertEqual(self.davit("status").code, 0)
        self.assertFalse(any(c["live"] for c in self.answer("status")["components"]))
        self.assertEqual(self.told(), ["plan", "show"] * 3)
        self.check_clean()

    def test_detailed_exitcode_and_markdown(self):
        self.davit("plan", "--detailed-exitcode", "-o", "plan.md", code=2)
        text = harness.read(os.path.join(self.dir, "plan.md"))
        self.assertIn("| db | provisional (net) | 1 | 0 | 0 | 0 |", text)
        self.assertIn('+     input = "10.0.1.0/24"', text)
        self.up()
        done = self.davit("plan", "--detailed-exitcode", code=0)
        self.assertIn("No changes: 3 unchanged", done.out)
        done = self.davit("plan", "-o", "nowhere/plan.md", code=3)
        self.assertIn("nowhere/plan.md", done.err)

    def test_plan_needs_no_lock_and_disturbs_nobody(self):
        self.stack([self.script("slow"), "{name: net, source: net, parameters: {size: 1}}"])
        self.close_gate("slow")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("slow", davit)
        self.assertEqual(self.grades(self.plan())["slow"], "firm")
        self.open_gate("slow")
        self.assertEqual(davit.wait().code, 0)
        self.check_all_up(["slow", "net"])
        self.check_clean()

    def test_last_is_no_preview(self):
        self.up()
        last = self.answer("run", "show", "last")["run"]["id"]
        self.plan()
        self.assertEqual(self.answer("run", "show", "last")["run"]["id"], last)
        self.assertEqual(self.answer("status")["last_run"]["id"], last)

    def test_a_plan_that_was_killed_leaves_nothing(self):
        done = self.start("plan", fault="runner.launched").wait()
        self.assertEqual(done.code, -signal.SIGKILL)
        self.up()
        self.check_clean()

    # ---- Planned values, and what a yes covers.

    def test_what_happens_as_it_was_shown_is_asked_once(self):
        terminal = self.terminal("up")
        terminal.expect("Apply? [y/N]")
        shown = plain(terminal.printed)
        self.assertRegex(shown, r"\+ db +new; will create 1; provisional: uses planned outputs of net\n")
        terminal.type("y\n")
        done = terminal.wait()
        self.assertEqual(done.code, 0, done.out)
        self.assertNotIn("Apply this too?", done.out)
        # net is applied as it was planned; db and api are planned again with what is there.
        self.assertEqual(sorted(self.told()), sorted(["plan", "show"] * 3 + ["apply"] + ["plan", "show", "apply"] * 2))
        self.check_nothing_to_do()

    def test_show_runs_only_where_somebody_needs_it(self):
        self.stack([f"{{name: n{i}, source: net, parameters: {{size: {i}}}}}" for i in range(3)])
        terminal = self.terminal("up")
        terminal.expect("Apply? [y/N]")
        terminal.type("y\n")
        self.assertEqual(terminal.wait().code, 0)
        self.assertEqual(self.told().count("show"), 0)
        self.up()
        self.assertEqual(self.told(), [])

    def test_a_deferred_new_component_may_only_create(self):
        self.shop(1, db="${net:id}")
        done = self.davit("up", code=EXIT_PERSON)
        self.assertIn("deferred: input cidr is the output id of net", done.out)
        done = self.davit("run", "approve", code=0)
        self.assertIn("shop is up", done.out)
        self.check_all_up(["net", "db", "api"])
        self.check_clean()

    def test_a_deferred_component_that_stands_is_asked_about(self):
        self.shop(1, db="${net:id}")
        self.up()
        # A new net: its id was never known before.
        self.write("net/main.tf", NET.replace("input = var.size", "input = var.size\n  triggers_replace = [var.size]"))
        self.shop(2, db="${net:id}")
        self.davit("up", code=EXIT_PERSON)
        done = self.davit("run", "approve", code=EXIT_PERSON)
        self.assertIn("Planned again, now that what they waited for is there", done.out)
        run = self.waiting()
        self.assertEqual(run["state"], "running")
        self.assertIn("db was planned again and differs", run["waits_for"])
        jobs = {job["component"]: job for job in self.answer("run", "show", run["id"])["jobs"]}
        self.assertEqual(jobs["net"]["result"], "succeeded")
        self.assertEqual(jobs["db"]["state"], "awaiting_approval")
        self.assertIn("--component db", jobs["db"]["waits_for"])
        self.assertRegex(self.davit("run", "show", run["id"], code=0).out, r"(?m)^  db +waits for a yes  ")
        # Nobody holds anything meanwhile, and a newer run does not push this one aside: it has applied something.
        self.assertEqual(os.listdir(os.path.join(self.dir, ".davit/proc")), [])
        done = self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.assertIn("davit run approve " + run["id"], done.err)
        done = self.davit("run", "approve", "--component", "api", code=3)
        self.assertIn("waiting: db", done.err)
        self.assertEqual(done.out, "")
        self.assertIn("waits for a yes\n  davit run approve " + run["id"], self.davit("status", code=0).out)
        self.davit("run", "approve", "--component", "db", "--reason", "it is fine", code=EXIT_PERSON)  # api is next
        self.davit("run", "approve", code=0)
        self.check_all_up(["net", "db", "api"])
        self.check_nothing_to_do()
        self.check_clean()

    def test_rejected_later_keeps_what_is_applied(self):
        self.shop(1, db="${net:id}")
        self.up()
        self.write("net/main.tf", NET.replace("input = var.size", "input = var.size\n  triggers_replace = [var.size]"))
        self.shop(2, db="${net:id}")
        terminal = self.terminal("up")
        terminal.expect("Apply? [y/N]")
        terminal.type("y\n")
        terminal.expect("Apply this too? [y/N]")
        terminal.type("n\n")
        done = terminal.wait()
        self.assertEqual(done.code, 1, done.out)
        jobs = {job["component"]: job["result"] for job in self.answer("run", "show", "last")["jobs"]}
        self.assertEqual(jobs, {"net": "succeeded", "db": "cancelled", "api": "cancelled"})
        self.check_clean()

    # ---- Answers from elsewhere, or none.

    def test_approved_from_another_terminal(self):
        terminal = self.terminal("up")
        terminal.expect("Apply? [y/N]")
        done = self.davit("run", "approve", "last", code=0)
        self.assertIn("goes on", done.out)
        self.assertEqual(terminal.wait().code, 0)
        self.check_all_up(["net", "db", "api"])

    def test_rejected_from_another_terminal(self):
        terminal = self.terminal("up")
        terminal.expect("Apply? [y/N]")
        self.davit("run", "reject", "--reason", "not today", code=0)
        self.assertEqual(terminal.wait().code, EXIT_INTERRUPTED)
        self.assertEqual(self.answer("run", "show", "last")["run"]["reason"], "rejected: not today")
        self.assertEqual(self.made(), {})

    def test_an_answer_that_was_given_is_repeated(self):
        self.davit("up", code=EXIT_PERSON)
        run = self.waiting()["id"]
        self.davit("run", "approve", run, code=0)
        done = self.davit("run", "approve", run, code=0)
        self.assertIn("has ended, succeeded", done.out)
        done = self.davit("run", "reject", run, code=0)
        self.assertIn("has ended, succeeded", done.out)
        self.davit("run", "approve", code=3)

    def test_a_newer_run_takes_the_place_of_one_that_applied_nothing(self):
        self.davit("up", code=EXIT_PERSON)
        run = self.waiting()["id"]
        self.up()
        shown = self.answer("run", "show", run)["run"]
        self.assertEqual(shown["result"], "cancelled")
        self.assertIn("superseded by run_", shown["reason"])
        self.check_clean()

    def test_the_wait_ends(self):
        self.davit("up", "--approval-timeout", "1s", code=EXIT_PERSON)
        run = self.waiting()["id"]

        def over():
            self.davit("run", "approve", run + "x")  # any command that settles
            return self.answer("run", "show", run)["run"]["state"] == "finished"
        wait_for(over, lambda: "the end of a wait of one second")
        self.assertIn("nobody said yes or no within", self.answer("run", "show", run)["run"]["reason"])
        self.check_clean()

    def test_a_clock_that_jumps_past_the_timeout_ends_the_wait_once(self):
        self.davit("up", code=EXIT_PERSON)
        run = self.waiting()["id"]
        # The same as a clock that is a day ahead: the wait began a day ago.
        self.in_store("UPDATE runs SET waiting_since_ms = waiting_since_ms - 86400000 WHERE state = 'awaiting_approval'")
        self.assertIn("nobody said yes or no within 24h", self.davit("run", "show", run, code=0).out)
        self.davit("run", "approve", run, code=0)
        shown = self.answer("run", "show", run)["run"]
        self.assertEqual((shown["result"], shown["reason"]), ("cancelled", "nobody said yes or no within 24h00m"))
        self.assertFalse(any(c["live"] for c in self.answer("status")["components"]))
        self.up()

    def test_killed_between_two_applies(self):
        self.davit("up", code=EXIT_PERSON)
        done = self.start("run", "approve", fault="control.after_commit.finish").wait()
        self.assertEqual(done.code, -signal.SIGKILL)  # net is applied, db was to be planned again
        jobs = {job["component"]: job["result"] for job in self.answer("run", "show", "last")["jobs"]}
        self.assertEqual(jobs["net"], "succeeded")
        self.up()
        self.check_all_up(["net", "db", "api"])
        self.check_clean()

    def test_killed_between_yes_and_apply(self):
        terminal = self.terminal("up", fault="control.after_commit.gate")
        terminal.expect("Apply? [y/N]")
        terminal.type("y\n")
        terminal.wait()
        self.assertEqual(self.made(), {})
        self.up()
        self.check_all_up(["net", "db", "api"])
        self.check_clean()

    def test_killed_before_the_yes_is_written(self):
        terminal = self.terminal("up", fault="control.before_commit.gate")
        terminal.expect("Apply? [y/N]")
        terminal.type("y\n")
        terminal.wait()
        self.assertEqual(self.waiting()["state"], "awaiting_approval")  # it was not said
        self.davit("run", "approve", code=0)
        self.check_all_up(["net", "db", "api"])

    def test_a_tool_that_dies_while_it_plans_applies_nothing(self):
        self.write("../bin/terraform", "#!/bin/sh\n[ \"$1\" = version ] && exec terraform.real version -json\nkill -9 $$\n", 0o755)
        os.symlink(harness.shutil.which("terraform"), os.path.join(self.top, "bin/terraform.real"))
        done = self.davit("up", code=1)
        self.assertIn("nothing was applied", done.out)
        self.check_clean()

    # ---- Stale plans.

    def stale(self, change, why):
        """`change` happened between the yes and the apply: the plan is not applied, but made again; what it shows is what was approved."""
        self.up()
        self.shop(2)
        self.davit("up", code=EXIT_PERSON)
        change()
        self.told()
        done = self.davit("run", "approve", code=0)
        self.assertEqual(self.told()[:3], ["plan", "show", "apply"])
        self.assertIn("net: is planned again: " + why, done.out)
        jobs = {job["component"]: job for job in self.answer("run", "show", "last")["jobs"]}
        self.assertEqual(jobs["net"]["planned_again"], why)
        self.check_all_up(["net", "db", "api"])

    def in_store(self, *statements):
        store = sqlite3.connect(os.path.join(self.dir, ".davit/store.db"))
        for statement in statements:
            store.execute(statement)
        store.commit()
        store.close()

    def test_a_state_that_moved_makes_the_plan_stale(self):
        self.stale(lambda: self.in_store(
            "INSERT INTO state_versions SELECT 'st_moved', component, version + 1, serial, lineage, blob, run, fence, created_ms, complete, "
            "quarantined, reason FROM state_versions WHERE component = (SELECT id FROM components WHERE name = 'net')",
            "UPDATE components SET state = 'st_moved' WHERE name = 'net'"),
            "its state (now version 2) changed since it was planned")

    def test_another_tool_makes_the_plan_stale(self):
        path = os.path.join(self.top, "bin/terraform")
        self.stale(lambda: self.write("../bin/terraform", harness.read(path) + "# another\n", 0o755),
                   "terraform changed since it was planned")

    def test_another_lock_file_makes_the_plan_stale(self):
        self.stale(lambda: self.in_store(
            "INSERT INTO settings SELECT 'lock-file/' || id, '# other' FROM components WHERE name = 'net'"),
            "its lock file of providers changed since it was planned")

    def other_backend(self, command):
        """What happens when somebody runs `command` on a state that davit does not keep, between the plan and the yes."""
        backend = f'terraform {{\n  backend "local" {{\n    path = "{self.top}/own.tfstate"\n  }}\n}}\n'
        self.write("own/main.tf", backend + 'variable "size" {}\nresource "terraform_data" "it" {\n  input = var.size\n}\n')
        self.stack(["{name: own, source: own, parameters: {size: 1}}"])
        self.up()
        self.stack(["{name: own, source: own, parameters: {size: 2}}"])
        self.davit("up", code=EXIT_PERSON)
        self.davit("shell", "own", "-c", command, code=0)
        return self.davit("run", "approve")

    def test_a_plan_that_the_tool_refuses_is_made_again(self):
        done = self.other_backend("terraform taint terraform_data.it && terraform untaint terraform_data.it")
        self.assertEqual(done.code, 0, done.out + done.err)
        self.assertIn("own: the plan was refused: Saved plan is stale", done.out)
        self.assertIn("own: is planned again: its tool found another state where it keeps it", done.out)
        self.davit("plan", "--detailed-exitcode", code=0)

    def test_a_plan_that_the_tool_refuses_and_that_comes_out_otherwise_is_held(self):
        done = self.other_backend("terraform taint terraform_data.it")
        self.assertEqual(done.code, EXIT_PERSON, done.out + done.err)
        self.assertIn("its tool found another state where it keeps it; it will replace 1", " ".join(done.out.split()))
        self.davit("run", "approve", code=0)
        self.davit("plan", "--detailed-exitcode", code=0)

    # ---- Protection.

    def test_protect_refuses_what_destroys(self):
        self.shop(1, extra=", protect: true")
        self.up()
        self.write("db/main.tf", USES % "  triggers_replace = [var.cidr]\n")
        for arguments in (["plan"], ["up"], ["up", "--auto-approve"]):
            done = self.davit(*arguments, code=1)
            self.assertIn("it is protected (`protect: true`), and the plan would destroy terraform_data.it", done.out.replace("\n    ", " "))
        self.shop(1)
        self.up()

    def test_what_is_protected_is_not_taken_away(self):
        self.shop(1, extra=", protect: true")
        self.up()
        for arguments in (["down", "--auto-approve"], ["down"]):
            self.assertIn("nothing ran: db is protected", self.davit(*arguments, code=3).err)
        self.stack(["{name: net, source: net, parameters: {size: 1}}"])
        for arguments in (["plan"], ["up"], ["up", "--auto-approve"]):
            done = self.davit(*arguments, code=3)
            self.assertIn("nothing ran: db is protected (`protect: true`), and would be taken away", done.err)
        self.shop(1)
        self.up()  # nothing else changed: the word counts all the same
        self.davit("down", "--auto-approve", code=0)
        self.check_clean()

    def test_what_is_declined_takes_no_protection_away(self):
        self.shop(1, extra=", protect: true")
        self.up()
        self.shop(3)
        self.davit("up", code=4)
        self.davit("run", "reject")
        self.assertIn("nothing ran: db is protected", self.davit("down", "--auto-approve", code=3).err)

    def test_protect_lets_other_changes_through(self):
        self.shop(1, extra=", protect: true")
        self.up()
        self.shop(3, extra=", protect: true")
        self.up()
        self.assertEqual(self.answer("outputs")["components"]["db"]["cidr"]["value"], "10.0.3.0/24")
        self.check_nothing_to_do()

    def test_secrets_are_masked_in_every_preview(self):
        secret = "canary-of-the-plan"
        self.write("net/main.tf", NET.replace('variable "size" {}', 'variable "size" {\n  sensitive = true\n}').replace(
            'output "cidr" {\n  value = "10.0.${var.size}.0/24"', 'output "cidr" {\n  sensitive = true\n  value = "10.0.${var.size}.0/24"'))
        self.stack([f"{{name: net, source: net, parameters: [{{name: size, value: {secret}, sensitive: true}}]}}",
                    "{name: db, source: db, parameters: {cidr: \"${net:cidr}\"}}"])
        for arguments in (["plan", "--full"], ["plan", "--json", "-o", "plan.md"], ["up"], ["run", "approve"], ["run", "show", "last", "--json"]):
            done = self.davit(*arguments)
            self.assertIn(done.code, (0, EXIT_PERSON), done.out + done.err)
            self.assertNotIn(secret, done.out + done.err, arguments)
        self.assertNotIn(secret, harness.read(os.path.join(self.dir, "plan.md")))
        for directory, _, files in os.walk(os.path.join(self.dir, ".davit")):
            for name in files:
                self.assertNotIn(secret.encode(), harness.read_bytes(os.path.join(directory, name)), name)


@harness.needs_root
@needs_terraform
class FullDisk(Approve):
    """The disk is full when a plan is to be stored: nothing is applied, and with space again all goes on."""

    def setUp(self):
        super().setUp()
        disk = os.path.join(self.top, "disk")
        if not harness.tmpfs(disk, "8m"):
            self.skipTest("not run: needs the right to mount")
        self.mounts.append(disk)
        for name in os.listdir(self.dir):
            harness.shutil.move(os.path.join(self.dir, name), disk)
        self.dir = disk

    def test_plan(self):
        self.up()
        self.shop(2)
        # The plan of db waits at a gate of its tool until the disk is full.
        wait = f'[ "$1" = plan ] && [ -e {self.gates}/full ] && : > {self.gates}/full.reached && while [ -e {self.gates}/full ]; do sleep 0.02; done\n'
        real = harness.read(os.path.join(self.top, "bin/terraform"))
        self.write(os.path.join(self.top, "bin/terraform"), real.replace("exec ", wait + "exec "), 0o755)
        self.close_gate("full")
        davit = self.start("up")
        self.wait_at_gate("full", davit)
        filler = os.path.join(self.dir, "filler")
        with open(filler, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        self.open_gate("full")
        done = davit.wait()
        self.assertNotIn(done.code, (0, EXIT_PERSON), done.out + done.err)
        self.assertIn("space", (done.out + done.err).lower())
        os.unlink(filler)
        self.up()
        self.check_all_up(["net", "db", "api"])
        self.assertEqual(self.answer("outputs")["components"]["db"]["cidr"]["value"], "10.0.2.0/24")
        self.check_clean()


# Only its own test, not those of the class that it builds on.
for name in [name for name in dir(FullDisk) if name.startswith("test_") and name != "test_plan"]:
    setattr(FullDisk, name, None)


if __name__ == "__main__":
    harness.main()
