#!/usr/bin/env python3
"""`davit plan --affected BASE..HEAD`: which components two revisions differ in, and by what, in real git repositories; and that nothing of
the look stays.

    test_affected.py DAVIT
"""
import os
import shutil
import signal
import subprocess
import unittest

import harness
from harness import EXIT_FAILED, EXIT_INTERRUPTED, EXIT_INVALID, ClusterTest, needs_root, needs_terraform, read, tmpfs, wait_for, write

MODULE = """variable "size" {
  type    = string
  default = ""
}
resource "terraform_data" "it" {
  input = var.size
}
output "id" {
  value = terraform_data.it.id
}
"""


@unittest.skipUnless(shutil.which("git"), "not run: needs git")
class AffectedCase(ClusterTest):
    """The stack lies in infra/shop of the repository self.repository."""

    def setUp(self):
        super().setUp()
        self.repository = os.path.join(self.top, "repository")
        self.dir = os.path.join(self.repository, "infra", "shop")
        os.makedirs(self.dir)
        self.temporary = os.path.join(self.top, "temporary")
        os.makedirs(self.temporary)
        self.env["TMPDIR"] = self.temporary
        self.git("init", "-q", "-b", "main", ".")

    def git(self, *arguments, cwd=None):
        identity = ("-c", "user.name=tester", "-c", "user.email=tester@example.org", "-c", "protocol.file.allow=always")
        done = subprocess.run(["git", *identity, *arguments], cwd=cwd or self.repository, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, check=False)
        self.assertEqual(done.returncode, 0, f"git {' '.join(arguments)}: {done.stderr}")
        return done.stdout.strip()

    def commit(self):
        """A commit of everything, and its name."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "a commit")
        return self.git("rev-parse", "HEAD")

    def part(self, path, text="#!/bin/sh\necho Outputs:\necho id = 1\n"):
        """A script module at a path relative to the stack."""
        self.write(os.path.join(path, "deploy"), text)
        self.write(os.path.join(path, "undeploy"), "#!/bin/sh\n")

    def plan(self, *arguments, code=0, **more):
        done = self.davit("plan", *arguments, code=code, **more)
        self.check_nothing_left()
        return done

    def check_nothing_left(self):
        self.assertEqual(os.listdir(self.temporary), [], "left in the temporary directory")
        self.assertFalse(os.path.exists(os.path.join(self.dir, ".davit")), "a store was made")

    def look(self, affected, *more, code=0):
        """{component: (action, [cause])}, a cause in a few words."""
        answer = harness.json.loads(self.plan("--affected", affected, "--json", *more, code=code).out)
        found = {}
        for component in answer["components"]:
            words = []
            for cause in component["because"]:
                word = " ".join(part for part in (cause["kind"], cause.get("name", "")) if part)
                if cause.get("change", "changed") != "changed":
                    word += f" ({cause['change']})"
                if "producer" in cause:
                    word += f" of {cause['producer']}"
                if "parameters" in cause:
                    word += " from " + ", ".join(cause["parameters"])
                words.append(word)
            found[component["component"]] = (component["action"], words)
        return found

    def changed(self, *causes):
        return ("changed", list(causes))


class Scripts(AffectedCase):
    def setUp(self):
        super().setUp()
        for name in ("net", "db", "api"):
            self.part(name)
        self.part("../modules/cache")
        self.components = {
            "net": "{name: net, source: net}",
            "db": '{name: db, source: db, depends: [net], parameters: {room: "${size}-gb", net: "${net:id}"}}',
            "cache": "{name: cache, source: ../modules/cache, parameters: {mode: fast}}",
            "api": '{name: api, source: api, parameters: {db: "${db:id}"}}',
        }
        self.rest = "parameters:\n  - {name: size, value: 10}\n  - {name: unused, value: 1}\n"
        self.write_stack()
        self.base = self.commit()

    def write_stack(self):
        self.stack(self.components.values(), self.rest)

    def now(self):
        """What the new commit differs in from the one before."""
        self.commit()
        return self.look("HEAD~1..HEAD")

    def test_equal_revisions_differ_in_nothing(self):
        self.assertEqual(self.look(f"{self.base}..HEAD", "--detailed-exitcode"), {})
        done = self.plan("--affected", "main..HEAD")
        self.assertEqual(done.out, "shop: nothing differs between main and HEAD (4 components)\n")

    def test_a_file_of_a_module_and_those_who_use_its_outputs(self):
        self.write("db/deploy", "#!/bin/sh\necho Outputs:\necho id = 2\n")
        self.write("db/more.txt", "more")
        self.assertEqual(self.now(), {"db": self.changed("file infra/shop/db/deploy", "file infra/shop/db/more.txt (added)"),
                                      "api": self.changed("producer id of db")})
        self.git("rm", "-q", "infra/shop/db/more.txt")
        os.chmod(os.path.join(self.dir, "net/undeploy"), 0o644)
        self.assertEqual(self.now(), {"net": self.changed("file infra/shop/net/undeploy"),
                                      "db": self.changed("file infra/shop/db/more.txt (removed)", "producer id of net"),
                                      "api": self.changed("producer id of db")})

    def test_a_module_outside_of_the_stack(self):
        self.part("../modules/cache", "#!/bin/sh\ntrue\n")
        self.assertEqual(self.now(), {"cache": self.changed("file infra/modules/cache/deploy")})

    def test_files_that_inputs_name(self):
        self.components["cache"] = "{name: cache, source: ../modules/cache, parameters: {mode: fast}, inputs: [shared/*.txt]}"
        self.write("shared/a.txt", "a")
        self.write("shared/b.md", "b")
        self.write_stack()
        self.assertEqual(self.now(), {"cache": self.changed("file infra/shop/shared/a.txt (added)", "key inputs")})
        self.write("shared/a.txt", "b")
        self.write("shared/b.md", "c")
        self.assertEqual(self.now(), {"cache": self.changed("file infra/shop/shared/a.txt")})

    def test_a_value_of_the_stack_is_named_where_it_flows_to(self):
        self.rest = self.rest.replace("value: 10", "value: 20").replace("{name: unused, value: 1}", "{name: unused, value: 2}")
        self.write_stack()
        self.assertEqual(self.now(), {"db": self.changed("input room from size"), "api": self.changed("producer id of db")})
        self.write("params.yaml", "parameters:\n  - {name: size, value: 30}\n")
        self.assertEqual(self.now(), {"db": self.changed("input room from size"), "api": self.changed("producer id of db")})

    def test_an_input_of_one_component(self):
        self.components["cache"] = "{name: cache, source: ../modules/cache, parameters: {mode: slow, more: 1}}"
        self.write_stack()
        self.assertEqual(self.now(), {"cache": self.changed("input mode", "input more (added)")})
        self.components["cache"] = "{name: cache, source: ../modules/cache, parameters: {more: 1}}"
        self.write_stack()
        self.assertEqual(self.now(), {"cache": self.changed("input mode (removed)")})

    def test_outputs_and_keys(self):
        self.write("db/component.yaml", "version: 1\nkind: component\nmeta: {name: db}\noutputs: [{name: id}]\n")
        self.commit()
        self.write("db/component.yaml", 'version: 1\nkind: component\nmeta: {name: db}\noutputs: [{name: id}, {name: url, value: "db-${size}"}]\n')
        self.components["cache"] = "{name: cache, source: ../modules/cache, depends: [net], protect: true, parameters: {mode: fast}}"
        self.write_stack()
        self.assertEqual(self.now(), {"db": self.changed("output url (added)"), "cache": self.changed("key depends", "key protect"),
                                      "api": self.changed("producer id of db")})
        self.rest = self.rest.replace("{name: size, value: 10}", "{name: size, value: 11}")
        self.write_stack()
        self.assertEqual(self.now()["db"], self.changed("input room from size", "output url from size"))

    def test_added_and_removed(self):
        del self.components["cache"]
        self.part("web")
        self.components["web"] = '{name: web, source: web, parameters: {api: "${api:id}"}}'
        self.write("api/deploy", "#!/bin/sh\ntrue\n")
        self.write_stack()
        self.assertEqual(self.now(), {"cache": ("removed", []), "api": self.changed("file infra/shop/api/deploy"), "web": ("added", ["producer id of api"])})
        done = self.plan("--affected", "HEAD~1..HEAD", "--detailed-exitcode", code=2)
        self.assertEqual(done.out, """shop: 3 of 5 components differ between HEAD~1 and HEAD
  - cache: removed
  ~ api: changed
      file infra/shop/api/deploy
  + web: added
      uses output id of api
""")

    def test_how_it_is_written_means_nothing(self):
        self.write("db/component.yaml", "version: 1\nkind: component\nmeta: {name: db}\nparameters: [{name: room}]\n")
        self.commit()
        self.write("db/component.yaml", "# a comment\nversion: 1\nkind: component\nmeta:\n  name: db\nparameters:\n  - name: room\n    brief: how large\n")
        self.write("stack.yaml", """# The shop.
kind: stack
version: 1
parameters:
  - name: unused
    value: 1
  - name: half
    value: 1
  - name: size
    value: "${half}0"
components:
  - source: ./net
    name: net
  - {name: cache, source: ../shop/../modules/cache, parameters: [{name: mode, value: fast}]}
  - name: db
    source: db
    depends:
      - net
    parameters:
      net: "${  net:id }"
      room: "${half}0-gb"
  - name: api
    source: api
    parameters:
      db: ${db:id}
meta:
  name: shop
""")
        self.assertEqual(self.now(), {})

    def test_a_moved_module_differs_by_its_source_alone(self):
        shutil.move(os.path.join(self.dir, "net"), os.path.join(self.dir, "network"))
        self.components["net"] = "{name: net, source: network}"
        self.write_stack()
        self.assertEqual(self.now()["net"], self.changed("key source"))
        shutil.move(os.path.join(self.dir, "network"), os.path.join(self.dir, "net"))
        self.components["net"] = "{name: net, source: net}"
        self.write("net/more", "")
        self.write_stack()
        self.assertEqual(self.now()["net"], self.changed("file infra/shop/net/more (added)", "key source"))

    def test_files_that_are_ignored_do_not_count(self):
        write(os.path.join(self.repository, ".davitignore"), "*.log\n")
        self.commit()
        self.write("db/notes.log", "a")
        self.assertEqual(self.now(), {})

    def test_links(self):
        self.write("shared/common.sh", "a")
        os.symlink("../shared/common.sh", os.path.join(self.dir, "db/common.sh"))
        self.assertEqual(self.now()["db"], self.changed("file infra/shop/db/common.sh (added)", "file infra/shop/shared/common.sh (added)"))
        self.write("shared/common.sh", "b")
        self.assertEqual(self.now()["db"], self.changed("file infra/shop/shared/common.sh"))
        os.symlink("shop", os.path.join(self.repository, "infra", "link"))
        self.commit()
        done = self.davit("plan", os.path.join(self.repository, "infra", "link"), "--affected", "HEAD~1..HEAD", code=0)
        self.assertIn("4 of 4 components differ", done.out)  # there was no such directory before
        self.write("db/deploy", "#!/bin/sh\n")
        self.commit()
        done = self.davit("plan", os.path.join(self.repository, "infra", "link"), "--affected", "HEAD~1..HEAD", code=0)
        self.assertIn("file infra/shop/db/deploy", done.out)

    def test_the_files_as_they_are(self):
        self.write("db/deploy", "#!/bin/sh\n")
        self.write("net/not-added", "")
        self.write("api/staged", "")
        self.git("add", "infra/shop/api/staged")
        wanted = {"net": self.changed("file infra/shop/net/not-added (added)"),
                  "db": self.changed("file infra/shop/db/deploy", "producer id of net"),
                  "api": self.changed("file infra/shop/api/staged (added)", "producer id of db")}
        self.assertEqual(self.look("HEAD.."), wanted)
        self.assertEqual(self.look("HEAD"), wanted)
        self.assertEqual(self.look("HEAD", "--detailed-exitcode", code=2), wanted)
        self.assertIn("between HEAD and the files as they are\n", self.plan("--affected", "HEAD").out)
        status = self.git("status", "--porcelain")
        self.plan("--affected", "HEAD..")
        self.assertEqual(self.git("status", "--porcelain"), status)
        self.assertEqual(self.look("HEAD..HEAD"), {})
        self.git("stash", "-q", "-u")
        self.assertEqual(self.look("HEAD.."), {})

    def test_from_elsewhere_and_with_the_manifest_named(self):
        self.write("db/deploy", "#!/bin/sh\n")
        self.commit()
        for directory, cwd in (("infra/shop", self.repository), ("shop/stack.yaml", os.path.join(self.repository, "infra")),
                               (self.dir, self.top), ("../../infra/shop/", self.dir)):
            done = self.plan(directory, "--affected", "HEAD~1..", cwd=cwd)
            self.assertIn("file infra/shop/db/deploy\n", done.out)

    def test_git_and_its_hooks_may_have_set_other_places(self):
        self.write("db/deploy", "#!/bin/sh\n")
        self.commit()
        for name in ("post-checkout", "post-index-change"):
            write(os.path.join(self.repository, ".git/hooks", name), f"#!/bin/sh\ntouch {self.top}/hook-ran\n")
        self.git("config", "core.splitIndex", "true")
        self.git("config", "core.sparseCheckout", "true")
        write(os.path.join(self.repository, ".git/info/sparse-checkout"), "/nothing\n")
        before = sorted(os.listdir(os.path.join(self.repository, ".git")))
        done = self.plan("--affected", "HEAD~1..HEAD", env={"GIT_DIR": "/nowhere", "GIT_INDEX_FILE": "/nowhere/index", "GIT_WORK_TREE": "/"})
        self.assertIn("file infra/shop/db/deploy\n", done.out)
        self.assertFalse(os.path.exists(os.path.join(self.top, "hook-ran")))
        self.assertEqual(sorted(os.listdir(os.path.join(self.repository, ".git"))), before)

    def test_files_of_parameters_are_those_of_the_revision(self):
        write(os.path.join(self.repository, "prod.yaml"), "parameters: [{name: size, value: 50}]\n")
        self.commit()
        write(os.path.join(self.repository, "prod.yaml"), "parameters: [{name: size, value: 60}]\n")
        self.commit()
        wanted = {"db": self.changed("input room from size"), "api": self.changed("producer id of db")}
        self.assertEqual(self.look("HEAD~1..HEAD", "-p", "../../prod.yaml"), wanted)
        self.assertEqual(self.look("HEAD~2..HEAD", "-p", "../../prod.yaml"), wanted)  # it was not there
        self.assertEqual(self.look("HEAD~1..HEAD"), {})
        outside = os.path.join(self.top, "outside.yaml")
        write(outside, "parameters: [{name: size, value: 70}]\n")
        self.assertEqual(self.look("HEAD~1..HEAD", "-p", "../../prod.yaml", "-p", outside), {})
        done = self.plan("--affected", "HEAD~1..HEAD", "-p", "../../dev.yaml", code=EXIT_INVALID)
        self.assertIn("there is no file of parameters ../../dev.yaml in HEAD~1 or HEAD", done.err)

    def test_values_of_the_process_environment_are_the_same_for_both(self):
        self.rest = "parameters:\n  - {name: size, kind: user, fromEnv: SIZE}\n"
        self.write_stack()
        self.commit()
        self.write("api/more", "")
        self.commit()
        env = {"SIZE": "5"}
        self.assertIn("1 of 4 components differs", self.plan("--affected", "HEAD~1..HEAD", env=env).out)
        self.assertIn("has no value", self.plan("--affected", "HEAD~1..HEAD", code=EXIT_INVALID).err)

    def test_many_files_are_counted(self):
        for i in range(8):
            self.write(f"db/file{i}", "")
        self.commit()
        text = self.plan("--affected", "HEAD~1..HEAD").out
        self.assertIn("file4 (added)\n      3 more files (--full shows all)\n", text)
        self.assertNotIn("file5", text)
        self.assertIn("file7", self.plan("--affected", "HEAD~1..HEAD", "--full").out)

    def test_a_stack_that_is_new_or_gone(self):
        first = self.git("commit-tree", "-m", "nothing yet", self.git("mktree"))
        self.assertEqual({name: action for name, (action, _) in self.look(f"{first}..HEAD").items()}, dict.fromkeys(self.components, "added"))
        self.assertEqual(self.look(f"HEAD..{first}"), dict.fromkeys(self.components, ("removed", [])))
        self.assertIn("there is no stack in the directory . in", self.plan("--affected", f"{first}..{first}", code=EXIT_INVALID).err)
        shutil.rmtree(os.path.join(self.repository, "infra"))
        done = self.davit("plan", "infra/shop", "--affected", "HEAD..", cwd=self.repository, code=0)
        self.assertIn("4 of 4 components differ", done.out)
        self.assertEqual(os.listdir(self.temporary), [])
        self.assertFalse(os.path.exists(os.path.join(self.repository, "infra")))
        done = self.davit("plan", "infra/shop", "--affected", "HEAD~0..HEAD", cwd=self.repository, code=0)
        self.assertIn("nothing differs", done.out)

    def test_capabilities(self):
        self.components["net"] = "{name: net, source: net, provides: [network]}"
        self.components["cache"] = "{name: cache, source: ../modules/cache, requires: [network], parameters: {mode: fast}}"
        self.write_stack()
        self.commit()
        self.components["net"] = "{name: net, source: net, provides: [network, ingress]}"
        self.write_stack()
        found = self.now()
        self.assertEqual((found["net"], found["cache"]), (self.changed("key provides"), self.changed("capabilities")))

    def test_a_component_in_a_submodule_is_not_looked_into(self):
        other = os.path.join(self.top, "other")
        os.makedirs(other)
        self.git("init", "-q", "-b", "main", ".", cwd=other)
        write(os.path.join(other, "deploy"), "#!/bin/sh\n")
        self.git("add", "-A", cwd=other)
        self.git("commit", "-q", "-m", "other", cwd=other)
        self.git("submodule", "add", "-q", other, "infra/shop/sub")
        self.git("config", "submodule.recurse", "true")
        self.commit()
        self.assertEqual(self.look("HEAD~1..HEAD"), {})  # nobody uses it
        self.components["sub"] = "{name: sub, source: sub}"
        self.write_stack()
        self.commit()
        self.assertIn("'sub' has nothing to run", self.plan("--affected", "HEAD~1..HEAD", code=EXIT_INVALID).err)


class BadInput(AffectedCase):
    def setUp(self):
        super().setUp()
        self.part("db")
        self.stack(["{name: db, source: db}"])
        self.commit()

    def refused(self, *arguments, code=EXIT_INVALID, **more):
        return self.plan(*arguments, code=code, **more).err

    def test_ranges(self):
        for text in ("..", "..HEAD", "--help..HEAD", "HEAD..-x", "a..b..c"):
            self.assertIn("--affected does not take '" + text, self.refused("--affected=" + text), text)
        self.assertIn("$(git merge-base main HEAD)..HEAD", self.refused("--affected", "main...HEAD"))
        for text in ("--affected", "--affected="):
            self.assertIn("`davit plan`: --affected: 1 required BASE..HEAD missing", self.refused(text))

    def test_what_does_not_go_with_it(self):
        self.assertIn("does not go with --target", self.refused("--affected", "HEAD", "--target", "db"))
        self.assertIn("does not go with -o", self.refused("--affected", "HEAD", "-o", "plan.md"))
        self.assertFalse(os.path.exists(os.path.join(self.dir, "plan.md")))

    def test_revisions_that_are_not_there(self):
        for text in ("nothing..HEAD", "HEAD..nothing", "nothing", "HEAD:infra..HEAD", "HEAD^{tree}.."):
            said = self.refused("--affected", text)
            self.assertIn("there is no revision '", said, text)
            self.assertIn("git fetch --unshallow", said)
        answer = harness.json.loads(self.plan("--affected", "nothing..", "--json", code=EXIT_INVALID).out)
        self.assertEqual(answer["error"]["code"], "not_found")

    def test_no_repository(self):
        shutil.rmtree(os.path.join(self.repository, ".git"))
        self.assertIn("is in no git repository", self.refused("--affected", "HEAD"))
        self.assertIn("is in no git repository", self.refused("not/there", "--affected", "HEAD"))

    def test_no_git(self):
        empty = os.path.join(self.top, "empty")
        os.makedirs(empty)
        self.assertIn("there is no git on the PATH", self.refused("--affected", "HEAD", env={"PATH": empty}))

    def test_a_repository_without_a_commit(self):
        shutil.rmtree(os.path.join(self.repository, ".git"))
        self.git("init", "-q", ".")
        self.assertIn("there is no revision 'HEAD'", self.refused("--affected", "HEAD"))

    def test_a_revision_that_cannot_be_loaded_is_named_with_the_place(self):
        good = read(os.path.join(self.dir, "stack.yaml"))
        self.write("stack.yaml", good + "depends: [\n")
        broken = self.commit()
        self.stack(["{name: db, source: db, depends: [dbb]}"])
        self.commit()
        self.git("tag", "unknown")
        self.write("stack.yaml", good)
        self.commit()
        said = self.refused("--affected", f"{broken}..HEAD")
        self.assertIn(f"--> {broken}:infra/shop/stack.yaml:7:1", said)
        self.assertNotIn(self.temporary, said)
        said = self.refused("--affected", "HEAD..unknown")
        self.assertIn("--> unknown:infra/shop/stack.yaml:5:", said)
        self.assertIn("did you mean 'db'", said)
        answer = harness.json.loads(self.plan("--affected", "unknown..HEAD", "--json", code=EXIT_INVALID).out)
        self.assertEqual(answer["error"]["position"]["file"], "unknown:infra/shop/stack.yaml")
        self.write("stack.yaml", good + "depends: [\n")
        self.assertIn("--> stack.yaml:7:1", self.refused("--affected", "HEAD.."))

    def test_a_revision_whose_module_is_wrong_is_named(self):
        self.git("rm", "-q", "infra/shop/db/deploy")
        self.git("commit", "-q", "-m", "nothing to run")
        said = self.refused("--affected", "HEAD~1..HEAD")
        self.assertIn("nothing to run in HEAD:infra/shop/db", said)
        self.assertNotIn(self.temporary, said)
        self.write("hub.yaml", "")
        self.commit()
        said = self.refused("--affected", "HEAD~2..HEAD")
        self.assertIn("there are a stack.yaml and a hub.yaml", said)
        self.assertIn("in the revision HEAD", said)
        self.assertNotIn(self.temporary, said)
        os.unlink(os.path.join(self.dir, "hub.yaml"))
        self.part("db")
        os.symlink("/etc/hostname", os.path.join(self.dir, "db/outside"))
        self.commit()
        said = self.refused("--affected", "HEAD~3..HEAD")
        self.assertIn("the link HEAD:infra/shop/db/outside points to /etc/hostname", said)
        self.assertNotIn(self.temporary, said)

    def test_a_temporary_directory_that_cannot_be_used(self):
        missing = os.path.join(self.top, "missing")
        self.assertIn("cannot make a temporary directory in " + missing, self.refused("--affected", "HEAD", env={"TMPDIR": missing}))

    @needs_root
    def test_a_full_disk(self):
        small = os.path.join(self.top, "small")
        if not tmpfs(small, "64k"):
            self.skipTest("not run: needs the right to mount")
        self.mounts.append(small)
        self.write("db/large", "x" * 200_000)
        self.commit()
        said = self.refused("--affected", "HEAD", code=EXIT_FAILED, env={"TMPDIR": small})
        self.assertIn("unable to write file", said)
        self.assertIn("set TMPDIR to a directory that has more", said)
        self.assertEqual(os.listdir(small), [])

    def test_ctrl_c_takes_what_was_read_away(self):
        # A filter of git makes the reading of a revision wait.
        gate = os.path.join(self.top, "gate")
        write(gate, "")
        self.write("db/slow", "slow")
        write(os.path.join(self.repository, ".gitattributes"), "slow filter=slow\n")
        self.commit()
        self.git("config", "filter.slow.smudge", f"touch {gate}.reached; while [ -e {gate} ]; do sleep 0.02; done; cat")
        davit = self.start("plan", "--affected", "HEAD")
        wait_for(lambda: os.path.exists(gate + ".reached"), "git at the gate")
        self.assertNotEqual(os.listdir(self.temporary), [])
        os.killpg(davit.pid, signal.SIGINT)
        done = davit.wait()
        self.assertEqual((done.code, done.err), (EXIT_INTERRUPTED, "error: interrupted\n"))
        self.check_nothing_left()


@needs_terraform
class Terraform(AffectedCase):
    def setUp(self):
        super().setUp()
        self.write("net/main.tf", MODULE + 'module "names" {\n  source = "../../modules/names"\n}\n')
        self.write("../modules/names/main.tf", 'output "prefix" {\n  value = "shop"\n}\n')
        self.write("db/main.tf", MODULE)
        self.stack(["{name: net, source: net}", '{name: db, source: db, parameters: {size: "${net:id}"}}'])
        self.commit()

    def test_a_local_module(self):
        self.write("../modules/names/main.tf", 'output "prefix" {\n  value = "store"\n}\n')
        self.commit()
        self.assertEqual(self.look("HEAD~1..HEAD"), {"net": self.changed("file infra/modules/names/main.tf"), "db": self.changed("producer id of net")})

    def test_a_module_that_uses_another_one(self):
        self.write("../modules/words/main.tf", 'output "prefix" {\n  value = "shop"\n}\n')
        self.write("net/main.tf", MODULE + 'module "names" {\n  source = "../../modules/words"\n}\n')
        self.commit()
        self.assertEqual(self.look("HEAD~1..HEAD")["net"],
                         self.changed("file infra/shop/net/main.tf", "file infra/modules/names/main.tf (removed)", "file infra/modules/words/main.tf (added)"))

    def test_a_comment_in_a_module_is_a_change_of_its_file(self):
        self.write("db/main.tf", "# words\n" + MODULE)
        self.commit()
        self.assertEqual(self.look("HEAD~1..HEAD"), {"db": self.changed("file infra/shop/db/main.tf")})


if __name__ == "__main__":
    harness.main()
