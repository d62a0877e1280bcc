#!/usr/bin/env python3
"""What a stack asks of the machine: tools that it requires, scripts of hooks, what scripts leave behind. And two davits at one manifest.

    test_environment.py DAVIT
"""
import os
import time

import harness
from harness import ClusterTest, EXIT_INVALID, alive, read, wait_for


class Machine(ClusterTest):
    def make(self, entry="", own="", body="", rest=""):
        self.write("a/component.yaml", f"version: 1\nkind: component\nmeta: {{name: a}}\n{own}\n")
        self.write("a/deploy", f"#!/bin/bash\n{body}\n")
        self.write("a/undeploy", "#!/bin/sh\n")
        self.write("stack.yaml", f"version: 1\nkind: stack\nmeta: {{name: demo}}\ncomponents:\n  - {{name: a, source: a{entry}}}\n{rest}")

    def tool(self, name, body):
        self.write(f"bin/{name}", f"#!/bin/sh\n{body}\n")
        return {"PATH": os.path.join(self.dir, "bin") + ":/usr/bin:/bin"}

    def test_what_the_stack_itself_requires_is_looked_for(self):
        self.make(body="echo ran", rest="requires: [vault]\n")
        done = self.davit("up", "--auto-approve", code=EXIT_INVALID)
        self.assertIn("the stack requires vault: `vault version` cannot be run", done.err)
        self.assertNotIn("ran", done.out)
        self.davit("up", "--auto-approve", env=self.tool("vault", "exit 0"), code=0)

    def test_a_cluster_comes_with_its_client(self):
        self.make(own="provides: [kubernetes]", rest="  - {name: b, source: b}\n")
        self.write("b/component.yaml", "version: 1\nkind: component\nmeta: {name: b}\nrequires: [kubectl]\n")
        self.write("b/deploy", "#!/bin/sh\n")
        self.davit("up", "--auto-approve", code=0, env={"PATH": "/usr/bin:/bin"})

    def test_who_asks_is_told_what_the_machine_provides(self):
        self.make(own="requires: [vault]\nparameters: [{name: hub.provides, env: HP, empty: allow}]", body="echo HP=$HP=",
                  rest="platform: {provides: [ingress]}\n")
        done = self.davit("up", "--auto-approve", env=self.tool("vault", "exit 0"), code=0)
        self.assertIn("HP=ingress vault=", done.out)

    def test_a_tool_that_hangs_takes_its_children_along(self):
        self.make(rest="requires: [vault]\n")
        env = self.tool("vault", f"sleep 100 &\necho $! > {self.dir}/child\nwait")
        done = self.davit("up", "--auto-approve", env=env, code=EXIT_INVALID)
        self.assertIn("did not end within 20 s", done.err)
        wait_for(lambda: not alive(int(read(os.path.join(self.dir, "child")))), "its child lives")

    def test_hooks_are_named_as_the_scripts_of_verbs_are(self):
        hooks = ", ".join(f"{{file: {name}, triggers: [pre-deploy]}}" for name in ("one", "two", "three"))
        self.make(entry=f", hooks: [{hooks}]")
        for file, word in (("one", "first"), ("bin/two", "second"), ("_three.sh", "third")):
            self.write(f"a/{file}", f"#!/bin/sh\necho {word}\n")
        done = self.davit("up", "--auto-approve", code=0)
        for word in ("first", "second", "third"):
            self.assertIn(word, done.out)

    def test_the_last_lines_come_through_a_tee(self):
        self.make(own="outputs: [{name: x}]", body='exec > >(sleep 0.2; tee log)\nprintf "Outputs:\\nx = 1\\n\\n"')
        for _ in range(5):
            self.davit("up", "--auto-approve", code=0)
            self.assertEqual(self.davit("outputs", "a:x", code=0).out.strip(), "1")
            self.davit("down", "--auto-approve", code=0)

    def test_a_server_that_stays_is_not_waited_for(self):
        self.make(body=f"sleep 60 &\necho $! > {self.dir}/server")
        begin = time.monotonic()
        self.davit("up", "--auto-approve", code=0)
        self.assertLess(time.monotonic() - begin, 30)
        os.kill(int(read(os.path.join(self.dir, "server"))), 9)


class TwoAtOneManifest(ClusterTest):
    def test_none_undoes_the_other(self):
        self.davit("new", "stack", "demo", ".", code=0)
        running = [self.start("new", "component", f"part{i}") for i in range(6)]
        for one in running:
            self.assertEqual(one.wait().code, 0)
        text = read(os.path.join(self.dir, "stack.yaml"))
        for i in range(6):
            self.assertIn(f"name: part{i}\n", text)


if __name__ == "__main__":
    harness.main()
