"""What every test of real processes needs: a stack in a directory of its own, `davit` with a home of its own, gates at which tools
wait, a log of what they made, and a look at what is left in /proc and on disk.

Nothing here sleeps in order to wait: `wait_for` looks for a condition until a deadline. A tool waits at a gate while the gate's file
exists, and says so by a file of its own; davit waits or dies at a fault point (src/base/fault.h) that DAVIT_FAULT names.
"""
import collections
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

DEADLINE_S = 60
COMMAND_S = 120
EXIT_FAILED, EXIT_INVALID, EXIT_PERSON, EXIT_INTERRUPTED = 1, 3, 4, 130

DAVIT = None
Done = collections.namedtuple("Done", "code out err")


def wait_for(condition, what, timeout=DEADLINE_S):
    """Looks until `condition` gives something true, which is returned."""
    end = time.monotonic() + timeout
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout} s still not: {what() if callable(what) else what}")
        time.sleep(0.005)


def read(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def read_bytes(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return b""


def write(path, text, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if mode is None:
        mode = 0o755 if text.startswith("#!") else 0o644
    with open(path, "wb" if isinstance(text, bytes) else "w") as file:
        file.write(text)
    os.chmod(path, mode)


def alive(pid):
    """A process that is there and is no zombie."""
    stat = read(f"/proc/{pid}/stat")
    return bool(stat) and stat.rsplit(")", 1)[1].split()[0] not in ("Z", "X")


def processes_of(top):
    """Living processes that belong to a test: its directory is in their environment, arguments or working directory."""
    found = []
    needle = top.encode()
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid() or not alive(int(name)):
            continue
        try:
            where = os.readlink(f"/proc/{name}/cwd").encode()
        except OSError:
            where = b""
        command = read_bytes(f"/proc/{name}/cmdline")
        if needle in where or needle in command or needle in read_bytes(f"/proc/{name}/environ"):
            found.append((int(name), command.replace(b"\0", b" ").decode(errors="replace").strip()))
    return found


def children_of(pid):
    found = []
    for task in os.listdir(f"/proc/{pid}/task"):
        found += [int(child) for child in read(f"/proc/{pid}/task/{task}/children").split()]
    return found


def tmpfs(path, size):
    """A small file system at `path`; false where this machine does not allow it."""
    os.makedirs(path, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path], stderr=subprocess.DEVNULL, check=False)
    return mounted.returncode == 0


class Running:
    """A davit in the background."""

    def __init__(self, test, argv, env, cwd, stdin=subprocess.DEVNULL):
        self.out = os.path.join(test.top, f"out-{test.counter()}")
        self.err = self.out + ".err"
        with open(self.out, "wb") as out, open(self.err, "wb") as err:
            self.process = subprocess.Popen(argv, env=env, cwd=cwd, stdin=stdin, stdout=out, stderr=err, start_new_session=True)
        self.pid = self.process.pid

    def text(self):
        return read(self.out) + read(self.err)

    def ended(self):
        return self.process.poll() is not None

    def wait(self, timeout=COMMAND_S):
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"davit still runs after {timeout} s; it printed:\n{self.text()}") from None
        return Done(self.process.returncode, read(self.out), read(self.err))

    def signal(self, number):
        self.process.send_signal(number)


class Terminal:
    """A davit on a pseudo terminal."""

    def __init__(self, argv, env, cwd):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(cwd)
            os.execve(argv[0], argv, env)
        self.printed = ""
        self.code = None

    def pump(self):
        while select.select([self.fd], [], [], 0)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                break
            self.printed += data.decode(errors="replace")
        if self.code is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.code = os.waitstatus_to_exitcode(status)

    def expect(self, text):
        def look():
            self.pump()
            return text in self.printed
        wait_for(look, lambda: f"{text!r} on the terminal; it shows:\n{self.printed}")

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self):
        def look():
            self.pump()
            return self.code is not None
        wait_for(look, lambda: f"the end of davit; it shows:\n{self.printed}", COMMAND_S)
        os.close(self.fd)
        return Done(self.code, self.printed, "")


class ClusterTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.top = os.path.realpath(tempfile.mkdtemp(prefix="davit-cluster-"))
        self.addCleanup(self.remove_top)
        self.numbers = 0
        self.mounts = []
        self.allowed_leftovers = ()
        self.reset()

    def reset(self, name="stack"):
        """A new, empty stack directory, for tests that go through many cases."""
        self.dir = os.path.join(self.top, name)
        self.made_log = os.path.join(self.top, name + "-made.log")
        self.gates = os.path.join(self.top, name + "-gates")
        home = os.path.join(self.top, "home")
        for directory in (self.dir, self.gates, home):
            os.makedirs(directory, exist_ok=True)
        self.env = {
            **{name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")},
            "PATH": os.environ["PATH"],
            "HOME": home,
            "USER": "tester",
            "XDG_CONFIG_HOME": os.path.join(home, ".config"),
            "XDG_CACHE_HOME": os.path.join(home, ".cache"),
            "TMPDIR": self.top,
            "LC_ALL": "C.UTF-8",
            "TERM": "dumb",
        }

    def remove_top(self):
        for _ in range(100):
            left = processes_of(self.top)
            if not left:
                break
            for pid, _ in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            time.sleep(0.01)
        for mount in self.mounts:
            subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(self.top, ignore_errors=True)

    def counter(self):
        self.numbers += 1
        return self.numbers

    # ---- The stack.

    def write(self, path, text, mode=None):
        write(os.path.join(self.dir, path), text, mode)

    def stack(self, components, rest=""):
        """`components`: lines of YAML flow mappings."""
        lines = "".join(f"  - {component}\n" for component in components)
        self.write("stack.yaml", f"version: 1\nkind: stack\nmeta: {{name: shop}}\ncomponents:\n{lines}{rest}")

    def script(self, name, depends=(), extra="", before="", after="", outputs=True):
        """A script component: it says that it began, waits at gate NAME, makes NAME, waits at gate NAME.made."""
        text = f"""#!/bin/sh
set -e
wait_at() {{
  [ -e "{self.gates}/$1" ] || return 0
  echo $$ > "{self.gates}/$1.reached.new"
  mv "{self.gates}/$1.reached.new" "{self.gates}/$1.reached"
  while [ -e "{self.gates}/$1" ]; do sleep 0.02; done
}}
"""
        deploy = text + f"""echo "begins {name}"
{before}
wait_at {name}
echo "{name}" >> {self.made_log}
wait_at {name}.made
{after}
"""
        if outputs:
            deploy += f'echo "Outputs:"\necho "id = {name}-id"\n'
        self.write(f"{name}/deploy", deploy)
        self.write(f"{name}/undeploy", text + f'wait_at {name}.undo\necho "undone {name}" >> {self.made_log}\n')
        waits = f", depends: [{', '.join(depends)}]" if depends else ""
        return f"{{name: {name}, source: {name}{waits}{extra}}}"

    def terraform(self, name, depends=(), resources=2, extra="", body=""):
        """A Terraform component of a chain of resources r1, r2, …: each waits at gate NAME.rI, then makes NAME.rI, then waits at NAME.rI.made."""
        text = 'variable "text" {\n  type    = string\n  default = "a"\n}\n'
        for i in range(1, resources + 1):
            gate = f"{self.gates}/{name}.r{i}"
            command = (f"if [ -e {gate} ]; then touch {gate}.reached; while [ -e {gate} ]; do sleep 0.02; done; fi; "
                       f"echo {name}.r{i} >> {self.made_log}; "
                       f"if [ -e {gate}.made ]; then touch {gate}.made.reached; while [ -e {gate}.made ]; do sleep 0.02; done; fi")
            depends_on = f"  depends_on = [terraform_data.r{i - 1}]\n" if i > 1 else ""
            text += f"""resource "terraform_data" "r{i}" {{
  input = var.text
{depends_on}  provisioner "local-exec" {{
    command = "{command}"
  }}
}}
"""
        text += f'output "id" {{\n  value = terraform_data.r{resources}.id\n}}\n{body}'
        self.write(f"{name}/main.tf", text)
        waits = f", depends: [{', '.join(depends)}]" if depends else ""
        return f"{{name: {name}, source: {name}{waits}{extra}}}"

    # ---- Gates.

    def close_gate(self, name):
        write(os.path.join(self.gates, name), "")

    def open_gate(self, name):
        os.unlink(os.path.join(self.gates, name))

    def wait_at_gate(self, name, davit=None):
        reached = os.path.join(self.gates, name + ".reached")

        def look():
            if davit is not None and davit.ended() and not os.path.exists(reached):
                raise AssertionError(f"davit ended before gate {name}:\n{davit.text()}")
            return os.path.exists(reached)
        wait_for(look, lambda: f"somebody at gate {name}" + (":\n" + davit.text() if davit else ""))

    def made(self):
        return collections.Counter(read(self.made_log).split("\n")[:-1])

    # ---- Davit.

    def start(self, *arguments, fault=None, env=None, cwd=None, prefix=()):
        environment = {**self.env, **(env or {})}
        if fault:
            environment["DAVIT_FAULT"] = fault
        if prefix and prefix[0] == "strace":  # LeakSanitizer refuses to work where another process traces
            environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        return Running(self, [*prefix, DAVIT, *arguments], environment, cwd or self.dir)

    def terminal(self, *arguments, fault=None):
        environment = dict(self.env)
        if fault:
            environment["DAVIT_FAULT"] = fault
        return Terminal([DAVIT, *arguments], environment, self.dir)

    def davit(self, *arguments, code=None, **more):
        done = self.start(*arguments, **more).wait()
        if code is not None:
            self.assertEqual(done.code, code, f"davit {' '.join(arguments)} printed:\n{done.out}{done.err}")
        return done

    def answer(self, *arguments, code=0):
        done = self.davit(*arguments, "--json", code=code)
        return json.loads(done.out)

    def up(self, code=0, *more, **options):
        return self.davit("up", "--auto-approve", *more, code=code, **options)

    def status(self):
        answer = self.answer("status")
        return {component["name"]: component for component in answer["components"]}, answer

    def go_on(self, person_allowed=True, decide="--resume"):
        """What a person does after a crash: `davit up`, and `run reconcile` where it asks. Returns all that was printed."""
        printed = ""
        for _ in range(8):
            done = self.davit("up", "--auto-approve")
            printed += done.out + done.err
            if done.code == 0:
                return printed
            self.assertEqual(done.code, EXIT_PERSON, f"davit up neither went on nor asked:\n{printed}")
            self.assertTrue(person_allowed, f"davit asks although nothing is uncertain:\n{printed}")
            self.assertIn("run reconcile", printed)
            seen = self.davit("run", "reconcile", code=EXIT_PERSON)
            printed += seen.out + seen.err
            done = self.davit("run", "reconcile", decide)
            printed += done.out + done.err
            wanted = (0,) if decide == "--abandon" else (0, EXIT_PERSON)
            self.assertIn(done.code, wanted, f"davit run reconcile {decide}:\n{printed}")
        self.fail(f"still not done:\n{printed}")

    def kill_tree(self):
        """`kill -9` of everything that this test started: davit, its supervisors, their tools."""
        for _ in range(200):
            left = processes_of(self.top)
            if not left:
                return
            for pid, _ in left:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            # Ours are zombies until somebody asks for them.
            time.sleep(0.005)
        self.fail(f"cannot be killed: {left}")

    def tool_pids(self, component=None):
        """Recorded pids of tools that run (state/*.begin of the attempts)."""
        pids = []
        work = os.path.join(self.dir, ".davit", "work")
        for directory, _, files in os.walk(work):
            if os.path.basename(directory) != "state":
                continue
            for name in files:
                if not name.endswith(".begin"):
                    continue
                try:
                    pid = json.loads(read(os.path.join(directory, name)))["tool"]["pid"]
                except (ValueError, KeyError):
                    continue
                if alive(pid) and (component is None or component.encode() in read_bytes(f"/proc/{pid}/environ")):
                    pids.append(pid)
        return pids

    def kill_tools(self):
        """`kill -9` of every tool that runs, and of nothing else."""
        pids = self.tool_pids()
        self.assertNotEqual(pids, [], "no tool runs that could be killed")
        for pid in pids:
            os.kill(pid, signal.SIGKILL)

    def parent_of(self, pid):
        return int(read(f"/proc/{pid}/stat").rsplit(")", 1)[1].split()[1])

    # ---- What must be true afterwards.

    def check_clean(self):
        """No process, no attempt directory, no entry of a dead davit is left."""
        left = []

        def look():
            left[:] = [entry for entry in processes_of(self.top) if not any(word in entry[1] for word in self.allowed_leftovers)]
            return not left
        wait_for(look, lambda: f"no process left, but there is {left}", 10)
        work = os.path.join(self.dir, ".davit", "work")
        for deployment in os.listdir(work) if os.path.isdir(work) else []:
            if deployment.startswith("dep_"):
                self.assertLessEqual(set(os.listdir(os.path.join(work, deployment))), {"tree", "tree.stat"}, "left in the work directory")
            else:
                self.fail(f"left in the work directory: {deployment}")
        proc = os.path.join(self.dir, ".davit", "proc")
        self.assertEqual(os.listdir(proc) if os.path.isdir(proc) else [], [], "entries of dead processes")

    def check_made_once(self, names):
        self.assertEqual(self.made(), collections.Counter(names))

    def check_all_up(self, names):
        components, answer = self.status()
        self.assertEqual({name: component["stands"] for name, component in components.items()}, {name: "up" for name in names})
        self.assertEqual(answer["open_runs"], [], "runs that have not ended")

    def check_nothing_to_do(self):
        done = self.up(0)
        self.assertIn("Nothing changed", done.out)


def has_terraform():
    return shutil.which("terraform") is not None


def needs_terraform(test):
    return unittest.skipUnless(has_terraform(), "not run: needs terraform")(test)


def needs_root(test):
    return unittest.skipUnless(os.geteuid() == 0, "not run: needs root")(test)


def needs_strace(test):
    return unittest.skipUnless(shutil.which("strace"), "not run: needs strace")(test)


# ---- Real parts (tools/parts.sh): on PATH, or where that script keeps what it made.

def parts_directory():
    named = os.environ.get("DAVIT_TEST_PARTS", "")
    if named not in ("", "all"):
        return os.path.abspath(named)
    return os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "davit-test-parts")


def find_tool(name):
    """The path of a tool that may be a part; None where this machine has none."""
    part = os.path.join(parts_directory(), "bin", name)
    return shutil.which(name) or (part if os.access(part, os.X_OK) else None)


def needs_tool(name):
    return unittest.skipUnless(find_tool(name), f"not run: needs {name}")


def needs_providers(*names):
    """Plug-ins with the source address parts.test/davit/NAME."""
    made = os.path.join(parts_directory(), "mirror", "parts.test", "davit")
    missing = [f"terraform-provider-{name}" for name in names if not os.path.isdir(os.path.join(made, name))]
    return unittest.skipIf(missing, "not run: needs " + ", ".join(missing))


class Reporter(unittest.TextTestResult):
    """Says on a line of its own what was not run."""

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.stream.writeln(f"{test.id()}: {reason}")


def strip(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def main():
    """test_x.py DAVIT [unittest's arguments]"""
    if len(sys.argv) < 2:
        sys.exit("usage: " + sys.argv[0] + " DAVIT [TEST...]")
    module = sys.modules["__main__"]
    sys.modules["harness"].DAVIT = os.path.abspath(sys.argv[1])
    unittest.main(module=module, argv=[sys.argv[0], *sys.argv[2:]],
                  testRunner=unittest.TextTestRunner(resultclass=Reporter, verbosity=2), failfast=False)
