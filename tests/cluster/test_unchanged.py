#!/usr/bin/env python3
"""Unchanged means untouched: no process is started for a component whose fingerprint is that of its last success; every part of the
fingerprint is seen to change, and `davit why` names it.

    test_unchanged.py DAVIT
"""
import os
import re
import sqlite3
import time

import harness
from harness import ClusterTest, needs_strace, needs_terraform


class UnchangedCase(ClusterTest):
    def attempts(self):
        return sum(len(job["attempts"]) for job in self.answer("run", "show", "last")["jobs"])

    def check_untouched(self):
        made = self.made()
        done = self.up()
        self.assertIn("Nothing changed", done.out)
        self.assertEqual(self.attempts(), 0)
        self.assertEqual(self.made(), made)

    def check_seen(self, component, words, **more):
        """`why` names the part, the next `up` runs the component, the one after it nothing."""
        why = self.davit("why", component, code=0, **more)
        self.assertIn(words, why.out)
        self.assertIn("changed", why.out)
        done = self.davit("up", "--auto-approve", code=0, **more)
        self.assertNotIn("Nothing changed", done.out)
        self.assertEqual(self.attempts(), 1)
        done = self.davit("up", "--auto-approve", code=0, **more)
        self.assertIn("Nothing changed", done.out)

    def settle_clock(self, path):
        """Until a file that is written now differs in time from `path`: what git calls racy is for another test."""
        probe = os.path.join(self.top, "probe")

        def later():
            harness.write(probe, "")
            return os.stat(probe).st_mtime_ns > os.stat(path).st_mtime_ns
        harness.wait_for(later, "a later time")


class Scripts(UnchangedCase):
    def deploy(self, **more):
        self.stack([self.script("db", **more)])
        self.up()

    @needs_strace
    def test_starts_no_process(self):
        self.deploy()
        trace = os.path.join(self.top, "trace")
        self.davit("up", "--auto-approve", code=0, prefix=["strace", "-f", "-e", "trace=execve,clone,clone3,fork,vfork", "-o", trace])
        calls = [line for line in harness.read(trace).splitlines() if re.search(r"(execve|clone3?|v?fork)\(", line)]
        calls = [line for line in calls if "CLONE_THREAD" not in line]
        self.assertEqual(len(calls), 1, calls)  # davit itself

    def test_untouched(self):
        self.deploy()
        self.check_untouched()

    def test_touched_file_with_the_same_content(self):
        self.deploy()
        path = os.path.join(self.dir, "db", "deploy")
        os.utime(path, (time.time() + 5, time.time() + 5))
        self.assertIn("unchanged", self.davit("why", "db", code=0).out.replace("has not changed", "unchanged"))
        self.check_untouched()

    def test_rewritten_file_with_the_same_content(self):
        self.deploy()
        path = os.path.join(self.dir, "db", "deploy")
        content = harness.read(path)
        os.unlink(path)
        harness.write(path, content, 0o755)
        self.check_untouched()

    def test_same_size_and_time_with_other_content(self):
        self.write("db/data", "aaaa")
        self.deploy()
        path = os.path.join(self.dir, "db", "data")
        before = os.stat(path)
        with open(path, "r+", encoding="utf-8") as file:
            file.write("bbbb")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        now = os.stat(path)
        self.assertEqual((now.st_size, now.st_mtime_ns, now.st_ino), (before.st_size, before.st_mtime_ns, before.st_ino))
        self.check_seen("db", "module files")

    def test_changed_at_once(self):
        """Within the granularity of the file system's clock: git calls such files racy."""
        self.write("db/data", "0000")
        self.deploy()
        for i in range(1, 6):
            self.write("db/data", f"{i:04}")
            self.check_seen("db", "module files")

    def test_changed_mode(self):
        self.write("db/helper", "echo x\n", 0o644)
        self.deploy()
        os.chmod(os.path.join(self.dir, "db", "helper"), 0o755)
        self.check_seen("db", "module files")

    def test_new_and_removed_file(self):
        self.deploy()
        self.write("db/new", "x")
        self.check_seen("db", "module files")
        os.unlink(os.path.join(self.dir, "db", "new"))
        self.check_seen("db", "module files")

    def test_declared_inputs(self):
        self.write("shared/config", "one")
        self.write("shared/other", "one")
        self.deploy(extra=", inputs: [shared/config]")
        self.write("shared/config", "two")
        self.check_seen("db", "module files")

    def test_changed_input(self):
        self.stack([self.script("db", extra=", parameters: [{name: size, value: 1, env: SIZE}]")])
        self.up()
        self.stack([self.script("db", extra=", parameters: [{name: size, value: 2, env: SIZE}]")])
        self.check_seen("db", "size")

    def test_variable_that_passes(self):
        self.stack([self.script("db", extra=", passEnv: [COLOUR]")])
        self.davit("up", "--auto-approve", code=0, env={"COLOUR": "red"})
        done = self.davit("up", "--auto-approve", code=0, env={"COLOUR": "red", "OTHER": "x"})
        self.assertIn("Nothing changed", done.out)
        self.check_seen("db", "process environment", env={"COLOUR": "blue"})

    def test_variable_from_the_environment(self):
        self.stack([self.script("db", extra=", parameters: [{name: size, value: '${db.size}', env: SIZE}]")],
                   "parameters:\n  - {name: db.size, kind: user, fromEnv: SIZE_WANTED, default: small}\n")
        self.davit("up", "--auto-approve", code=0, env={"SIZE_WANTED": "big"})
        done = self.davit("up", "--auto-approve", code=0, env={"SIZE_WANTED": "big"})
        self.assertIn("Nothing changed", done.out)
        self.check_seen("db", "size", env={"SIZE_WANTED": "huge"})

    def test_always(self):
        self.stack([self.script("db", extra=", always: true")])
        self.up()
        self.up()
        self.assertEqual(self.made(), {"db": 2})

    def test_only_what_follows_runs(self):
        self.stack([self.script("net"), self.script("db", ["net"]), self.script("app", ["db"])])
        self.up()
        self.write("net/new", "x")
        self.up()
        self.assertEqual(self.made(), {"net": 2, "db": 1, "app": 1}, "its outputs are the same, so nobody else changes")

    def test_after_a_failure(self):
        self.stack([self.script("db")])
        self.up()
        self.stack([self.script("db", before="exit 1")])
        self.davit("up", "--auto-approve", code=harness.EXIT_FAILED)
        self.stack([self.script("db")])
        done = self.up()
        self.assertNotIn("Nothing changed", done.out)
        self.assertEqual(self.made(), {"db": 2})


@needs_terraform
class Terraform(UnchangedCase):
    def deploy(self, **more):
        self.stack([self.terraform("db", **more)])
        self.up()

    def tool(self, content):
        """A terraform of our own on PATH."""
        bin_directory = os.path.join(self.top, "bin")
        real = harness.shutil.which("terraform", path=os.environ["PATH"])
        harness.write(os.path.join(bin_directory, "terraform"), f"#!/bin/sh\n# {content}\nexec {real} \"$@\"\n")
        return {"PATH": bin_directory + ":" + os.environ["PATH"]}

    @needs_strace
    def test_starts_no_process(self):
        self.deploy()
        trace = os.path.join(self.top, "trace")
        self.davit("up", "--auto-approve", code=0, prefix=["strace", "-f", "-e", "trace=execve,clone,clone3,fork,vfork", "-o", trace])
        calls = [line for line in harness.read(trace).splitlines() if re.search(r"(execve|clone3?|v?fork)\(", line)]
        calls = [line for line in calls if "CLONE_THREAD" not in line]
        self.assertEqual(len(calls), 1, calls)

    def test_untouched(self):
        self.deploy()
        self.check_untouched()

    def test_edit_in_a_local_module(self):
        module = os.path.join(self.top, "stack-shared-module")
        harness.write(os.path.join(module, "main.tf"), 'output "colour" {\n  value = "red"\n}\n')
        body = f'module "shared" {{\n  source = "../../{os.path.basename(module)}"\n}}\noutput "colour" {{\n  value = module.shared.colour\n}}\n'
        self.deploy(body=body)
        self.check_untouched()
        harness.write(os.path.join(module, "main.tf"), 'output "colour" {\n  value = "blue"\n}\n')
        self.check_seen("db", "module files")
        self.assertEqual(self.answer("outputs")["components"]["db"]["colour"]["value"], "blue")
        self.assertEqual(self.made(), {"db.r1": 1, "db.r2": 1})

    def test_another_tool_binary(self):
        self.stack([self.terraform("db")])
        self.davit("up", "--auto-approve", code=0, env=self.tool("first"))
        self.check_seen("db", "tool binary", env=self.tool("second, and of another size"))
        self.assertEqual(self.made(), {"db.r1": 1, "db.r2": 1})

    def test_state_changed_behind_our_back(self):
        self.stack([self.terraform("db", extra=", parameters: {text: a}")])
        self.up()
        self.stack([self.terraform("db", extra=", parameters: {text: b}")])
        self.up()
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            versions = database.execute("SELECT id FROM state_versions ORDER BY version").fetchall()
            self.assertGreaterEqual(len(versions), 2)
            database.execute("UPDATE components SET state = ? WHERE name = 'db'", versions[0])
        self.check_seen("db", "state")

    def test_changed_variable(self):
        self.stack([self.terraform("db", extra=", parameters: {text: a}")])
        self.up()
        self.stack([self.terraform("db", extra=", parameters: {text: b}")])
        self.check_seen("db", "text")


if __name__ == "__main__":
    harness.main()
