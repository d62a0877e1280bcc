#!/usr/bin/env python3
"""Runs the tests of a build directory with ctest and says how it went, in single test cases.

    tools/run_tests.py BUILD [ARGUMENTS OF CTEST...]

ctest counts programs. What a person wants to know is how many cases passed, so those are read from what the programs printed: GoogleTest's
and unittest's own summaries; any other program is one case. What did not run, and why, is listed by name. The last line is
"N passed, N failed, N skipped". Exit code 0 only where nothing failed and something passed.
"""
import os
import re
import subprocess
import sys
import xml.etree.ElementTree

# Programs whose output is longer count by its end, where the summaries stand.
OUTPUT_LIMIT_BYTES = 4_000_000


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def number(pattern, text):
    return sum(int(found) for found in re.findall(pattern, text, re.MULTILINE))


def gtest(output):
    """Count and the skipped cases with their reasons; None where this is no output of GoogleTest."""
    if not re.search(r"^\[==========\] .* ran\.", output, re.MULTILINE):
        return None
    count = Count(number(r"^\[  PASSED  \] (\d+) tests?\.", output), number(r"^\[  FAILED  \] (\d+) tests?, listed below:", output),
                  number(r"^\[  SKIPPED \] (\d+) tests?, listed below:", output))
    reasons = []
    for case in re.finditer(r"^\[ RUN      \] (\S+)\n(.*?)^\[  SKIPPED \] \1", output, re.MULTILINE | re.DOTALL):
        lines = [line for line in case.group(2).splitlines() if line.strip() and not line.endswith(": Skipped")]
        reasons.append((case.group(1), lines[-1] if lines else ""))
    return count, reasons


def unittest(output):
    found = re.findall(r"^Ran (\d+) tests? in .*\n\n(OK|FAILED)(?: \((.*)\))?", output, re.MULTILINE)
    if not found:
        return None
    count = Count()
    for ran, _, details in found:
        failed, skipped = number(r"(?:^|[ ,])(?:failures|errors)=(\d+)", details), number(r"(?:^|[ ,])skipped=(\d+)", details)
        count.add(Count(int(ran) - failed - skipped, failed, skipped))
    reasons = re.findall(r"^(\S+): (not run: .*)$", output, re.MULTILINE)
    return count, reasons


def cases(test):
    """Count and skipped cases of one program."""
    status = test.get("status")
    output = test.findtext("system-out") or ""
    if status not in ("run", "fail"):
        element = test.find("skipped")
        message = element.get("message", "") if element is not None else ""
        if status == "disabled" or message.startswith("SKIP_"):
            return Count(skipped=1), [(test.get("name"), message)]
        return Count(failed=1), []  # it was not built
    count, reasons = gtest(output) or unittest(output) or (Count(passed=1 if status == "run" else 0), [])
    if status == "fail" and count.failed == 0:
        count.failed = 1  # died, or a sanitizer spoke after the last case
    return count, reasons


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, arguments = os.path.abspath(sys.argv[1]), sys.argv[2:]
    report = os.path.join(build, "tests.xml")
    if os.path.exists(report):
        os.remove(report)
    limit = str(OUTPUT_LIMIT_BYTES)
    done = subprocess.run(["ctest", "--test-dir", build, "--output-on-failure", "--no-tests=error", "--output-junit", report,
                           "--test-output-size-passed", limit, "--test-output-size-failed", limit, "--test-output-truncation", "head",
                           *arguments], stderr=subprocess.STDOUT)
    total, skipped, failed = Count(), [], []
    if os.path.exists(report):
        for test in xml.etree.ElementTree.parse(report).getroot().iter("testcase"):
            count, reasons = cases(test)
            total.add(count)
            skipped += [(test.get("name"), *reason) for reason in reasons]
            if count.failed:
                failed.append(test.get("name"))
    if done.returncode != 0 and total.failed == 0:
        total.failed = 1
    print()
    for program, name, reason in skipped:
        reason = reason.removeprefix("not run: ")
        print(f"not run: {name} ({program}){': ' + reason if reason else ''}")
    if failed:
        print("failed: " + ", ".join(failed))
    print(total)
    return 0 if done.returncode == 0 and total.failed == 0 and total.passed > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
