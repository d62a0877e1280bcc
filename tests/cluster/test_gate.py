#!/usr/bin/env python3
"""The question of `davit up`: what can be planned is planned and shown before it, and nothing is applied before the answer.

    test_gate.py DAVIT
"""
import json
import os
import re
import signal

import harness
from harness import EXIT_PERSON, ClusterTest, needs_terraform

QUESTION = "Apply? [y/N]"


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")


@needs_terraform
class Gate(ClusterTest):
    def setUp(self):
        super().setUp()
        self.stack([self.terraform("db", resources=2), self.script("queue"),
                    self.terraform("api", resources=1)[:-1] + ", parameters: {text: \"${db:id}\"}}"])

    def test_shows_the_plan_and_applies_nothing_before_the_answer(self):
        terminal = self.terminal("up")
        terminal.expect(QUESTION)
        shown = plain(terminal.printed)
        self.assertRegex(shown, r"\+ db +new; will create 2\n")
        self.assertRegex(shown, r"\+ api +new; deferred: input text is the output id of db, which is not\n +known before db is there\n")
        self.assertRegex(shown, r"\+ queue +new\n")
        self.assertIn("A new component that is deferred may only create.", shown)
        self.assertEqual(self.made(), {})
        terminal.type("n\n")
        self.assertEqual(terminal.wait().code, 0)
        self.assertEqual(self.made(), {})
        self.check_clean()

        terminal = self.terminal("up")
        terminal.expect(QUESTION)
        terminal.type("y\n")
        self.assertEqual(terminal.wait().code, 0)
        self.check_made_once(["db.r1", "db.r2", "queue", "api.r1"])
        self.check_nothing_to_do()
        self.check_clean()

    def test_names_what_is_replaced_and_destroyed(self):
        self.up()
        text = harness.read(os.path.join(self.dir, "db/main.tf"))
        text = text.replace('resource "terraform_data" "r2" {', 'resource "terraform_data" "r2" {\n  triggers_replace = ["x"]')
        self.write("db/main.tf", text + 'resource "terraform_data" "r3" {}\n')
        terminal = self.terminal("up")
        terminal.expect(QUESTION)
        shown = plain(terminal.printed)
        self.assertRegex(shown, r"~ db +changed: module files.*; will create 1, replace 1\n +-/\+ terraform_data\.r2 is replaced: forced by `triggers_replace\[0\]`\n")
        terminal.type("y\n")
        # What uses the new id could not be planned before: it stands, so what happens to it is asked.
        terminal.expect("Apply this too? [y/N]")
        self.assertRegex(plain(terminal.printed), r"\? api +it could not be planned before; it will change 1\n")
        terminal.type("y\n")
        self.assertEqual(terminal.wait().code, 0)

    def test_where_a_plan_fails_nothing_is_applied(self):
        self.stack([self.terraform("db", resources=1), self.script("queue"),
                    self.terraform("bad", body='output "never" {\n  value = one([1, 2])\n}\n')])
        terminal = self.terminal("up")
        done = terminal.wait()
        self.assertEqual(done.code, 1, done.out)
        self.assertNotIn(QUESTION, done.out)
        self.assertIn("nothing was applied, as not everything could be planned", plain(done.out).replace("\n", " "))
        self.assertIn("could not be planned: 1 failed", plain(done.out))
        jobs = {job["component"]: (job["result"], job["reason"]) for job in self.answer("run", "show", "last")["jobs"]}
        self.assertEqual(jobs["queue"], ("cancelled", "bad could not be planned"))
        self.assertEqual(self.made(), {})
        self.check_clean()

    def test_where_plans_find_nothing_to_do_nobody_is_asked(self):
        self.up()
        made = self.made()
        self.write("db/main.tf", harness.read(os.path.join(self.dir, "db/main.tf")) + "# only a remark\n")
        terminal = self.terminal("up")
        done = terminal.wait()
        self.assertEqual(done.code, 0, done.out)
        self.assertNotIn(QUESTION, done.out)
        self.assertEqual(self.made(), made)
        self.check_nothing_to_do()
        self.check_clean()

    def test_without_a_terminal_it_shows_the_plan_and_leaves(self):
        done = self.davit("up", "--json", code=EXIT_PERSON)
        overview = {job["component"]: job for job in json.loads(done.out)["overview"]}
        self.assertEqual(overview["db"]["plan"]["create"], 2)
        self.assertEqual([resource["address"] for resource in overview["db"]["plan"]["resources"]],
                         ["terraform_data.r1", "terraform_data.r2"])
        self.assertNotIn("plan", overview["api"])
        self.assertEqual(self.made(), {})
        self.check_clean()

    def test_cancelled_from_elsewhere_at_the_question(self):
        terminal = self.terminal("up")
        terminal.expect(QUESTION)
        self.davit("run", "cancel", "last", code=0)
        terminal.type("y\n")
        self.assertEqual(terminal.wait().code, harness.EXIT_INTERRUPTED, terminal.printed)
        self.assertEqual(self.made(), {})
        self.check_clean()

    def test_killed_at_the_question(self):
        terminal = self.terminal("up")
        terminal.expect(QUESTION)
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.wait()
        self.assertEqual(self.made(), {})
        self.up()
        self.check_made_once(["db.r1", "db.r2", "queue", "api.r1"])
        self.check_clean()

    def test_killed_while_it_plans(self):
        """A plan changes nothing: it is thrown away, and the next `up` plans anew."""
        terminal = self.terminal("up", fault="runner.launched")
        terminal.wait()
        self.assertEqual(self.made(), {})
        self.up()
        self.check_made_once(["db.r1", "db.r2", "queue", "api.r1"])
        self.check_clean()


if __name__ == "__main__":
    harness.main()
