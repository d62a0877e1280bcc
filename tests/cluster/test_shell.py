#!/usr/bin/env python3
"""`davit shell`: a person works where a tool worked, with what it had; nothing of it reaches the store, and nothing of it stays.

    test_shell.py DAVIT
"""
import json
import os
import signal
import sqlite3

import harness
from harness import EXIT_FAILED, EXIT_INVALID, needs_terraform, wait_for
from test_kill_tools import ToolCase

SECRET = "correct-horse-battery"


class ShellCase(ToolCase):
    def rows(self):
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            return list(database.iterdump())

    def shells_left(self):
        work = os.path.join(self.dir, ".davit", "work")
        return [name for name in os.listdir(work) if name.startswith("look-")]

    def shell(self, *arguments, code=0, component="db"):
        before = self.rows()
        done = self.davit("shell", component, *arguments, code=code)
        self.assertEqual(self.rows(), before)
        self.assertEqual(self.shells_left(), [])
        return done


class Scripts(ShellCase):
    def setUp(self):
        super().setUp()
        self.stack([self.script("db", extra=", parameters: [{name: word, value: '${word}', env: WORD}]")],
                   f"parameters:\n  - {{name: word, value: {SECRET}, sensitive: true}}\n")
        self.up()

    def test_command(self):
        done = self.shell("-c", 'echo "$WORD in ${PWD##*/} $HUB_COMPONENT $MINE $MAKEFLAGS."; ls')
        self.assertIn(f"{SECRET} in db db  .\n", done.out)
        self.assertIn("deploy\n", done.out)
        self.assertIn("db as attempt 1 of run run_", done.err)
        self.assertIn("(succeeded), without a state", done.err)
        self.assertIn("./deploy, ./undeploy", done.err)
        self.assertNotIn(SECRET, done.err)

    def test_the_environment_of_the_person(self):
        done = self.davit("shell", "db", "--", "sh", "-c", 'echo "$MINE and $WORD and $MAKEFLAGS."', code=0,
                          env={"MINE": "mine", "WORD": "mine too", "MAKEFLAGS": "-k"})
        self.assertIn(f"mine and {SECRET} and .\n", done.out)

    def test_exit_codes(self):
        self.shell("-c", "exit 7", code=7)
        self.shell("--", "sh", "-c", "kill -9 $$", code=137)
        done = self.shell("--", "no-such-command", code=EXIT_INVALID)
        self.assertIn("no command 'no-such-command' on PATH", done.err)
        self.shell("-c", "true", "--", "true", code=EXIT_INVALID)

    def test_it_is_a_copy(self):
        self.shell("-c", "touch mine; echo 'exit 1' > deploy")
        self.assertFalse(os.path.exists(os.path.join(self.dir, "db", "mine")))
        self.check_nothing_to_do()
        self.check_made_once(["db"])
        self.check_clean()

    def test_json(self):
        done = self.shell("--json", "-c", "echo on the screen; exit 3", code=3)
        answer = json.loads(done.out)
        self.assertEqual([answer["component"], answer["state_version"], answer["exit_code"]], ["db", 0, 3])
        self.assertIn("on the screen", done.err)

    def test_unknown(self):
        done = self.davit("shell", "dc", "-c", "true", code=EXIT_INVALID)
        self.assertIn("did you mean 'db'?", done.err)
        self.davit("shell", "db", "--attempt", "run_zzz", "-c", "true", code=EXIT_INVALID)

    def test_attempt_of_a_run(self):
        first = self.answer("run", "show", "last")["run"]["id"]
        self.script("db", before="echo the new one", extra="")
        self.up()
        self.assertIn("the new one", self.shell("-c", "cat deploy").out)
        self.assertNotIn("the new one", self.shell("--attempt", first, "-c", "cat deploy").out)

    def test_while_a_run_is_at_work(self):
        self.script("db", before="# changed")
        self.close_gate("db")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db", davit)
        done = self.davit("shell", "db", "-c", "cat deploy", code=0)
        self.assertIn("# changed", done.out)
        self.assertIn("(not ended)", done.err)
        self.open_gate("db")
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.check_clean()

    def test_on_a_terminal(self):
        self.env["SHELL"] = "/bin/sh"
        self.env["PS1"] = "by hand> "
        terminal = self.terminal("shell", "db")
        terminal.expect("by hand> ")
        terminal.type("stty -echo; echo in ${PWD##*/}\n")
        terminal.expect("in db")
        terminal.type("sleep 100\n")
        wait_for(lambda: any(command == "sleep 100" for _, command in harness.processes_of(self.top)), "a command in the shell")
        terminal.type("\x03")  # is that command's affair
        wait_for(lambda: not any(command == "sleep 100" for _, command in harness.processes_of(self.top)), "its end")
        terminal.type("echo still $((40 + 2))\n")
        terminal.expect("still 42")
        self.assertEqual(len(self.shells_left()), 1)
        path = os.path.join(self.dir, ".davit", "work", self.shells_left()[0])
        self.assertEqual(os.stat(path).st_mode & 0o077, 0)
        terminal.type("exit 5\n")
        self.assertEqual(terminal.wait().code, 5)
        self.assertEqual(self.shells_left(), [])

    def test_terminate(self):
        davit = self.start("shell", "db", "-c", f"echo $$ > {self.top}/pid; exec sleep 100")
        wait_for(lambda: harness.read(os.path.join(self.top, "pid")) or davit.ended(), davit.text)
        davit.signal(signal.SIGTERM)
        self.assertEqual(davit.wait().code, 128 + signal.SIGTERM)
        self.check_clean()

    def test_davit_is_killed(self):
        """Its directory stays while the shell lives, and goes with the next command."""
        davit = self.start("shell", "db", "-c", f"echo $$ > {self.top}/pid; sleep 100; true")
        pid = int(wait_for(lambda: harness.read(os.path.join(self.top, "pid")), davit.text))
        self.kill_davit(davit)
        self.davit("drift", code=0)
        self.assertEqual(len(self.shells_left()), 1)
        for one in [*harness.children_of(pid), pid]:
            os.kill(one, signal.SIGKILL)
        wait_for(lambda: not harness.processes_of(self.top), "the end of the shell")
        self.davit("drift", code=0)
        self.check_clean()


@needs_terraform
class Terraform(ShellCase):
    def setUp(self):
        super().setUp()
        self.stack([self.terraform("db", extra=", parameters: {text: from-davit, password: '${password}'}",
                                   body='variable "password" {\n  type = string\n  sensitive = true\n}\n')],
                   f"parameters:\n  - {{name: password, value: {SECRET}, sensitive: true}}\n")
        # The last one by name counts, and it is not this one.
        self.write("db/zz.auto.tfvars", 'text = "from-a-file"\n')

    def test_plain_commands_work(self):
        self.up()
        done = self.shell("-c", "terraform state list")
        self.assertEqual(done.out, "terraform_data.r1\nterraform_data.r2\n")
        self.assertIn("version 1 of its state", done.err)
        done = self.shell("-c", "terraform plan -no-color")
        self.assertIn("No changes.", done.out)
        done = self.shell("-c", "echo 'var.text' | terraform console; terraform output -raw id; terraform show -no-color")
        self.assertIn('"from-davit"', done.out)
        self.assertIn("# terraform_data.r1:", done.out)
        self.assertNotIn(SECRET, done.out + done.err)

    def test_what_is_applied_does_not_reach_the_store(self):
        self.up()
        self.shell("-c", "terraform apply -auto-approve -replace=terraform_data.r1 >/dev/null && terraform state rm terraform_data.r2 >/dev/null")
        self.assertEqual(self.made()["db.r1"], 2)  # it is real
        self.assertEqual(len(self.state_versions()), 1)
        self.check_nothing_to_do()
        self.assertEqual(self.shell("-c", "terraform state list").out, "terraform_data.r1\nterraform_data.r2\n")
        self.check_clean()

    def test_after_a_failure(self):
        """With the state that the failed attempt left, and the files that it had."""
        self.up()
        self.write("db/bad.tf", 'resource "terraform_data" "bad" {\n  provisioner "local-exec" {\n    command = "exit 1"\n  }\n}\n')
        self.up(EXIT_FAILED)
        failed = self.answer("run", "show", "last")["run"]["id"]
        os.unlink(os.path.join(self.dir, "db", "bad.tf"))
        done = self.shell("-c", "terraform state list; ls")
        self.assertIn("terraform_data.bad\n", done.out)
        self.assertIn("bad.tf\n", done.out)
        self.assertIn("(failed), with version 2 of its state", done.err)
        self.up()
        done = self.shell("-c", "terraform state list; ls")
        self.assertNotIn("bad", done.out)
        self.assertIn("bad.tf", self.shell("--attempt", failed, "-c", "terraform state list; ls").out)

    def test_module_that_needs_init(self):
        """What init made is shared with runs: in a shell it is a copy."""
        self.write("db/main.tf", 'variable "text" {}\nvariable "password" {}\nmodule "child" {\n  source = "../child"\n}\n')
        os.unlink(os.path.join(self.dir, "db", "zz.auto.tfvars"))
        self.write("child/main.tf", 'resource "terraform_data" "x" {}\n')
        self.up()
        shared = os.path.join(self.dir, ".davit", "cache", "terraform")

        def kept():
            return {os.path.join(where, name): harness.read(os.path.join(where, name)) for where, _, names in os.walk(shared) for name in names}
        before = kept()
        self.assertNotEqual(before, {})
        done = self.shell("-c", "terraform plan -no-color && rm -r $TF_DATA_DIR/*")
        self.assertIn("No changes.", done.out)
        self.assertEqual(kept(), before)
        harness.shutil.rmtree(shared)
        self.assertIn("No changes.", self.shell("-c", "terraform plan -no-color").out)

    def test_settings_of_the_person_do_not_get_in_the_way(self):
        self.up()
        done = self.davit("shell", "db", "-c", "terraform plan -no-color", code=0,
                          env={"TF_WORKSPACE": "other", "TF_CLI_ARGS": "-nonsense", "TF_VAR_text": "mine"})
        self.assertIn("No changes.", done.out)


REPLACE = "terraform apply -auto-approve -replace=terraform_data.r2 >/dev/null"


@needs_terraform
class Writes(ToolCase):
    """With --write the state that is there when the shell is left is the component's."""

    def setUp(self):
        super().setUp()
        self.stack([self.terraform("db"), self.script("web")])
        self.up()
        self.before = self.state_versions()

    def write_shell(self, *arguments, code=0, **more):
        return self.davit("shell", "db", "--write", *arguments, code=code, **more)

    def check_free(self):
        self.assertEqual(self.answer("run", "list", "--open")["runs"], [])
        work = os.path.join(self.dir, ".davit", "work")
        self.assertEqual([name for name in os.listdir(work) if name.startswith("shell-")], [])
        self.check_clean()

    def last_shell(self):
        return next(run for run in self.answer("run", "list")["runs"] if run["kind"] == "shell")

    def newest(self):
        return next(version for version in self.answer("state", "list", "db")["components"][0]["versions"] if version["version"])

    def test_what_is_applied_is_kept(self):
        old = self.answer("outputs")["components"]["db"]
        done = self.write_shell("-m", "by hand", "-c", REPLACE)
        self.assertIn("holds the deployment until you leave", done.err)
        self.assertIn("db has state version 2 now", done.err)
        self.assertIn("its outputs changed with it", done.err)
        self.assertNotEqual(self.answer("outputs")["components"]["db"], old)
        run = self.last_shell()
        self.assertEqual([run["result"], run["message"]], ["succeeded", "by hand"])
        self.assertEqual(self.newest()["run"], run["id"])
        self.check_free()
        self.up()  # plans against it, and finds nothing to do
        self.assertEqual(self.made()["db.r2"], 2)
        self.check_nothing_to_do()

    def test_nothing_changed(self):
        self.assertIn("the state of db is as it was", self.write_shell("-c", "terraform state list; exit 3", code=3).err)
        self.assertEqual(self.state_versions(), self.before)
        self.check_free()
        self.check_nothing_to_do()

    def test_json(self):
        answer = json.loads(self.write_shell("--json", "-c", REPLACE).out)
        self.assertEqual([answer["version"]["version"], answer["outputs_changed"], answer["exit_code"]], [2, True, 0])
        self.assertEqual(answer["kept_by"], self.last_shell()["id"])

    def test_a_serial_that_goes_backwards_goes_on(self):
        """A saved plan of before must not fit what is written by hand."""
        serial = self.newest()["serial"]
        self.write_shell("-c", "sed -i 's/\"serial\": [0-9]*/\"serial\": 1/' terraform.tfstate")
        self.assertEqual(self.newest()["serial"], serial + 1)

    def test_what_is_no_state_goes_to_quarantine(self):
        for command, why in (("echo '{' > terraform.tfstate", "not a complete Terraform state"), (": > terraform.tfstate", "empty"),
                             ("sed -i 's/\"lineage\": \"[^\"]*/&0/' terraform.tfstate", "it is the state of something else")):
            done = self.write_shell("-c", command, code=1)
            self.assertIn("is kept aside as st_", done.err)
            self.assertIn(why, done.err.replace("\n", " "))
            self.check_free()
        self.assertEqual(self.newest()["version"], 1)
        self.assertEqual(self.last_shell()["result"], "failed")
        self.check_nothing_to_do()

    def test_a_state_that_was_removed_is_not_lost(self):
        self.assertIn("the state of db is as it was", self.write_shell("-c", "rm terraform.tfstate").err)
        self.check_nothing_to_do()

    def test_nothing_else_changes_the_deployment_meanwhile(self):
        davit = self.start("shell", "db", "--write", "-c", f"touch {self.top}/in; while [ -e {self.top}/in ]; do sleep 0.05; done; {REPLACE}")
        wait_for(lambda: os.path.exists(os.path.join(self.top, "in")) or davit.ended(), davit.text)
        why = "a person works by hand in it"
        self.assertIn(why, self.write_shell("-c", "true", code=EXIT_FAILED).err)
        self.assertIn(why, self.davit("state", "unlock", code=EXIT_FAILED).err)
        run = self.last_shell()["id"]
        self.assertIn("it ends when the shell is left", self.davit("run", "cancel", run, code=EXIT_FAILED).err)
        self.davit("shell", "db", "-c", "true", code=0)
        self.davit("plan", code=0)
        self.script("web", before="# changed")
        up = self.start("up", "--auto-approve")
        wait_for(lambda: why in up.text() or up.ended(), up.text)
        os.unlink(os.path.join(self.top, "in"))
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.assertEqual(up.wait().code, 0, up.text())
        self.assertEqual(self.newest()["version"], 2)
        self.check_free()

    def test_bad_input(self):
        self.assertIn("made by scripts", self.davit("shell", "web", "--write", "-c", "true", code=EXIT_INVALID).err)
        self.assertIn("add --write", self.davit("shell", "db", "-m", "why", "-c", "true", code=EXIT_INVALID).err)
        self.assertIn("on PATH", self.write_shell("--", "no-such-command", code=EXIT_INVALID).err)
        self.check_free()

    def kept_after_a_kill(self):
        """The next command that may write takes what was left, once."""
        done = self.davit("up", "--auto-approve", code=0)
        self.assertIn("is kept as version 2", done.out)
        self.assertEqual(self.newest()["version"], 2)
        run = self.last_shell()
        self.assertEqual([run["result"], run["reason"]], ["errored", "its davit was killed"])
        self.assertEqual(self.made()["db.r2"], 2)
        self.check_free()
        self.check_nothing_to_do()

    def test_davit_is_killed_while_somebody_is_in_it(self):
        davit = self.start("shell", "db", "--write", "-c", f"echo $$ > {self.top}/pid; while [ ! -e {self.top}/go ]; do sleep 0.05; done; {REPLACE}; true")
        wait_for(lambda: harness.read(os.path.join(self.top, "pid")), davit.text)
        self.kill_davit(davit)
        self.davit("drift", code=0)  # sweeps what nobody needs
        self.assertIn("a person works by hand in it", self.write_shell("-c", "true", code=EXIT_FAILED).err)
        harness.write(os.path.join(self.top, "go"), "")
        wait_for(lambda: not harness.processes_of(self.top), "the end of the shell")
        self.kept_after_a_kill()

    def test_davit_is_killed_as_the_shell_is_left(self):
        self.start("shell", "db", "--write", "-c", REPLACE, fault="runner.shell_left").wait()
        self.kept_after_a_kill()

    def test_davit_is_killed_before_what_was_left_is_committed(self):
        self.start("shell", "db", "--write", "-c", REPLACE, fault="control.before_commit.shell_end").wait()
        self.start("up", "--auto-approve", fault="control.before_commit.shell_end").wait()
        self.kept_after_a_kill()

    def test_davit_is_killed_after_what_was_left_is_committed(self):
        self.start("shell", "db", "--write", "-c", REPLACE, fault="control.after_commit.shell_end").wait()
        self.assertEqual(self.newest()["version"], 2)
        self.up()
        self.assertEqual(self.newest()["version"], 2)
        self.check_clean()

    def test_davit_is_killed_before_the_shell_begins(self):
        self.start("shell", "db", "--write", "-c", REPLACE, fault="control.after_commit.shell").wait()
        self.up()
        self.assertEqual(self.state_versions(), self.before)
        self.check_free()


if __name__ == "__main__":
    harness.main()
