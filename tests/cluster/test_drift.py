#!/usr/bin/env python3
"""`davit drift`: what was changed outside of what stands, and that the look writes nothing, waits for nobody and leaves nothing.

    test_drift.py DAVIT
"""
import json
import os
import signal
import sqlite3
import time

import harness
from harness import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_INVALID, needs_terraform, wait_for
from test_kill_tools import ToolCase

EXIT_DRIFT = 2


class DriftCase(ToolCase):
    def rows(self):
        """All that the store holds."""
        with sqlite3.connect(os.path.join(self.dir, ".davit", "store.db")) as database:
            return list(database.iterdump())

    def drift(self, *arguments, code=0):
        """The answer by component; nothing was written for it."""
        before = self.rows()
        done = self.davit("drift", *arguments, "--json", code=code)
        self.assertEqual(self.rows(), before)
        self.assertEqual(self.looks_left(), [])
        answer = json.loads(done.out)
        return {one["component"]: one for one in answer["components"]}, answer

    def looks_left(self):
        work = os.path.join(self.dir, ".davit", "work")
        return [name for name in os.listdir(work) if name.startswith("look-")]


@needs_terraform
class Terraform(DriftCase):
    """The built-in provider never finds anything changed: lines as the tool prints them of other ones are added to its own, where a file of
    the component's name lies in `drift`. With a file in `fails` the look fails; at gate `look` it waits."""

    def setUp(self):
        super().setUp()
        self.wrap_terraform(before=f"""name=${{PWD##*/}}
case " $* " in *" -refresh-only "*)
  echo "$*" >> {self.top}/arguments
  [ ! -e {self.top}/fails/$name ] || {{ cat {self.top}/fails/$name; exit 1; }}
  if [ -e {self.gates}/look ]; then
    touch {self.gates}/look.reached
    while [ -e {self.gates}/look ]; do sleep 0.02; done
  fi ;;
*" show -json "*)
  [ ! -e {self.top}/drift/$name.shown ] || {{ cat {self.top}/drift/$name.shown; exit 0; }} ;;
esac""", after=f"""case " $* " in *" -refresh-only "*)
  [ ! -e {self.top}/drift/$name ] || {{ cat {self.top}/drift/$name; code=2; }} ;;
esac""")

    def change(self, name, *changes):
        lines = [{"@level": "info", "@message": address, "@module": "terraform.ui", "type": "resource_drift",
                  "change": {"resource": {"addr": address}, "action": action}} for address, action in changes]
        harness.write(os.path.join(self.top, "drift", name), "".join(json.dumps(line) + "\n" for line in lines))

    def show(self, name, address, before, after, sensitive=()):
        """What the tool shows of its refresh-only plan."""
        marks = {path: True for path in sensitive}
        harness.write(os.path.join(self.top, "drift", name + ".shown"), json.dumps({"format_version": "1.2", "resource_drift": [
            {"address": address, "change": {"actions": ["update"], "before": before, "after": after, "before_sensitive": marks,
                                            "after_sensitive": marks, "after_unknown": {}}}]}))

    def break_look(self, name):
        harness.write(os.path.join(self.top, "fails", name), json.dumps({"type": "diagnostic", "diagnostic": {
            "severity": "error", "summary": "No credentials", "detail": "The cloud does not know you."}}) + "\n")

    def two(self):
        self.stack([self.terraform("db", extra=", parameters: {text: '${word}'}"), self.terraform("web", ["db"], resources=1)],
                   "parameters:\n  - {name: word, value: a}\n")
        self.up()

    def test_agrees(self):
        self.two()
        found, answer = self.drift("--exit-code")
        self.assertEqual({name: one["found"] for name, one in found.items()}, {"db": "agrees", "web": "agrees"})
        self.assertEqual([answer["drift"], answer["open_runs"]], [False, []])
        self.assertEqual(found["db"]["differences"], [])
        arguments = harness.read(os.path.join(self.top, "arguments"))
        self.assertIn("-lock=false", arguments)
        self.assertNotIn("dep_", arguments)
        self.assertIn("nothing was changed outside; looked at 2 components", self.davit("drift", code=0).out)
        self.check_nothing_to_do()
        self.check_clean()

    def test_changed(self):
        self.two()
        self.change("db", ("terraform_data.r1", "delete"), ("terraform_data.r2", "update"))
        found, answer = self.drift()
        self.assertTrue(answer["drift"])
        self.assertEqual(found["db"]["differences"], [{"address": "terraform_data.r1", "action": "gone"},
                                                      {"address": "terraform_data.r2", "action": "changed"}])
        self.assertEqual([found["db"]["undone_by_up"], found["web"].get("undone_by_up")], ["no", None])
        done = self.davit("drift", "--exit-code", code=EXIT_DRIFT)
        self.assertIn("2 resources changed outside\n", done.out)
        self.assertIn("terraform_data.r1: gone\n", done.out)
        self.assertIn("terraform_data.r2: changed\n", done.out)
        self.assertIn("`davit up` does not undo this by itself: nothing it is made from has changed", done.out)
        # As it says: it does not.
        self.check_nothing_to_do()

    def test_what_of_it_was_changed(self):
        self.stack([self.terraform("db", extra=", parameters: {text: '${word}'}")], "parameters:\n  - {name: word, value: hunter2hunter2, sensitive: true}\n")
        self.up()
        self.change("db", ("terraform_data.r1", "update"), ("terraform_data.r2", "delete"))
        self.show("db", "terraform_data.r1", {"size": 1, "same": "a", "key": "old-key", "text": "hunter2hunter2", "tags": {"env": "x"}},
                  {"size": 2, "same": "a", "key": "new-key", "text": "b", "tags": {"env": "y"}}, ["key"])
        found, _ = self.drift()
        self.assertEqual(found["db"]["differences"], [
            {"address": "terraform_data.r1", "action": "changed", "attributes": [
                {"path": "key", "before": {"sensitive": True}, "after": {"sensitive": True}},
                {"path": "size", "before": {"value": 1}, "after": {"value": 2}},
                {"path": "tags.env", "before": {"value": "x"}, "after": {"value": "y"}},
                {"path": "text", "before": {"sensitive": True}, "after": {"value": "b"}}]},
            {"address": "terraform_data.r2", "action": "gone"}])
        text = self.davit("drift", code=0).out
        for line in ("size: 1 → 2", 'tags.env: "x" → "y"', "key: (sensitive), changed", "text: (sensitive), changed"):
            self.assertIn(line, text)
        for secret in ("hunter2", "old-key", "new-key"):
            self.assertNotIn(secret, text)

    def test_what_cannot_be_shown_is_told_all_the_same(self):
        self.two()
        self.change("db", ("terraform_data.r1", "update"))
        harness.write(os.path.join(self.top, "drift", "db.shown"), "{}")
        found, _ = self.drift()
        self.assertEqual(found["db"]["differences"], [{"address": "terraform_data.r1", "action": "changed"}])

    def test_up_would_come_to_it(self):
        self.two()
        self.change("db", ("terraform_data.r1", "update"))
        self.change("web", ("terraform_data.r1", "update"))
        self.write("stack.yaml", harness.read(os.path.join(self.dir, "stack.yaml")).replace("value: a}", "value: b}"))
        found, _ = self.drift()
        self.assertEqual([found["db"]["undone_by_up"], found["web"]["undone_by_up"]], ["yes", "no"])
        text = self.davit("drift", "db", code=0).out
        self.assertIn("the next `davit up` plans this component (input text) and would undo it", text)
        self.assertNotIn("web", text)

    def test_manifest_that_cannot_be_read(self):
        """What stands can be looked at without one."""
        self.two()
        self.change("db", ("terraform_data.r1", "update"))
        self.write("stack.yaml", "version: [\n")
        found, _ = self.drift("--exit-code", code=EXIT_DRIFT)
        self.assertEqual(found["db"]["undone_by_up"], "unknown")
        self.assertIn("is not known: the manifest cannot be read", self.davit("drift", code=0).out)

    def test_one_fails(self):
        self.two()
        self.break_look("db")
        self.change("web", ("terraform_data.r1", "delete"))
        found, _ = self.drift("--exit-code", code=EXIT_FAILED)
        self.assertEqual(found["db"]["failed"], "No credentials: The cloud does not know you.")
        self.assertEqual(found["web"]["found"], "drifted")
        self.drift("web", "--exit-code", code=EXIT_DRIFT)

    def test_unknown_component(self):
        self.two()
        done = self.davit("drift", "wep", code=EXIT_INVALID)
        self.assertIn("nothing stands of a component 'wep'", done.err)
        self.assertIn("did you mean 'web'?", done.err)

    def test_newest_state_of_a_failed_apply(self):
        """Made from the last success, with the state of now."""
        self.two()
        self.terraform("db", extra="", body='resource "terraform_data" "bad" {\n  provisioner "local-exec" {\n    command = "exit 1"\n  }\n}\n')
        self.up(EXIT_FAILED)
        found, _ = self.drift("db")
        self.assertEqual(found["db"]["found"], "agrees")

    def test_no_state_yet(self):
        self.write("db/main.tf", 'resource "terraform_data" "x" {\n  input = file("${path.module}/missing")\n}\n')
        self.stack(["{name: db, source: db}"])
        self.up(EXIT_FAILED)
        found, _ = self.drift("--exit-code")
        self.assertEqual(found["db"]["found"], "unseen")

    def test_while_a_run_holds_the_deployment(self):
        self.two()
        self.stack([self.terraform("db", extra=", parameters: {text: '${word}'}"), self.terraform("web", ["db"], resources=1)],
                   "parameters:\n  - {name: word, value: b}\n")
        self.terraform("db", resources=3)
        self.close_gate("db.r3")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r3", davit)
        text = self.davit("drift", code=0).out
        self.assertIn("holds the deployment (running)", text)
        answer = self.answer("drift")
        self.assertEqual({one["component"]: one["being_changed"] for one in answer["components"]}, {"db": True, "web": False})
        self.assertEqual(len(answer["open_runs"]), 1)
        self.open_gate("db.r3")
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.check_nothing_to_do()
        self.check_clean()

    def test_interrupted(self):
        self.two()
        self.close_gate("look")
        davit = self.start("drift")
        self.wait_at_gate("look", davit)
        davit.signal(signal.SIGINT)
        done = davit.wait()
        self.assertEqual(done.code, EXIT_INTERRUPTED, davit.text())
        wait_for(lambda: not harness.processes_of(self.top), "the end of the tools")
        self.assertEqual(self.looks_left(), [])

    def test_end_that_is_told_late(self):
        """A supervisor is told as gone after the next one of the same look was asked for and before that one has begun."""
        self.stack([self.terraform("db")])
        self.up()
        self.change("db", ("terraform_data.r1", "update"))
        self.show("db", "terraform_data.r1", {"size": 1}, {"size": 2})
        begins, ends = (os.path.join(self.top, name) for name in ("begins", "ends"))
        davit = self.start("drift", fault=f"supervise.after_fork@{begins},supervise.after_status@{ends}")

        def take(path):
            """The process that waits there; it goes on."""
            pid = wait_for(lambda: harness.read(path), lambda: davit.text() + path)
            os.remove(path)
            return int(pid)

        last = take(begins)
        while not davit.ended():
            self.assertEqual(wait_for(lambda: harness.read(ends), davit.text), str(last))
            wait_for(lambda: davit.ended() or harness.read(begins), davit.text)
            take(ends)
            wait_for(lambda: not harness.alive(last), davit.text)
            if davit.ended():
                break
            time.sleep(0.5)  # that nothing comes of it cannot be waited for
            last = take(begins)
        self.assertIn("size: 1 → 2", davit.wait().out)

    def test_killed(self):
        """What it left, states among it, goes with the next look."""
        self.two()
        self.close_gate("look")
        davit = self.start("drift")
        self.wait_at_gate("look", davit)
        self.kill_davit(davit)
        self.assertEqual(len(self.looks_left()), 1)
        self.open_gate("look")
        self.drift()
        self.check_clean()

    def test_state_beside_the_module(self):
        self.stack([self.terraform("db", body='terraform {\n  backend "local" {}\n}\n')])
        self.up()
        found, _ = self.drift(code=EXIT_FAILED)
        self.assertIn("a local backend of the module's own", found["db"]["failed"])

    def test_key_is_gone(self):
        self.two()
        harness.shutil.rmtree(os.path.join(self.env["XDG_CONFIG_HOME"], "davit"))
        found, _ = self.drift(code=EXIT_FAILED)
        self.assertIn("key", found["db"]["failed"])


class Scripts(DriftCase):
    SECRET = "correct-horse-battery"

    def test_status(self):
        self.stack([self.script("db", extra=", parameters: [{name: word, value: '${word}', env: WORD}]"), self.script("web")],
                   f"parameters:\n  - {{name: word, value: {self.SECRET}, sensitive: true}}\n")
        self.write("db/status", f'#!/bin/sh\n[ ! -e {self.top}/broken ] || {{ echo "no answer with $WORD"; exit 3; }}\n')
        self.up()
        found, _ = self.drift("--exit-code")
        self.assertEqual({name: one["found"] for name, one in found.items()}, {"db": "agrees", "web": "unseen"})
        harness.write(os.path.join(self.top, "broken"), "")
        found, _ = self.drift("--exit-code", code=EXIT_DRIFT)
        self.assertEqual([found["db"]["exit_code"], found["db"]["lines"], found["db"]["undone_by_up"]], [3, ["no answer with ***"], "no"])
        text = self.davit("drift", code=0).out
        self.assertIn("its status exits with code 3\n", text)
        self.assertIn("cannot be looked at: it has no verb `status`", text)
        self.assertNotIn(self.SECRET, text)
        self.check_made_once(["db", "web"])
        self.davit("down", "--auto-approve", code=0)
        self.assertIn("nothing stands", self.davit("drift", code=0).out)
        self.check_clean()

    def test_never_deployed(self):
        self.stack([self.script("db")])
        done = self.davit("drift", code=EXIT_INVALID)
        self.assertIn("davit up", done.err)


if __name__ == "__main__":
    harness.main()
