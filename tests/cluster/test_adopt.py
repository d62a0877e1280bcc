#!/usr/bin/env python3
"""`davit state adopt` out of the backend that a module declares: what is taken over is what is there, nothing is changed there, and from then on
the state is davit's, whatever the module goes on declaring.

    test_adopt.py DAVIT
"""
import base64
import hashlib
import http.server
import json
import os
import signal
import subprocess
import threading

import harness
from harness import ClusterTest, EXIT_FAILED, EXIT_INVALID, EXIT_PERSON, needs_terraform

USER, PASSWORD = "keeper", "correct-horse-battery"

MODULE = """variable "text" { default = "a" }
resource "terraform_data" "one" { input = var.text }
resource "terraform_data" "two" {}
output "text" { value = terraform_data.one.output }
"""
BLOCK = """
terraform {
  required_version = ">= 1.4"
  backend "http" {}
}
"""
BLOCK_LINE = MODULE.count("\n") + 4


class StateServer:
    """Keeps states as Terraform's `http` backend wants it: GET, POST, LOCK, UNLOCK, with a user and a password."""

    def __init__(self):
        self.states = {}
        self.requests = []
        self.locks = set()
        self.held = None  # an event that answers wait for
        self.reached = threading.Event()
        served = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, code, body=b""):
                self.send_response(code)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def handle_it(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                name = self.path.split("?")[0].strip("/")
                given = self.headers.get("Authorization", "")
                if given != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
                    return self.answer(401)
                served.requests.append((self.command, name))
                if served.held is not None:
                    served.reached.set()
                    served.held.wait(harness.DEADLINE_S)
                if self.command == "GET":
                    state = served.states.get(name)
                    return self.answer(404) if state is None else self.answer(200, state)
                if self.command == "POST":
                    served.states[name] = body
                elif self.command == "LOCK":
                    if name in served.locks:
                        return self.answer(423, b"{}")
                    served.locks.add(name)
                elif self.command == "UNLOCK":
                    served.locks.discard(name)
                return self.answer(200)

            do_GET = do_POST = do_LOCK = do_UNLOCK = do_DELETE = handle_it

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        self.server = None

    def state(self, name):
        return json.loads(self.states[name])

    def asked(self, name):
        return [method for method, of in self.requests if of == name]


class AdoptCase(ClusterTest):
    def setUp(self):
        super().setUp()
        self.server = StateServer()
        self.addCleanup(self.server.stop)

    def backend_of(self, name, password=PASSWORD):
        address = f"{self.server.url}/{name}"
        values = {"ADDRESS": address, "LOCK_ADDRESS": address, "UNLOCK_ADDRESS": address, "USERNAME": USER, "RETRY_MAX": "0"}
        return {**{"TF_HTTP_" + key: value for key, value in values.items()}, "TF_HTTP_PASSWORD": password}

    def component(self, name, text="a", source=None, password="${password}"):
        """The block of its backend is empty: what it needs comes with the component's parameters, the password from a sensitive one."""
        inputs = [f"{{name: text, value: {text}}}"]
        inputs += [f"{{name: {key.lower()}, value: '{value}', env: {key}}}" for key, value in self.backend_of(name, password).items()]
        return f"{{name: {name}, source: {source or name}, parameters: [{', '.join(inputs)}]}}"

    def one(self, text="a", block=BLOCK, **more):
        self.write("db/main.tf", MODULE + block)
        self.stack([self.component("db", text, **more)], f"parameters:\n  - {{name: password, value: {PASSWORD}, sensitive: true}}\n"
                   "outputs:\n  - {name: text, value: '${db:text}'}\n")

    def by_hand(self, name="db"):
        """What somebody made before davit came."""
        environment = {**self.env, **self.backend_of(name), "TF_DATA_DIR": os.path.join(self.top, "data")}
        for arguments in (["init", "-input=false"], ["apply", "-auto-approve", "-input=false"]):
            subprocess.run(["terraform", *arguments, "-no-color"], cwd=os.path.join(self.dir, name), env=environment, check=True,
                           stdout=subprocess.DEVNULL)
        self.server.requests.clear()

    def adopt(self, *more):
        return self.answer("state", "adopt", "db", "--auto-approve", *more)

    def ids(self, state):
        return {resource["name"]: resource["instances"][0]["attributes"]["id"] for resource in state["resources"]}

    def pulled(self):
        return json.loads(self.davit("state", "pull", "db", code=0).out)

    def check_untouched(self, before, name="db"):
        self.assertEqual(self.server.states.get(name), before)
        self.assertLessEqual(set(self.server.asked(name)), {"GET"})

    def check_not_adopted(self, before):
        self.check_untouched(before)
        self.assertIn("no states", self.davit("state", "list", code=0).out)
        self.assertEqual(self.answer("run", "list", "--open")["runs"], [])


@needs_terraform
class FromARemoteBackend(AdoptCase):
    def test_what_davit_has_deployed_there(self):
        self.one()
        self.up()
        before = self.server.states["db"]
        self.assertIn("POST", self.server.asked("db"))
        self.server.requests.clear()

        done = self.davit("state", "adopt", "db", code=EXIT_PERSON)
        self.assertIn("db: adopt the state in its http backend", done.out)
        self.assertIn("terraform_data.one", done.out)
        self.assertIn("lineage " + self.server.state("db")["lineage"], done.out)
        self.assertIn("davit state adopt db --auto-approve", done.err)
        self.check_not_adopted(before)

        answer = self.adopt("-m", "it moves in")
        state = self.server.state("db")
        self.assertEqual((answer["version"]["version"], answer["version"]["serial"], answer["version"]["lineage"]),
                         (1, state["serial"], state["lineage"]))
        self.assertEqual((answer["adopted"]["backend"], answer["adopted"]["file"], answer["moved_to"]), ("http", None, None))
        self.assertEqual(answer["adopted"]["resources"], ["terraform_data.one", "terraform_data.two"])
        kept = self.davit("state", "pull", "db", code=0).out
        self.assertEqual(json.loads(kept), state)
        self.assertEqual(answer["adopted"]["sha256"], hashlib.sha256(kept.encode()).hexdigest())
        run = self.answer("run", "list", "--limit", "1")["runs"][0]
        self.assertEqual((run["id"], run["kind"], run["result"], run["message"]), (answer["run"], "import", "succeeded", "it moves in"))
        self.check_untouched(before)

        # The backend is not needed any more, and is not asked.
        self.server.stop()
        done = self.up()
        self.assertIn(f"the http backend that its module declares in db/main.tf:{BLOCK_LINE} is not used", done.err)
        self.assertIn("take the block away", done.err)
        self.assertIn("is not used", self.davit("plan", code=0).err)
        self.assertEqual(self.ids(self.pulled()), self.ids(state))
        self.check_nothing_to_do()
        self.assertEqual(self.answer("drift")["components"][0].get("differences", []), [])
        shell = self.davit("shell", "db", "--", "terraform", "state", "list", code=0)
        self.assertEqual(shell.out.split(), ["terraform_data.one", "terraform_data.two"])

        self.one("b")
        self.up()
        newest = self.answer("state", "list", "db")["components"][0]["versions"][0]
        self.assertEqual((newest["version"], newest["changes"]), (2, {"added": 0, "changed": 1, "removed": 0}))
        self.assertEqual(self.ids(self.pulled()), self.ids(state))
        self.assertEqual(self.davit("outputs", "text", code=0).out, "b\n")

        self.one("b", block="")
        done = self.up()
        self.assertNotIn("is not used", done.err)
        self.assertEqual(self.ids(self.pulled()), self.ids(state))
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.pulled()["resources"], [])
        self.assertEqual(self.server.states["db"], before)
        self.check_clean()

    def test_what_somebody_made_by_hand(self):
        self.one()
        self.by_hand()
        before, ids = self.server.states["db"], self.ids(self.server.state("db"))
        davit = self.terminal("state", "adopt", "db")
        davit.expect("Adopt it? [y/N]")
        davit.type("n\n")
        self.assertEqual(davit.wait().code, 0)
        self.check_not_adopted(before)

        davit = self.terminal("state", "adopt", "db")
        davit.expect("2 resources:")
        davit.expect("Adopt it? [y/N]")
        self.assertEqual(self.davit("state", "adopt", "db", code=EXIT_PERSON).err.count("davit run approve"), 1)
        davit.type("y\n")
        done = davit.wait()
        self.assertEqual(done.code, 0, done.out)
        self.assertIn("db has state version 1 now", done.out)
        self.assertNotIn(PASSWORD, done.out + self.davit("logs", "last", code=0).out)
        self.check_untouched(before)
        for arguments in ((), ("--from", "x.tfstate")):
            self.write("x.tfstate", before.decode())
            self.assertIn("already", self.davit("state", "adopt", "db", *arguments, "--auto-approve", code=EXIT_INVALID).err)
        self.up()
        self.assertEqual(self.ids(self.pulled()), ids)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")
        self.check_untouched(before)
        self.check_clean()

    def test_down_before_any_up(self):
        """What `down` works from are the files of the last deploy, which know of the backend only."""
        self.one()
        self.up()
        before = self.server.states["db"]
        self.adopt()
        self.server.requests.clear()
        self.davit("down", "--auto-approve", code=0)
        self.assertEqual(self.pulled()["resources"], [])
        self.check_untouched(before)
        # Nothing goes back to the backend by itself.
        self.up()
        self.assertEqual(len(self.pulled()["resources"]), 2)
        self.check_untouched(before)

    def test_one_of_two_that_share_a_module(self):
        self.write("m/main.tf", MODULE + BLOCK)
        both = lambda text: self.stack([self.component("db", text, "m"), self.component("web", text, "m")],
                                       f"parameters:\n  - {{name: password, value: {PASSWORD}, sensitive: true}}\n")
        both("a")
        self.up()
        before = self.server.states["db"]
        self.adopt()
        self.server.requests.clear()
        both("b")
        done = self.up()
        self.assertEqual(done.err.count("is not used"), 1)
        self.check_untouched(before)
        self.assertIn("POST", self.server.asked("web"))
        self.assertEqual(self.server.state("web")["outputs"]["text"]["value"], "b")
        self.assertEqual(self.pulled()["outputs"]["text"]["value"], "b")

    def test_import_needs_no_backend_of_its_own(self):
        self.one()
        self.up()
        self.one(block=BLOCK + 'resource "terraform_data" "three" {}\n')
        refused = self.davit("state", "import", "db", "terraform_data.three", "x", code=EXIT_INVALID)
        self.assertIn("davit state adopt db", refused.err)
        self.adopt()
        self.server.stop()
        self.answer("state", "import", "db", "terraform_data.three", "0d7f1a2e-0000-4000-8000-000000000001")
        self.assertEqual(len(self.pulled()["resources"]), 3)


@needs_terraform
class Refusals(AdoptCase):
    def refused(self, words, code=EXIT_FAILED, *more):
        done = self.davit("state", "adopt", "db", "--auto-approve", *more, code=code)
        self.assertIn(words, " ".join((done.out + done.err).split()))
        self.assertNotIn(PASSWORD, done.out + done.err)
        return done

    def test_nothing_is_there(self):
        self.one()
        done = self.refused("its http backend holds no state")
        self.assertIn("nothing was adopted", done.out)
        self.server.states["db"] = json.dumps({"version": 4, "serial": 3, "lineage": "x", "resources": []}).encode()
        self.refused("the state in its http backend holds no resources")
        self.server.states["db"] = b"no state at all"
        self.refused("db")
        self.assertEqual(set(self.server.asked("db")), {"GET"})
        del self.server.states["db"]
        # It goes on with its own backend.
        self.up()
        self.assertIn("POST", self.server.asked("db"))
        self.assertEqual(self.adopt()["version"]["version"], 1)

    def test_nobody_answers(self):
        self.one()
        self.up()
        before = self.server.states["db"]
        url = self.server.url
        self.server.stop()
        done = self.refused("connection refused")
        self.assertIn(url, "".join(done.out.split()))
        self.assertIn("mend what failed and say it again", done.out)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")
        self.assertEqual(self.server.states["db"], before)

    def test_a_wrong_password(self):
        self.one(password="wrong")
        self.server.states["db"] = b"{}"
        self.refused("auth")
        self.check_not_adopted(b"{}")

    def test_it_changes_while_somebody_decides(self):
        self.one()
        self.up()
        davit = self.terminal("state", "adopt", "db")
        davit.expect("Adopt it? [y/N]")
        state = self.server.state("db")
        self.server.states["db"] = json.dumps({**state, "serial": state["serial"] + 1}).encode()
        self.server.requests.clear()
        before = self.server.states["db"]
        davit.type("y\n")
        done = davit.wait()
        self.assertEqual(done.code, EXIT_FAILED)
        self.assertIn(f"serial {state['serial']}, now {state['serial'] + 1}", " ".join(done.out.split()))
        self.check_not_adopted(before)
        self.assertEqual(self.status()[0]["db"]["stands"], "up")
        self.assertEqual(self.adopt()["version"]["serial"], state["serial"] + 1)

    def test_under_a_run(self):
        self.one(block=BLOCK + self.slow())
        self.close_gate("slow")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("slow", davit)
        done = self.refused("holds")
        self.assertIn("davit run cancel", done.err)
        self.open_gate("slow")
        self.assertEqual(davit.wait().code, 0, davit.text())

    def slow(self):
        gate = os.path.join(self.gates, "slow")
        return (f'resource "terraform_data" "slow" {{\n  provisioner "local-exec" {{\n    command = "touch {gate}.reached; '
                f'while [ -e {gate} ]; do sleep 0.02; done"\n  }}\n}}\n')

    def test_inputs_that_nobody_knows_yet(self):
        """Its password comes from a component that was never deployed."""
        self.write("db/main.tf", MODULE + BLOCK)
        self.stack([self.script("keys"), self.component("db", password="${keys:id}")])
        self.refused("keys")
        self.assertEqual(self.server.requests, [])


@needs_terraform
class Killed(AdoptCase):
    def setUp(self):
        super().setUp()
        self.one()
        self.up()
        self.before = self.server.states["db"]
        self.server.requests.clear()

    def test_before_the_end_nothing_is_kept(self):
        for fault in ("control.after_commit.submit", "control.after_commit.claim", "runner.launched", "runner.tool_ended",
                      "control.before_commit.finish", "control.after_commit.finish", "control.after_commit.gate", "control.after_commit.claim:2",
                      "runner.tool_ended:3", "control.before_commit.finish:2"):
            with self.subTest(fault):
                done = self.davit("state", "adopt", "db", "--auto-approve", fault=fault)
                self.assertEqual(done.code, -signal.SIGKILL, "the point was not met")
                self.davit("state", "unlock", code=0)
                self.check_not_adopted(self.before)
        self.assertEqual(self.adopt()["version"]["version"], 1)
        self.up()
        self.check_untouched(self.before)
        self.check_clean()

    def test_after_the_last_commit_it_is_davits(self):
        done = self.davit("state", "adopt", "db", "--auto-approve", fault="control.after_commit.finish:2")
        self.assertEqual(done.code, -signal.SIGKILL)
        self.assertEqual(self.pulled(), self.server.state("db"))
        self.up()
        self.check_untouched(self.before)
        self.check_clean()

    def test_at_the_question(self):
        davit = self.terminal("state", "adopt", "db")
        davit.expect("Adopt it? [y/N]")
        os.kill(davit.pid, signal.SIGKILL)
        davit.wait()
        self.assertEqual(self.adopt()["version"]["version"], 1)
        self.check_untouched(self.before)

    def test_the_answer_comes_from_elsewhere(self):
        for verb, code in (("reject", EXIT_FAILED), ("approve", 0)):
            davit = self.terminal("state", "adopt", "db")
            davit.expect("Adopt it? [y/N]")
            self.assertIn("to adopting the state of db", self.davit("run", "show", "last", code=0).out)
            done = self.davit("run", verb, code=0)
            self.assertEqual("adopt the state in its http backend" in done.out, verb == "approve")
            done = davit.wait()
            self.assertEqual(done.code, code, done.out)
            self.assertIn("answered from elsewhere", done.out)
            if verb == "reject":
                self.check_not_adopted(self.before)
        self.assertEqual(self.pulled(), self.server.state("db"))

    def test_ctrl_c_while_the_backend_is_slow(self):
        self.server.held = threading.Event()
        davit = self.terminal("state", "adopt", "db")
        self.assertTrue(self.server.reached.wait(harness.DEADLINE_S))
        davit.type("\x03")
        davit.expect("Ctrl-C again to force")
        self.server.held.set()
        done = davit.wait()
        self.server.held = None
        self.assertEqual(done.code, harness.EXIT_INTERRUPTED, done.out)
        self.check_not_adopted(self.before)
        self.check_clean()
        self.assertEqual(self.adopt()["version"]["version"], 1)

    def test_ctrl_c_at_the_question(self):
        davit = self.terminal("state", "adopt", "db")
        davit.expect("Adopt it? [y/N]")
        davit.type("\x03")
        self.assertEqual(davit.wait().code, harness.EXIT_INTERRUPTED)
        self.check_not_adopted(self.before)


@needs_terraform
class ALocalBackend(AdoptCase):
    def local(self, path, text="a"):
        setting = f'path = "{path}"' if path else ""
        self.write("db/main.tf", MODULE + f'terraform {{\n  backend "local" {{\n    {setting}\n  }}\n}}\n')
        self.stack([f"{{name: db, source: db, parameters: [{{name: text, value: {text}}}]}}"])

    def test_at_a_path(self):
        path = os.path.join(self.top, "kept", "own.tfstate")
        self.local(path)
        self.up()
        before = harness.read(path)
        adopted = self.adopt()["adopted"]
        self.assertEqual((adopted["backend"], adopted["sha256"]), ("local", hashlib.sha256(before.encode()).hexdigest()))
        self.local(path, "b")
        self.up()
        self.assertEqual(self.pulled()["outputs"]["text"]["value"], "b")
        self.assertEqual(self.ids(self.pulled()), self.ids(json.loads(before)))
        self.assertEqual(harness.read(path), before)
        self.check_nothing_to_do()

    def test_beside_the_module_where_davit_works(self):
        self.local("")
        self.up()
        self.adopt()
        ids = self.ids(self.pulled())
        self.local("", "b")
        self.up()
        self.assertEqual(self.ids(self.pulled()), ids)
        self.assertEqual(self.pulled()["outputs"]["text"]["value"], "b")
        self.check_nothing_to_do()

    def test_beside_the_module_where_nobody_copies_it_from(self):
        self.local("")
        self.write(".gitignore", "*.tfstate\n.terraform*\n")
        for command in ("init", "apply -auto-approve"):
            subprocess.run(["terraform", *command.split(), "-no-color"], cwd=os.path.join(self.dir, "db"), env=self.env, check=True,
                           stdout=subprocess.DEVNULL)
        file = os.path.join(self.dir, "db", "terraform.tfstate")
        before = harness.read(file)
        done = self.davit("state", "adopt", "db", "--auto-approve", code=EXIT_FAILED)
        self.assertIn("holds no state", done.out)
        self.assertIn("--from FILE", " ".join(done.out.split()))
        self.assertIsNone(self.adopt("--from", file)["moved_to"])
        self.up()
        self.assertEqual(self.ids(self.pulled()), self.ids(json.loads(before)))
        self.assertEqual(harness.read(file), before)


@needs_terraform
class AddedLater(AdoptCase):
    """A backend that somebody declares in a module whose state is davit's: nothing is made a second time."""

    def test_it_is_not_used(self):
        for name, block in (("http", BLOCK), ("cloud", 'terraform {\n  cloud {\n    organization = "nobody"\n    workspaces { name = "w" }\n  }\n}\n'),
                            ("json", None)):
            with self.subTest(name):
                self.reset(name)
                self.one(block="")
                self.up()
                ids = self.ids(self.pulled())
                self.one("b", block=block or "")
                if block is None:
                    self.write("db/backend.tf.json", '{"terraform": {"backend": {"http": {}}}}')
                done = self.up()
                self.assertIn("is not used", done.err)
                self.assertIn("backend.tf.json" if block is None else "main.tf:", done.err)
                self.assertEqual(self.ids(self.pulled()), ids)
                self.assertEqual(self.pulled()["outputs"]["text"]["value"], "b")
                self.assertEqual(self.server.requests, [])
                self.check_nothing_to_do()

    def test_an_override_of_the_users_is_overridden(self):
        self.one(block="")
        self.write("db/backend_override.tf", 'terraform {\n  backend "http" {}\n}\n')
        self.by_hand()
        before = self.server.states["db"]
        self.adopt()
        done = self.up()
        self.assertIn("db/backend_override.tf:2 is not used", done.err)
        self.check_untouched(before)


if __name__ == "__main__":
    harness.main()
