#!/usr/bin/env python3
"""Components whose source lies in git: fetched once, pinned in davit.lock, deployed as what was pinned; remotes that move, go and hang; two
davits at once; a davit that is killed while it fetches.

    test_git.py DAVIT
"""
import json
import os
import shutil
import signal
import subprocess
import unittest

import harness
from harness import EXIT_INVALID, ClusterTest, read, wait_for, write


@unittest.skipUnless(shutil.which("git"), "not run: needs git")
class GitSources(ClusterTest):
    def setUp(self):
        super().setUp()
        self.remote = os.path.join(self.top, "remote")
        os.makedirs(self.remote)
        self.git("init", "-q", "-b", "main", ".")
        self.first = self.deploys("one")
        self.declare("main")

    def git(self, *arguments):
        identity = ("-c", "user.name=tester", "-c", "user.email=tester@example.org")
        done = subprocess.run(["git", *identity, *arguments], cwd=self.remote, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def deploys(self, word):
        """A commit whose component leaves this output, and its name."""
        write(os.path.join(self.remote, "parts", "web", "deploy"), f"#!/bin/sh\necho Outputs:\necho id = {word}\n", 0o755)
        write(os.path.join(self.remote, "parts", "web", "undeploy"), "#!/bin/sh\n", 0o755)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", word)
        return self.git("rev-parse", "HEAD")

    def declare(self, ref, sub="parts/web", remote=None):
        self.stack([f"{{name: web, source: {{git: {{remote: {remote or 'file://' + self.remote}, ref: {ref}, subDir: {sub}}}}}}}"])

    def pins(self):
        return {pin["ref"]: pin["commit"] for pin in map(json.loads, read(os.path.join(self.dir, "davit.lock")).splitlines())}

    def id(self):
        return json.loads(self.davit("outputs", "--json", code=0).out)["components"]["web"]["id"]["value"]

    def git_on_path(self, script):
        """A program `git` before the real one, which is "$REAL"."""
        directory = os.path.join(self.top, "bin")
        write(os.path.join(directory, "git"), f"#!/bin/sh\nREAL={shutil.which('git')}\n{script}\n", 0o755)
        return {"PATH": directory + ":" + self.env["PATH"]}

    def test_the_pin_is_deployed_until_it_is_removed(self):
        done = self.davit("validate", code=0)
        self.assertIn(f"file://{self.remote} at main is now pinned to commit {self.first}", done.out + done.err)
        second = self.deploys("two")
        self.up()
        self.assertEqual((self.id(), self.pins()), ("one", {"main": self.first}))
        document = json.loads(self.davit("graph", "--format", "json", code=0).out)
        self.assertIn(self.first, json.dumps(document))
        # Offline, without a git that works: what is unchanged stays so.
        log = os.path.join(self.top, "git.log")
        os.rename(self.remote, self.remote + ".gone")
        self.up(env=self.git_on_path(f"echo $* >> {log}; exit 1"))
        self.assertFalse(os.path.exists(log), "git was started")
        os.rename(self.remote + ".gone", self.remote)
        os.unlink(os.path.join(self.dir, "davit.lock"))
        self.up()
        self.assertEqual((self.id(), self.pins()), ("two", {"main": second}))

    def test_another_ref_is_another_pin(self):
        self.git("tag", "v1")
        second = self.deploys("two")
        self.davit("validate", code=0)
        self.declare("v1")
        self.up()
        self.assertEqual((self.id(), self.pins()), ("one", {"main": second, "v1": self.first}))
        self.declare(second)
        self.up()
        self.assertEqual(self.id(), "two")

    def test_every_look_at_the_stack_fetches(self):
        for command in (("envrc",), ("graph",), ("explain", "nothing"), ("validate",)):
            shutil.rmtree(os.path.join(self.dir, ".davit"), ignore_errors=True)
            done = self.davit(*command)
            self.assertNotIn("has no directory", done.out + done.err, command)
            self.assertEqual(self.pins(), {"main": self.first})

    def test_pins_are_moved_on_demand(self):
        self.davit("validate", code=0)
        again = self.davit("validate", "--update-sources", code=0)
        self.assertNotIn("pinned", again.out + again.err, "nothing has moved")
        second = self.deploys("two")
        moved = self.davit("validate", "--update-sources", code=0)
        self.assertIn(f"at main is now pinned to commit {second}", moved.out + moved.err)
        self.assertEqual(self.pins(), {"main": second})
        self.up()
        self.assertEqual(self.id(), "two")
        os.rename(self.remote, self.remote + ".gone")
        self.assertIn("git cannot fetch", self.davit("validate", "--update-sources", code=EXIT_INVALID).err)
        self.assertEqual(self.pins(), {"main": second}, "what cannot be resolved stays pinned")
        self.davit("validate", code=0)

    def test_a_clone_that_is_there_wins(self):
        self.write("web/parts/web/deploy", "#!/bin/sh\necho Outputs:\necho id = mine\n", 0o755)
        self.write("web/parts/web/undeploy", "#!/bin/sh\n", 0o755)
        self.up()
        self.assertEqual(self.id(), "mine")
        self.assertFalse(os.path.exists(os.path.join(self.dir, "davit.lock")))

    def test_what_is_wrong_is_said_with_its_place(self):
        for arguments, message in (
                ({"ref": "none"}, "stack.yaml:5:25"),
                ({"ref": "main", "sub": "../.."}, "subDir ../.. leads out of the repository"),
                ({"ref": "main", "sub": "none"}, "subDir none is not there at commit " + self.first),
                ({"ref": "main", "remote": "'ext::sh -c id'"}, "its git remote is of the kind 'ext::'"),
                ({"ref": "main", "remote": self.remote + "-none"}, f"git cannot fetch {self.remote}-none at main: ")):
            self.declare(**arguments)
            done = self.davit("validate", code=EXIT_INVALID)
            self.assertIn(message, done.out + done.err)
            self.assertIn("component 'web'", done.out + done.err)

    def test_two_at_once_agree(self):
        both = [self.start("validate") for _ in range(2)]
        for one in both:
            self.assertEqual(one.wait().code, 0)
        self.assertEqual(self.pins(), {"main": self.first})

    def test_killed_while_it_fetches(self):
        reached = os.path.join(self.top, "reached")
        slow = self.git_on_path(f'case "$*" in *read-tree*) "$REAL" "$@"; echo $$ > {reached}; exec sleep 600;; esac\nexec "$REAL" "$@"')
        davit = self.start("validate", env=slow)
        wait_for(lambda: os.path.exists(reached) and read(reached).strip(), "git writes the files")
        os.kill(davit.pid, signal.SIGKILL)
        davit.wait()
        self.assertFalse(os.path.exists(os.path.join(self.dir, "davit.lock")))
        self.up()
        self.assertEqual((self.id(), self.pins()), ("one", {"main": self.first}))


if __name__ == "__main__":
    harness.main()
