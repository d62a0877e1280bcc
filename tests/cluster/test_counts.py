#!/usr/bin/env python3
"""What can be counted is counted: processes started and durable commits for each task (the budgets of DESIGN.md).

    test_counts.py DAVIT
"""
import os
import re
import sqlite3

import harness
from harness import ClusterTest, needs_strace, needs_terraform

CALLS = "execve,clone,clone3,fork,vfork,fsync,fdatasync"


@needs_strace
class Counts(ClusterTest):
    def traced(self, *arguments, follow=True):
        """(programs started, commits of the store by davit itself); a tool that is followed is slow."""
        trace = os.path.join(self.top, f"trace-{self.counter()}")
        self.davit(*arguments, code=0, prefix=["strace", *(["-f"] if follow else []), "-y", "-s", "200", "-e", "trace=" + CALLS, "-o", trace])
        lines = harness.read(trace).splitlines()
        if not follow:
            lines = ["0 " + line for line in lines]
        own = lines[0].split()[0]
        programs = [re.search(r'execve\("([^"]*)", \[(.*?)\]', line) for line in lines]
        programs = [match.group(2) for match in programs if match]
        commits = [line for line in lines if line.split()[0] == own and re.search(r"f(data)?sync\(\d+<[^>]*store\.db-wal>", line)]
        return programs, len(commits)

    def test_scripts(self):
        """One process for a script, one launcher for all; at most 1.5 commits for a task."""
        for count in (1, 5, 40):
            with self.subTest(count=count):
                self.reset(f"stack-{count}")
                self.write("job/deploy", "#!/bin/true\n")
                self.stack([f"{{name: c{i}, source: job}}" for i in range(count)])
                self.davit("up", "--auto-approve", "--target", "c0", code=0)  # makes the store
                programs, commits = self.traced("up", "--auto-approve", "--parallelism", "2")
                tasks = count - 1
                self.assertEqual(sum("job" in program and "deploy" in program for program in programs), tasks, programs)
                self.assertLessEqual(len(programs), tasks + 2, programs)  # davit, its launcher
                # Taking a run in, letting it begin and noting what was cleaned up belong to no task.
                self.assertGreaterEqual(commits, 1)
                self.assertLessEqual(commits, 1.5 * tasks + 3)

    def test_chain_claims_with_the_commit_that_finishes(self):
        """Scripts that print nothing: how often a log is kept while it grows depends on time."""
        count = 12
        self.write("job/deploy", "#!/bin/true\n")
        self.stack([f"{{name: c{i}, source: job, depends: [{f'c{i - 1}' if i else ''}]}}" for i in range(count)])
        _, commits = self.traced("up", "--auto-approve")
        self.assertGreaterEqual(commits, count)
        self.assertLessEqual(commits, 1.5 * count + 6)

    def test_unchanged(self):
        self.write("job/deploy", "#!/bin/true\n")
        self.stack([f"{{name: c{i}, source: job}}" for i in range(100)])
        self.up()
        programs, commits = self.traced("up", "--auto-approve")
        self.assertEqual(len(programs), 1, programs)
        self.assertLessEqual(commits, 3, "commits do not grow with the stack")

    def test_reading_commits_nothing(self):
        self.stack([self.script("db")])
        self.up()
        for command in (["status"], ["outputs"], ["run", "list"], ["run", "show", "last"], ["logs", "last"], ["why", "db"], ["validate"], ["graph"]):
            with self.subTest(command=command):
                programs, commits = self.traced(*command)
                self.assertEqual((len(programs), commits), (1, 0), programs)

    @needs_terraform
    def test_terraform(self):
        """Plan and apply are one process where nobody asks; no `init` where none is needed."""
        count = 4
        self.stack([self.terraform(f"c{i}", resources=1) for i in range(count)])
        self.davit("validate", code=0)  # asks the tool for its version, once
        programs, _ = self.traced("up", "--auto-approve", "--parallelism", "2")
        self.assertEqual(sum('terraform"' in program and '"apply"' in program for program in programs), count, programs)
        self.assertEqual(sum('terraform"' in program and '"apply"' not in program for program in programs), 0, programs)
        programs, _ = self.traced("up", "--auto-approve")
        self.assertEqual(len(programs), 1, programs)
        programs, _ = self.traced("down", "--auto-approve")
        self.assertEqual(sum("terraform" in program.split(",")[0] for program in programs), count, programs)

    @needs_terraform
    def test_commits_of_terraform(self):
        count = 8
        self.stack([self.terraform(f"c{i}", resources=1) for i in range(count)])
        _, commits = self.traced("up", "--auto-approve", "--parallelism", "2", follow=False)
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            chunks = database.execute("SELECT count(*) FROM log_chunks").fetchone()[0]
        # Copies of a growing state, and of a log that somebody may be reading, are not counted: how many there are depends on time. A state
        # file of one resource is written twice.
        self.assertLessEqual(commits, 1.5 * count + 6 + chunks + 2 * count)
        _, commits = self.traced("up", "--auto-approve", follow=False)
        self.assertLessEqual(commits, 3)


if __name__ == "__main__":
    harness.main()
