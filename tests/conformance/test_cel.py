#!/usr/bin/env python3
"""The conformance cases of CEL through `davit eval --cel`. The suite is not part of this project: it is looked for in DAVIT_CONFORMANCE, else in
../shared/conformance beside the checkout; where there is none the tests are reported as not run.

    test_cel.py DAVIT
"""
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))
import harness  # noqa: E402

SUITE = os.path.join(os.environ.get("DAVIT_CONFORMANCE") or os.path.join(HERE, "..", "..", "..", "shared", "conformance"), "cel", "run_cases.py")


@unittest.skipUnless(os.path.isfile(SUITE), "not run: needs the conformance suite of CEL (DAVIT_CONFORMANCE)")
class Cel(unittest.TestCase):
    def test_core(self):
        """All that the language asks for."""
        done = subprocess.run([sys.executable, SUITE, "--davit", harness.DAVIT, "--group", "core"], capture_output=True, text=True, check=False)
        passed = re.search(r"^(\d+) of (\d+)$", done.stdout, re.MULTILINE)
        self.assertTrue(passed, done.stdout[-2000:] + done.stderr[-2000:])
        self.assertEqual(passed[1], passed[2], done.stdout[-4000:])
        self.assertGreaterEqual(int(passed[1]), 1000)
        self.assertEqual(done.returncode, 0)


if __name__ == "__main__":
    harness.main()
