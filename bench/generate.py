#!/usr/bin/env python3
"""Writes a synthetic stack.

    generate.py DIR [--components 1000] [--fan-in 2] [--parameters 9] [--tool script|terraform] [--modules shared|distinct] [--body SH] [--chain]

Component i uses an output of each of the `fan-in` components before it, at growing distances, so that the graph is neither a chain nor
flat; --fan-in 0 makes all of them independent. Of its parameters one in three is a text, one a number, one an expression over a stack
parameter. `shared`: one module for all; `distinct`: one for each. --chain, of terraform: each component takes its p0 from an output of the one before
that is known when it is planned.
"""
import argparse
import os

STACK_PARAMETERS = 20


def write(path, text, mode=0o644):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(path, mode)


def module(directory, options):
    if options.tool == "script":
        write(os.path.join(directory, "deploy"), f"#!/bin/sh\n{options.body}\n", 0o755)
        write(os.path.join(directory, "undeploy"), "#!/bin/sh\n", 0o755)
        return
    # Two resources and an output: about what the smallest real module has. What differs makes the files differ.
    write(os.path.join(directory, "main.tf"), f"""# {os.path.basename(directory)}
variable "p0" {{
  type    = string
  default = ""
}}
resource "terraform_data" "first" {{
  input = "{os.path.basename(directory)} ${{var.p0}}"
}}
resource "terraform_data" "second" {{
  input = terraform_data.first.id
}}
output "id" {{
  value = terraform_data.second.id
}}
""" + ('output "text" {\n  value = "${var.p0}."\n}\n' if options.chain else ""))


def parameter_value(component, number):
    if number % 3 == 0:
        return f"value-{component}-{number}"
    if number % 3 == 1:
        return str(component * 31 + number)
    return f'"${{stack.p{(component + number) % STACK_PARAMETERS}}}-{number}"'


def generate(options):
    lines = ["version: 1", "kind: stack", "meta: {name: bench}", "components:"]
    for i in range(options.components):
        name = "module" if options.modules == "shared" else f"module{i}"
        lines += [f"  - name: c{i}", f"    source: modules/{name}"]
        producers = sorted({i - distance for distance in (1, 3, 10, 31, 100)[:options.fan_in] if i - distance >= 0})
        if producers and not options.chain:
            lines.append("    depends: [" + ", ".join(f"c{producer}" for producer in producers) + "]")
        if options.parameters:
            lines.append("    parameters:")
            values = [parameter_value(i, number) for number in range(options.parameters)]
            if options.chain and i > 0:
                values[0] = f'"${{c{i - 1}:text}}"'
            lines += [f"      p{number}: {value}" for number, value in enumerate(values)]
    lines.append("parameters:")
    lines += [f"  - {{name: stack.p{number}, value: v{number}}}" for number in range(STACK_PARAMETERS)]
    write(os.path.join(options.directory, "stack.yaml"), "\n".join(lines) + "\n")
    for i in range(1 if options.modules == "shared" else options.components):
        name = "module" if options.modules == "shared" else f"module{i}"
        module(os.path.join(options.directory, "modules", name), options)


def parse(arguments=None):
    parser = argparse.ArgumentParser(description="Writes a synthetic stack.")
    parser.add_argument("directory")
    parser.add_argument("--components", type=int, default=1000)
    parser.add_argument("--fan-in", type=int, default=2)
    parser.add_argument("--parameters", type=int, default=9)
    parser.add_argument("--tool", choices=("script", "terraform"), default="script")
    parser.add_argument("--modules", choices=("shared", "distinct"), default="shared")
    parser.add_argument("--chain", action="store_true")
    parser.add_argument("--body", default="exit 0", help="what a script does")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    generate(parse())
