#!/usr/bin/env python3
"""The conformance cases of seed 004 through `davit hub`. The suite is not part of this project: it is looked for in DAVIT_CONFORMANCE, else in
../shared/conformance beside the checkout; where there is none the tests are reported as not run.

    test_hub.py DAVIT
"""
import os
import re
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "cluster"))
import harness  # noqa: E402

SUITE = os.path.join(os.environ.get("DAVIT_CONFORMANCE") or os.path.join(HERE, "..", "..", "..", "shared", "conformance"), "hub")
try:
    import yaml  # noqa: F401  what the suite reads files with
except ImportError:
    yaml = None
# Templates of kind `go` are refused.
REFUSED = {"t04-go-templates"}


@unittest.skipUnless(yaml and os.path.isfile(os.path.join(SUITE, "run_cases.py")),
                     "not run: needs PyYAML and the conformance suite of davit hub (DAVIT_CONFORMANCE)")
class Hub(unittest.TestCase):
    def test_preferred(self):
        """Every case, but for those of what davit refuses, with what it should do where the reference is wrong."""
        done = subprocess.run([sys.executable, os.path.join(SUITE, "run_cases.py"), "--hub", harness.DAVIT, "--adapter",
                               os.path.join(SUITE, "adapter.json"), "--mode", "preferred"], capture_output=True, text=True, check=False)
        passed = re.findall(r"^ok   (\S+)$", done.stdout, re.MULTILINE)
        failed = re.findall(r"^FAIL (\S+)$", done.stdout, re.MULTILINE)
        self.assertGreaterEqual(len(passed), 40, done.stdout[-4000:] + done.stderr[-2000:])
        self.assertLessEqual(set(failed), REFUSED, done.stdout[-4000:])


if __name__ == "__main__":
    harness.main()
