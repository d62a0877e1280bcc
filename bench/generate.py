#!/usr/bin/env python3
"""Writes a synthetic stack.

    generate.py DIR [--components 1000] [--fan-in 2] [--parameters 9] [--tool script|terraform] [--modules shared|distinct] [--body SH] [--chain]
                     [--dense] [--from-stack N]

Component i uses an output of each of the `fan-in` components before it, at growing distances, so that the graph is neither a chain nor
flat; --fan-in 0 makes all of them independent. Of its parameters one in three is a text, one a number, one an expression over a stack
parameter. `shared`: one module for all; `distinct`: one for each. --chain, of terraform: each component takes its p0 from an output of the one before
that is known when it is planned. --dense, of scripts: each component takes six of its parameters from outputs of components before it.
--from-stack N: the stack in DIR/top begins with the one in DIR/base1, that with DIR/base2, and so on, N deep; the components are divided among them, and
each stack replaces one in ten of the components below it, and gives the stack's parameters other values.
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
        if options.dense:
            write(os.path.join(directory, "component.yaml"), "version: 1\nkind: component\nmeta: {name: module}\noutputs:\n"
                  + "".join(f"  - name: out{number}\n" for number in range(6)))
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


def component(i, options):
    """The lines of component i, below `components:`."""
    name = "module" if options.modules == "shared" else f"module{i}"
    lines = [f"  - name: c{i}", f"    source: {'../' if options.from_stack else ''}modules/{name}"]
    producers = sorted({i - distance for distance in (1, 3, 10, 31, 100)[:options.fan_in] if i - distance >= 0})
    if producers and not options.chain:
        lines.append("    depends: [" + ", ".join(f"c{producer}" for producer in producers) + "]")
    if options.parameters:
        lines.append("    parameters:")
        values = [parameter_value(i, number) for number in range(options.parameters)]
        if options.chain and i > 0:
            values[0] = f'"${{c{i - 1}:text}}"'
        if options.dense and i > 0:
            for number in range(min(6, options.parameters)):
                values[number] = f'"${{c{max(0, i - 1 - 7 * number)}:out{number}}}"'
        lines += [f"      p{number}: {value}" for number, value in enumerate(values)]
    return lines


def manifest(directory, base, numbers, options):
    lines = ["version: 1", "kind: stack", "meta: {name: bench" + (f", fromStack: {base}" if base else "") + "}", "components:"]
    for i in numbers:
        lines += component(i, options)
    lines.append("parameters:")
    lines += [f"  - {{name: stack.p{number}, value: v{number}{base}}}" for number in range(STACK_PARAMETERS)]
    write(os.path.join(directory, "stack.yaml"), "\n".join(lines) + "\n")


def generate(options):
    if options.from_stack:
        per_stack = options.components // (options.from_stack + 1)
        for depth in range(options.from_stack, -1, -1):  # the deepest has the first components
            begin = (options.from_stack - depth) * per_stack
            end = options.components if depth == 0 else begin + per_stack
            base = "" if depth == options.from_stack else f"../base{depth + 1}"
            manifest(os.path.join(options.directory, f"base{depth}" if depth else "top"), base, [*range(0, begin, 10), *range(begin, end)], options)
    else:
        manifest(options.directory, "", range(options.components), options)
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
    parser.add_argument("--dense", action="store_true")
    parser.add_argument("--from-stack", type=int, default=0)
    parser.add_argument("--body", default="exit 0", help="what a script does")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    generate(parse())
