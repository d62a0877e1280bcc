#!/usr/bin/env python3
"""`davit up` on a real terminal of 40, 80 and 200 columns: the question, the live table, what stays on the screen, Ctrl-C.

    pty_test.py DAVIT
"""
import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import tempfile
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run as text_tests  # noqa: E402
from screen import Screen  # noqa: E402

DAVIT = None
TIMEOUT_S = 60

STACK = """version: 1
kind: stack
meta: {name: shop}
components:
  - {name: network, source: {dir: net}}
  - {name: orders-database-primary, source: {dir: db}, depends: [network]}
  - {name: api, source: {dir: api}, depends: [orders-database-primary]}
outputs:
  - {name: url, value: "${api:url}"}
"""
SCRIPT = """#!/bin/sh
%s
"""


class Terminal:
    """A child on a pseudo terminal."""

    def __init__(self, argv, cwd, env, columns, rows=24):
        self.screen = Screen(columns, rows)
        self.raw = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.chdir(cwd)
            os.execvpe(argv[0], argv, env)
        self.decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.status = None

    def pump(self, until, after=None):
        """Reads until `until()` holds or the child has ended. True: it holds."""
        end = time.monotonic() + TIMEOUT_S
        while time.monotonic() < end:
            if until is not None and until():
                return True
            ready, _, _ = select.select([self.fd], [], [], 1)
            if not ready:
                continue
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b""
            if not data:
                _, status = os.waitpid(self.pid, 0)
                self.status = os.waitstatus_to_exitcode(status)
                return until is not None and until()
            text = self.decoder.decode(data)
            self.raw += text
            self.screen.feed(text)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("nothing more after %d s; the screen:\n%s" % (TIMEOUT_S, self.screen.text()))

    def send(self, text):
        os.write(self.fd, text.encode())

    def finish(self):
        self.pump(None)
        os.close(self.fd)
        return self.status


class UpOnATerminal(unittest.TestCase):
    def setUp(self):
        self.top = tempfile.TemporaryDirectory(prefix="davit-pty-")
        self.addCleanup(self.top.cleanup)
        self.directory = os.path.join(self.top.name, "t")
        os.makedirs(self.directory)
        self.env = text_tests.environment(DAVIT, self.top.name)
        self.env["TERM"] = "xterm-256color"
        self.write("stack.yaml", STACK)
        self.script("net", "echo preparing; echo 'a line that is much longer than forty columns, and longer than eighty too, so that it has to be cut'")
        self.script("db", "echo 数据库数据库数据库数据库数据库数据库")
        self.script("api", "echo 'Outputs:'; echo 'url = http://localhost'")

    def write(self, path, text, mode=0o644):
        path = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, mode)

    def script(self, component, body):
        self.write(component + "/deploy", SCRIPT % body, 0o755)
        self.write(component + "/undeploy", SCRIPT % "true", 0o755)

    def start(self, *arguments, columns=80, rows=24, **env):
        return Terminal(["davit", *arguments], self.directory, {**self.env, **env}, columns, rows)

    def up(self, columns):
        terminal = self.start("up", columns=columns)
        self.assertTrue(terminal.pump(lambda: "Apply? [y/N]" in terminal.screen.text()), terminal.screen.text())
        terminal.send("y\n")
        self.assertEqual(terminal.finish(), 0, terminal.screen.text())
        return terminal

    def check_width(self, terminal):
        for line in terminal.screen.wrapped:
            copied = "davit " in line or line.startswith("  /")
            self.assertTrue(copied, "a line is wider than the screen and is no command or path to be copied: " + line)
        self.assertTrue(terminal.screen.cursor_visible)

    def assertScreen(self, terminal, expected):
        actual = terminal.screen.text()
        self.assertTrue(text_tests.matches(expected, actual), "the screen is:\n" + actual)

    def test_80_columns(self):
        terminal = self.up(80)
        self.check_width(terminal)
        self.assertScreen(terminal, """a new key encrypts what davit keeps here; without it the states cannot be read,
so keep a copy:
  [..]/davit/keys/key_[..]
local/default/default/shop

  + network                  new
  + orders-database-primary  new
  + api                      new

  3 new

Apply? [y/N] y

✓ network                  done  [..]s
✓ orders-database-primary  done  [..]s
✓ api                      done  [..]s

✓ shop is up: 3 done ([..]s)
  critical path: network → orders-database-primary → api, [..]s

Outputs
  url  http://localhost

Next: `davit status` shows what stands, `davit down` takes it away
""")

    def test_40_columns(self):
        terminal = self.up(40)
        self.check_width(terminal)
        self.assertIn("✓ network ", terminal.screen.text())
        self.assertIn("Outputs\n  url  http://localhost\n", terminal.screen.text())

    def test_200_columns(self):
        terminal = self.up(200)
        self.check_width(terminal)
        self.assertIn("\n✓ shop is up: 3 done (", terminal.screen.text())

    def test_colors_only_where_wanted(self):
        self.assertIn("\033[32m", self.up(80).raw)
        self.script("api", "echo again; echo 'Outputs:'; echo 'url = http://localhost'")
        terminal = self.start("up", "--auto-approve", NO_COLOR="1")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotRegex(terminal.raw, "\033\\[[0-9;]*m")
        self.check_width(terminal)

    def test_dumb_terminal_gets_plain_lines(self):
        terminal = self.start("up", "--auto-approve", TERM="dumb")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("\033", terminal.raw)
        self.assertIn("network: done", terminal.raw)

    def test_ascii_where_the_locale_is_not_utf8(self):
        terminal = self.start("up", "--auto-approve", LC_ALL="C")
        self.assertEqual(terminal.finish(), 0)
        self.assertIn("* shop is up", terminal.screen.text())
        self.assertNotIn("✓", terminal.raw)

    def test_no_changes_nothing(self):
        terminal = self.start("up")
        self.assertTrue(terminal.pump(lambda: "Apply? [y/N]" in terminal.screen.text()))
        terminal.send("n\n")
        self.assertEqual(terminal.finish(), 0)
        self.assertIn("Nothing was changed", terminal.screen.text())

    def test_a_secret_is_not_shown_while_it_is_typed(self):
        with open(os.path.join(self.directory, "stack.yaml"), "a", encoding="utf-8") as file:
            file.write("parameters:\n  - {name: region, kind: user}\n  - {name: password, kind: user, sensitive: true}\n")
        terminal = self.start("up")
        self.assertTrue(terminal.pump(lambda: "region:" in terminal.screen.text()))
        terminal.send("eu-west-7\n")
        self.assertTrue(terminal.pump(lambda: "password:" in terminal.screen.text()))
        terminal.send("hunter-2\n")
        self.assertTrue(terminal.pump(lambda: "Apply? [y/N]" in terminal.screen.text()))
        terminal.send("n\n")
        self.assertEqual(terminal.finish(), 0)
        self.assertIn("eu-west-7", terminal.raw)
        self.assertNotIn("hunter-2", terminal.raw)
        self.assertIn("Apply? [y/N] n", terminal.screen.text())

    def test_a_question_says_that_there_is_a_default(self):
        with open(os.path.join(self.directory, "stack.yaml"), "a", encoding="utf-8") as file:
            file.write("parameters:\n  - {name: region, kind: user, default: eu-west-7}\n"
                       "  - {name: password, kind: user, sensitive: true, default: hunter-2}\n")
        terminal = self.start("up")
        self.assertTrue(terminal.pump(lambda: "region [eu-west-7]:" in terminal.screen.text()))
        terminal.send("\n")
        self.assertTrue(terminal.pump(lambda: "password [its default]:" in terminal.screen.text()))
        terminal.send("\n")
        self.assertTrue(terminal.pump(lambda: "Apply? [y/N]" in terminal.screen.text()))
        terminal.send("n\n")
        self.assertEqual(terminal.finish(), 0)
        self.assertNotIn("hunter-2", terminal.raw)

    def test_an_error_is_wrapped_at_words(self):
        terminal = self.start("up", "--target", "a component that nobody has ever put into the manifest of this stack")
        self.assertEqual(terminal.finish(), 3)
        self.check_width(terminal)
        self.assertIn("error: --target a component that nobody has ever put into the manifest of\n"
                      "  this stack: the stack has no such component\n", terminal.screen.text())

    def test_ctrl_c_at_the_question(self):
        terminal = self.start("up")
        self.assertTrue(terminal.pump(lambda: "Apply? [y/N]" in terminal.screen.text()))
        terminal.send("\x03")
        self.assertEqual(terminal.finish(), 130)
        self.assertIn("nothing was changed", terminal.screen.text())

    def test_end_of_input_at_the_question_waits_for_a_person(self):
        terminal = self.start("up")
        self.assertTrue(terminal.pump(lambda: "Apply? [y/N]" in terminal.screen.text()))
        terminal.send("\x04")
        self.assertEqual(terminal.finish(), 4)
        self.assertIn("davit run approve run_", terminal.screen.text())

    def test_ctrl_c_finishes_what_has_begun(self):
        fifo = os.path.join(self.top.name, "gate")
        os.mkfifo(fifo)
        self.script("net", "read line < %s; echo finished" % fifo)
        terminal = self.start("up", "--auto-approve")
        self.assertTrue(terminal.pump(lambda: "1 running" in terminal.screen.text()), terminal.screen.text())
        terminal.send("\x03")
        self.assertTrue(terminal.pump(lambda: "Ctrl-C again to force" in terminal.screen.text()), terminal.screen.text())
        with open(fifo, "w", encoding="utf-8") as file:
            file.write("go\n")
        self.assertEqual(terminal.finish(), 130)
        self.assertIn("✓ network", terminal.screen.text())
        self.assertIn("shop was interrupted", terminal.screen.text())
        self.check_width(terminal)

    def test_failure_shows_the_last_lines(self):
        self.script("db", "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do echo line $i; done; echo 'no such table' >&2; exit 3")
        terminal = self.start("up", "--auto-approve", columns=40)
        self.assertEqual(terminal.finish(), 1)
        text = terminal.screen.text()
        self.assertIn("✗ orders-database-prim", text)
        self.assertIn("no such table", text)
        self.assertNotIn("line 1\n", text)
        self.check_width(terminal)

    def test_more_components_than_rows(self):
        fifo = os.path.join(self.top.name, "gate")
        os.mkfifo(fifo)
        names = ["c%02d" % i for i in range(12)]
        self.write("stack.yaml", "version: 1\nkind: stack\nmeta: {name: wide}\ncomponents:\n" + "".join(
            "  - {name: %s, source: {dir: c}}\n" % name for name in names))
        self.script("c", "read line < %s" % fifo)
        terminal = self.start("up", "--auto-approve", "--parallelism", "12", rows=8)
        self.assertTrue(terminal.pump(lambda: " more" in terminal.screen.text() and "12 running" in terminal.screen.text()), terminal.screen.text())
        # Every reader gets its line: the writers' end stays open until all have.
        holder = os.open(fifo, os.O_RDWR)
        os.write(holder, b"go\n" * 64)
        self.assertEqual(terminal.finish(), 0)
        os.close(holder)
        self.assertIn("wide is up: 12 done", terminal.screen.text())


if __name__ == "__main__":
    DAVIT = sys.argv.pop(1)
    unittest.main()
