#!/usr/bin/env python3
"""No secret leaves the places where it belongs: a canary in sensitive parameters and outputs is looked for under `.davit`, in everything
that davit prints, in the arguments of every process, in left files; also encoded.

    test_secrets.py DAVIT
"""
import base64
import json
import os
import threading
import urllib.parse

import harness
from harness import ClusterTest, needs_terraform

CANARY = 'canary-7"Zq/9\\x+kilo'  # what JSON, URLs and shells write in another way
SCRIPT_CANARY = "canary-of-a-script-5510"


def forms(secret):
    """The bytes of a secret as they may turn up."""
    quoted = json.dumps(secret)[1:-1]
    found = {secret, quoted, json.dumps(quoted)[1:-1], urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret), secret.encode().hex()}
    for shift in range(3):  # base64 depends on where the secret begins
        encoded = base64.b64encode(b"x" * shift + secret.encode()).decode()
        found.add(encoded[4 if shift else 0:len(encoded) // 4 * 4 - 4])
    return sorted(found)


class Watch:
    """Reads the arguments of every process again and again, until it is stopped."""

    def __init__(self, needles):
        self.needles = [needle.encode() for needle in needles]
        self.found = []
        self.looks = 0
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            for name in os.listdir("/proc"):
                if name.isdigit():
                    arguments = harness.read_bytes(f"/proc/{name}/cmdline")
                    if any(needle in arguments for needle in self.needles):
                        self.found.append(arguments)
            self.looks += 1

    def stop(self):
        self.stopped.set()
        self.thread.join()


class Secrets(ClusterTest):
    def search(self, directory, needles):
        hits = []
        for where, _, names in os.walk(directory):
            for name in names:
                path = os.path.join(where, name)
                content = harness.read_bytes(path) if os.path.isfile(path) else b""
                hits += [f"{os.path.relpath(path, directory)}: {needle}" for needle in needles if needle.encode() in content]
        return hits

    def check_everything(self, needles, run="last"):
        self.assertEqual(self.search(os.path.join(self.dir, ".davit"), needles), [], "files under .davit")
        self.assertEqual(self.search(self.env["HOME"], needles), [], "files of the user")
        commands = [["status"], ["outputs"], ["run", "list"], ["run", "show", run], ["logs", run], ["graph"], ["validate"], ["drift"]]
        commands += [["why", name] for name in self.names]
        for command in commands:
            for more in ([], ["--json"]):
                done = self.davit(*command, *more)
                for needle in needles:
                    self.assertNotIn(needle, done.out + done.err, f"davit {' '.join(command + more)}")

    def deploy(self, stack, needles, code=0):
        stack()
        watch = Watch(needles)
        try:
            done = self.davit("up", "--auto-approve", code=code)
        finally:
            watch.stop()
        self.assertGreater(watch.looks, 3)
        self.assertEqual(watch.found, [], "arguments of processes")
        for needle in needles:
            self.assertNotIn(needle, done.out + done.err)
        return done

    def parameters(self, canary):
        """The secret comes in by the process environment of davit."""
        self.write("params.yaml", "parameters:\n  - {name: db.password, kind: user, sensitive: true, fromEnv: DB_PASSWORD}\n")
        self.env["DB_PASSWORD"] = canary

    def scripts(self, canary, before=""):
        self.names = ["db", "app"]
        token = os.path.join(self.top, "token")
        harness.write(token, SCRIPT_CANARY)
        db = self.script("db", extra=", parameters: [{name: password, value: '${db.password}', env: PASSWORD}]", outputs=False,
                         before='echo "the password is $PASSWORD"\necho "and again: $PASSWORD" >&2\n' + before,
                         after=f'token=$(cat {token})\nprintf "Outputs:\\nurl = db://%s@host\\ntoken = %s\\n\\n" "$PASSWORD" "$token"')
        self.write("db/component.yaml", "version: 1\nkind: component\nmeta: {name: db}\noutputs:\n  - {name: url, sensitive: true}\n"
                                        "  - {name: token, sensitive: true}\n")
        app = self.script("app", ["db"], extra=", parameters: [{name: url, value: '${db:url}', env: URL}, {name: token, value: '${db:token}', env: TOKEN}]",
                          before='echo "I got $URL and $TOKEN"')
        self.stack([db, app], "outputs:\n  - {name: url, value: '${db:url}', sensitive: true}\n")
        self.parameters(canary)

    def test_scripts(self):
        self.deploy(lambda: self.scripts("canary-of-a-parameter-8841"), ["canary-of-a-parameter-8841"])
        needles = forms("canary-of-a-parameter-8841") + forms(SCRIPT_CANARY)
        self.check_everything([needle for needle in needles if needle])
        self.check_made_once(["db", "app"])
        shown = self.davit("outputs", "--show-sensitive", "--json", code=0)
        self.assertEqual(json.loads(shown.out)["components"]["db"]["token"]["value"], SCRIPT_CANARY)
        self.check_clean()

    def test_a_secret_that_a_script_makes_up_and_prints(self):
        self.write("stack.yaml", "version: 1\nkind: stack\nmeta: {name: demo}\ncomponents: [{name: db, source: db}]\n")
        self.write("db/component.yaml", "version: 1\nkind: component\nmeta: {name: db}\noutputs: [{name: token, sensitive: true}]\n")
        self.write("db/deploy", f"#!/bin/sh\necho Outputs:\necho 'token = \"{SCRIPT_CANARY}\"'\necho\necho after {SCRIPT_CANARY}\n"
                                f"echo errors {SCRIPT_CANARY} >&2\n", mode=0o755)
        up = self.davit("up", "--auto-approve", code=0)
        logs = self.davit("logs", "last", "db", code=0).out
        self.assertIn("after ***", logs)
        self.assertIn("errors ***", logs)
        for text in (up.out, up.err, logs):
            self.assertNotIn(SCRIPT_CANARY, text)
        self.assertIn(SCRIPT_CANARY, self.davit("outputs", "--show-sensitive", "--json", code=0).out)

    def test_odd_bytes(self):
        self.deploy(lambda: self.scripts(CANARY), [CANARY])
        self.check_everything(forms(CANARY))

    def test_value_in_a_parameter_file(self):
        """Parameter files are the manifest's: no tool needs them, so no copy of them lies in clear where tools work."""
        canary = "canary-of-a-file-4417"

        def stack():
            self.scripts(canary)
            self.write("params.yaml", f"parameters:\n  - {{name: db.password, kind: user, sensitive: true, value: {canary}}}\n")
        self.deploy(stack, [canary])
        self.check_everything(forms(canary))

    def test_outputs_that_nobody_called_sensitive(self):
        """A script prints what it was given: the output is sensitive, and so is what others make of it, and what they say of it."""
        canary = "canary-of-an-output-6653"

        def stack():
            self.names = ["db", "app"]
            db = self.script("db", extra=", parameters: [{name: password, value: '${db.password}', env: PASSWORD}]", outputs=False,
                             after='printf "Outputs:\\nurl = db://%s@host\\nport = 5432\\n" "$PASSWORD"')
            app = self.script("app", ["db"], extra=", parameters: [{name: url, value: 'x-${db:url}', env: URL}]",
                              before='echo "I got $URL"\nplain=${URL#x-db://}\necho "bad ${plain%@host}" >&2\nexit 1')
            self.stack([db, app], "outputs:\n  - {name: url, value: '${db:url}'}\n")
            self.parameters(canary)
        self.deploy(stack, [canary], code=harness.EXIT_FAILED)
        self.check_everything(forms(canary))
        outputs = self.answer("outputs")["components"]["db"]
        self.assertEqual([outputs["url"]["sensitive"], outputs["port"]], [True, {"value": "5432", "sensitive": False}])

    def test_failure(self):
        """The last line of a script that fails is shown as the reason; it too is masked."""
        done = self.deploy(lambda: self.scripts("canary-of-a-failure-1177", before='echo "bad password $PASSWORD" >&2; exit 1'),
                           forms("canary-of-a-failure-1177"), code=harness.EXIT_FAILED)
        self.assertIn("bad password", done.out + done.err)
        self.check_everything(forms("canary-of-a-failure-1177"))

    def terraform_stack(self, canary):
        self.names = ["db", "app"]
        db = self.terraform("db", extra=", parameters: {password: '${db.password}'}", body="""
variable "password" {
  type      = string
  sensitive = true
}
resource "terraform_data" "user" {
  input = var.password
  provisioner "local-exec" {
    command     = "echo told $SECRET; echo $SECRET >&2"
    environment = { SECRET = nonsensitive(var.password) }
  }
}
output "url" {
  value     = "db://${var.password}@host"
  sensitive = true
}
""")
        app = self.script("app", ["db"], extra=", parameters: [{name: url, value: '${db:url}', env: URL}]", before='echo "I got $URL"')
        self.stack([db, app])
        self.parameters(canary)

    @needs_terraform
    def test_terraform(self):
        self.deploy(lambda: self.terraform_stack("canary-of-terraform-3390"), ["canary-of-terraform-3390"])
        self.check_everything(forms("canary-of-terraform-3390"))
        self.check_clean()

    @needs_terraform
    def test_terraform_odd_bytes(self):
        self.deploy(lambda: self.terraform_stack(CANARY), [CANARY])
        self.check_everything(forms(CANARY))

    @needs_terraform
    def test_terraform_asked(self):
        """With a saved plan, which holds secrets in clear while it is a file."""
        canary = "canary-of-a-plan-2206"
        self.terraform_stack(canary)
        watch = Watch([canary])
        terminal = self.terminal("up")
        harness.wait_for(lambda: terminal.pump() or "[y/N]" in terminal.printed, lambda: terminal.printed)
        terminal.type("y\n")
        done = terminal.wait()
        watch.stop()
        self.assertEqual(done.code, 0, done.out)
        self.assertEqual(watch.found, [])
        self.assertNotIn(canary, done.out)
        self.check_everything(forms(canary))
        self.check_clean()

    @needs_terraform
    def test_a_secret_that_changes(self):
        """A plan shows neither the new one nor the last one, which the tool does not mark in what a provider made of it."""
        old, new, inner = "canary-of-last-year-7718", "canary-of-this-year-9923", "canary-of-the-module-3307"
        self.terraform_stack(old)
        path = os.path.join(self.dir, "db/main.tf")
        module = harness.read(path)
        harness.write(path, module + f"""resource "terraform_data" "hidden" {{
  input = {{ token = sensitive("{inner}"), name = "plain" }}
}}
""")
        self.up()
        self.env["DB_PASSWORD"] = new
        harness.write(path, module + """resource "terraform_data" "hidden" {
  input = { token = "another", name = "plain" }
}
""")
        self.davit("plan", "-o", "plan.md")
        self.davit("up", code=harness.EXIT_PERSON)
        run = self.answer("run", "list", "--open")["runs"][0]["id"]
        printed = harness.read(os.path.join(self.dir, "plan.md"))
        for command in (["plan"], ["plan", "--full"], ["plan", "--json"], ["run", "show", run], ["run", "show", run, "--json"],
                        ["run", "approve", run], ["logs", run], ["status"], ["status", "--json"]):
            done = self.davit(*command)
            printed += done.out + done.err
        self.assertIn("input.token", printed)
        for needle in (old, new, inner):
            for form in forms(needle):
                self.assertNotIn(form, printed)
        self.check_everything(forms(old) + forms(new) + forms(inner))

    @needs_terraform
    def test_after_a_crash(self):
        """What a killed run left is closed to others, and gone when it is settled."""
        canary = "canary-of-a-crash-6672"
        self.terraform_stack(canary)
        self.close_gate("db.r1")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("db.r1", davit)
        self.kill_tree()
        davit.wait()
        self.open_gate("db.r1")
        work = os.path.join(self.dir, ".davit", "work")
        for name in os.listdir(work):
            if name.startswith("sj_"):
                self.assertEqual(os.stat(os.path.join(work, name)).st_mode & 0o077, 0, "an attempt that others can read")
        self.assertEqual(os.stat(os.path.join(self.dir, ".davit")).st_mode & 0o077, 0)
        self.go_on()
        self.check_everything(forms(canary))
        self.check_clean()


if __name__ == "__main__":
    harness.main()
