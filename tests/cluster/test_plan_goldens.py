#!/usr/bin/env python3
"""What `davit plan` prints, as text and as JSON, compared with files in goldens/: one stack that has a component of every grade, and a
run in which a component turned out other than it was shown.

    test_plan_goldens.py DAVIT

DAVIT_ACCEPT=1 writes what is printed now: read the difference before committing it.
"""
import difflib
import json
import os
import re

import harness
from harness import EXIT_PERSON, ClusterTest, needs_terraform

GOLDENS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "goldens")

NET = """variable "size" {}
resource "terraform_data" "net" {
  input = { cidr = "10.0.${var.size}.0/24", "kept.as" = ["it", "is"] }
}
output "cidr" {
  value = "10.0.${var.size}.0/24"
}
"""
VM = """variable "size" {}
variable "password" {
  default   = "of no use"
  sensitive = true
}
resource "terraform_data" "vm" {
  input            = { size = var.size, login = { user = "root", password = var.password } }
  triggers_replace = [var.size]
}
output "id" {
  value = terraform_data.vm.id
}
output "password" {
  value     = var.password
  sensitive = true
}
"""
USES = """variable "text" {}
resource "terraform_data" "it" {
  input = var.text
}
"""


class PlanGoldens(ClusterTest):
    def compare(self, name, text):
        """`text` with what differs each time replaced: ids, times, the test's directory."""
        text = text.replace(self.top, "TOP")
        text = re.sub(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "UUID", text)
        text = re.sub(r"\b(run|sj|tsk|att|dep|cmp|prc|st|out)_[0-9a-z]{26}\b", r"\1_ID", text)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", text)
        text = re.sub(r'"(duration_ms|cpu_ms|max_rss_kb)": \d+', r'"\1": 0', text)
        path = os.path.join(GOLDENS, name)
        if os.environ.get("DAVIT_ACCEPT") == "1":
            harness.write(path, text)
            return
        expected = harness.read(path)
        if text != expected:
            self.fail("".join(difflib.unified_diff(expected.splitlines(True), text.splitlines(True), name, "printed")))

    def compare_json(self, name, *arguments, code=0):
        answer = self.answer(*arguments, code=code)
        self.compare(name + ".json", json.dumps(answer, indent=2) + "\n")
        return answer

    # ---- Every grade.

    def grades(self, size, fresh="", old="  - {name: old, source: old, parameters: {text: gone}}\n"):
        self.write("stack.yaml", f"""version: 1
kind: stack
meta: {{name: shop}}
parameters:
  - {{name: stack.size, value: {size}}}
  - {{name: stack.password, value: password-{size}, sensitive: true}}
components:
  - {{name: net, source: net, parameters: {{size: "${{stack.size}}"}}}}
  - {{name: vm, source: vm, parameters: {{size: "${{stack.size}}", password: "${{stack.password}}"}}}}
  - {{name: same, source: use, parameters: {{text: same}}}}
  - {{name: routes, source: use, parameters: {{text: "${{net:cidr}}"}}}}
  - {{name: agent, source: use, parameters: {{text: "${{vm:id}}"}}}}
  - {{name: notify, source: notify, parameters: [{{name: size, value: "${{stack.size}}", env: SIZE}}]}}
  - {{name: smoke, source: smoke, depends: [agent]}}
{fresh}{old}""")

    @needs_terraform
    def test_every_grade(self):
        self.write("net/main.tf", NET)
        self.write("vm/main.tf", VM)
        self.write("use/main.tf", USES)
        self.write("old/main.tf", USES)
        for name in ("notify", "smoke"):
            self.write(f"{name}/deploy", "#!/bin/sh\ntrue\n")
            self.write(f"{name}/undeploy", "#!/bin/sh\ntrue\n")
        self.grades(1)
        plan = self.compare_json("plan_first", "plan", "--parallelism", "1")
        self.assertEqual({c["component"]: c.get("grade") for c in plan["components"]}["agent"], "deferred")
        self.up()
        plan = self.compare_json("plan_nothing", "plan", "--parallelism", "1")
        self.assertFalse(plan["changes"])
        fresh = "  - {name: fresh, source: vm, parameters: {size: 7, password: \"${stack.password}\"}}\n"
        self.grades(2, fresh, old="")
        plan = self.compare_json("plan_grades", "plan", "--parallelism", "1")
        components = {c["component"]: c for c in plan["components"]}
        self.assertEqual({name: (c["kind"], c.get("grade")) for name, c in components.items()},
                         {"net": ("changed", "firm"), "vm": ("changed", "firm"), "same": ("unchanged", None), "routes": ("may_change", "provisional"),
                          "agent": ("may_change", "deferred"), "notify": ("changed", "firm"), "smoke": ("unchanged", None), "fresh": ("new", "firm"),
                          "old": ("removed", None)})
        self.assertEqual({r["action"] for c in plan["components"] for r in c.get("plan", {}).get("resources", [])}, {"create", "update", "replace", "delete"})
        for password in ("password-1", "password-2"):
            self.assertNotIn(password, json.dumps(plan))
        self.env["COLUMNS"] = "80"
        for name, more in (("plan_grades", []), ("plan_grades_full", ["--full"])):
            done = self.terminal("plan", "--parallelism", "1", "-o", "plan.md", *more).wait()
            self.assertEqual(done.code, 0, done.out)
            printed = harness.strip(done.out).replace("\r", "")
            printed = printed[printed.rindex("local/default/default/shop"):]
            self.compare(name + ".txt", printed)
            if not more:
                self.assertLess(max(len(line) for line in printed.splitlines()), 80)
        self.compare("plan_grades.md", harness.read(os.path.join(self.dir, "plan.md")))
        self.check_clean()

    # ---- Planned again, and different.

    @needs_terraform
    def test_held(self):
        """What a component reads beside its inputs changed between the yes and its turn."""
        note = os.path.join(self.top, "note")
        harness.write(note, "as it was shown")
        self.write("net/main.tf", NET)
        self.write("use/main.tf", 'variable "text" {}\nresource "terraform_data" "it" {\n'
                                  f'  input = {{ text = var.text, note = file("{note}"), also = "the same" }}\n}}\n')
        self.stack(["{name: net, source: net, parameters: {size: 1}}", "{name: routes, source: use, parameters: {text: \"${net:cidr}\"}}"])
        self.compare_json("held_1_asked", "up", code=EXIT_PERSON)
        self.compare_json("held_2_waits", "run", "show", "last")
        harness.write(note, "another")
        self.compare_json("held_3_approved", "run", "approve", code=EXIT_PERSON)
        self.compare_json("held_4_waits_again", "run", "show", "last")
        self.compare_json("held_5_done", "run", "approve", "--component", "routes")
        self.check_all_up(["net", "routes"])
        self.check_clean()


if __name__ == "__main__":
    harness.main()
