#!/usr/bin/env python3
"""Late writes: a davit that lost its claim while it stood still comes back and reports. It changes nothing; the state that it brings goes
to quarantine. And nobody takes a tool's work away from it while it lives.

A davit's claims live as long as its lock on `.davit/proc/<id>`, and a davit that is stopped keeps its lock. So on one machine nothing takes
a claim from a living davit but a person who deletes that file (or a copy of `.davit` put back over it). That is what `vanish` does: it is
the only artificial part, all that follows is real processes.

    test_late.py DAVIT
"""
import os
import signal
import sqlite3

import harness
from harness import EXIT_INVALID, EXIT_PERSON, needs_terraform, wait_for
from test_kill_tools import ToolCase

TOOK_OVER = "another davit took it over"


@needs_terraform
class LateWrites(ToolCase):
    FOUR = ["db.r1", "db.r2", "db.r3", "db.r4"]

    def four(self):
        self.stack([self.terraform("db", resources=4)])

    def stop(self, davit):
        """Makes it stand still, and not in the middle of a commit: it would hold the store, and nobody else could take anything over."""
        def look():
            davit.signal(signal.SIGSTOP)
            database = sqlite3.connect(os.path.join(self.dir, ".davit", "store.db"), timeout=0.5, isolation_level=None)
            try:
                database.execute("BEGIN IMMEDIATE")
                database.execute("ROLLBACK")
                return True
            except sqlite3.OperationalError:
                davit.signal(signal.SIGCONT)
                return False
            finally:
                database.close()
        wait_for(look, "davit outside of a commit")

    def vanish(self):
        """Whoever is at work counts as dead from now on."""
        proc = os.path.join(self.dir, ".davit", "proc")
        names = os.listdir(proc)
        self.assertEqual(len(names), 1, names)
        os.unlink(os.path.join(proc, names[0]))

    def quarantined(self):
        return [row for row in self.state_versions() if row["quarantined"]]

    def check_late_state_is_apart(self):
        late = self.quarantined()
        self.assertNotEqual(late, [])
        self.assertEqual({(row["reason"], row["fence"]) for row in late}, {("written under an old fence", 1)})
        newest = self.status()[0]["db"]["state"]
        kept = [row for row in self.state_versions() if not row["quarantined"]]
        self.assertEqual(newest["version"], max(row["version"] for row in kept))
        self.assertTrue(all(row["complete"] and row["fence"] > 1 for row in kept if row["version"] == newest["version"]), newest)

    def test_adopted_while_it_stood_still(self):
        """The tool goes on under the second davit; the first comes back in the middle of it, and is the first to see its end."""
        self.four()
        self.close_gate("db.r3")
        self.close_gate("db.r4")
        first = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r3", first)
        self.stop(first)
        self.vanish()
        second = self.start("up", "--auto-approve", fault=f"runner.tool_ended@{self.hold_file()}")
        wait_for(lambda: "db" in second.text() or second.ended(), second.text)
        self.open_gate("db.r3")
        self.wait_at_gate("db.r4", second)
        first.signal(signal.SIGCONT)
        wait_for(self.quarantined, lambda: "a state in quarantine:\n" + first.text())

        self.open_gate("db.r4")
        self.wait_held(second)
        wait_for(lambda: TOOK_OVER in first.text() or first.ended(), first.text)
        self.release()
        self.assertEqual(second.wait().code, 0, second.text())
        first.wait()
        self.assertIn(TOOK_OVER, first.text())
        self.check_late_state_is_apart()
        attempts = self.answer("run", "show", self.first_run())["jobs"][0]["attempts"]
        self.assertEqual([attempt["result"] for attempt in attempts], ["succeeded"])
        self.assertEqual(self.log().count("terraform_data.r3: created"), 1, self.log())
        self.finish(["db"], self.FOUR)

    def test_resumed_while_it_stood_still(self):
        """All but the first davit die; a person goes on with a new attempt. Then the first one stores the copy that it had in its hands."""
        self.four()
        self.close_gate("db.r3")
        first = self.start_and_hold("runner.before_state_copy")
        self.wait_at_gate("db.r3", first)
        for pid, _ in harness.processes_of(self.top):
            if pid != first.pid:
                os.kill(pid, signal.SIGKILL)
        self.vanish()
        self.open_gate("db.r3")
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.davit("run", "reconcile", "--resume", code=0)
        self.check_made_once(self.FOUR)
        self.assertEqual(self.quarantined(), [])
        before = self.answer("run", "show", self.first_run())

        self.release()
        first.wait()
        self.assertIn(TOOK_OVER, first.text())
        self.assertNotIn("run reconcile", first.text())
        self.check_late_state_is_apart()
        self.assertEqual(self.answer("run", "show", self.first_run()), before)
        self.finish(["db"], self.FOUR)

    def first_run(self):
        return self.answer("run", "list")["runs"][-1]["id"]

    def log(self):
        return self.davit("logs", self.first_run(), "db", code=0).out


class Refused(ToolCase):
    """What a living tool is at is no person's to give up: it is waited for."""

    def at_gate(self):
        self.one_script()
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        return davit

    def test_while_its_davit_lives(self):
        davit = self.at_gate()
        run = self.answer("run", "list")["runs"][0]["id"]
        for decision in ("--abandon", "--resume"):
            done = self.davit("run", "reconcile", run, decision, code=EXIT_INVALID)
            self.assertIn("nothing to reconcile", done.out + done.err)
        self.open_gate("db")
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.finish(["db"], ["db"])

    def test_while_the_tool_lives(self):
        for decision in ("--abandon", "--resume"):
            with self.subTest(decision=decision):
                self.reset("stack" + decision)
                davit = self.at_gate()
                tool = self.tool_pids()[0]
                self.kill_davit(davit)
                second = self.start("run", "reconcile", decision)
                wait_for(lambda s=second: "db" in s.text() or s.ended(), second.text)
                self.assertFalse(second.ended(), second.text())
                self.assertTrue(harness.alive(tool))
                self.open_gate("db")
                done = second.wait()
                self.assertEqual(done.code, EXIT_INVALID, second.text())
                self.assertIn("no run waits", done.out + done.err)
                self.finish(["db"], ["db"])


if __name__ == "__main__":
    harness.main()
