#!/usr/bin/env python3
"""Where `terraform init` is needed: it works in a copy of the module, its lock file is kept with the component, and what it made is made once.

    test_init.py DAVIT
"""
import os
import unittest

import harness
from harness import needs_terraform, wait_for
from test_kill_tools import ToolCase

LOCK = ".terraform.lock.hcl"


@needs_terraform
class Init(ToolCase):
    """A provider that could be fetched here would need a network; the lock file that init writes for one is written by a wrapper. Each
    process of the tool says where it works and what lies there."""

    def setUp(self):
        super().setUp()
        self.told = os.path.join(self.top, "told")
        self.wrap_terraform(before=f"""[ "$1" = version ] || echo "$1 $(pwd) $([ -e {LOCK} ] && cat {LOCK})" >> {self.told}""",
                            after=f"""[ "$1" = init ] && [ ! -e {LOCK} ] && echo "# locked by $$" > {LOCK}""")

    def module(self, path):
        """Calls a local module, for which init is needed; shows the absolute path that it works at."""
        self.write(f"{path}/main.tf", '''
variable "text" {
  type    = string
  default = "a"
}
module "child" {
  source = "../child"
  text   = "${abspath(path.module)} ${var.text}"
}
output "where" { value = module.child.text }
''')
        self.write("child/main.tf", '''
variable "text" { type = string }
resource "terraform_data" "x" { input = var.text }
output "text" { value = terraform_data.x.output }
''')

    def take_told(self):
        lines = [line.split(" ", 2) for line in harness.read(self.told).splitlines()]
        os.unlink(self.told)
        return lines

    def tree(self):
        work = os.path.join(self.dir, ".davit", "work")
        deployment = [name for name in os.listdir(work) if name.startswith("dep_")]
        self.assertEqual(len(deployment), 1)
        return os.path.join(work, deployment[0], "tree")

    def test_works_in_a_copy_and_keeps_the_lock_file(self):
        self.module("net")
        self.stack(["{name: db, source: net}"])
        self.up()
        first = self.take_told()
        self.assertEqual([line[0] for line in first], ["init", "apply"])
        tree = self.tree()
        copy = os.path.join(tree, "net~db")
        self.assertEqual({line[1] for line in first}, {copy})
        lock = first[1][2]
        self.assertIn("# locked by", lock)
        self.assertFalse(os.path.exists(os.path.join(tree, "net", LOCK)))
        self.assertFalse(os.path.exists(os.path.join(self.dir, "net", LOCK)))
        self.check_nothing_to_do()

        # The same place, so that nothing but the text changes; the kept lock file, for which nothing has to be fetched again.
        self.stack(["{name: db, source: net, parameters: {text: b}}"])
        self.up()
        second = self.take_told()
        self.assertEqual(second, [["apply", copy, lock]])
        where = self.answer("outputs")["components"]["db"]["where"]["value"]
        self.assertEqual(where, f"{copy} b")
        self.check_clean()

    def test_planned_and_then_applied(self):
        """The plan holds absolute paths, and is applied where it was made."""
        self.module("net")
        self.stack(["{name: db, source: net}"])
        terminal = self.terminal("up")

        def look():
            terminal.pump()
            if "[y/N]" in terminal.printed:
                terminal.type("y\n")
                terminal.printed = terminal.printed.replace("[y/N]", "[answered]")
            return terminal.code is not None
        wait_for(look, lambda: terminal.printed)
        self.assertEqual(terminal.code, 0, terminal.printed)
        told = self.take_told()
        self.assertEqual([line[0] for line in told], ["init", "plan", "apply"])
        self.assertEqual(len({line[1] for line in told}), 1, told)
        self.assertEqual(told[1][2], told[2][2], "the lock file that it was planned with")
        self.check_nothing_to_do()
        self.check_clean()

    def test_a_directory_with_the_name_of_a_copy(self):
        self.module("net")
        self.write("net~db/main.tf", 'resource "terraform_data" "x" {}\n')
        self.stack(["{name: db, source: net}", "{name: other, source: net~db}"])
        done = self.davit("up", "--auto-approve", code=harness.EXIT_INVALID)
        self.assertIn("rename the directory", done.err)

    def test_two_components_of_one_module(self):
        """At the same time: each has its own copy, so that no init sees the lock file of the other."""
        self.module("net")
        self.stack(["{name: db, source: net}", "{name: cache, source: net}"])
        self.up(0, "--parallelism", "2")
        told = self.take_told()
        self.assertEqual({os.path.basename(line[1]) for line in told}, {"net~db", "net~cache"})
        self.assertEqual([line[2] for line in told if line[0] == "init"], [""] * 2)
        self.check_clean()

    def test_module_at_the_top_of_the_stack(self):
        self.write("main.tf", 'module "child" {\n  source = "./child"\n}\n')
        self.write("child/main.tf", 'resource "terraform_data" "x" {}\n')
        self.stack(["{name: db, source: .}"])
        self.up()
        self.assertEqual({line[1] for line in self.take_told()}, {os.path.join(self.tree(), "~db")})
        self.check_nothing_to_do()
        self.check_clean()

    def test_lock_file_of_the_module_itself(self):
        """It is the user's word: nothing is copied, nothing is written."""
        self.module("net")
        self.write(f"net/{LOCK}", "# mine\n")
        self.stack(["{name: db, source: net}"])
        self.up()
        self.assertEqual({tuple(line[1:]) for line in self.take_told()}, {(os.path.join(self.tree(), "net"), "# mine")})
        self.check_clean()

    @unittest.skipUnless(harness.shutil.which("git"), "not run: needs git")
    def test_fetched_module_is_found_by_the_next_run(self):
        self.write("away/main.tf", 'output "x" {\n  value = 7\n}\n')
        away = os.path.join(self.dir, "away")
        for words in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
            harness.subprocess.run(["git", "-C", away, *words], check=True, env=self.env)
        text = f'module "away" {{\n  source = "git::file://{away}"\n}}\nvariable "text" {{\n  default = "a"\n}}\n'
        self.write("net/main.tf", text + 'output "x" {\n  value = "${module.away.x} ${var.text}"\n}\n')
        self.stack(["{name: db, source: net}"])
        self.up()
        self.take_told()
        self.stack(["{name: db, source: net, parameters: {text: b}}"])
        self.up()
        self.assertEqual([line[0] for line in self.take_told()], ["apply"])
        self.assertEqual(self.answer("outputs")["components"]["db"]["x"]["value"], "7 b")


if __name__ == "__main__":
    harness.main()
