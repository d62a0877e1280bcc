#!/usr/bin/env python3
"""Who may include whom, as a table, and a check of it over src/: each include that the table does not allow is printed as file:line.

Also checked: every folder of src/ has a README.md and a row in the module table of ARCHITECTURE.md. Exits 1 where something is wrong.
The way to change who may include whom is to change this table, and DESIGN's and ARCHITECTURE's words with it.
"""
import pathlib
import re
import sys

VALUES = ["base", "yaml", "model", "expr"]

# Folder: what it may include beside itself. A folder ("engine") or one header ("control/client.h").
ALLOWED = {
    # Values, no I/O.
    "base": [],
    "yaml": ["base"],
    "model": ["base"],
    "expr": ["base", "yaml", "model"],
    # The pure heart.
    "manifest": VALUES,
    "graph": VALUES + ["manifest"],
    "engine": VALUES + ["manifest", "graph"],
    # Adapters.
    "secrets": ["base", "model"],
    "blob": ["base", "model", "secrets"],
    "store": ["base", "model", "secrets"],
    "exec": ["base", "model"],
    "source": ["base", "model", "exec"],
    "render": ["base", "model", "yaml/emit.h"],
    # Tools. A folder below drivers/ sees drivers/*.h and itself, no other tool (see may_include).
    "drivers": ["base", "model", "exec", "render"],
    # Use cases.
    "control": VALUES + ["engine", "manifest", "graph", "store", "blob", "secrets", "source"],
    # Knows control by its Client only, so that it can run on another machine.
    "runner": ["base", "model", "control/client.h", "drivers", "exec", "secrets", "source"],
    # The files of `davit hub`.
    "hub": ["base", "yaml", "model", "exec", "secrets"],
    # What `davit new` writes: templates become files, a component comes into a manifest.
    "skeleton": ["base", "yaml", "model", "render", "manifest/component_name.h"],
    # Faces.
    # `davit hub elaborate` makes a file of files: no store, no client.
    "cli": ["base", "model", "expr", "control/client.h", "runner/runner.h", "drivers/driver.h", "hub", "skeleton",
            "manifest/elaborated_file.h", "manifest/format.h", "manifest/format_files.h", "manifest/json_schema.h",
            "manifest/source.h", "render/files.h", "yaml/emit.h"],
}
ANYTHING = {"main.cc"}  # wires everything

INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')
SOURCES = {".cc", ".h"}


def may_include(includer, header):
    """Both relative to src/, as pathlib.PurePosixPath."""
    if str(includer) in ANYTHING:
        return True
    own, other = includer.parts[0], header.parts[0]
    if own == other:
        # One tool knows nothing of another; what lies in drivers/ itself (the registry) knows all.
        tool_of_includer = includer.parts[1] if own == "drivers" and len(includer.parts) > 2 else None
        tool_of_header = header.parts[1] if own == "drivers" and len(header.parts) > 2 else None
        return tool_of_includer is None or tool_of_header in (None, tool_of_includer)
    return other in ALLOWED.get(own, []) or str(header) in ALLOWED.get(own, [])


def check_includes(src):
    problems = []
    for path in sorted(p for p in src.rglob("*") if p.suffix in SOURCES):
        includer = pathlib.PurePosixPath(path.relative_to(src))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            header = pathlib.PurePosixPath(match.group(1))
            place = f"src/{includer}:{number}"
            if not (src / header).is_file():
                problems.append(f'{place}: "{header}" is no file of src/: write the path from src/ ("base/result.h")')
            elif not may_include(includer, header):
                problems.append(f'{place}: {includer.parts[0]} may not include "{header}"')
    return problems


def check_folders(root):
    problems = []
    architecture = root / "ARCHITECTURE.md"
    rows = set()
    if architecture.is_file():
        # A row of the table: | `folder` | what it is | ...
        rows = set(re.findall(r"^\|\s*`([a-z]+)`", architecture.read_text(encoding="utf-8"), re.MULTILINE))
    for folder in sorted(p for p in (root / "src").iterdir() if p.is_dir()):
        if folder.name not in ALLOWED:
            problems.append(f"src/{folder.name}: not in the table of tools/check_layers.py")
        if not (folder / "README.md").is_file():
            problems.append(f"src/{folder.name}: has no README.md")
        if folder.name not in rows:
            problems.append(f"ARCHITECTURE.md: the module table has no row `{folder.name}`")
    return problems


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    problems = check_includes(root / "src") + check_folders(root)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problem(s); who may include whom: tools/check_layers.py", file=sys.stderr)
        return 1
    print("layers: every include is allowed, every folder has its README and its row")
    return 0


if __name__ == "__main__":
    sys.exit(main())
