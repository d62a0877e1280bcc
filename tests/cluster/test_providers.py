#!/usr/bin/env python3
"""Terraform and OpenTofu with real plug-ins, which tools/parts.sh makes: what jobs share, that no process of a plug-in is left, however the
tool ends, what they write, and where their secrets are.

    test_providers.py DAVIT
"""
import collections
import os
import signal
import zipfile

import harness
import test_secrets
from harness import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_PERSON, needs_providers, needs_tool, wait_for
from test_kill_tools import ToolCase

LOCK = ".terraform.lock.hcl"
CANARY = "canary-of-a-provider-7719"
NEEDED = """terraform {
  required_providers {
    time  = { source = "parts.test/davit/time" }
    local = { source = "parts.test/davit/local" }
  }
}
"""


class ToolOfParts(ToolCase):
    """The tool that a subclass names is the only one on PATH, and says of each of its processes what it is and where it works."""
    TOOL = None

    def setUp(self):
        super().setUp()
        self.told = os.path.join(self.top, "told")
        bin_directory = os.path.join(self.top, "bin")
        harness.write(os.path.join(bin_directory, self.TOOL), f"""#!/bin/sh
[ "$1" = version ] || echo "$1 ${{PWD##*/}}" >> {self.told}
exec {harness.find_tool(self.TOOL)} "$@"
""")
        others = [directory for directory in os.environ["PATH"].split(":")
                  if not any(os.path.exists(os.path.join(directory, name)) for name in ("terraform", "tofu"))]
        self.env["PATH"] = ":".join([bin_directory, *others])

    def take_told(self):
        lines = collections.Counter(line.split()[0] for line in harness.read(self.told).splitlines())
        if lines:
            os.unlink(self.told)
        return lines


class Basic:
    """What does not depend on plug-ins. Gates and side effects are those of harness.terraform."""

    def test_life(self):
        self.stack([self.terraform("net"), self.terraform("db", ["net"], extra=", parameters: {text: '${word}'}")],
                   "parameters:\n  - {name: word, value: a}\n")
        self.up()
        self.finish(["net", "db"], ["net.r1", "net.r2", "db.r1", "db.r2"])
        self.assertEqual(self.status()[0]["db"]["tool"], self.TOOL)
        self.take_told()
        stack = harness.read(os.path.join(self.dir, "stack.yaml"))
        self.write("stack.yaml", stack.replace("value: a}", "value: b}"))
        self.up()
        self.assertEqual(self.take_told(), {"apply": 1})
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.take_told(), {"apply": 2})
        self.check_clean()

    def test_plan_and_question(self):
        self.stack([self.terraform("db")])
        terminal = self.terminal("up")
        terminal.expect("[y/N]")
        terminal.type("y\n")
        self.assertEqual(terminal.wait().code, 0, terminal.printed)
        self.assertEqual(self.take_told()["plan"], 1)
        self.finish(["db"], ["db.r1", "db.r2"])

    def test_davit_dies(self):
        """The tool goes on, and the next davit takes over what it did."""
        self.stack([self.terraform("db", resources=3)])
        self.close_gate("db.r2")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r2", davit)
        self.kill_davit(davit)
        self.open_gate("db.r2")
        self.go_on(person_allowed=False)
        self.finish(["db"], ["db.r1", "db.r2", "db.r3"])

    def test_tool_dies(self):
        """What was made is in the kept state, or is named with what imports it: OpenTofu writes its state only now and then."""
        self.stack([self.terraform("db", resources=3)])
        self.close_gate("db.r3")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r3", davit)
        self.kill_tools()
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.check_known({"terraform_data.r1", "terraform_data.r2"})
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()

    def test_everything_dies(self):
        self.stack([self.terraform("db", resources=3)])
        self.close_gate("db.r3")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r3", davit)
        self.kill_tree()
        davit.wait()
        self.davit("up", "--auto-approve", code=EXIT_PERSON)
        self.check_known({"terraform_data.r1", "terraform_data.r2"})
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()

    def check_known(self, made):
        """Each of `made` is in the state or was named; nothing that was made is forgotten."""
        report = self.reports()["db"]
        named = {one["address"] for one in report["created_not_in_state"]}
        self.assertEqual(report["state_resources"] + len(named), len(made), report)
        self.assertLessEqual(named, made)
        self.assertIn("import", "".join(one["import"] for one in report["created_not_in_state"]) or "import")


class PlugIns:
    """`first` is written at once by one plug-in, then another one sleeps."""
    search = test_secrets.Secrets.search
    check_everything = test_secrets.Secrets.check_everything

    def setUp(self):
        super().setUp()
        config = os.path.join(self.top, "terraformrc")
        mirror = os.path.join(harness.parts_directory(), "mirror")
        harness.write(config, f"""provider_installation {{
  filesystem_mirror {{
    path    = "{mirror}"
    include = ["parts.test/*/*"]
  }}
  direct {{ exclude = ["parts.test/*/*"] }}
}}
""")
        self.env["TF_CLI_CONFIG_FILE"] = config
        self.first = os.path.join(self.top, "first")

    def plug_ins(self):
        return [(pid, command) for pid, command in harness.processes_of(self.top) if "terraform-provider-" in command]

    def module(self, name, seconds, extra="", body=""):
        self.write(f"{name}/main.tf", NEEDED + f"""
variable "text" {{ default = "a" }}
resource "local_file" "first" {{
  filename = "{self.first}-{name}"
  content  = var.text
}}
resource "time_sleep" "wait" {{
  create_duration = "{seconds}"
  depends_on      = [local_file.first]
}}
output "text" {{ value = local_file.first.content }}
{body}""")
        return f"{{name: {name}, source: {name}{extra}}}"

    def at_work(self, *arguments):
        """A run of which one plug-in has ended its work, and the other sleeps for ten minutes."""
        self.stack([self.module("db", "600s")])
        davit = self.start("up", "--auto-approve", *arguments)
        wait_for(lambda: os.path.exists(self.first + "-db") or davit.ended(), davit.text)
        wait_for(lambda: any("provider-time" in command for _, command in self.plug_ins()) or davit.ended(), davit.text)
        wait_for(lambda: "time_sleep.wait: creating" in davit.text() or davit.ended(), davit.text)
        self.assertFalse(davit.ended(), davit.text())
        return davit

    def check_no_plug_ins(self):
        wait_for(lambda: not self.plug_ins(), lambda: f"no plug-in left, but there is {self.plug_ins()}", 20)

    def check_resources(self, wanted):
        """Of the newest state; and those that were named, where the tool died before it wrote it."""
        found = self.shell_out("db", f"{self.TOOL} state list")
        self.assertEqual(set(found.split()), wanted)

    def shell_out(self, component, line):
        return self.davit("shell", component, "-c", line, code=0).out

    def test_concurrent_jobs(self):
        """Eight components of four modules, four at a time: all get their plug-ins, and the next run fetches nothing."""
        names = [f"c{i}" for i in range(8)]

        def stack(word):
            for i in range(4):
                self.module(f"m{i}", "0s")
                self.write(f"m{i}/main.tf", harness.read(os.path.join(self.dir, f"m{i}/main.tf"))
                           .replace(f"{self.first}-m{i}", f"{self.first}-${{var.name}}") + 'variable "name" {}\n')
            self.stack([f"{{name: c{i}, source: m{i % 4}, parameters: {{name: c{i}, text: {word}}}}}" for i in range(8)])
        stack("a")
        self.up(0, "--parallelism", "4")
        self.assertEqual(self.take_told(), {"init": 8, "apply": 8})
        self.check_all_up(names)
        self.assertEqual({harness.read(f"{self.first}-{name}") for name in names}, {"a"})
        self.check_nothing_to_do()
        stack("b")
        self.up(0, "--parallelism", "4")
        self.assertEqual(self.take_told(), {"apply": 8})
        self.assertEqual({harness.read(f"{self.first}-{name}") for name in names}, {"b"})
        self.check_no_plug_ins()
        self.check_clean()

    def packed_mirror(self):
        """Plug-ins that have to be unpacked into the cache, as from a registry."""
        made = os.path.join(harness.parts_directory(), "mirror", "parts.test", "davit")
        packed = os.path.join(self.top, "packed")
        for name in ("time", "local"):
            versions = os.path.join(made, name, "1.0.0")
            # What a build that was killed left beside them is none.
            for platform in (entry for entry in os.listdir(versions) if os.path.isdir(os.path.join(versions, entry))):
                archive = os.path.join(packed, "parts.test", "davit", name, f"terraform-provider-{name}_1.0.0_{platform}.zip")
                os.makedirs(os.path.dirname(archive), exist_ok=True)
                with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
                    file.write(os.path.join(made, name, "1.0.0", platform, f"terraform-provider-{name}_v1.0.0"), f"terraform-provider-{name}_v1.0.0")
        config = self.env["TF_CLI_CONFIG_FILE"]
        harness.write(config, harness.read(config).replace(os.path.join(harness.parts_directory(), "mirror"), packed))

    def test_plug_in_cache_of_the_user(self):
        """Several `init` of Terraform break it for each other, with exit code 0: only one is let at it at a time."""
        self.packed_mirror()
        cache = os.path.join(self.top, "plug-ins")
        config = self.env["TF_CLI_CONFIG_FILE"]
        plain = harness.read(config)
        for way in ("environment", "configuration"):
            with self.subTest(way=way):
                self.reset("stack-" + way)
                self.env.update(PATH=os.path.join(self.top, "bin") + ":" + self.env["PATH"], TF_CLI_CONFIG_FILE=config)
                harness.shutil.rmtree(cache, ignore_errors=True)
                os.makedirs(cache)
                if way == "environment":
                    self.env["TF_PLUGIN_CACHE_DIR"] = cache
                else:
                    harness.write(config, f'plugin_cache_dir = "{cache}"\n' + plain)
                names = [f"c{i}" for i in range(6)]
                self.stack([self.module(name, "0s") for name in names])
                self.up(0, "--parallelism", "6")
                self.check_all_up(names)
                self.check_clean()

    def test_lock_file_is_kept(self):
        """It names the plug-ins by their digests; the module's own directory gets none, and a new tree gets the kept one."""
        self.stack([self.module("db", "0s")])
        self.up()
        self.assertFalse(os.path.exists(os.path.join(self.dir, "db", LOCK)))
        self.take_told()
        harness.shutil.rmtree(os.path.join(self.dir, ".davit", "cache"))
        harness.shutil.rmtree(os.path.join(self.dir, ".davit", "work"))
        self.write("db/main.tf", harness.read(os.path.join(self.dir, "db/main.tf")) + "# changed\n")
        self.up()
        self.assertEqual(self.take_told(), {"init": 1, "apply": 1})
        lock = self.shell_out("db", f"cat {LOCK}")
        for name in ("time", "local"):
            self.assertIn(f'provider "parts.test/davit/{name}" {{\n  version = "1.0.0"\n', lock)
        self.assertEqual(lock.count("h1:"), 2)

    def test_lock_file_of_the_module_that_does_not_fit(self):
        """It is the user's word: a plug-in that is another one than it says does not run."""
        self.stack([self.module("db", "0s")])
        self.up()
        lock = self.shell_out("db", f"cat {LOCK}")
        self.write(f"db/{LOCK}", lock.replace("h1:", "h1:0000"))
        done = self.up(EXIT_FAILED)
        self.assertIn("checksum", done.out + done.err)
        self.write(f"db/{LOCK}", lock)
        self.up()
        self.check_clean()

    def test_cancel(self):
        """The tool ends by itself, and its plug-ins with it."""
        self.stack([self.module("db", "3s")])
        davit = self.start("up", "--auto-approve")
        wait_for(lambda: "time_sleep.wait: creating" in davit.text() or davit.ended(), davit.text)
        davit.signal(signal.SIGINT)
        self.assertIn(davit.wait().code, (0, EXIT_INTERRUPTED), davit.text())
        self.assertEqual(self.plug_ins(), [])
        self.check_resources({"local_file.first", "time_sleep.wait"})
        self.check_clean()

    def test_force_cancel(self):
        davit = self.at_work()
        self.davit("run", "force-cancel", "last", code=0)
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.check_no_plug_ins()
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_resources({"local_file.first"})
        self.check_clean()

    def test_tool_is_killed(self):
        davit = self.at_work()
        self.kill_tools()
        self.assertEqual(davit.wait().code, EXIT_PERSON, davit.text())
        self.check_no_plug_ins()
        report = self.reports()["db"]
        named = [one["address"] for one in report["created_not_in_state"]]
        self.assertEqual((report["state_resources"], named), (0, ["local_file.first"]) if self.TOOL == "tofu" else (1, []))
        self.assertEqual(report["perhaps_made"], ["time_sleep.wait"])
        self.assertEqual(report["look"], {"no_state": True} if self.TOOL == "tofu" else {"differences": []})
        self.davit("run", "reconcile", "--abandon", code=0)
        self.check_clean()

    def test_plug_in_is_killed(self):
        """The tool says so and fails; what was made before is in the state, and the next run goes on from there."""
        davit = self.at_work()
        for pid, command in self.plug_ins():
            if "provider-time" in command:
                os.kill(pid, signal.SIGKILL)
        self.assertEqual(davit.wait().code, EXIT_FAILED, davit.text())
        # Which of the two the tool says depends on whether it hears of the closed connection or of the ended process first.
        self.assertRegex(davit.text(), "Plugin did not respond|Request cancelled")
        self.check_no_plug_ins()
        self.check_resources({"local_file.first"})
        self.stack([self.module("db", "0s")])
        self.up()
        self.check_resources({"local_file.first", "time_sleep.wait"})
        self.check_nothing_to_do()
        self.check_clean()

    def test_davit_is_killed(self):
        self.stack([self.module("db", "3s")])
        davit = self.start("up", "--auto-approve")
        wait_for(lambda: "time_sleep.wait: creating" in davit.text() or davit.ended(), davit.text)
        self.kill_davit(davit)
        self.go_on(person_allowed=False)
        self.check_resources({"local_file.first", "time_sleep.wait"})
        self.check_nothing_to_do()
        self.check_clean()

    def test_secret_attributes(self):
        self.names = ["db"]
        self.env["PASSWORD"] = CANARY
        self.write("params.yaml", "parameters:\n  - {name: password, kind: user, sensitive: true, fromEnv: PASSWORD}\n")
        self.stack([self.module("db", "0s", ", parameters: {password: '${password}'}", """
variable "password" {
  type      = string
  sensitive = true
}
resource "local_sensitive_file" "secret" {
  filename = "FILE"
  content  = var.password
}
output "password" {
  value     = local_sensitive_file.secret.content
  sensitive = true
}
""".replace("FILE", self.first + "-secret"))])
        watch = test_secrets.Watch([CANARY])
        done = self.up()
        watch.stop()
        self.assertEqual(watch.found, [], "arguments of processes")
        self.assertNotIn(CANARY, done.out + done.err)
        self.assertEqual(harness.read(self.first + "-secret"), CANARY)
        self.check_everything(test_secrets.forms(CANARY))
        harness.write(self.first + "-secret", CANARY + " changed")
        done = self.davit("drift", "--json", code=0)
        self.assertNotIn(CANARY, done.out + done.err)
        self.check_everything(test_secrets.forms(CANARY))
        self.check_clean()

    def test_drift(self):
        """A file that somebody took away: what the look says, and that `up` does what it says."""
        self.stack([self.module("db", "0s")])
        self.up()
        os.unlink(self.first + "-db")
        found = self.answer("drift")["components"][0]
        self.assertEqual([found["differences"], found["undone_by_up"]], [[{"address": "local_file.first", "action": "gone"}], "no"])
        self.check_nothing_to_do()
        self.stack([self.module("db", "0s", ", parameters: {text: b}")])
        self.assertEqual(self.answer("drift")["components"][0]["undone_by_up"], "yes")
        self.up()
        self.assertEqual(harness.read(self.first + "-db"), "b")
        self.assertEqual(self.answer("drift")["drift"], False)
        self.check_clean()


@needs_tool("terraform")
@needs_providers("time", "local")
class Terraform(PlugIns, ToolOfParts):
    TOOL = "terraform"


@needs_tool("tofu")
class OpenTofuAlone(Basic, ToolOfParts):
    TOOL = "tofu"


@needs_tool("tofu")
@needs_providers("time", "local")
class OpenTofu(PlugIns, ToolOfParts):
    TOOL = "tofu"


if __name__ == "__main__":
    harness.main()
