#!/usr/bin/env python3
"""The JSON Schemas of `davit schema`, seen by a validator that is not ours. DAVIT_ACCEPT=1 writes docs/schemas again.

    test_schemas.py DAVIT
"""
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import jsonschema
import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "cli"))
import run as text_tests  # noqa: E402

DAVIT = ""
KINDS = ("stack", "application", "component", "params")
# Warnings of davit that are errors of a schema.
REFUSED_RULES = {"unknown-key", "unknown-kind", "unknown-empty", "unknown-bare", "unknown-error"}


class Yaml11(yaml.SafeLoader):
    """As davit reads hub*.yaml and params*.yaml: dates are texts."""


class Yaml12(yaml.SafeLoader):
    """The core schema."""


Yaml11.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in ("tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:bool")]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
Yaml12.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
# A tag of one's own is passed over with a warning.
for loader in (Yaml11, Yaml12):
    loader.add_multi_constructor("!", lambda reader, suffix, node: reader.construct_scalar(node))


def printed(kind):
    return subprocess.run([DAVIT, "schema", kind], capture_output=True, text=True, check=True).stdout


def schema_path(kind):
    return os.path.join(ROOT, "docs", "schemas", kind + ".schema.json")


def kind_of(path):
    name = os.path.basename(path)
    if name in ("stack.yaml", "hub.yaml"):
        return "stack"
    if name in ("component.yaml", "hub-component.yaml"):
        return "component"
    return "params" if re.fullmatch(r"params.*\.yaml", name) else None


def load(name, text):
    old = name.startswith(("hub", "params"))
    return next(iter(yaml.load_all(text, Yaml11 if old else Yaml12)), None)


class Schemas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.home = tempfile.TemporaryDirectory(prefix="davit-schemas-")
        cls.addClassCleanup(cls.home.cleanup)
        cls.validators = {kind: jsonschema.Draft7Validator(json.loads(printed(kind))) for kind in KINDS}

    def errors(self, kind, data):
        """In a line each; none where it fits."""
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in self.validators[kind].iter_errors(data)]

    def test_they_are_schemas(self):
        for kind in KINDS:
            jsonschema.Draft7Validator.check_schema(json.loads(printed(kind)))

    def test_the_checked_in_ones_are_what_is_printed(self):
        for kind in KINDS:
            if os.environ.get("DAVIT_ACCEPT"):
                with open(schema_path(kind), "w", encoding="utf-8") as file:
                    file.write(printed(kind))
            with open(schema_path(kind), encoding="utf-8") as file:
                self.assertEqual(file.read(), printed(kind), f"{kind}: DAVIT_ACCEPT=1 writes docs/schemas again")

    def look_at(self, directory, where, seen):
        """Every manifest of the stack in the directory: whether it fits is what davit says of it."""
        done = subprocess.run([DAVIT, "validate", directory, "--json"], capture_output=True, text=True, check=False,
                              env={**os.environ, "HOME": self.home.name, "LC_ALL": "C.UTF-8"})
        answer = json.loads(done.stdout)
        refused = {os.path.realpath(found["position"]["file"]) for found in answer.get("diagnostics", [])
                   if found.get("rule") in REFUSED_RULES and found.get("position")}
        if done.returncode != 0 and not refused:
            return
        for path in glob.glob(os.path.join(directory, "**", "*.yaml"), recursive=True):
            kind = kind_of(path)
            if not kind or self.is_of_another(path, directory):
                continue
            with open(path, encoding="utf-8") as file:
                text = file.read()
            fits = os.path.realpath(path) not in refused
            if (text, fits) in seen or (fits and done.returncode != 0):
                continue
            seen.add((text, fits))
            data = load(os.path.basename(path), text)
            if data is None:
                continue  # nothing but comments
            found = self.errors(kind, data)
            self.assertEqual(not found, fits, f"{where}, {os.path.relpath(path, directory)}:\n{text}\n" + "\n".join(found))

    @staticmethod
    def is_of_another(path, directory):
        """A directory below this one with a stack of its own is looked at by itself."""
        at = os.path.dirname(path)
        while os.path.realpath(at) != os.path.realpath(directory):
            if any(os.path.exists(os.path.join(at, name)) for name in ("stack.yaml", "hub.yaml")):
                return True
            at = os.path.dirname(at)
        return False

    def test_examples(self):
        seen = set()
        for manifest in glob.glob(os.path.join(ROOT, "examples", "*", "stack.yaml")):
            self.look_at(os.path.dirname(manifest), manifest, seen)
        self.assertGreater(len(seen), 15)

    def test_manifests_of_the_text_tests(self):
        """As they are when a command is run, without running it."""
        seen = set()
        for test in sorted(glob.glob(os.path.join(ROOT, "tests", "cli", "*.test"))):
            with open(test, encoding="utf-8") as file:
                _, sections = text_tests.parse(file.read())
            with tempfile.TemporaryDirectory(prefix="davit-schemas-") as directory:
                changed = False
                for section in sections:
                    if section.kind == "file":
                        text_tests.write_file(directory, section)
                        changed = True
                    elif section.kind == "run" and changed:
                        changed = False
                        for manifest in glob.glob(os.path.join(directory, "**", "*.yaml"), recursive=True):
                            if kind_of(manifest) == "stack":
                                self.look_at(os.path.dirname(manifest), test, seen)
        self.assertGreater(len(seen), 60)
        self.assertGreater(len([fits for _, fits in seen if not fits]), 1)

    def test_manual(self):
        """What stands in it as YAML; a part of a manifest need not have what a whole one must have."""
        count = 0
        for page in sorted(glob.glob(os.path.join(ROOT, "docs", "manual", "**", "*.md"), recursive=True)):
            with open(page, encoding="utf-8") as file:
                blocks = re.findall(r"^```yaml\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
            for block in blocks:
                data = load("stack.yaml", block)
                if not isinstance(data, dict):
                    continue
                kind = "component" if data.get("kind") == "component" else "stack"
                whole = {"version": 1, "kind": kind, "meta": {"name": "x"}, **data}
                both = [self.errors(kind, whole)] + ([] if "kind" in data else [self.errors("component", {**whole, "kind": "component"})])
                self.assertTrue(any(not found for found in both), f"{page}:\n{block}\n{both}")
                count += 1
        self.assertGreaterEqual(count, 5)

    def test_wrong_ones(self):
        """Each fits but for one thing."""
        stack = {"version": 1, "kind": "stack", "meta": {"name": "s"}}
        component = {"version": 1, "kind": "component", "meta": {"name": "c"}}

        def parameter(**keys):
            return {**stack, "parameters": [{"name": "p", **keys}]}

        def entry(**keys):
            return {**stack, "components": [{"name": "c", "source": "c", **keys}]}

        cases = [
            ("stack", stack, [{**stack, "colour": 1}, {**stack, "version": 2}, {**stack, "kind": "component"}, {**stack, "meta": {}}, {**stack, "meta": {"name": ""}},
                              {"version": 1, "kind": "stack"}, [], "stack", {**stack, "components": {}}, {**stack, "components": ["c"]}]),
            ("stack", {**stack, "version": "1"}, [{**stack, "version": "one"}]),
            ("stack", entry(), [entry(name=None), entry(colour=1), entry(source=["c"]), entry(source={"dir": ["c"]})]),
            ("stack", entry(source={"dir": "c", "git": {"remote": "r"}}), [entry(source={"directory": "c"}), entry(source={"git": {"branch": "b"}})]),
            ("stack", entry(timeout="1h30m"), [entry(timeout="1h30"), entry(timeout="soon"), entry(timeout=0), entry(timeout=True)]),
            ("stack", entry(depends="a"), [entry(depends={"a": 1}), entry(depends=[["a"]]), entry(depends=[""])]),
            ("stack", entry(parameters={"size": "${a:b}", "list": [1]}), [entry(parameters=["size"]), entry(parameters=3)]),
            ("stack", entry(hooks=[{"file": "bin/x", "triggers": "pre-deploy"}]), [entry(hooks=[{"triggers": ["pre-deploy"]}]), entry(hooks=[{"file": "x", "error": "fail"}])]),
            ("stack", parameter(kind="user", default=None, sensitive=True, empty="allow"),
             [parameter(kind="secret"), parameter(sensitive="yes"), parameter(empty="deny"), parameter(type="text"), parameter(defualt=1)]),
            ("stack", parameter(parameters=[{"name": "q", "parameters": [None]}]), [parameter(parameters=[{"value": 1}]), parameter(parameters={"q": 1})]),
            ("stack", {**stack, "lifecycle": {"options": {"random": {"bytes": 8}}, "requires": {"optional": "cdn"}}},
             [{**stack, "lifecycle": {"options": {"random": {"bytes": "8"}}}}, {**stack, "lifecycle": {"requires": ["cdn"]}}, {**stack, "lifecycle": []}]),
            ("stack", {**stack, "moved": [{"from": "a", "to": "b"}]}, [{**stack, "moved": [{"from": "a"}]}]),
            ("application", {**stack, "kind": "application", "meta": {"name": "s", "source": "."}},
             [stack, {"meta": {"name": "s"}}, {**stack, "kind": "application", "meta": {"name": "s", "fromStack": "../base"}}]),
            ("component", component, [{**component, "components": []}, {**component, "kind": "stack"}, {**component, "lifecycle": {"order": ["a"]}},
                                      {**component, "templates": {"kind": "curley"}}, {**component, "outputs": [{"value": 1}]}]),
            ("params", {"parameters": [{"name": "a", "value": {"any": ["thing"]}}]}, [{"components": []}, {"parameters": {"a": 1}}, {"parameters": [{"name": ["a"]}]}]),
        ]
        for kind, right, wrong in cases:
            self.assertEqual(self.errors(kind, right), [], f"{kind} {right}")
            for data in wrong:
                self.assertNotEqual(self.errors(kind, data), [], f"{kind} {data}")


if __name__ == "__main__":
    DAVIT = os.path.abspath(sys.argv.pop(1))
    unittest.main()
