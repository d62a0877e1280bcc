#!/usr/bin/env python3
"""What `davit run reconcile` looks at before a person decides: Terraform's refresh-only plan of the kept state, a script's verb `status`.
It changes nothing, and where it cannot look it says why and shows the rest.

    test_reconcile.py DAVIT
"""
import json
import os
import signal

import harness
from harness import EXIT_PERSON, needs_terraform, wait_for
from test_kill_tools import ToolCase


class LookCase(ToolCase):
    def interrupt_at(self, gate):
        """Everything dies while the tool stands at a gate; the next `up` asks a person."""
        self.close_gate(gate)
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate(gate, davit)
        self.kill_tree()
        davit.wait()
        self.open_gate(gate)
        os.unlink(os.path.join(self.gates, gate + ".reached"))
        self.davit("up", "--auto-approve", code=EXIT_PERSON)

    def look(self):
        """What is said, as text and as data."""
        return self.davit("run", "reconcile", code=EXIT_PERSON).out, self.reports()["db"].get("look")

    def looks_left(self):
        work = os.path.join(self.dir, ".davit", "work")
        return [name for name in os.listdir(work) if name.startswith("look-")]


@needs_terraform
class Terraform(LookCase):
    def setUp(self):
        super().setUp()
        # At gate `refresh` it waits; what lies in `drift` it says of resources, and with `fails` it fails.
        self.drift = os.path.join(self.top, "drift")
        self.fails = os.path.join(self.top, "fails")
        self.wrap_terraform(before=f"""case " $* " in
*" -refresh-only "*)
  echo "$*" >> {self.top}/arguments
  [ ! -e {self.fails} ] || {{ cat {self.fails}; exit 1; }}
  if [ -e {self.gates}/refresh ]; then
    touch {self.gates}/refresh.reached
    while [ -e {self.gates}/refresh ]; do sleep 0.02; done
  fi ;;
esac""", after=f"""case " $* " in *" -refresh-only "*) [ ! -e {self.drift} ] || {{ cat {self.drift}; code=2; }} ;; esac""")
        self.stack([self.terraform("db", resources=3)])
        self.interrupt_at("db.r3")

    def kept_files(self):
        """All that a look could have written: the interrupted attempt, the tree, the store's rows of states."""
        found = {}
        for directory, _, names in os.walk(os.path.join(self.dir, ".davit", "work")):
            for name in names:
                found[os.path.join(directory, name)] = harness.read(os.path.join(directory, name))
        return found, [tuple(row) for row in self.state_versions()]

    def test_the_state_agrees(self):
        before = self.kept_files()
        text, look = self.look()
        self.assertIn("the state agrees with what is there", text)
        self.assertEqual(look, {"differences": []})
        self.assertEqual(self.kept_files(), before)
        arguments = harness.read(os.path.join(self.top, "arguments"))
        self.assertIn("-lock=false", arguments)
        self.assertNotIn("dep_", arguments)
        self.davit("run", "reconcile", "--resume", code=0)
        self.finish(["db"], ["db.r1", "db.r2", "db.r3"])

    def test_differences(self):
        """The built-in provider never finds any: lines as the tool prints them of other ones are added to its own."""
        lines = [{"@level": "info", "@message": f"{address}: Drift detected ({action})", "@module": "terraform.ui", "type": "resource_drift",
                  "change": {"resource": {"addr": address}, "action": action}}
                 for address, action in (("terraform_data.r1", "delete"), ("terraform_data.r2", "update"))]
        harness.write(self.drift, "".join(json.dumps(line) + "\n" for line in lines))
        text, look = self.look()
        self.assertEqual(look, {"differences": [{"address": "terraform_data.r1", "action": "gone"},
                                                {"address": "terraform_data.r2", "action": "changed"}]})
        self.assertIn("what is there differs from the state:\n    terraform_data.r1: gone\n    terraform_data.r2: changed outside\n", text)

    def test_it_fails(self):
        harness.write(self.fails, json.dumps({"type": "diagnostic", "diagnostic": {
            "severity": "error", "summary": "No credentials", "detail": "The cloud does not know you."}}) + "\n")
        text, look = self.look()
        self.assertEqual(look, {"failed": "No credentials: The cloud does not know you."})
        self.assertIn("could not be looked at now: No credentials", text)
        self.assertIn("kept state: 2 resources", text)

    def test_the_tool_is_gone(self):
        os.unlink(os.path.join(self.top, "bin", "terraform"))
        text, look = self.look()
        self.assertIn("could not be started", look["failed"])
        self.assertIn("kept state: 2 resources", text)
        self.assertEqual(self.looks_left(), [])

    def test_state_beside_the_module(self):
        """Davit does not have it, and a copy of the module has none: nothing is claimed."""
        self.davit("run", "reconcile", "--abandon", code=0)
        self.reset("foreign")
        self.stack([self.terraform("db", body='terraform {\n  backend "local" {}\n}\n')])
        self.interrupt_at("db.r2")
        _, look = self.look()
        self.assertEqual(look, {"failed": "its state is in a local backend of the module's own"})

    def start_look(self):
        self.close_gate("refresh")
        davit = self.start("run", "reconcile")
        self.wait_at_gate("refresh", davit)
        os.unlink(os.path.join(self.gates, "refresh.reached"))
        return davit

    def test_interrupted(self):
        """Ctrl-C ends the look, and what is known without it is shown."""
        davit = self.start_look()
        davit.signal(signal.SIGINT)
        done = davit.wait()
        self.assertEqual(done.code, EXIT_PERSON, davit.text())
        self.assertIn("could not be looked at now: it was interrupted", done.out)
        self.assertIn("kept state: 2 resources", done.out)
        wait_for(lambda: not harness.processes_of(self.top), "the end of the tool")
        self.assertEqual(self.looks_left(), [])

    def test_davit_dies_meanwhile(self):
        """What it left, a state among it, goes with the next command; a look that is under way stays."""
        davit = self.start_look()
        self.kill_davit(davit)
        self.assertEqual(len(self.looks_left()), 1)
        second = self.start_look()
        wait_for(lambda: len(self.looks_left()) == 1 or second.ended(), second.text)
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.assertEqual(len(self.looks_left()), 1)
        self.open_gate("refresh")
        done = second.wait()
        self.assertEqual(done.code, EXIT_PERSON, second.text())
        self.assertIn("the state agrees", done.out)
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()


class Scripts(LookCase):
    SECRET = "correct-horse-battery"

    def interrupted(self, status=None):
        self.stack([self.script("db", extra=", parameters: [{name: word, value: '${word}', env: WORD}]")],
                   f"parameters:\n  - {{name: word, value: {self.SECRET}, sensitive: true}}\n")
        if status is not None:
            self.write("db/status", status)
        self.interrupt_at("db")

    def test_status(self):
        self.interrupted("#!/bin/sh\nfor i in $(seq 1 20); do echo \"line $i\"; done\necho \"word is $WORD\"\necho \"in ${PWD##*/}\" >&2\n"
                         "touch made-by-status\nexit 3\n")
        text, look = self.look()
        self.assertEqual(look["exit_code"], 3)
        self.assertEqual(look["lines"][-3:], ["line 20", "word is ***", "in db"])
        self.assertNotIn("line 1", look["lines"])
        self.assertIn("its status exits with code 3:\n", text)
        self.assertNotIn(self.SECRET, text)
        work = os.path.join(self.dir, ".davit", "work")
        self.assertEqual([names for _, _, names in os.walk(work) if "made-by-status" in names], [])
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()

    def test_without_status(self):
        self.interrupted()
        text, look = self.look()
        self.assertIsNone(look)
        self.assertNotIn("looked at", text)
        self.assertNotIn("status", text.replace("davit status", ""))


if __name__ == "__main__":
    harness.main()
