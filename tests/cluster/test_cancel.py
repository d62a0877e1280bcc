#!/usr/bin/env python3
"""Stopping on purpose: Ctrl-C once and twice, SIGTERM, SIGHUP, from a second process, by timeout; children that resist; what a run of
a thousand scripts leaves open.

    test_cancel.py DAVIT
"""
import os
import signal

import harness
from harness import ClusterTest, EXIT_INTERRUPTED, EXIT_PERSON, needs_terraform, wait_for


class CancelCase(ClusterTest):
    def at_gate(self, **more):
        """A run whose second of three components waits at a gate."""
        self.stack([self.script("net"), self.script("db", ["net"], **more), self.script("app", ["db"])])
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        return davit

    def results(self):
        return {job["component"]: job["result"] for job in self.answer("run", "show", "last")["jobs"]}

    def stopping(self, davit):
        """Until the cancel is in the store."""
        wait_for(lambda: "stopping" in self.davit("run", "list").out or davit.ended(), davit.text)

    def check_graceful(self, davit):
        """What had begun was finished, nothing else was; the next `up` goes on from there."""
        self.stopping(davit)
        self.open_gate("db")
        self.assertEqual(davit.wait().code, EXIT_INTERRUPTED, davit.text())
        self.assertEqual(self.results(), {"net": "succeeded", "db": "succeeded", "app": "cancelled"})
        self.check_made_once(["net", "db"])
        self.check_clean()
        self.up()
        self.check_made_once(["net", "db", "app"])
        self.check_clean()


class Graceful(CancelCase):
    def test_interrupt_once(self):
        davit = self.at_gate()
        davit.signal(signal.SIGINT)
        self.check_graceful(davit)

    def test_terminate(self):
        davit = self.at_gate()
        davit.signal(signal.SIGTERM)
        self.check_graceful(davit)

    def test_hang_up(self):
        davit = self.at_gate()
        davit.signal(signal.SIGHUP)
        self.check_graceful(davit)

    def test_many_hang_ups_never_force(self):
        davit = self.at_gate()
        for _ in range(5):
            davit.signal(signal.SIGHUP)
        self.check_graceful(davit)

    def test_from_a_second_process(self):
        davit = self.at_gate()
        self.davit("run", "cancel", "last", "-m", "not today", code=0)
        self.check_graceful(davit)

    def test_terminal_goes_away(self):
        self.stack([self.script("net"), self.script("db", ["net"]), self.script("app", ["db"])])
        self.close_gate("db")
        terminal = self.terminal("up", "--auto-approve")
        reached = os.path.join(self.gates, "db.reached")
        wait_for(lambda: terminal.pump() or os.path.exists(reached), lambda: terminal.printed)
        os.close(terminal.fd)  # the kernel sends SIGHUP
        wait_for(lambda: "stopping" in self.davit("run", "list").out, "a cancel")
        self.open_gate("db")
        status = os.waitpid(terminal.pid, 0)[1]
        self.assertEqual(os.waitstatus_to_exitcode(status), EXIT_INTERRUPTED)
        self.check_made_once(["net", "db"])
        self.check_clean()

    def test_control_c_does_not_reach_the_tool(self):
        """On a terminal the signal goes to a whole process group; a tool is in none of ours."""
        self.stack([self.script("db")])
        self.close_gate("db")
        terminal = self.terminal("up", "--auto-approve")
        reached = os.path.join(self.gates, "db.reached")
        wait_for(lambda: terminal.pump() or os.path.exists(reached), lambda: terminal.printed)
        terminal.type("\x03")
        wait_for(lambda: terminal.pump() or "stopping" in self.davit("run", "list").out, "a cancel")
        self.assertEqual(len(self.tool_pids()), 1)
        self.open_gate("db")
        self.assertIn(terminal.wait().code, (0, EXIT_INTERRUPTED))
        self.check_made_once(["db"])
        self.check_clean()

    @needs_terraform
    def test_terraform_finishes(self):
        self.stack([self.terraform("db", resources=3), self.script("app", ["db"])])
        self.close_gate("db.r2")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r2", davit)
        davit.signal(signal.SIGINT)
        self.stopping(davit)
        self.open_gate("db.r2")
        self.assertEqual(davit.wait().code, EXIT_INTERRUPTED, davit.text())
        self.assertEqual(self.results(), {"db": "succeeded", "app": "cancelled"})
        self.check_made_once(["db.r1", "db.r2", "db.r3"])
        self.check_clean()


class Forced(CancelCase):
    def check_forced(self, davit, made=("net",)):
        """What was being changed waits for a person."""
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        wait_for(lambda: not harness.processes_of(self.top), "the end of every process", 10)
        self.check_made_once(list(made))
        self.open_gate("db")
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()
        self.up()
        self.check_made_once([*made, "db", "app"])
        self.check_clean()

    def test_interrupt_twice(self):
        davit = self.at_gate()
        davit.signal(signal.SIGINT)
        self.stopping(davit)
        davit.signal(signal.SIGINT)
        self.check_forced(davit)

    def test_from_a_second_process(self):
        davit = self.at_gate()
        self.davit("run", "force-cancel", "last", code=0)
        self.check_forced(davit)

    def test_child_that_ignores_sigint(self):
        """After a grace period it is terminated, after another one killed."""
        self.stack([self.script("db", before="trap '' INT TERM", extra=", timeout: 1")])
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        wait_for(lambda: not harness.processes_of(self.top), "the end of every process", 10)
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()

    def test_child_that_daemonizes(self):
        """A forced end reaches descendants that left session and process group."""
        davit = self.at_gate(before="setsid sleep 986 >/dev/null 2>&1 & setsid sh -c 'setsid sleep 985 & exec sleep 984' >/dev/null 2>&1 &")
        wait_for(lambda: sum("sleep 98" in command for _, command in harness.processes_of(self.top)) >= 3, "three daemons")
        davit.signal(signal.SIGINT)
        self.stopping(davit)
        davit.signal(signal.SIGINT)
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        wait_for(lambda: not harness.processes_of(self.top), lambda: f"the end of {harness.processes_of(self.top)}", 10)

    @needs_terraform
    def test_terraform_stops_between_resources(self):
        """It gets an interrupt first: the resource that it makes is finished, its state is written."""
        self.stack([self.terraform("db", resources=4)])
        self.close_gate("db.r2")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r2", davit)
        davit.signal(signal.SIGINT)
        self.stopping(davit)
        davit.signal(signal.SIGINT)
        code = davit.wait().code
        self.assertEqual(code, EXIT_PERSON, davit.text())
        self.kill_tree()
        self.open_gate("db.r2")
        done = self.davit("run", "reconcile", code=EXIT_PERSON)
        self.assertIn("kept state", done.out)
        # The run was cancelled by force: what is left of it is given up, and the next one makes the rest.
        self.go_on(decide="--abandon")
        self.check_made_once([f"db.r{i}" for i in range(1, 5)])


class Timeouts(CancelCase):
    def test_independent_components_are_not_stopped(self):
        self.stack([self.script("db", before="sleep 1000", extra=", timeout: 1"), self.script("cache")])
        self.davit("up", "--auto-approve", "--parallelism", "2", code=EXIT_PERSON)
        self.assertEqual(self.results()["cache"], "succeeded")
        self.check_made_once(["cache"])


class Adopted(CancelCase):
    """What an earlier davit left running can be left running, and can be stopped."""

    def orphaned(self):
        davit = self.at_gate()
        davit.signal(signal.SIGKILL)
        davit.wait()
        second = self.start("up", "--auto-approve")
        wait_for(lambda: "db" in second.text() or second.ended(), second.text)
        return second

    def test_left_running(self):
        second = self.orphaned()
        second.signal(signal.SIGINT)
        second.signal(signal.SIGINT) if not second.ended() else None
        wait_for(lambda: second.ended() or second.signal(signal.SIGINT), second.text)
        self.assertEqual(second.wait().code, EXIT_INTERRUPTED, second.text())
        self.assertEqual(len(self.tool_pids()), 1)
        self.open_gate("db")
        self.go_on(person_allowed=False)
        self.check_made_once(["net", "db", "app"])
        self.check_clean()

    def test_forced(self):
        second = self.orphaned()
        self.davit("run", "force-cancel", "last", code=0)
        self.assertEqual(second.wait().code, EXIT_PERSON, second.text())
        wait_for(lambda: not harness.processes_of(self.top), "the end of every process", 10)
        self.check_made_once(["net"])


class Thousand(ClusterTest):
    """Descriptors, children and zombies do not add up."""

    def test_thousand_jobs(self):
        self.write("job/deploy", "#!/bin/sh\nexit 0\n")
        last = self.script("last", [f"c{i}" for i in range(1000)])
        self.stack([f"{{name: c{i}, source: job}}" for i in range(1000)] + [last])
        self.close_gate("last")
        davit = self.start("up", "--auto-approve", "--parallelism", "4")
        reached = os.path.join(self.gates, "last.reached")
        wait_for(lambda: os.path.exists(reached) or davit.ended(), lambda: davit.text()[-2000:], 600)
        self.assertFalse(davit.ended(), davit.text()[-2000:])
        descriptors = os.listdir(f"/proc/{davit.pid}/fd")
        self.assertLess(len(descriptors), 40, descriptors)
        children = harness.children_of(davit.pid)
        self.assertEqual(len(children), 1, "one launcher")
        of_launcher = harness.children_of(children[0])
        self.assertEqual(len(of_launcher), 1, "one supervisor, no zombie")
        self.assertLess(len(os.listdir(f"/proc/{children[0]}/fd")), 20)
        work = os.path.join(self.dir, ".davit", "work")

        # That of what ended last goes after the next has begun.
        def attempts():
            return [name for name in os.listdir(work) if name.startswith("sj_")]
        wait_for(lambda: len(attempts()) <= 1, lambda: f"one directory of an attempt, but there are {attempts()}", 10)
        self.open_gate("last")
        self.assertEqual(davit.wait().code, 0, davit.text()[-2000:])
        self.check_clean()

    def test_double_interrupt_leaves_nothing(self):
        scripts = [self.script(f"c{i}", before="trap '' INT; setsid sleep 983 >/dev/null 2>&1 &") for i in range(8)]
        self.stack(scripts)
        for i in range(8):
            self.close_gate(f"c{i}")
        davit = self.start("up", "--auto-approve", "--parallelism", "8")
        for i in range(8):
            self.wait_at_gate(f"c{i}", davit)
        davit.signal(signal.SIGINT)
        wait_for(lambda: "stopping" in self.davit("run", "list").out, "a cancel")
        davit.signal(signal.SIGINT)
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        wait_for(lambda: not harness.processes_of(self.top), lambda: f"the end of {harness.processes_of(self.top)}", 10)
        self.check_made_once([])


if __name__ == "__main__":
    harness.main()
