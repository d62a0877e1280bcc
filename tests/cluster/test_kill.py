#!/usr/bin/env python3
"""`kill -9` of davit at every point where it writes or hands over something, alone and while recovering from an earlier death.

Whatever the point: each resource is made exactly once, the next `davit up` goes on (it asks only where nobody can know), and nothing is
left behind.

    test_kill.py DAVIT
"""
import os
import signal
import sqlite3

import harness
from harness import ClusterTest, EXIT_PERSON, needs_terraform, wait_for

MOST_COMMITS = 60
SIDES = ("before", "after")


class KillCase(ClusterTest):
    def fresh_stack(self, number, make):
        """A stack of its own for each case: `make` writes it and returns names of components and of what they make."""
        self.reset(f"stack-{number}")
        return make()

    def scripts(self):
        self.stack([self.script("net"), self.script("db", ["net"]), self.script("app", ["net", "db"])])
        return ["net", "db", "app"], ["net", "db", "app"]

    def mixed(self):
        self.stack([self.script("net"), self.terraform("db", ["net"]), self.script("app", ["db"])])
        return ["net", "db", "app"], ["net", "db.r1", "db.r2", "app"]

    def one_terraform(self):
        self.stack([self.terraform("db", resources=4)])
        return ["db"], ["db.r1", "db.r2", "db.r3", "db.r4"]

    def check_all(self, names, made):
        self.check_made_once(made)
        self.check_all_up(names)
        self.check_nothing_to_do()
        self.check_made_once(made)
        self.check_clean()

    def sweep(self, point, make, command=("up", "--auto-approve"), recover=None):
        """Dies at the first, second, … time that `point` is passed, each in a new stack, until a run passes it no more."""
        for number in range(1, MOST_COMMITS):
            with self.subTest(point=point, number=number):
                names, made = self.fresh_stack(f"{point}-{number}", make)
                done = self.start(*command, fault=f"{point}:{number}").wait()
                if done.code != -signal.SIGKILL:
                    self.assertEqual(done.code, 0, done.out + done.err)
                    self.assertGreater(number, 1, f"{point} was never passed")
                    return
                (recover or (lambda: self.go_on(person_allowed=False)))()
                self.check_all(names, made)
        self.fail(f"{point} was passed more than {MOST_COMMITS} times")


class CommitsOfScripts(KillCase):
    """Davit alone dies before and after each commit of a run of scripts."""

    def test_submit(self):
        for side in SIDES:
            self.sweep(f"control.{side}_commit.submit", self.scripts)

    def test_claim(self):
        for side in SIDES:
            self.sweep(f"control.{side}_commit.claim", self.scripts)

    def test_finish(self):
        for side in SIDES:
            self.sweep(f"control.{side}_commit.finish", self.scripts)

    def test_between_launch_and_report(self):
        for point in ("runner.laying_out", "runner.launched", "runner.tool_ended"):
            self.sweep(point, self.scripts)

    def test_log(self):
        for side in SIDES:
            with self.subTest(side=side):
                names, made = self.fresh_stack(side, self.scripts)
                self.close_gate("db")
                davit = self.start("up", "--auto-approve", fault=f"control.{side}_commit.log")
                self.assertEqual(davit.wait().code, -signal.SIGKILL, davit.text())
                self.open_gate("db")
                self.go_on(person_allowed=False)
                self.check_all(names, made)
                log = self.davit("run", "list", "--json", code=0)
                self.assertIn("run_", log.out)


@needs_terraform
class CommitsOfTerraform(KillCase):
    """The same where states grow."""

    def test_claim(self):
        for side in SIDES:
            self.sweep(f"control.{side}_commit.claim", self.mixed)

    def test_finish(self):
        for side in SIDES:
            self.sweep(f"control.{side}_commit.finish", self.mixed)

    def test_runner(self):
        for point in ("runner.laying_out", "runner.launched", "runner.tool_ended"):
            self.sweep(point, self.mixed)

    def test_while_state_is_copied(self):
        for point in ("control.before_commit.state", "control.after_commit.state", "runner.before_state_copy", "runner.after_state_copy"):
            with self.subTest(point=point):
                names, made = self.fresh_stack(point, self.one_terraform)
                self.close_gate("db.r3")
                davit = self.start("up", "--auto-approve", fault=point)
                self.assertEqual(davit.wait().code, -signal.SIGKILL, davit.text())
                self.open_gate("db.r3")
                self.go_on(person_allowed=False)
                self.check_all(names, made)

    def test_gate(self):
        for side in SIDES:
            with self.subTest(side=side):
                names, made = self.fresh_stack(side, self.mixed)
                terminal = self.terminal("up", fault=f"control.{side}_commit.gate")
                terminal.expect("[y/N]")
                terminal.type("y\n")
                self.assertEqual(terminal.wait().code, -signal.SIGKILL)
                self.go_on(person_allowed=False)
                self.check_all(names, made)

    def test_every_commit_of_a_run_that_was_asked(self):
        for point in ("control.before_commit.finish", "control.after_commit.finish", "control.after_commit.claim"):
            for number in range(1, MOST_COMMITS):
                with self.subTest(point=point, number=number):
                    names, made = self.fresh_stack(f"{point}-{number}", self.mixed)
                    terminal = self.terminal("up", fault=f"{point}:{number}")
                    wait_for(lambda: terminal.pump() or "[y/N]" in terminal.printed or terminal.code is not None, "a question or the end")
                    if terminal.code is None:
                        terminal.type("y\n")
                    code = terminal.wait().code
                    if code == 0:
                        self.assertGreater(number, 1, f"{point} was never passed")
                        break
                    self.assertEqual(code, -signal.SIGKILL, terminal.printed)
                    self.go_on(person_allowed=False)
                    self.check_all(names, made)

    def test_at_the_question(self):
        names, made = self.mixed()
        terminal = self.terminal("up")
        terminal.expect("[y/N]")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        self.go_on(person_allowed=False)
        self.check_all(names, made)


class WhileRecovering(KillCase):
    """The davit that takes over what a dead one left dies too."""

    def first_death(self, number, make):
        names, made = self.fresh_stack(number, make)
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        davit.signal(signal.SIGKILL)
        davit.wait()
        return names, made

    def test_adopts(self):
        for point in ("orphans", "adopt", "settle", "finish"):
            for side in SIDES:
                with self.subTest(point=point, side=side):
                    names, made = self.first_death(f"{point}-{side}", self.scripts)
                    davit = self.start("up", "--auto-approve", fault=f"control.{side}_commit.{point}")
                    # Only after it adopted the tool may that end, where the point lies behind its end.
                    if point in ("settle", "finish"):
                        wait_for(lambda d=davit: "db" in d.text() or d.ended(), davit.text)
                        self.open_gate("db")
                    self.assertEqual(davit.wait().code, -signal.SIGKILL, davit.text())
                    if point in ("orphans", "adopt"):
                        self.open_gate("db")
                    self.go_on(person_allowed=False)
                    self.check_all(names, made)

    def test_a_person_decides(self):
        for command, point in (("--resume", "resume"), ("--abandon", "abandon"), ("--resume", "claim"), ("--resume", "finish")):
            for side in SIDES:
                with self.subTest(command=command, point=point, side=side):
                    names, made = self.first_death(f"{command}-{point}-{side}", self.scripts)
                    self.kill_tree()
                    self.open_gate("db")
                    self.davit("up", "--auto-approve", code=EXIT_PERSON)
                    done = self.davit("run", "reconcile", command, fault=f"control.{side}_commit.{point}")
                    self.assertEqual(done.code, -signal.SIGKILL, done.out + done.err)
                    self.go_on()
                    self.check_all(names, made)

    def test_report(self):
        for side in SIDES:
            with self.subTest(side=side):
                names, made = self.first_death(side, self.scripts)
                self.kill_tree()
                self.open_gate("db")
                done = self.davit("up", "--auto-approve", fault=f"control.{side}_commit.reconcile")
                self.assertEqual(done.code, -signal.SIGKILL, done.out + done.err)
                self.assertIn("nobody saw", self.go_on())
                self.check_all(names, made)

    def test_starts_after_the_queue(self):
        """The one that waited dies as its turn comes."""
        for side in SIDES:
            with self.subTest(side=side):
                names, made = self.fresh_stack(side, self.scripts)
                self.close_gate("db")
                first = self.start("up", "--auto-approve")
                self.wait_at_gate("db", first)
                second = self.start("up", "--auto-approve", fault=f"control.{side}_commit.start")
                wait_for(lambda s=second: "position 1" in s.text() or s.ended(), second.text)
                self.open_gate("db")
                self.assertEqual(first.wait().code, 0, first.text())
                self.assertEqual(second.wait().code, -signal.SIGKILL, second.text())
                self.check_nothing_to_do()
                self.check_all(names, made)


class Down(KillCase):
    """The way back: nothing is taken away twice, nothing is forgotten."""

    def test_every_commit(self):
        for point in ("submit", "claim", "finish"):
            for side in SIDES:
                for number in range(1, MOST_COMMITS):
                    with self.subTest(point=point, side=side, number=number):
                        names, made = self.fresh_stack(f"{point}-{side}-{number}", self.scripts)
                        self.up()
                        done = self.davit("down", "--auto-approve", fault=f"control.{side}_commit.{point}:{number}")
                        if done.code == 0:
                            self.assertGreater(number, 1, f"{point} was never passed")
                            break
                        self.assertEqual(done.code, -signal.SIGKILL, done.out + done.err)
                        done = self.davit("down", "--auto-approve")
                        if done.code != 0:  # everything was gone already
                            self.assertIn("nothing", (done.out + done.err).lower())
                        self.check_made_once(made + ["undone " + name for name in names])
                        components, answer = self.status()
                        self.assertEqual([name for name, component in components.items() if component["live"]], [])
                        self.assertEqual(answer["open_runs"], [])
                        self.check_clean()

    def test_cancel(self):
        """Davit dies as it writes down that somebody pressed Ctrl-C."""
        for side in SIDES:
            with self.subTest(side=side):
                names, made = self.fresh_stack(side, self.scripts)
                self.close_gate("db")
                davit = self.start("up", "--auto-approve", fault=f"control.{side}_commit.cancel")
                self.wait_at_gate("db", davit)
                davit.signal(signal.SIGINT)
                self.assertEqual(davit.wait().code, -signal.SIGKILL, davit.text())
                self.open_gate("db")
                self.go_on(person_allowed=False)
                self.check_all(names, made)


class Housekeeping(KillCase):
    """Davit dies while it takes away what is too old."""

    # Columns that name blobs, or "" for none.
    NAMED = ("SELECT snapshot FROM components UNION SELECT resolution FROM components UNION SELECT document FROM runs UNION SELECT snapshot FROM jobs "
             "UNION SELECT resolution FROM tasks UNION SELECT blob FROM log_chunks UNION SELECT blob FROM output_versions "
             "UNION SELECT value FROM settings WHERE name LIKE 'bundle/%'")

    def long_log(self):
        self.stack([self.script("net"), self.script("db", ["net"], before="head -c 60000 /dev/urandom | base64")])
        self.write("db/data", os.urandom(100_000), mode=0o644)
        return ["net", "db"], ["net", "db"]

    def query(self, sql):
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            return database.execute(sql).fetchall()

    def make_due(self):
        self.query("DELETE FROM settings WHERE name = 'housekeeping'")

    def blob(self, name):
        return os.path.join(self.dir, ".davit", "blobs", name[:2], name[2:])

    def old_stack(self, number):
        """Components whose run ended in 1970, with blobs that are files, and old files that nothing names."""
        names, made = self.fresh_stack(number, self.long_log)
        self.up()
        self.query("UPDATE runs SET finished_ms = 1")
        self.make_due()
        orphans = [self.blob(f"{i:02x}" + "0" * 62) for i in range(3)]
        for orphan in orphans:
            harness.write(orphan, "left by a davit that was killed")
        for directory, _, files in os.walk(os.path.join(self.dir, ".davit", "blobs")):
            for name in files:
                os.utime(os.path.join(directory, name), (0, 0))
        return names, made, orphans

    def check_blobs(self):
        small = {name for name, in self.query("SELECT name FROM blobs")}
        named = {name for name, in self.query(self.NAMED) if name}
        missing = [name for name in named if name not in small and not os.path.exists(self.blob(name))]
        self.assertEqual(missing, [], "a row names what is gone")

    def test_dies_anywhere(self):
        for point in ("control.before_commit.housekeep", "control.after_commit.housekeep", "blob.swept", "blob.swept:2"):
            with self.subTest(point=point):
                names, made, orphans = self.old_stack(point)
                self.assertNotEqual(self.query("SELECT * FROM log_chunks"), [])
                davit = self.start("up", "--auto-approve", fault=point).wait()
                self.assertEqual(davit.code, -signal.SIGKILL, davit.out + davit.err)
                self.assertIn("Nothing changed", davit.out)
                self.check_blobs()
                self.check_all(names, made)
                self.davit("logs", "last", code=0)
                self.make_due()
                self.up()
                self.assertEqual(self.query("SELECT * FROM log_chunks"), [])
                self.assertEqual([orphan for orphan in orphans if os.path.exists(orphan)], [])
                self.check_blobs()
                self.assertIn("db-id", self.davit("outputs", code=0).out)
                self.davit("down", "--auto-approve", code=0)
                self.check_clean()


if __name__ == "__main__":
    harness.main()
