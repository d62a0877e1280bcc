#!/usr/bin/env python3
"""What people, disks and tools do wrong: one clear message that says what to do, the documented exit code, nothing lost.

    test_bad_input.py DAVIT
"""
import json
import os
import shutil
import signal
import sqlite3

import harness
from harness import ClusterTest, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_INVALID, EXIT_PERSON, needs_root, needs_terraform, tmpfs, wait_for


class BadCase(ClusterTest):
    def refused(self, *arguments, code=EXIT_INVALID, says=(), **more):
        """The command fails with one error that says each of `says`; returns what it printed."""
        done = self.davit(*arguments, code=code, **more)
        text = harness.strip(done.out + done.err)
        errors = [line for line in text.splitlines() if line.startswith("error")]
        self.assertEqual(len(errors), 1, f"not one error in:\n{text}")
        for words in says:
            self.assertIn(words.lower(), text.lower())
        return text

    def one(self):
        self.stack([self.script("db")])

    def two(self):
        self.stack([self.script("net"), self.script("db", ["net"])])


class Files(BadCase):
    def test_no_manifest(self):
        self.refused("up", "--auto-approve", says=["stack.yaml"])
        self.assertEqual(os.listdir(self.dir), [], "nothing is made where nothing can be deployed")

    def test_nothing_deployed(self):
        for command in ("status", "down", "outputs"):
            self.refused(command, says=["davit up"])
        self.assertEqual(os.listdir(self.dir), [])

    def test_component_directory_is_missing(self):
        self.stack(["{name: db, source: nowhere}"])
        self.refused("up", "--auto-approve", says=["nowhere"])
        self.check_made_once([])

    def test_component_directory_is_empty(self):
        self.stack(["{name: db, source: db}"])
        os.makedirs(os.path.join(self.dir, "db"))
        self.refused("up", "--auto-approve", says=["db"])

    def test_manifest_no_longer_parses_before_down(self):
        self.two()
        self.up()
        self.write("stack.yaml", "components: [\n  - broken: {")
        self.refused("up", "--auto-approve")
        self.davit("status", code=0)
        self.davit("outputs", code=0)
        self.davit("logs", "last", code=0)
        self.davit("down", "--auto-approve", code=0)
        self.check_made_once(["net", "db", "undone net", "undone db"])
        self.check_clean()

    def test_manifest_is_gone_before_down(self):
        self.two()
        self.up()
        for name in os.listdir(self.dir):
            if name != ".davit":
                path = os.path.join(self.dir, name)
                shutil.rmtree(path) if os.path.isdir(path) else os.unlink(path)
        self.davit("down", "--auto-approve", code=0)
        self.check_made_once(["net", "db", "undone net", "undone db"])


class Keys(BadCase):
    def key_files(self):
        directory = os.path.join(self.env["XDG_CONFIG_HOME"], "davit", "keys")
        return [os.path.join(directory, name) for name in os.listdir(directory)]

    def deploy(self):
        self.one()
        self.up()
        files = self.key_files()
        self.assertEqual(len(files), 1)
        return files[0]

    def test_first_use_says_where_it_is(self):
        self.one()
        done = self.up()
        self.assertIn(self.key_files()[0], done.out + done.err)
        self.assertEqual(os.stat(self.key_files()[0]).st_mode & 0o777, 0o600)

    def test_lost(self):
        key = self.deploy()
        os.rename(key, key + ".away")
        before = self.store_bytes()
        for command in (("up", "--auto-approve"), ("down", "--auto-approve"), ("outputs",)):
            self.refused(*command, says=[os.path.basename(key), key])
        self.davit("status", code=0)
        self.davit("run", "list", code=0)
        self.assertEqual(self.key_files(), [key + ".away"], "no new key is ever made")
        self.assertEqual(self.store_bytes(), before, "nothing is written")
        os.rename(key + ".away", key)
        self.check_nothing_to_do()

    def store_bytes(self):
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            return list(database.iterdump())

    def test_garbage(self):
        key = self.deploy()
        content = harness.read(key)
        harness.write(key, "garbage\n", 0o600)
        self.refused("up", "--auto-approve", says=["key", key])
        harness.write(key, content, 0o600)
        self.check_nothing_to_do()

    def test_another_one(self):
        key = self.deploy()
        content = harness.read(key)
        harness.write(key, "ab" * 32 + "\n", 0o600)
        self.refused("up", "--auto-approve", says=["another key"])
        harness.write(key, content, 0o600)
        self.refused("up", "--auto-approve", says=["key"], env={"DAVIT_KEY": "cd" * 32, "XDG_CONFIG_HOME": os.path.join(self.top, "none")})
        self.check_nothing_to_do()

    def test_readable_by_others(self):
        key = self.deploy()
        os.chmod(key, 0o644)
        self.refused("up", "--auto-approve", says=["others", "chmod 600"])
        os.chmod(key, 0o600)
        self.check_nothing_to_do()

    def test_from_the_process_environment(self):
        key = self.deploy()
        content = harness.read(key).strip()
        os.unlink(key)
        done = self.davit("up", "--auto-approve", code=0, env={"DAVIT_KEY": content})
        self.assertIn("Nothing changed", done.out)


class Stores(BadCase):
    def test_from_a_newer_version(self):
        self.one()
        self.up()
        path = os.path.join(self.dir, ".davit", "store.db")
        with sqlite3.connect(path) as database:
            number = database.execute("SELECT max(number) FROM migrations").fetchone()[0]
            database.execute("INSERT INTO migrations VALUES (?, '9999_future.sql', 'x')", (number + 1,))
        for command in (("up", "--auto-approve"), ("down", "--auto-approve"), ("status",)):
            self.refused(*command, says=["newer"])
        with sqlite3.connect(path) as database:
            database.execute("DELETE FROM migrations WHERE name = '9999_future.sql'")
        self.check_nothing_to_do()

    def test_no_store_at_all(self):
        self.one()
        harness.write(os.path.join(self.dir, ".davit", "store.db"), "this is no database, and long enough to be seen as such" * 40)
        self.refused("up", "--auto-approve", says=["damaged", "backup"])
        self.check_made_once([])

    def test_copied(self):
        self.two()
        self.up()
        copy = os.path.join(self.top, "copy")
        shutil.copytree(self.dir, copy, symlinks=True)
        self.refused("up", "--auto-approve", cwd=copy, says=["copy", "--moved", "--fresh"])
        self.refused("down", "--auto-approve", cwd=copy, says=["copy"])
        self.davit("status", cwd=copy, code=0)
        self.davit("outputs", cwd=copy, code=0)
        self.check_made_once(["net", "db"])
        self.check_nothing_to_do()  # the original
        # Begins anew, with nothing standing.
        self.davit("up", "--auto-approve", "--fresh", cwd=copy, code=0)
        self.check_made_once(["net", "db"] * 2)

    def test_copied_and_declared_to_be_the_original(self):
        self.one()
        self.up()
        copy = os.path.join(self.top, "copy")
        shutil.copytree(self.dir, copy, symlinks=True)
        done = self.davit("up", "--auto-approve", "--moved", cwd=copy, code=0)
        self.assertIn("Nothing changed", done.out)
        self.check_made_once(["db"])

    def test_copy_does_not_adopt_the_tools_of_the_original(self):
        self.one()
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        copy = os.path.join(self.top, "copy")
        shutil.copytree(self.dir, copy, symlinks=True)
        self.refused("up", "--auto-approve", cwd=copy, says=["copy"])
        self.open_gate("db")
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.check_made_once(["db"])

    def test_moved(self):
        self.two()
        self.up()
        moved = os.path.join(self.top, "moved")
        os.rename(self.dir, moved)
        done = self.davit("up", "--auto-approve", cwd=moved, code=0)
        self.assertIn("moved", done.out + done.err)
        self.check_made_once(["net", "db"])
        done = self.davit("up", "--auto-approve", cwd=moved, code=0)
        self.assertNotIn("moved", done.out + done.err)
        self.davit("down", "--auto-approve", cwd=moved, code=0)
        self.check_made_once(["net", "db", "undone net", "undone db"])

    def test_two_on_one_deployment(self):
        self.two()
        self.close_gate("net")
        first = self.start("up", "--auto-approve")
        self.wait_at_gate("net", first)
        run = self.answer("status")["open_runs"][0]["id"]
        second = self.start("up", "--auto-approve")
        wait_for(lambda: "position 1" in second.text() or second.ended(), second.text)
        self.assertIn(run, second.text())
        third = self.start("up", "--auto-approve")
        wait_for(lambda: "position 2" in third.text() or third.ended(), third.text)
        third.signal(signal.SIGINT)  # leaves the queue
        self.assertEqual(third.wait().code, EXIT_INTERRUPTED, third.text())
        self.assertFalse(second.ended())
        self.open_gate("net")
        self.assertEqual(first.wait().code, 0, first.text())
        done = second.wait()
        self.assertEqual(done.code, 0, second.text())
        self.assertIn("Nothing changed", done.out)
        self.check_made_once(["net", "db"])
        self.check_clean()

    def test_two_begin_at_once(self):
        self.two()
        both = [self.start("up", "--auto-approve") for _ in range(4)]
        for davit in both:
            self.assertEqual(davit.wait().code, 0, davit.text())
        self.check_made_once(["net", "db"])
        self.check_clean()

    def test_nobody_queues_behind_a_person(self):
        self.one()
        self.close_gate("db.made")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.made", davit)
        self.kill_tree()
        davit.wait()
        self.open_gate("db.made")
        for command in ("up", "down"):
            done = self.davit(command, "--auto-approve", code=EXIT_PERSON)
            self.assertIn("davit run reconcile", done.out + done.err)


@needs_terraform
class Tools(BadCase):
    def fake_terraform(self, version, rest="exit 1"):
        bin_directory = os.path.join(self.top, "fake-bin")
        harness.write(os.path.join(bin_directory, "terraform"), f"""#!/bin/sh
case "$1" in version) echo '{{"terraform_version": "{version}", "platform": "linux_amd64"}}'; exit 0 ;; esac
{rest}
""")
        return {"PATH": bin_directory + ":" + self.env["PATH"]}

    def test_missing(self):
        self.stack([self.terraform("db")])
        bin_directory = os.path.join(self.top, "poor-bin")
        os.makedirs(bin_directory)
        os.symlink("/bin/sh", os.path.join(bin_directory, "sh"))
        self.refused("up", "--auto-approve", env={"PATH": bin_directory}, says=["terraform", "PATH", "install"])
        self.check_made_once([])

    def test_too_old(self):
        self.stack([self.terraform("db")])
        self.refused("up", "--auto-approve", env=self.fake_terraform("1.1.9"), says=["1.1.9", "or later", "install"])
        self.check_made_once([])

    def test_does_not_tell_its_version(self):
        self.stack([self.terraform("db")])
        bin_directory = os.path.join(self.top, "odd-bin")
        harness.write(os.path.join(bin_directory, "terraform"), "#!/bin/sh\necho hello\n")
        self.refused("up", "--auto-approve", env={"PATH": bin_directory + ":" + self.env["PATH"]}, says=["version"])

    def test_older_than_the_one_that_deployed(self):
        self.stack([self.terraform("db")])
        self.up()
        self.write("db/more.tf", "locals { more = 1 }\n")
        self.refused("up", "--auto-approve", env=self.fake_terraform("1.5.0"), says=["older", "1.5.0"])
        self.check_made_once(["db.r1", "db.r2"])

    def test_state_beside_the_module(self):
        self.stack([self.terraform("db")])
        self.write("db/terraform.tfstate", json.dumps({
            "version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "0b9c9f4e-3a76-4c57-a8f9-0d7b5b6e3a11", "outputs": {},
            "resources": [{"mode": "managed", "type": "terraform_data", "name": "r1",
                           "provider": "provider[\"terraform.io/builtin/terraform\"]",
                           "instances": [{"schema_version": 0, "attributes": {"id": "x", "input": None, "output": None,
                                                                              "triggers_replace": None}}]}]}))
        self.refused("up", "--auto-approve", says=["terraform.tfstate", "again"])
        self.check_made_once([])

    def test_module_that_is_wrong(self):
        self.stack([self.terraform("db", body='resource "terraform_data" "wrong" {\n  no_such = 1\n}\n')])
        done = self.davit("up", "--auto-approve", code=EXIT_FAILED)
        self.assertIn("no_such", done.out + done.err)
        self.check_made_once([])
        self.stack([self.terraform("db")])
        self.up()
        self.check_made_once(["db.r1", "db.r2"])
        self.check_clean()


@needs_terraform
class WhatDownWorksFrom(BadCase):
    def test_a_change_that_could_not_be_applied(self):
        """Files of an attempt that wrote no state are forgotten: `down` takes those that the state was written with."""
        self.stack([self.terraform("db")])
        self.up()
        good = harness.read(os.path.join(self.dir, "db/main.tf"))
        self.write("db/main.tf", good + 'resource "terraform_data" "broken" {\n  inptu = 1\n}\n')
        self.davit("up", "--auto-approve", code=EXIT_FAILED)
        self.write("db/main.tf", good)
        self.davit("down", "--auto-approve", code=0)
        self.check_clean()

    def test_a_change_that_was_applied_in_part(self):
        """What it made is in the state, and only its own files know how to destroy that."""
        self.stack([self.terraform("db", resources=1)])
        self.up()
        undone = os.path.join(self.top, "undone")
        more = f"""resource "terraform_data" "more" {{
  provisioner "local-exec" {{
    when    = destroy
    command = "echo undone >> {undone}"
  }}
}}
resource "terraform_data" "fails" {{
  depends_on = [terraform_data.more]
  provisioner "local-exec" {{
    command = "exit 1"
  }}
}}
"""
        good = harness.read(os.path.join(self.dir, "db/main.tf"))
        self.write("db/main.tf", good + more)
        self.davit("up", "--auto-approve", code=EXIT_FAILED)
        self.write("db/main.tf", good)
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(harness.read(undone), "undone\n")
        self.check_clean()


class ScriptsThatMisbehave(BadCase):
    def test_fails(self):
        self.stack([self.script("net"), self.script("db", ["net"], before="echo 'no quota left' >&2; exit 7"), self.script("app", ["db"])])
        done = self.davit("up", "--auto-approve", code=EXIT_FAILED)
        text = done.out + done.err
        self.assertIn("code 7", text)
        self.assertIn("no quota left", text)
        self.assertIn("davit logs", text)
        jobs = {job["component"]: job["result"] for job in self.answer("run", "show", "last")["jobs"]}
        self.assertEqual(jobs, {"net": "succeeded", "db": "failed", "app": "not_reached"})
        self.stack([self.script("net"), self.script("db", ["net"]), self.script("app", ["db"])])
        self.up()
        self.check_made_once(["net", "db", "app"])
        self.check_clean()

    def test_hangs(self):
        self.stack([self.script("db", before="exec sleep 1000", extra=", timeout: 1")])
        done = self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.assertIn("within its timeout", done.out + done.err)
        self.assertIn("run reconcile", done.out + done.err)
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()

    def test_leaves_an_output_of_the_wrong_type_or_none(self):
        """The component has failed; the next `up` runs it again, and `down` works."""
        for declared, printed, said in (("{name: port, type: number}", "port = abc", "must be a number"),
                                        ("{name: missing}", "port = 1", "left no output 'missing'")):
            with self.subTest(printed=printed):
                self.stack([self.script("db", after="")])
                self.write("db/component.yaml", f"version: 1\nkind: component\nmeta: {{name: db}}\noutputs: [{declared}]\n")
                self.write("db/deploy", f"#!/bin/sh\necho Outputs:\necho '{printed}'\n")
                done = self.davit("up", "--auto-approve", code=EXIT_FAILED)
                self.assertIn(said, done.out)
                self.assertNotIn("cannot be recorded", done.out + done.err)
                self.check_clean()
                self.write("db/deploy", "#!/bin/sh\necho Outputs:\necho 'port = 1'\necho 'missing = 2'\n")
                self.up()
                self.davit("down", "--auto-approve", code=0)
                self.check_clean()

    def test_a_tree_that_a_killed_davit_left(self):
        self.stack([self.script("db")])
        self.up()
        work = os.path.join(self.dir, ".davit", "work")
        deployment = os.path.join(work, os.listdir(work)[0])
        os.makedirs(os.path.join(deployment, "tree-0123456789ab", "db"))
        harness.write(os.path.join(deployment, "tree-0123456789ab.stat"), "")
        self.stack([self.script("db", before="# changed")])
        self.up()
        self.check_clean()

    def test_a_manifest_that_lost_its_components(self):
        self.stack([self.script("db")])
        self.up()
        self.write("stack.yaml", harness.read(os.path.join(self.dir, "stack.yaml")).replace("components:", "component:"))
        done = self.davit("up", "--auto-approve", code=EXIT_INVALID)
        self.assertIn("has no components any more", done.err)
        self.assertIn("davit down", done.err)
        self.check_made_once(["db"])

    def test_fresh_where_the_store_is_no_copy(self):
        self.stack([self.script("db")])
        self.up()
        for command in (["status"], ["up", "--auto-approve"]):
            done = self.davit(*command, "--fresh", code=EXIT_INVALID)
            self.assertIn("this is no copy", done.err)
        self.check_nothing_to_do()
        self.check_made_once(["db"])

    def test_two_environments(self):
        self.stack([self.script("db")])
        self.up()
        self.up(0, "--env", "prod")
        self.assertEqual(self.answer("status", "--env", "default")["deployment"], "local/default/default/shop")
        self.assertEqual(self.answer("status", "--env", "prod")["deployment"], "local/default/prod/shop")

    def test_prints_a_line_that_never_ends(self):
        self.stack([self.script("db", before="head -c 52428800 /dev/zero | tr '\\0' 'x'", after="echo")])
        done = self.start("up", "--auto-approve", prefix=["/usr/bin/time", "-v"] if os.path.exists("/usr/bin/time") else [])
        printed = done.wait()
        self.assertEqual(printed.code, 0, printed.err[-2000:])
        if "Maximum resident" in printed.err:
            line = [line for line in printed.err.splitlines() if "Maximum resident" in line][0]
            self.assertLess(int(line.split()[-1]), 256 * 1024, "a long log costs no memory (kB)")
        self.check_made_once(["db"])
        self.davit("logs", "last", code=0)
        self.assertEqual(self.answer("outputs")["components"]["db"]["id"]["value"], "db-id")
        self.check_clean()

    def test_prints_what_is_no_text(self):
        self.stack([self.script("db", before="printf 'bad \\377\\376\\200 \\0 bytes \\033[31m\\n'")])
        self.up()
        logs = self.davit("logs", "last", "--json", code=0)
        lines = [json.loads(line) for line in logs.out.splitlines()]
        self.assertTrue(any("bytes" in line["text"] for line in lines), lines)
        done = self.start("logs", "last")
        done.wait()
        harness.read_bytes(done.out).decode("utf-8")  # valid, whatever the tool printed

    def test_prints_outputs_that_are_no_text(self):
        self.stack([self.script("db", after="printf 'Outputs:\\nodd = a\\377b\\n\\n'", outputs=False)])
        self.up()
        self.davit("outputs", "--json", code=0)

    def test_is_no_program(self):
        self.write("db/deploy", "\x7fELF not really", 0o755)
        self.stack(["{name: db, source: db}"])
        done = self.davit("up", "--auto-approve")
        self.assertIn(done.code, (EXIT_FAILED, EXIT_INVALID), done.out + done.err)
        self.assertIn("deploy", done.out + done.err)
        self.check_clean()

    def test_leaves_a_process_behind(self):
        """A survivor of a normal end is named and left."""
        self.stack([self.script("db", before="setsid sleep 987 >/dev/null 2>&1 &")])
        self.allowed_leftovers = ("sleep 987",)
        done = self.up()
        self.assertIn("left running", done.out + done.err)
        self.assertTrue(any("sleep 987" in command for _, command in harness.processes_of(self.top)))
        self.check_made_once(["db"])
        self.check_clean()


@needs_root
class FullDisk(BadCase):
    """The disk that holds `.davit` fills up; with space again everything goes on."""

    def setUp(self):
        super().setUp()
        self.disk = os.path.join(self.top, "disk")
        if not tmpfs(self.disk, "8m"):
            self.skipTest("not run: needs the right to mount")
        self.mounts.append(self.disk)
        self.dir = os.path.join(self.disk, "stack")
        os.makedirs(self.dir)

    def fill(self, leave=0):
        path = os.path.join(self.disk, "filler")
        with open(path, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        if leave:
            os.truncate(path, os.path.getsize(path) - leave)

    def free(self):
        os.unlink(os.path.join(self.disk, "filler"))

    def full(self, done):
        self.assertEqual(done.code, EXIT_FAILED, done.out + done.err)
        self.assertIn("space", (done.out + done.err).lower())

    def test_before_the_first_run(self):
        self.two()
        self.fill()
        self.full(self.davit("up", "--auto-approve"))
        self.check_made_once([])
        self.free()
        self.up()
        self.check_made_once(["net", "db"])
        self.check_all_up(["net", "db"])

    def test_before_a_later_run(self):
        self.two()
        self.up()
        self.write("db/more", "changed")
        self.fill()
        done = self.davit("up", "--auto-approve")
        self.full(done)
        self.check_made_once(["net", "db"])
        self.free()
        self.up()
        self.check_made_once(["net", "db", "db"])
        self.check_all_up(["net", "db"])
        self.check_clean()

    def test_while_a_tool_runs(self):
        for leave in (0, 4096, 16384, 65536):
            with self.subTest(leave=leave):
                self.dir = os.path.join(self.disk, f"stack-{leave}")
                self.made_log = os.path.join(self.top, f"made-{leave}")
                os.makedirs(self.dir)
                self.two()
                self.close_gate("net")
                davit = self.start("up", "--auto-approve")
                self.wait_at_gate("net", davit)
                self.fill(leave)
                os.unlink(os.path.join(self.gates, "net"))
                os.unlink(os.path.join(self.gates, "net.reached"))
                done = davit.wait()
                if done.code != 0:
                    self.assertIn(done.code, (EXIT_FAILED, EXIT_PERSON), davit.text())
                    self.assertIn("space", davit.text().lower())
                self.free()
                # Whether the supervisor could still write down how the script ended decides whether a person is asked; a script that
                # ran is never run again unasked.
                printed = self.davit("up", "--auto-approve")
                self.assertIn(printed.code, (0, EXIT_PERSON), printed.out + printed.err)
                self.assertEqual(self.made()["net"], 1)
                if printed.code == EXIT_PERSON:
                    self.davit("run", "reconcile", "--abandon", code=0)
                    self.up()
                self.assertEqual(self.made()["db"], 1)
                self.check_all_up(["net", "db"])
                self.check_clean()

    @needs_terraform
    def test_while_terraform_writes_its_state(self):
        """Whether some of its things are in its state already or none is; whether its log still holds a line or two."""
        for gate in ("db.r1", "db.r3"):
            for leave in (0, 512, 4096, 12288):
                with self.subTest(gate=gate, leave=leave):
                    self.dir = os.path.join(self.disk, f"stack-{gate}-{leave}")
                    self.made_log = os.path.join(self.top, f"made-{gate}-{leave}")
                    os.makedirs(self.dir)
                    self.terraform_on_a_full_disk(gate, leave)

    def terraform_on_a_full_disk(self, gate, leave):
        self.stack([self.terraform("db", resources=4)])
        self.close_gate(gate)
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate(gate, davit)
        self.fill(leave)
        os.unlink(os.path.join(self.gates, gate))
        os.unlink(os.path.join(self.gates, gate + ".reached"))
        done = davit.wait()
        self.free()
        if done.code != 0:
            self.assertIn(done.code, (EXIT_FAILED, EXIT_PERSON), davit.text())
        done = self.davit("up", "--auto-approve")
        self.assertIn(done.code, (0, EXIT_PERSON), done.out + done.err)
        if done.code == 0:
            self.assertEqual(self.made(), {f"db.r{i}": 1 for i in range(1, 5)}, davit.text() + done.out + done.err)
        else:
            seen = self.davit("run", "reconcile", "--json", code=EXIT_PERSON)
            report = json.loads(seen.out)["reconcile"][0]["report"]
            named = report["state_resources"] + len(report["created_not_in_state"]) + len(report["perhaps_made"])
            self.assertGreaterEqual(named, sum(self.made().values()), f"something that was made is in neither state nor report: {report}")


if __name__ == "__main__":
    harness.main()
