#!/usr/bin/env python3
"""What runs around the tool: hooks and the wait for ready conditions, of a component and of the whole stack. davit is killed in the middle,
everything is killed in the middle, a person interrupts.

    test_around.py DAVIT
"""
import http.server
import os
import signal
import socket
import threading

import harness
from harness import ClusterTest, EXIT_FAILED, EXIT_INTERRUPTED, needs_tool, read, wait_for


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Around(ClusterTest):
    def setUp(self):
        super().setUp()
        self.port = free_port()
        self.condition = f'{{url: "http://127.0.0.1:{self.port}/", waitSeconds: 60}}'

    def answers(self):
        """From now on something answers there."""
        handler = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        server = http.server.ThreadingHTTPServer(("127.0.0.1", self.port), handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)

    def waiting(self, who):
        davit = self.start("up", "--auto-approve")
        wait_for(lambda: f"{who}: waiting for an answer" in davit.text() or davit.ended(), davit.text)
        return davit

    def of_the_stack(self):
        self.stack([self.script("web"), self.script("db")], f"lifecycle: {{readyConditions: [{self.condition}]}}\n")

    def of_a_component(self):
        self.stack([self.script("web"), self.script("db", ["web"])])
        self.write("web/component.yaml", "version: 1\nkind: component\nmeta: {name: web}\noutputs: [{name: id}]\n"
                                         f"lifecycle: {{readyConditions: [{self.condition}]}}\n")


@needs_tool("curl")
class Ready(Around):
    def check_all(self):
        self.check_made_once(["web", "db"])
        self.check_nothing_to_do()
        self.check_all_up(["web", "db"])
        self.check_clean()

    def test_stack_is_waited_for(self):
        self.of_the_stack()
        davit = self.waiting("stack:ready")
        self.answers()
        self.assertEqual(davit.wait().code, 0, davit.text())
        self.check_all()

    def test_stack_that_does_not_answer(self):
        self.of_the_stack()
        self.write("stack.yaml", read(os.path.join(self.dir, "stack.yaml")).replace("waitSeconds: 60", "waitSeconds: 1"))
        self.assertIn("stack:ready", self.up(EXIT_FAILED).out)
        self.assertIn("stack:ready", self.up(EXIT_FAILED).out, "it is asked again, though no component has anything to do")
        self.answers()
        self.up(0)
        self.check_all()

    def test_davit_dies_while_it_waits(self):
        for number, (make, who) in enumerate(((self.of_the_stack, "stack:ready"), (self.of_a_component, "web"))):
            with self.subTest(who=who):
                self.reset(f"stack-{number}")
                self.port = free_port()
                self.condition = f'{{url: "http://127.0.0.1:{self.port}/", waitSeconds: 60}}'
                make()
                davit = self.waiting(who)
                davit.signal(signal.SIGKILL)
                davit.wait()
                self.answers()
                self.go_on(person_allowed=False)
                self.check_all()

    def test_everything_dies_while_the_stack_is_waited_for(self):
        self.of_the_stack()
        self.waiting("stack:ready")
        self.kill_tree()
        self.answers()
        self.go_on()
        self.check_all()

    def test_interrupt_ends_the_wait(self):
        self.of_the_stack()
        davit = self.waiting("stack:ready")
        davit.signal(signal.SIGINT)
        self.assertEqual(davit.wait(20).code, EXIT_INTERRUPTED, davit.text())
        self.answers()
        self.up(0)
        self.check_all()


class Hooks(ClusterTest):
    def at_hook(self, trigger):
        hook = f"hooks: [{{file: hook, triggers: [{trigger}]}}]"
        self.stack([self.script("web", extra=f", {hook}"), self.script("db", ["web"])])
        # It waits at the gate as a component does.
        text = read(os.path.join(self.dir, "web/deploy")).replace("wait_at web.made\n", "").replace("wait_at web\n", "wait_at hook\n")
        self.write("web/hook", text.replace("echo \"web\" >>", "echo \"hook\" >>").split("echo \"Outputs:\"")[0])
        self.close_gate("hook")
        davit = self.start("up", "--auto-approve")
        self.wait_at_gate("hook", davit)
        return davit

    def check_all(self):
        self.check_made_once(["web", "db", "hook"])
        self.check_all_up(["web", "db"])
        self.check_nothing_to_do()
        self.check_clean()

    def test_davit_dies_in_a_hook(self):
        for trigger in ("pre-deploy", "post-deploy"):
            with self.subTest(trigger=trigger):
                self.reset(f"stack-{trigger}")
                davit = self.at_hook(trigger)
                davit.signal(signal.SIGKILL)
                davit.wait()
                self.open_gate("hook")
                self.go_on(person_allowed=False)
                self.check_all()

    def test_everything_dies_in_a_hook(self):
        """Nobody saw how far it came: a person is asked, and what they decide is done."""
        for trigger in ("pre-deploy", "post-deploy"):
            with self.subTest(trigger=trigger):
                self.reset(f"stack-{trigger}")
                self.at_hook(trigger)
                self.kill_tree()
                self.open_gate("hook")
                self.go_on()
                self.assertGreaterEqual(self.made()["hook"], 1)
                self.assertEqual(self.made()["db"], 1)
                self.check_all_up(["web", "db"])
                self.check_nothing_to_do()
                self.check_clean()


if __name__ == "__main__":
    harness.main()
