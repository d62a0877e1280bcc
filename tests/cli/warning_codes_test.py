#!/usr/bin/env python3
"""Every warning of the sources has its code in base/warnings.cc and a section on the manual's page, and neither has another one."""
import pathlib
import re
import sys

root = pathlib.Path(__file__).resolve().parents[2]
in_sources = set()
unnamed = []
for file in sorted((root / "src").rglob("*.cc")):
    if file.name.endswith("_test.cc") or "_test_" in file.name:
        continue
    text = file.read_text()
    for call in re.finditer(r'(?:[.>]AddWarning\(|Severity::kWarning,)\s*("([a-z-]+)")?', text):
        if call.group(1):
            in_sources.add(call.group(2))
        else:
            unnamed.append(f"{file.relative_to(root)}:{text.count(chr(10), 0, call.start()) + 1}")

table = re.search(r"codes = \{(.*?)\};", (root / "src/base/warnings.cc").read_text(), re.S)
listed = set(re.findall(r'"([a-z-]+)"', table.group(1)))
page = (root / "docs/manual/warnings.md").read_text()
headings = re.findall(r"^### (.+)$", page, re.M)
sections = re.findall(r"^### (.+)\n\n(?:\S.*\n)+\n    \S", page, re.M)

problems = [f"{place}: a warning without a code" for place in unnamed]
problems += [f"'{code}' is twice on the page" for code in set(headings) if headings.count(code) > 1]
problems += [f"'{code}' has no sentence with an example on the page" for code in sorted(set(headings) - set(sections))]
for name, codes in (("base/warnings.cc", listed), ("docs/manual/warnings.md", set(headings))):
    problems += [f"'{code}' is not in {name}" for code in sorted(in_sources - codes)]
    problems += [f"'{code}' of {name} is no warning of the sources" for code in sorted(codes - in_sources)]
print("\n".join(problems) or f"{len(in_sources)} codes")
sys.exit(1 if problems else 0)
