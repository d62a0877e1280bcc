#!/usr/bin/env python3
"""Between a claim and its tool: what was claimed and never began leaves no trace, and what may have begun is never begun again.

    test_claimed.py DAVIT
"""
import os
import signal
import time

import harness
from harness import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PERSON, children_of, read, wait_for
from test_kill_tools import ToolCase


class Claimed(ToolCase):
    def versioned(self, version, wait="deploy"):
        """Two scripts that write down what they did with which version; `a` waits at its gate in the verb `wait`."""
        for name in ("a", "b"):
            for verb in ("deploy", "undeploy"):
                gate = f"{self.gates}/{name}" if verb == wait else f"{self.gates}/none"
                self.write(f"{name}/{verb}", f"#!/bin/sh\nwhile [ -e {gate} ]; do touch {gate}.reached; sleep 0.02; done\n"
                                             f'echo "{verb} {name} $V" >> {self.made_log}\n')
        self.stack([f"{{name: {name}, source: {name}, parameters: [{{name: v, value: '{version}', env: V}}]}}" for name in ("a", "b")])

    def interrupt_at_a(self, verb):
        """One at a time: `b` is claimed and laid out while `a` is at work, and does not begin."""
        self.close_gate("a")
        davit = self.start(verb, "--auto-approve", "--parallelism", "1")
        self.wait_at_gate("a", davit)
        davit.signal(signal.SIGINT)
        wait_for(lambda: "stopping" in self.davit("run", "list").out, davit.text)
        self.open_gate("a")
        done = davit.wait()
        self.assertEqual(done.code, EXIT_INTERRUPTED, davit.text())
        self.assertNotIn("b: deploying", davit.text())
        self.check_clean()

    def test_what_never_ran_does_not_stand(self):
        self.versioned(1)
        self.interrupt_at_a("up")
        self.assertFalse(self.status()[0]["b"]["live"])
        self.davit("down", "--auto-approve", code=0)
        self.check_made_once(["deploy a 1", "undeploy a 1"])

    def test_what_stood_stands_as_it_did(self):
        self.versioned(1)
        self.up()
        self.versioned(2)
        self.interrupt_at_a("up")
        self.davit("down", "--auto-approve", code=0)
        self.check_made_once(["deploy a 1", "deploy b 1", "deploy a 2", "undeploy a 2", "undeploy b 1"])

    def test_what_was_not_taken_away_is_not_made_again(self):
        self.versioned(1, wait="undeploy")
        self.up(0, "--parallelism", "1")
        self.interrupt_at_a("down")
        self.up()
        made = self.made()
        first = "a" if made["undeploy a 1"] else "b"
        self.assertEqual(made[f"deploy {'b' if first == 'a' else 'a'} 1"], 1, made)

    def test_killed_before_it_began(self):
        self.versioned(1)
        self.up()
        self.versioned(2)
        self.close_gate("a")
        davit = self.start("up", "--auto-approve", "--parallelism", "1")
        self.wait_at_gate("a", davit)
        davit.signal(signal.SIGKILL)
        davit.wait()
        self.open_gate("a")
        self.davit("down", "--auto-approve", code=0)
        self.check_made_once(["deploy a 1", "deploy b 1", "deploy a 2", "undeploy a 2", "undeploy b 1"])
        self.check_clean()

    def test_a_cancel_that_was_accepted_holds(self):
        self.versioned(1)
        self.close_gate("a")
        davit = self.start("up", "--auto-approve", "--parallelism", "1")
        self.wait_at_gate("a", davit)
        davit.signal(signal.SIGSTOP)  # the cancel and the end of `a` come in one turn
        self.davit("run", "cancel", "last", code=0)
        self.open_gate("a")
        wait_for(lambda: self.made()["deploy a 1"], davit.text)
        davit.signal(signal.SIGCONT)
        self.assertEqual(davit.wait().code, EXIT_INTERRUPTED, davit.text())
        self.check_made_once(["deploy a 1"])


class Launcher(ToolCase):
    def launcher_of(self, davit):
        return children_of(davit.pid)[0]

    def test_dies_with_launches_unread(self):
        """None of them began: they have failed, and davit goes on with another launcher."""
        self.stack([self.script("a")] + [self.script(name, ["a"]) for name in "bcde"])
        hold = os.path.join(self.top, "hold")
        davit = self.start("up", "--auto-approve", "--parallelism", "2", fault=f"runner.tool_ended@{hold}")
        wait_for(lambda: os.path.exists(hold), davit.text)
        launcher = self.launcher_of(davit)
        os.kill(launcher, signal.SIGSTOP)
        os.unlink(hold)
        wait_for(lambda: "c: deploying" in davit.text() and "b: deploying" in davit.text(), davit.text)
        os.kill(launcher, signal.SIGKILL)
        self.assertEqual(davit.wait().code, EXIT_FAILED, davit.text())
        self.up()
        self.check_made_once(list("abcde"))
        self.check_clean()

    def test_dies_as_a_supervisor_begins(self):
        """davit says that it never began: then it never does, also where its supervisor lives."""
        self.stack([self.script("a")])
        begins, finish = os.path.join(self.top, "begins"), os.path.join(self.top, "finish")
        davit = self.start("up", "--auto-approve", fault=f"supervise.after_fork@{begins},control.before_commit.finish@{finish}")
        wait_for(lambda: os.path.exists(begins), davit.text)
        os.kill(self.launcher_of(davit), signal.SIGKILL)
        wait_for(lambda: os.path.exists(finish), davit.text)
        os.unlink(begins)
        time.sleep(0.2)  # the supervisor finds that it was taken back; nothing tells of that
        os.unlink(finish)
        self.assertEqual(davit.wait().code, EXIT_FAILED, davit.text())
        self.assertEqual(self.made(), {})
        self.up()
        self.check_made_once(["a"])
        self.check_clean()

    def test_dies_before_anything_is_taken_away(self):
        """What stands goes on standing as it did: nothing to do for `up`, nothing wrong in `status`."""
        self.stack([self.script("a")])
        self.up()
        hold = os.path.join(self.top, "hold")
        davit = self.start("down", "--auto-approve", fault=f"supervise.after_fork@{hold}")
        wait_for(lambda: os.path.exists(hold), davit.text)
        os.kill(self.launcher_of(davit), signal.SIGKILL)
        self.assertEqual(davit.wait().code, EXIT_FAILED, davit.text())
        os.unlink(hold)
        self.check_all_up(["a"])
        self.check_nothing_to_do()
        self.davit("down", "--auto-approve", code=0)
        self.check_made_once(["a", "undone a"])

    def test_dies_before_a_look_began(self):
        self.one_script()
        self.write("db/status", "#!/bin/sh\necho fine\n")
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        self.kill_tools()
        davit.wait()
        done = self.start("run", "reconcile", fault="supervise.after_fork").wait(30)
        self.assertEqual(done.code, EXIT_PERSON)
        self.assertIn("could not be started", done.out)


class TwoAtOnce(ToolCase):
    def test_resume_while_the_runs_davit_is_at_work(self):
        self.stack([self.script("x"), self.script("y", before="echo precious > made-by-y", after="cat made-by-y >> " + self.made_log)])
        self.close_gate("x")
        self.close_gate("y")
        davit = self.start("up", "--auto-approve", "--parallelism", "2")
        self.wait_at_gate("x", davit)
        self.wait_at_gate("y", davit)
        os.kill(int(read(os.path.join(self.gates, "x.reached"))), signal.SIGKILL)
        wait_for(lambda: "waits for you" in davit.text(), davit.text)
        run = self.answer("run", "list")["runs"][0]["id"]
        done = self.davit("run", "reconcile", run, "--resume")
        self.assertEqual(done.code, EXIT_FAILED, done.out + done.err)
        self.assertIn("still at work", done.err)
        self.open_gate("x")
        self.open_gate("y")
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.davit("run", "reconcile", run, "--resume", code=0)
        self.check_made_once(["x", "y", "precious"])
        self.check_clean()

    def test_force_cancel_stops_the_tools_of_its_run_only(self):
        self.stack([self.script("a")])
        self.close_gate("a")
        davits = []
        for environment in ("one", "two"):
            davits.append(self.start("up", "--auto-approve", "--env", environment))
            self.wait_at_gate("a", davits[-1])
            os.unlink(os.path.join(self.gates, "a.reached"))
        for davit in davits:
            davit.signal(signal.SIGKILL)
            davit.wait()
        runs = {run["deployment"].split("/")[2]: run["id"] for run in self.answer("run", "list")["runs"]}
        cancel = self.start("run", "force-cancel", runs["one"])
        wait_for(lambda: "stopped by force" in cancel.text(), cancel.text)
        self.open_gate("a")
        cancel.wait()
        self.check_made_once(["a"])  # of the other
        self.davit("run", "reconcile", runs["one"], "--abandon", code=0)
        self.check_clean()

    def test_many_recover_at_once(self):
        """What never began is taken back, whoever finds it."""
        for _ in range(8):
            self.reset("many")
            self.stack([self.script("a"), self.script("b"), self.script("c", ["a"])])
            self.close_gate("a")
            davit = self.start("up", "--auto-approve", "--parallelism", "1")
            self.wait_at_gate("a", davit)
            davit.signal(signal.SIGKILL)
            davit.wait()
            self.open_gate("a")
            several = [self.start("up", "--auto-approve") for _ in range(3)]
            for one in several:
                self.assertEqual(one.wait().code, 0, one.text())
            self.check_made_once(["a", "b", "c"])


class Adopted(ToolCase):
    def test_a_tool_whose_files_are_gone_is_not_stopped(self):
        self.stack([self.script("db", before='rm -f "$0"')])
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        davit.signal(signal.SIGKILL)
        davit.wait()
        later = self.start("up", "--auto-approve")
        wait_for(lambda: "still deploying" in later.text(), later.text)
        self.open_gate("db")
        self.assertEqual(later.wait().code, EXIT_PERSON, later.text())
        self.check_made_once(["db"])


class LongChain(harness.ClusterTest):
    def test_down_of_components_that_have_nothing_to_run(self):
        """None of them needs a process, so one follows the other at once: without a stack that grows."""
        count = 1500
        self.write("job/deploy", "#!/bin/sh\nexit 0\n")
        self.stack(["{name: c%d, source: job%s}" % (i, f", depends: [c{i - 1}]" if i else "") for i in range(count)])
        self.assertEqual(self.start("up", "--auto-approve").wait(200).code, 0)
        done = self.start("down", "--auto-approve", prefix=["/bin/sh", "-c", 'ulimit -s 1024; exec "$0" "$@"']).wait(200)
        self.assertEqual(done.code, 0, done.err)
        self.check_clean()


if __name__ == "__main__":
    harness.main()
