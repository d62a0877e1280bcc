#!/usr/bin/env python3
"""Makes a man page from one of the manual's Markdown pages: headings, paragraphs, lists, indented code, `code`. Nothing else is used there."""
import argparse
import re


def inline(text):
    text = text.replace("\\", "\\e")
    text = re.sub(r"`([^`]+)`", r"\\fB\1\\fR", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"\\fB\1\\fR", text)
    text = text.replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def code(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\\&" + text if text.startswith((".", "'")) else text


def convert(markdown, name, version):
    lines = markdown.splitlines()
    title = lines[0].lstrip("# ")
    brief = title.split(" - ", 1)[1] if " - " in title else title
    out = [f'.TH "{name.upper()}" 1 "" "davit {version}" "Davit manual"', ".nh", ".SH NAME", f"{name} \\- {inline(brief)}"]
    synopsis_open = True  # the first indented block is the synopsis
    in_code = False
    paragraph = []

    def flush():
        if paragraph:
            out.append(inline(" ".join(paragraph)))
            paragraph.clear()

    section = "DESCRIPTION"
    described = False
    for line in lines[1:]:
        if line.startswith("    ") and (in_code or not paragraph):
            if not in_code:
                flush()
                if synopsis_open and not described and name != "davit":
                    out.append(".SH SYNOPSIS")
                else:
                    out.append(".PP")
                out.extend([".RS 4", ".nf"])
                in_code = True
            out.append(code(line[4:]))
            continue
        if in_code and line.strip():
            out.extend([".fi", ".RE"])
            in_code = False
            synopsis_open = False
        elif in_code:
            out.append("")
            continue
        if not line.strip():
            flush()
            continue
        if line.startswith("#"):
            flush()
            out.append(f".SH {inline(line.lstrip('# ').upper())}")
            described = True
            continue
        if not described:
            out.append(f".SH {section}")
            described = True
        if line.startswith("- "):
            flush()
            out.append(".IP \\(bu 2")
            paragraph.append(line[2:])
        elif paragraph:
            paragraph.append(line.strip())
        else:
            if not out[-1].startswith(".SH"):
                out.append(".PP")
            paragraph.append(line.strip())
    flush()
    if in_code:
        out.extend([".fi", ".RE"])
    if name != "davit":
        out.extend([".SH SEE ALSO", "davit(1)"])
    return "\n".join(out) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("page")
    parser.add_argument("output")
    parser.add_argument("--name", required=True)
    parser.add_argument("--version", required=True)
    arguments = parser.parse_args()
    with open(arguments.page, encoding="utf-8") as file:
        text = convert(file.read(), arguments.name, arguments.version)
    with open(arguments.output, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
