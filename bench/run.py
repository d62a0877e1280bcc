#!/usr/bin/env python3
"""Measures davit against the budgets of the design: each number is a ratio of two things measured in this run, in turn, so that it means
the same on every machine.

    run.py DAVIT YAML_SCAN PLAN_VIEW CEL [--only WORD] [--repeat 5] [--quick] [--write docs/benchmarks.md]

DAVIT is a release build. Rows that need terraform say so where there is none. The exit code is 1 where a budget is missed.
"""
import argparse
import json
import os
import pty
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import generate  # noqa: E402

PARALLEL = 2


class Peak:
    """The peak memory of one process alone, looked at while it runs: what wait4 tells has that of its children and of ours in it."""

    def __init__(self, pid):
        self.path = f"/proc/{pid}/status"
        self.kb = 0
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self):
        while True:
            try:
                with open(self.path, encoding="ascii") as file:
                    for line in file:
                        if line.startswith("VmHWM:"):
                            self.kb = int(line.split()[1])  # it only grows, but for an exec
            except OSError:
                return
            if self.ended.wait(0.002):
                return

    def stop(self):
        self.ended.set()
        self.thread.join()
        return self.kb


class Bench:
    def __init__(self, options):
        self.davit = os.path.abspath(options.davit)
        self.scan = os.path.abspath(options.yaml_scan)
        self.plan_view = os.path.abspath(options.plan_view)
        self.cel_bench = os.path.abspath(options.cel)
        self.options = options
        self.repeat = 3 if options.quick else options.repeat
        self.top = tempfile.mkdtemp(prefix="davit-bench-")
        home = os.path.join(self.top, "home")
        os.makedirs(home)
        self.env = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C.UTF-8", "TERM": "dumb", "CHECKPOINT_DISABLE": "1",
                    "TF_IN_AUTOMATION": "1"}
        self.rows = []
        self.loads = [os.getloadavg()[0]]

    # ---- Measuring.

    def run(self, argv, cwd, memory=False, answer=None):
        """Runs a command to its end: its wall time in seconds, or its peak memory in kB. `answer` is typed on a pseudo terminal at the
        question."""
        begun = time.monotonic()
        if answer is not None:
            pid, fd = pty.fork()
            if pid == 0:
                os.chdir(cwd)
                os.execve(argv[0], argv, self.env)
        else:
            with open(os.path.join(self.top, "out"), "wb") as out:
                process = subprocess.Popen(argv, cwd=cwd, env=self.env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
            pid = process.pid
        peak = Peak(pid) if memory else None
        if answer is not None:
            self.talk(fd, answer)
        _, status = os.waitpid(pid, 0)
        seconds = time.monotonic() - begun
        if answer is None:
            process.returncode = os.waitstatus_to_exitcode(status)
        if os.waitstatus_to_exitcode(status) != 0:
            with open(os.path.join(self.top, "out"), encoding="utf-8", errors="replace") as out:
                sys.exit(f"{' '.join(argv)} failed:\n{out.read()[-3000:]}")
        return peak.stop() if peak else seconds

    @staticmethod
    def talk(fd, answer):
        shown = b""
        while True:
            select.select([fd], [], [])
            try:
                data = os.read(fd, 65536)
            except OSError:
                return
            if not data:
                return
            if answer and b"[y/N]" in (shown := (shown + data)[-200:]):
                os.write(fd, answer)
                answer = b""

    def in_turn(self, *actions, repeat=None):
        """Runs the actions in turn, again and again; the medians."""
        results = [[] for _ in actions]
        for _ in range(repeat or self.repeat):
            for action, list_ in zip(actions, results):
                list_.append(action())
        return [statistics.median(list_) for list_ in results]

    def quickly(self, action, times):
        """One measurement of something short: the mean of several."""
        return lambda: sum(action() for _ in range(times)) / times

    def row(self, what, ours, theirs, ratio, budget, peak_kb, limit):
        met = ratio <= budget
        self.loads.append(os.getloadavg()[0])
        self.rows.append((what, ours, theirs, ratio, budget, peak_kb, met, limit))
        print(f"{what}: {ours}; {theirs}; ratio {ratio:.2f} (budget {budget}), peak {peak_kb / 1024:.0f} MB{'' if met else '   MISSED'}", flush=True)

    def stack(self, name, *arguments):
        directory = os.path.join(self.top, name)
        shutil.rmtree(directory, ignore_errors=True)
        generate.generate(generate.parse([directory, *arguments]))
        return directory

    # ---- Rows.

    def validate(self):
        """Beside libyaml; and 10,000 components beside 1,000, in turn, as the machine is not the same from one minute to the next."""
        small = self.stack("validate-1000", "--components", "1000")
        for count in (1000, 10000) + (() if self.options.quick else (50000,)):
            directory = self.stack(f"validate-{count}", "--components", str(count))
            files = [os.path.join(directory, "stack.yaml")]
            times = max(1, 5000 // count)

            def check(memory=False, where=directory):
                return self.run([self.davit, "validate"], where, memory)
            ours, theirs, of_small = self.in_turn(self.quickly(check, times),
                                                  self.quickly(lambda f=files, d=directory: self.run([self.scan, *f], d), times),
                                                  self.quickly(lambda: self.run([self.davit, "validate"], small), 5),
                                                  repeat=3 * self.repeat if count < 50000 else 2)
            peak_kb = check(memory=True)
            what = f"`validate`, {count:,} components, {count * 9:,} parameters, against libyaml scanning"
            limit = "libyaml, which reads both halves of a large file at once; then values with positions, names and edges, by cache misses"
            if count == 1000:
                self.row(what, f"{ours * 1000:.1f} ms", f"{theirs * 1000:.1f} ms", ours / theirs, 3, peak_kb, limit)
            elif count == 10000:
                self.row(what + f" (ratio to 1,000; {ours / theirs:.2f} x scanning)", f"{ours * 1000:.0f} ms", f"{theirs * 1000:.0f} ms",
                         ours / of_small, 11, peak_kb, "the same, and memory that no cache holds")
            else:
                self.row(what + " (ratio: peak memory to 500 MB)", f"{ours:.2f} s", f"{theirs:.2f} s", peak_kb / 1024 / 500, 1, peak_kb,
                         "the values and their positions, all in memory at once")

    SHAPES = {
        "all independent": ("--fan-in", "0"),
        "one long chain": ("--fan-in", "1"),
        "each from 6 outputs of others": ("--fan-in", "5", "--dense"),
        "a `fromStack` chain of four": ("--from-stack", "3"),
    }

    def shapes(self):
        """Whether `validate` stays linear, in time and memory, whatever the graph is like. 10,000 and 1,000 are measured in turn."""
        for shape, arguments in self.SHAPES.items():
            where = {}
            for count in (1000, 10000) + (() if self.options.quick else (50000,)):
                directory = self.stack(f"shape-{count}", "--components", str(count), *arguments)
                where[count] = os.path.join(directory, "top") if "--from-stack" in arguments else directory

            def check(count, memory=False):
                return self.run([self.davit, "validate"], where[count], memory)
            small, large = self.in_turn(self.quickly(lambda: check(1000), 5), lambda: check(10000), repeat=3 * self.repeat)
            peak_kb = check(10000, memory=True)
            self.row(f"`validate`, 10,000 components, {shape} (ratio to 1,000)", f"{large * 1000:.0f} ms", f"{small * 1000:.1f} ms", large / small, 11, peak_kb,
                     "memory that no cache holds")
            if 50000 in where:
                seconds = check(50000)
                larger_kb = check(50000, memory=True)
                self.row(f"`validate`, 50,000 components, {shape} (ratio: memory to 5 x that of 10,000)", f"{seconds:.2f} s", f"{large:.2f} s for 10,000",
                         larger_kb / peak_kb / 5, 1.05, larger_kb, "the values and their positions, all in memory at once")
            for directory in ("shape-1000", "shape-10000", "shape-50000"):
                shutil.rmtree(os.path.join(self.top, directory), ignore_errors=True)

    def up(self, directory, memory=False, answer=None, more=("--auto-approve",)):
        """A first `up`."""
        shutil.rmtree(os.path.join(directory, ".davit"), ignore_errors=True)
        return self.run([self.davit, "up", "--parallelism", str(PARALLEL), *more], directory, memory, answer)

    def terraform(self):
        count = 12 if self.options.quick else 40
        directory = self.stack("terraform", "--components", str(count), "--fan-in", "0", "--parameters", "1", "--tool", "terraform", "--modules", "distinct")
        modules = os.path.join(directory, "modules")
        shell = ('terraform init -input=false >/dev/null && terraform plan -input=false -out=p >/dev/null && '
                 'terraform apply -input=false p >/dev/null && terraform output -json >/dev/null')

        def loop():
            copy = os.path.join(self.top, "loop")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(modules, copy)
            return self.run(["/bin/sh", "-c", f"ls | xargs -P {PARALLEL} -I{{}} sh -c 'cd {{}} && {shell}'"], copy)

        direct, asked, theirs = self.in_turn(lambda: self.up(directory), lambda: self.up(directory, answer=b"y\n", more=()), loop)
        said = f"`init plan apply output` under `xargs -P {PARALLEL}`: {theirs:.2f} s"
        peak_kb = self.up(directory, memory=True)
        self.row(f"`up --auto-approve` of {count} Terraform components, {PARALLEL} at a time", f"{direct:.2f} s", said, direct / theirs, 0.28, peak_kb,
                 "one process of terraform for each component")
        self.row(f"`up` of {count} Terraform components, planned, asked, applied", f"{asked:.2f} s", said, asked / theirs, 0.5,
                 self.up(directory, memory=True, answer=b"y\n", more=()), "two processes of terraform for each component")
        self.row("davit's own memory beside its tools (64 MB + 1 MB for each running component)", f"{peak_kb / 1024:.0f} MB", f"{64 + PARALLEL} MB",
                 peak_kb / 1024 / (64 + PARALLEL), 1, peak_kb, "the binary and SQLite's cache")

    def plan(self):
        def davit(directory, memory=False):
            shutil.rmtree(os.path.join(directory, ".davit"), ignore_errors=True)
            return self.run([self.davit, "plan", "--full", "--parallelism", str(PARALLEL)], directory, memory)

        def shell(directory, parallel):
            copy = os.path.join(self.top, "loop")
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(os.path.join(directory, "modules"), copy)
            one = "terraform plan -input=false -out=p >/dev/null && terraform show -json p >/dev/null"
            return self.run(["/bin/sh", "-c", f"ls | xargs -P {parallel} -I{{}} sh -c 'cd {{}} && {one}'"], copy)

        common = ("--parameters", "1", "--tool", "terraform", "--modules", "distinct")
        count = 12 if self.options.quick else 40
        wide = self.stack("plan-wide", "--components", str(count), "--fan-in", "0", *common)
        ours, theirs = self.in_turn(lambda: davit(wide), lambda: shell(wide, PARALLEL))
        self.row(f"`plan --full` of {count} Terraform components, {PARALLEL} at a time, against `plan` and `show -json` under `xargs -P {PARALLEL}`",
                 f"{ours:.2f} s", f"{theirs:.2f} s", ours / theirs, 1.2, davit(wide, memory=True), "two processes of terraform for each component")
        chain = self.stack("plan-chain", "--components", "10", "--fan-in", "0", "--chain", *common)
        ours, theirs = self.in_turn(lambda: davit(chain), lambda: shell(chain, 1))
        self.row("`plan --full` of a chain of 10, each from planned outputs of the one before, against the same in sequence", f"{ours:.2f} s", f"{theirs:.2f} s",
                 ours / theirs, 1.2, davit(chain, memory=True), "the same, one after another")

    def preview(self):
        """Within one process: drawing is too short to be measured by starting one."""
        done = subprocess.run([self.plan_view, "1000", str(self.repeat)], env=self.env, stdout=subprocess.PIPE, check=True)
        seconds = json.loads(done.stdout)
        self.row("drawing the preview of 1,000 components in full, against reading their plans as JSON", f"{seconds['draw_full'] * 1000:.1f} ms",
                 f"{seconds['read'] * 1000:.1f} ms", seconds["draw_full"] / seconds["read"], 1, 0, "lines for every attribute, and their width")

    def cel(self):
        """Within one process, like the preview."""
        count = 2000 if self.options.quick else 20000
        done = subprocess.run([self.cel_bench, str(count), str(self.repeat)], env=self.env, stdout=subprocess.PIPE, check=True)
        seconds = json.loads(done.stdout)

        def each(name, texts):
            return f"{seconds[name] / count / texts * 1e6:.2f} µs"
        self.row("parsing and evaluating an expression of CEL, against the bare parse of the same text", each("evaluate", 4), each("parse", 4),
                 seconds["evaluate"] / seconds["parse"], 2, 0, "lists, maps and texts that an expression makes on its way")
        self.row("a text made with `#{ }`, parsed and evaluated, against the same text with `${ }`", each("computed", 1), each("plain", 1),
                 seconds["computed"] / seconds["plain"], 12, 0, "parsing CEL twice: when it is read, and when it is evaluated")

    def unchanged(self):
        for count, budget in ((60, 1),) + (() if self.options.quick else ((1000, 3),)):
            directory = self.stack(f"unchanged-{count}", "--components", str(count), "--fan-in", "2", "--parameters", "3", "--tool", "terraform")
            self.run([self.davit, "up", "--auto-approve", "--parallelism", "4"], directory)

            def again(memory=False, where=directory):
                return self.run([self.davit, "up", "--auto-approve"], where, memory)
            ours, theirs = self.in_turn(again, lambda d=directory: self.run(["terraform", "version"], d), repeat=max(self.repeat, 7))
            self.row(f"`up` of {count:,} unchanged Terraform components, against `terraform version`", f"{ours * 1000:.0f} ms", f"{theirs * 1000:.0f} ms",
                     ours / theirs, budget, again(memory=True), "rows of run, jobs and tasks written in one commit, and the digest of each input")

    def scripts(self):
        count = 50 if self.options.quick else 200
        directory = self.stack("scripts", "--components", str(count), "--fan-in", "0", "--parameters", "2", "--body", "sleep 0.02")
        script = os.path.join(directory, "modules", "module", "deploy")
        ours, theirs = self.in_turn(lambda: self.up(directory),
                                    lambda: self.run(["/bin/sh", "-c", f"seq {count} | xargs -P {PARALLEL} -I{{}} {script}"], directory))
        self.row(f"`up` of {count} scripts of 20 ms, {PARALLEL} at a time, against `xargs -P {PARALLEL}`", f"{ours:.2f} s", f"{theirs:.2f} s", ours / theirs,
                 1.15, self.up(directory, memory=True), "two forks and the durable files of an attempt, and one commit")
        small, large = 100, 1000 if self.options.quick else 3000
        stacks = {n: self.stack(f"empty-{n}", "--components", str(n), "--fan-in", "0", "--parameters", "2") for n in (small, large)}
        few, many = self.in_turn(lambda: self.up(stacks[small]), lambda: self.up(stacks[large]), repeat=3)
        self.row(f"empty scripts: cost of one in {large:,} against one in {small}", f"{many / large * 1000:.2f} ms", f"{few / small * 1000:.2f} ms",
                 (many / large) / (few / small), 1.1, self.up(stacks[large], memory=True), "fsync of commit and status, fork of supervisor and tool")

    def hub(self):
        """In place, one after the other, with a state file; each component's entry in it has all outputs before it too."""
        def stack(count, outputs):
            directory = os.path.join(self.top, f"hub-{count}-{outputs}")
            shutil.rmtree(directory, ignore_errors=True)
            said = 'echo Outputs:\necho "value = of $HUB_COMPONENT"\n' if outputs else ""
            generate.write(os.path.join(directory, "module", "deploy"), "#!/bin/sh\n" + said, 0o755)
            generate.write(os.path.join(directory, "module", "undeploy"), "#!/bin/sh\n", 0o755)
            generate.write(os.path.join(directory, "module", "hub-component.yaml"), "version: 1\nkind: component\nmeta: {name: module}\n"
                           + ("outputs: [{name: value}]\n" if outputs else ""))
            generate.write(os.path.join(directory, "hub.yaml"), "version: 1\nkind: stack\nmeta: {name: bench}\ncomponents:\n"
                           + "".join(f"  - {{name: c{i}, source: {{dir: module}}}}\n" for i in range(count)))
            self.run([self.davit, "hub", "elaborate", "hub.yaml"], directory)
            return directory

        def deploy(directory, *more, memory=False):
            if not more:
                shutil.rmtree(os.path.join(directory, ".davit"), ignore_errors=True)
                if os.path.exists(os.path.join(directory, "hub.yaml.state")):
                    os.remove(os.path.join(directory, "hub.yaml.state"))
            return self.run([self.davit, "hub", "deploy", "hub.yaml.elaborate", *more], directory, memory)

        small, large = 100, 300 if self.options.quick else 3000
        stacks = {n: stack(n, False) for n in (small, large)}
        few, many = self.in_turn(lambda: deploy(stacks[small]), lambda: deploy(stacks[large]), repeat=3)
        self.row(f"`hub deploy` of empty scripts: cost of one in {large:,} against one in {small}", f"{many / large * 1000:.2f} ms", f"{few / small * 1000:.2f} ms",
                 (many / large) / (few / small), 1.1, deploy(stacks[large], memory=True), "the same as `up` of them, one after the other, and a state file each second")
        count = 100 if self.options.quick else 1000
        plain, full = stack(count, False), stack(count, True)
        ours, theirs, one = self.in_turn(lambda: deploy(full), lambda: deploy(plain), lambda: deploy(full, "-c", "c0"), repeat=3)
        self.row(f"`hub deploy` of {count:,} scripts with an output each: what it takes more than without, against twice a deploy of one of them, which reads and "
                 "writes the whole state file", f"{ours - theirs:.2f} s", f"{2 * one:.2f} s", (ours - theirs) / (2 * one), 1, deploy(full, memory=True),
                 "the state file, which grows with the square of the components")

    def affected(self):
        directory = self.stack("affected", "--components", "10000")

        def commit():
            for words in (("add", "-A"), ("-c", "user.name=bench", "-c", "user.email=bench@example.org", "commit", "-q", "-m", "a commit")):
                self.run([shutil.which("git"), *words], directory)

        self.run([shutil.which("git"), "init", "-q", "."], directory)
        commit()
        with open(os.path.join(directory, "modules", "module", "deploy"), "a", encoding="utf-8") as file:
            file.write("# more\n")
        manifest = os.path.join(directory, "stack.yaml")
        with open(manifest, encoding="utf-8") as file:
            text = file.read()
        generate.write(manifest, text.replace("value: v3}", "value: other}"))
        commit()

        def look(memory=False):
            return self.run([self.davit, "plan", "--affected", "HEAD~1..HEAD"], directory, memory)
        ours, theirs = self.in_turn(self.quickly(look, 3), self.quickly(lambda: self.run([self.davit, "validate"], directory), 3))
        self.row("`plan --affected` of 10,000 components, against `validate` of them", f"{ours * 1000:.0f} ms", f"{theirs * 1000:.0f} ms", ours / theirs, 2.5,
                 look(memory=True), "loading two stacks, both in memory at once")

    def version(self):
        ours, theirs = self.in_turn(self.quickly(lambda: self.run([self.davit, "version"], self.top), 50),
                                    self.quickly(lambda: self.run(["/bin/true"], self.top), 50))
        # Too short to be looked at while it runs; time(1) is small enough not to be in what it tells.
        peak_kb = 0
        if os.path.exists("/usr/bin/time"):
            done = subprocess.run(["/usr/bin/time", "-f", "%M", self.davit, "version"], env=self.env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
            peak_kb = int(done.stderr)
        self.row("`davit version` against `/bin/true`", f"{ours * 1000:.2f} ms", f"{theirs * 1000:.2f} ms", ours / theirs, 5, peak_kb, "the dynamic linker")

    # ---- The page.

    def page(self):
        cpus = os.cpu_count()
        text = f"""# Benchmarks

Made by `make bench` (a release build; `bench/run.py DAVIT YAML_SCAN PLAN_VIEW CEL --write docs/benchmarks.md`). Each row is a ratio of two things that
were measured in the same run, in turn; medians of {self.repeat}, of `validate` {3 * self.repeat}. This page: {cpus} cores, load {self.loads[0]:.1f} at the start, at most {max(self.loads):.1f}; what is
above {PARALLEL + 1} is not its own, and makes ratios worse. Peak memory is that of davit alone. What can be
counted (processes, commits) is counted exactly, by `tests/cluster/test_counts.py`.

| what | davit | measured against | ratio | budget | peak memory | limited by |
|---|---|---|---|---|---|---|
"""
        for what, ours, theirs, ratio, budget, peak_kb, met, limit in self.rows:
            text += f"| {what} | {ours} | {theirs} | {'' if met else '**'}{ratio:.2f}{'' if met else '**'} | {budget} | {peak_kb / 1024:.0f} MB | {limit} |\n"
        missed = [row[0] for row in self.rows if not row[6]]
        text += "\n" + ("Missed, in bold: " + "; ".join(missed) + ".\n" if missed else "All budgets are kept.\n")
        return text


def main():
    parser = argparse.ArgumentParser(description="Measures davit against its budgets.")
    parser.add_argument("davit")
    parser.add_argument("yaml_scan")
    parser.add_argument("plan_view")
    parser.add_argument("cel")
    parser.add_argument("--only", action="append", default=[], choices=["validate", "shapes", "affected", "terraform", "plan", "preview", "cel", "unchanged", "scripts", "hub", "version"])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="smaller stacks, three rounds")
    parser.add_argument("--write", help="the page to write")
    options = parser.parse_args()
    bench = Bench(options)
    try:
        for name in options.only or ["version", "validate", "shapes", "affected", "preview", "cel", "scripts", "hub", "unchanged", "terraform", "plan"]:
            if name in ("terraform", "plan", "unchanged") and shutil.which("terraform") is None:
                print(f"{name}: not run: needs terraform")
                continue
            if name == "affected" and shutil.which("git") is None:
                print(f"{name}: not run: needs git")
                continue
            getattr(bench, name)()
    finally:
        shutil.rmtree(bench.top, ignore_errors=True)
    if options.write:
        with open(options.write, "w", encoding="utf-8") as file:
            file.write(bench.page())
    return 0 if all(row[6] for row in bench.rows) else 1


if __name__ == "__main__":
    sys.exit(main())
