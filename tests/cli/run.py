#!/usr/bin/env python3
"""Text tests of the command line: what a person types, and what is printed.

    run.py DAVIT FILE.test...

A test is a file of sections, run in an empty directory of its own:

    --- file PATH            the lines below become this file (mode 0755 where they begin with #!)
    --- run [exit N] COMMAND a line for sh; N is the exit code that is wanted, 0 if not given
    --- out                  what it prints, both streams together; follows its run

`[..]` in the expected text stands for any text within a line, a line `[...]` for any number of lines. DAVIT_ACCEPT=1 writes
what was printed into the file wherever it differs, with ids, times and durations replaced by `[..]`. What stands before the
first section is a remark.
"""
import difflib
import os
import re
import shlex
import subprocess
import sys
import tempfile

TIMEOUT_S = 60


class Section:
    def __init__(self, kind, argument):
        self.kind = kind
        self.argument = argument
        self.lines = []

    def text(self):
        return "".join(line + "\n" for line in self.lines)


def parse(text):
    remark, sections = [], []
    for line in text.splitlines():
        match = re.match(r"--- (file|run|out)(?: (.*))?$", line)
        if match:
            sections.append(Section(match.group(1), match.group(2) or ""))
        elif sections:
            sections[-1].lines.append(line)
        else:
            remark.append(line)
    return remark, sections


def matches(expected, actual):
    """Empty lines at the end do not count: they are for readers of the file."""
    pattern = ""
    for line in expected.rstrip("\n").splitlines():
        if line == "[...]":
            pattern += "(?:.*\n)*?"
        else:
            pattern += ".*".join(re.escape(part) for part in line.split("[..]")) + "\n"
    return re.fullmatch(pattern, actual.rstrip("\n") + "\n" if actual.strip("\n") else "") is not None


def anonymous(text, directory):
    for place in (os.path.realpath(directory), directory, os.path.dirname(directory)):
        text = text.replace(place, "[..]")
    text = re.sub(r"\bkey_[0-9a-f]{16}\b", "key_[..]", text)
    text = re.sub(r"\b(run|sj|tsk|att|dep|cmp|prc|st|out)_[0-9a-z]{26}\b", r"\1_[..]", text)
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[..]", text)
    return re.sub(r"\b(\d+\.\d+s|\d+ms|\d+m\d\ds)", "[..]", text)


def environment(davit, directory):
    bin_directory = os.path.join(directory, ".bin")
    os.makedirs(bin_directory, exist_ok=True)
    os.symlink(os.path.abspath(davit), os.path.join(bin_directory, "davit"))
    home = os.path.join(directory, ".home")
    os.makedirs(home)
    keep = {name: value for name, value in os.environ.items() if name.endswith("SAN_OPTIONS")}
    return {
        **keep,
        "PATH": bin_directory + ":" + os.environ["PATH"],
        "HOME": home,
        "XDG_CONFIG_HOME": os.path.join(home, ".config"),
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
    }


def write_file(directory, section):
    path = os.path.join(directory, section.argument)
    os.makedirs(os.path.dirname(path) or directory, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(section.text())
    if section.lines and section.lines[0].startswith("#!"):
        os.chmod(path, 0o755)


def run_test(davit, path, accept):
    with open(path, encoding="utf-8") as file:
        remark, sections = parse(file.read())
    failures = []
    with tempfile.TemporaryDirectory(prefix="davit-cli-") as top:
        directory = os.path.join(top, "t")
        os.makedirs(directory)
        env = environment(davit, top)
        for index, section in enumerate(sections):
            if section.kind == "file":
                write_file(directory, section)
            if section.kind != "run":
                continue
            match = re.match(r"(?:exit (\d+) )?(.*)$", section.argument)
            wanted = int(match.group(1) or 0)
            command = match.group(2)
            try:
                done = subprocess.run(["sh", "-c", command], cwd=directory, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, timeout=TIMEOUT_S)
            except subprocess.TimeoutExpired as error:
                failures.append(f"$ {command}\nstill running after {TIMEOUT_S} s; so far:\n" + (error.output or b"").decode(errors="replace"))
                break
            actual = done.stdout.decode(errors="replace")
            if actual and not actual.endswith("\n"):
                actual += "\n"
            if done.returncode != wanted:
                failures.append(f"$ {command}\nexit code {done.returncode}, wanted {wanted}; it printed:\n{actual}")
            out = sections[index + 1] if index + 1 < len(sections) and sections[index + 1].kind == "out" else None
            expected = out.text() if out else ""
            if matches(expected, actual):
                continue
            if accept:
                if out is None:
                    out = Section("out", "")
                    sections.insert(index + 1, out)
                out.lines = anonymous(actual, directory).rstrip("\n").splitlines() + [""]
                continue
            difference = "".join(
                difflib.unified_diff(expected.splitlines(True), anonymous(actual, directory).splitlines(True), "expected", "printed"))
            failures.append(f"$ {command}\n{difference}")
    if accept:
        text = "".join(line + "\n" for line in remark)
        for section in sections:
            text += f"--- {section.kind} {section.argument}".rstrip() + "\n" + section.text()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.rstrip("\n") + "\n")
    return failures


def main():
    davit, tests = sys.argv[1], sys.argv[2:]
    accept = os.environ.get("DAVIT_ACCEPT") == "1"
    failed = 0
    for path in tests:
        failures = run_test(davit, path, accept)
        for failure in failures:
            print(f"{path}: {failure}")
        failed += 1 if failures else 0
        print(("FAILED " if failures else "ok ") + shlex.quote(os.path.basename(path)))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
