#!/usr/bin/env python3
"""`kill -9` of tools and supervisors: with davit or without it, before they begin, while they run, after they ended.

Where nobody can know how a change ended davit does not guess: exit code 4, a report of what is known, and a person decides.

    test_kill_tools.py DAVIT
"""
import json
import os
import signal
import sqlite3

import harness
from harness import ClusterTest, EXIT_FAILED, EXIT_PERSON, needs_terraform, wait_for

UNCERTAIN = "nobody saw"


class ToolCase(ClusterTest):
    def one_script(self, **more):
        self.stack([self.script("db", **more)])

    def finish(self, names, made):
        self.check_made_once(made)
        self.check_all_up(names)
        self.check_nothing_to_do()
        self.check_clean()

    def reports(self):
        done = self.davit("run", "reconcile", "--json", code=EXIT_PERSON)
        return {item["component"]: item["report"] for item in json.loads(done.out)["reconcile"]}

    def state_versions(self):
        """Rows of the states that the store has, those in quarantine included."""
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            database.row_factory = sqlite3.Row
            return database.execute("SELECT * FROM state_versions ORDER BY created_ms").fetchall()

    def hold_file(self):
        return os.path.join(self.gates, "fault")

    def wait_held(self, davit):
        def look():
            if davit.ended() and not os.path.exists(self.hold_file()):
                raise AssertionError("davit ended before the fault point:\n" + davit.text())
            return harness.read(self.hold_file())
        return int(wait_for(look, davit.text))

    def release(self):
        os.unlink(self.hold_file())

    def start_and_hold(self, point):
        davit = self.start("up", "--auto-approve", fault=f"{point}@{self.hold_file()}")
        self.wait_held(davit)
        return davit

    def kill_davit(self, davit):
        davit.signal(signal.SIGKILL)
        davit.wait()

    def wrap_terraform(self, before="", after=""):
        """A terraform on the PATH that runs shell lines around the real one; `$*` are its arguments."""
        real = harness.shutil.which("terraform")
        bin_directory = os.path.join(self.top, "bin")
        harness.write(os.path.join(bin_directory, "terraform"), f"""#!/bin/sh
{before}
{real} "$@"
code=$?
{after}
exit $code
""")
        self.env["PATH"] = bin_directory + ":" + os.environ["PATH"]


class Scripts(ToolCase):
    def test_tool_alone(self):
        self.one_script()
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.kill_tools()
        done = davit.wait()
        self.assertEqual(done.code, EXIT_PERSON, davit.text())
        self.assertIn("run reconcile", davit.text())
        self.open_gate("db")
        self.go_on()
        self.finish(["db"], ["db"])

    def test_tool_alone_while_no_davit_is_there(self):
        self.one_script()
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.kill_davit(davit)
        self.kill_tools()
        self.open_gate("db")
        self.assertIn("run reconcile", self.go_on())
        self.finish(["db"], ["db"])

    def test_supervisor_alone(self):
        """The tool lives on without its supervisor; davit waits for its end, whose result nobody knows."""
        self.one_script()
        self.close_gate("db.made")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.made", davit)
        tool = self.tool_pids()[0]
        os.kill(self.parent_of(tool), signal.SIGKILL)
        self.assertTrue(harness.alive(tool))
        self.open_gate("db.made")
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.assertIn("db", self.reports())
        self.check_made_once(["db"])
        self.davit("run", "reconcile", "--abandon", code=0)
        self.assertEqual(self.status()[0]["db"]["stands"], "failed")
        self.check_clean()

    def test_launcher_alone(self):
        """The helper that forks supervisors dies: what runs goes on, what comes next gets a new one."""
        self.stack([self.script("net"), self.script("db", ["net"])])
        self.close_gate("net")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("net", davit)
        for pid in harness.children_of(davit.pid):
            os.kill(pid, signal.SIGKILL)
        self.open_gate("net")
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.finish(["net", "db"], ["net", "db"])

    def test_davit_and_tool(self):
        self.one_script()
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.kill_tree()
        davit.wait()
        self.open_gate("db")
        printed = self.go_on()
        self.assertIn(UNCERTAIN, printed)
        self.finish(["db"], ["db"])

    def test_davit_and_tool_given_up(self):
        self.one_script()
        self.close_gate("db.made")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.made", davit)
        self.kill_tree()
        davit.wait()
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.davit("run", "reconcile", "--abandon", code=0)
        components, answer = self.status()
        self.assertEqual(components["db"]["stands"], "failed")
        self.assertEqual(answer["open_runs"], [])
        self.check_made_once(["db"])
        self.check_clean()

    def test_nobody_answers_for_a_person(self):
        """--auto-approve is no answer to a reconcile question, however often it is given; `down` asks as well."""
        self.one_script()
        self.close_gate("db.made")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.made", davit)
        self.kill_tree()
        davit.wait()
        self.open_gate("db.made")
        for command in ("up", "up", "down"):
            done = self.davit(command, "--auto-approve", code=EXIT_PERSON)
            self.assertIn("run reconcile", done.out + done.err)
        self.check_made_once(["db"])

    def test_idempotent_script_runs_again_unasked(self):
        self.one_script(extra=", idempotent: true")
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.kill_tree()
        davit.wait()
        self.open_gate("db")
        printed = self.go_on(person_allowed=False)
        self.assertIn("db", printed)
        self.finish(["db"], ["db"])

    def test_independent_components_go_on(self):
        self.stack([self.script("db"), self.script("cache"), self.script("app", ["db"])])
        self.close_gate("db")
        davit = self.start("up", "--auto-approve", "--parallelism", "1")
        wait_for(lambda: self.tool_pids(), davit.text)
        wait_for(lambda: os.path.exists(os.path.join(self.gates, "db.reached")) or davit.ended(), davit.text)
        self.kill_tools()
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.assertEqual(self.made(), {"cache": 1})
        self.open_gate("db")
        self.go_on()
        self.finish(["db", "cache", "app"], ["db", "cache", "app"])


class Supervisors(ToolCase):
    """The supervisor of a tool dies, or davit does while it stands at a point."""

    def test_dies_before_it_began(self):
        self.one_script()
        self.davit("up", "--auto-approve", fault="supervise.after_fork", code=EXIT_FAILED)
        self.check_made_once([])
        self.up()
        self.finish(["db"], ["db"])

    def test_dies_before_exec(self):
        self.one_script()
        self.davit("up", "--auto-approve", fault="supervise.before_exec", code=EXIT_PERSON)
        self.check_made_once([])
        self.go_on()
        self.finish(["db"], ["db"])

    def test_dies_after_the_tool(self):
        self.one_script()
        self.davit("up", "--auto-approve", fault="supervise.after_exit", code=EXIT_PERSON)
        self.check_made_once(["db"])
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_made_once(["db"])
        self.check_clean()

    def test_dies_after_its_report(self):
        self.one_script()
        self.davit("up", "--auto-approve", fault="supervise.after_status", code=0)
        self.finish(["db"], ["db"])

    def test_davit_dies_meanwhile(self):
        """Davit dies while a supervisor stands at each point; the next davit comes before or after it goes on."""
        for point in ("after_fork", "before_exec", "after_exit", "after_status"):
            for first in ("supervisor", "davit"):
                with self.subTest(point=point, first=first):
                    self.reset(f"stack-{point}-{first}")
                    self.one_script()
                    davit = self.start_and_hold(f"supervise.{point}")
                    self.kill_davit(davit)
                    if first == "supervisor":
                        self.release()
                        printed = self.go_on(person_allowed=False)
                    elif point == "after_fork":
                        # Taken back: whoever was about to begin must not any more.
                        printed = self.go_on(person_allowed=False)
                        self.release()
                    else:
                        second = self.start("up", "--auto-approve")
                        wait_for(lambda s=second: "db" in s.text() or s.ended(), second.text)
                        self.release()
                        self.assertEqual(second.wait().code, 0, second.text())
                        printed = second.text()
                    self.assertIn("db", printed)
                    self.finish(["db"], ["db"])

    def test_everything_dies_meanwhile(self):
        for point, made_before in (("after_fork", 0), ("before_exec", 0), ("after_exit", 1), ("after_status", 1)):
            with self.subTest(point=point):
                self.reset(f"stack-{point}")
                self.one_script()
                davit = self.start_and_hold(f"supervise.{point}")
                self.kill_tree()
                davit.wait()
                self.release()
                self.check_made_once(["db"] * made_before)
                if point == "after_exit":  # it ran, and nobody knows how it ended
                    self.davit("up", "--auto-approve", code=EXIT_PERSON)
                    self.davit("run", "reconcile", "--abandon", code=0)
                    self.check_made_once(["db"])
                    self.check_clean()
                    continue
                printed = self.go_on(person_allowed=point == "before_exec")
                self.assertIn("db", printed)
                self.finish(["db"], ["db"])

    def test_davit_dies_while_taking_back(self):
        """What never began is taken back; the davit that does so dies as well, and the next one must still know."""
        for point in ("before_commit.orphans", "after_commit.orphans", "before_commit.take_back", "after_commit.take_back"):
            with self.subTest(point=point):
                self.reset(f"stack-{point}")
                self.one_script()
                davit = self.start_and_hold("supervise.after_fork")
                self.kill_tree()
                davit.wait()
                self.release()
                self.davit("up", "--auto-approve", fault="control." + point, code=-signal.SIGKILL)
                self.go_on(person_allowed=False)
                self.finish(["db"], ["db"])

    def test_everything_dies_between_launch_and_report(self):
        for point in ("runner.launched", "runner.tool_ended"):
            with self.subTest(point=point):
                self.reset("stack-" + point)
                self.one_script()
                davit = self.start_and_hold(point)
                # The tool is let end first: it is its report that is not taken.
                wait_for(lambda: self.made()["db"] == 1 and not self.tool_pids(), "the end of the tool")
                self.kill_davit(davit)
                self.release()
                self.go_on(person_allowed=False)
                self.finish(["db"], ["db"])


class Unreadable(ToolCase):
    """The tool ended by itself, with code 0, and what it printed cannot be read: nobody knows what it did, so a person looks."""

    UNREADABLE = 'rm -f "$log"; mkdir "$log"'

    def check_told(self):
        done = self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.assertIn("run reconcile", done.out + done.err)
        report = self.reports()["db"]
        self.assertIn("cannot read", report["reason"])
        self.assertIn("deploy.stdout" if "state_resources" not in report else "apply.stdout", report["reason"])
        return report

    @needs_terraform
    def test_log_of_terraform(self):
        """The state that it left is whole, and is kept: what comes next goes on from there and makes nothing twice."""
        self.stack([self.terraform("db")])
        self.close_gate("damage")
        self.wrap_terraform(after=f"""[ -e {self.gates}/damage ] && case " $* " in *" apply "*)
  log=$(echo "$*" | sed 's/.*-state=\\([^ ]*\\)\\/state\\/.*/\\1/')/logs/apply.stdout
  {self.UNREADABLE} ;;
esac""")
        report = self.check_told()
        self.assertEqual(report["state_resources"], 2)
        self.assertEqual([row["quarantined"] for row in self.state_versions()], [0])
        self.check_made_once(["db.r1", "db.r2"])
        self.open_gate("damage")
        self.davit("run", "reconcile", "--resume", code=0)
        self.finish(["db"], ["db.r1", "db.r2"])

    def test_log_of_a_script(self):
        self.stack([self.script("db", after=f"log=$(readlink /proc/$$/fd/1); {self.UNREADABLE}", outputs=False)])
        self.check_told()
        self.davit("run", "reconcile", "--abandon", code=0)
        self.assertEqual(self.status()[0]["db"]["stands"], "failed")
        self.check_made_once(["db"])
        self.check_clean()


@needs_terraform
class Terraform(ToolCase):
    FOUR = ["db.r1", "db.r2", "db.r3", "db.r4"]

    def four(self):
        self.stack([self.terraform("db", resources=4)])

    def at_third(self, gate="db.r3"):
        self.four()
        self.close_gate(gate)
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate(gate, davit)
        return davit

    def check_two_of_four(self):
        report = self.reports()["db"]
        self.assertEqual(report["state_resources"], 2)
        self.assertEqual(report["created_not_in_state"], [])
        self.assertEqual(report["perhaps_made"], ["terraform_data.r3"])
        component = self.status()[0]["db"]
        self.assertIsNotNone(component["state"])

    def test_davit_alone(self):
        davit = self.at_third()
        self.kill_davit(davit)
        second = self.start("up", "--auto-approve")
        wait_for(lambda: "db" in second.text() or second.ended(), second.text)
        self.open_gate("db.r3")
        self.assertEqual(second.wait().code, 0, second.text())
        self.finish(["db"], self.FOUR)

    def test_davit_alone_and_the_tool_ends_unseen(self):
        davit = self.at_third()
        self.kill_davit(davit)
        self.open_gate("db.r3")
        wait_for(lambda: not harness.processes_of(self.top), "the end of terraform")
        printed = self.go_on(person_allowed=False)
        self.assertIn("taken over", printed)
        self.finish(["db"], self.FOUR)

    def test_tool_alone(self):
        davit = self.at_third()
        self.kill_tools()
        # Its provisioner lives on, waiting at the gate; it is no child of a living terraform any more.
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.kill_tree()
        self.check_two_of_four()
        self.open_gate("db.r3")
        self.go_on()
        self.finish(["db"], self.FOUR)

    def test_davit_and_tool(self):
        davit = self.at_third()
        self.kill_tree()
        davit.wait()
        self.open_gate("db.r3")
        done = self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.assertIn("run reconcile", done.out + done.err)
        self.check_two_of_four()
        self.go_on()
        self.finish(["db"], self.FOUR)

    def test_davit_and_tool_given_up(self):
        """The state of two resources is kept; the next `up` makes the other two."""
        davit = self.at_third()
        self.kill_tree()
        davit.wait()
        self.open_gate("db.r3")
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.davit("run", "reconcile", "--abandon", code=0)
        self.assertIsNotNone(self.status()[0]["db"]["state"])
        self.up()
        self.finish(["db"], self.FOUR)

    def test_what_was_perhaps_made_is_said(self):
        """Killed after the third was really made, before the tool could write that down: a person is told."""
        davit = self.at_third("db.r3.made")
        self.kill_tree()
        davit.wait()
        self.open_gate("db.r3.made")
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.assertEqual(self.reports()["db"]["perhaps_made"], ["terraform_data.r3"])
        self.check_made_once(self.FOUR[:3])

    def test_supervisor_dies_after_the_tool(self):
        self.four()
        self.davit("up", "--auto-approve", fault="supervise.after_exit", code=EXIT_PERSON)
        self.assertEqual(self.reports()["db"]["state_resources"], 4)
        self.go_on()
        self.finish(["db"], self.FOUR)

    def test_everything_dies_while_state_is_copied(self):
        for point in ("runner.before_state_copy", "runner.after_state_copy"):
            with self.subTest(point=point):
                self.reset("stack-" + point)
                self.four()
                self.close_gate("db.r3")
                davit = self.start_and_hold(point)
                self.wait_at_gate("db.r3", davit)
                self.kill_tree()
                davit.wait()
                self.release()
                self.open_gate("db.r3")
                self.davit("up", "--auto-approve", code=EXIT_PERSON)
                self.check_two_of_four()
                self.go_on()
                self.finish(["db"], self.FOUR)

    def killed_with_state(self):
        """Killed at the third resource when the store had a state; returns the file that the tool wrote it to."""
        davit = self.at_third()
        wait_for(lambda: (self.status()[0]["db"]["state"] or {}).get("serial"), "a copy of the state")
        self.kill_tree()
        davit.wait()
        self.open_gate("db.r3")
        files = []
        for directory, _, names in os.walk(os.path.join(self.dir, ".davit", "work")):
            files += [os.path.join(directory, name) for name in names if name.endswith(".tfstate") and directory.endswith("state")]
        self.assertEqual(len(files), 1, files)
        return files[0]

    def check_nothing_was_lost(self):
        """What was made is in the kept state, or named."""
        report = self.reports()["db"]
        self.assertGreaterEqual(report["state_resources"], 1)
        self.assertEqual(report["state_resources"] + len(report["created_not_in_state"]), 2, report)
        self.assertEqual(report["perhaps_made"], ["terraform_data.r3"])

    def test_empty_state_file_is_no_state(self):
        """terraform takes a file of 0 bytes for an empty state; davit goes on from its last complete copy."""
        os.truncate(self.killed_with_state(), 0)
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.check_nothing_was_lost()

    def test_torn_state_is_kept_apart(self):
        """Also where davit dies as it does so."""
        for fault in (None, "control.before_commit.quarantine", "control.after_commit.quarantine"):
            with self.subTest(fault=fault):
                self.reset(f"stack-{fault}")
                path = self.killed_with_state()
                os.truncate(path, os.path.getsize(path) // 2)
                self.davit("up", "--auto-approve", code=-signal.SIGKILL if fault else EXIT_PERSON, fault=fault)
                self.davit("up", "--auto-approve", code=EXIT_PERSON)
                self.check_nothing_was_lost()
                self.assertIn(1, [row["quarantined"] for row in self.state_versions()])

    def test_what_is_in_no_state_has_to_be_named(self):
        """`--resume` refuses until a person has looked at each resource that was created and is in no state."""
        path = self.killed_with_state()
        state = json.loads(harness.read(path))
        state["resources"] = state["resources"][:1]
        state["serial"] += 1
        harness.write(path, json.dumps(state))
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        report = self.reports()["db"]
        lost = [entry["address"] for entry in report["created_not_in_state"]]
        self.assertEqual(len(lost), 1, report)
        self.assertIn("import", report["created_not_in_state"][0]["import"])
        done = self.davit("run", "reconcile", "--resume", code=EXIT_PERSON)
        self.assertIn(lost[0], done.out + done.err)
        self.assertIn("--forget", done.out + done.err)
        self.davit("run", "reconcile", "--resume", "--forget", lost[0], code=0)
        self.check_clean()


@needs_terraform
class Plans(ToolCase):
    """A plan changes nothing: what was interrupted is thrown away, and the next `up` plans again."""

    def setUp(self):
        super().setUp()
        self.wrap_terraform(before=f"""case " $* " in
*" plan "*)
  if [ -e {self.gates}/plan ]; then
    touch {self.gates}/plan.reached
    while [ -e {self.gates}/plan ]; do sleep 0.02; done
  fi ;;
esac""")
        self.stack([self.terraform("db")])
        self.close_gate("plan")
        self.terminal_davit = self.terminal("up")
        reached = os.path.join(self.gates, "plan.reached")

        def look():
            self.terminal_davit.pump()
            if "[y/N]" in self.terminal_davit.printed:
                self.terminal_davit.type("y\n")
                self.terminal_davit.printed = self.terminal_davit.printed.replace("[y/N]", "[answered]")
            return os.path.exists(reached)
        wait_for(look, lambda: "a plan at its gate:\n" + self.terminal_davit.printed)

    def finish_plan(self):
        self.check_made_once([])
        self.go_on(person_allowed=False)
        self.finish(["db"], ["db.r1", "db.r2"])

    def test_davit_alone(self):
        os.kill(self.terminal_davit.pid, signal.SIGKILL)
        self.terminal_davit.wait()
        self.open_gate("plan")
        self.finish_plan()

    def test_davit_alone_while_it_still_plans(self):
        os.kill(self.terminal_davit.pid, signal.SIGKILL)
        self.terminal_davit.wait()
        self.go_on(person_allowed=False)
        self.finish(["db"], ["db.r1", "db.r2"])

    def test_davit_and_tool(self):
        self.kill_tree()
        self.terminal_davit.wait()
        self.open_gate("plan")
        self.finish_plan()

    def test_tool_alone(self):
        self.kill_tools()
        done = self.terminal_davit.wait()
        self.assertEqual(done.code, EXIT_FAILED, done.out)
        self.open_gate("plan")
        self.finish_plan()


if __name__ == "__main__":
    harness.main()
