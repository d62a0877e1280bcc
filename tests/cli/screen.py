"""A terminal small enough to read: knows what davit's printer writes and refuses anything else."""
import re
import unicodedata


def width(char):
    if unicodedata.combining(char):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


class Screen:
    """Lines with unlimited scrollback; the cursor moves within the last `rows` of them."""

    def __init__(self, columns, rows):
        self.columns = columns
        self.rows = rows
        self.lines = [""]
        self.row = 0
        self.column = 0
        self.cursor_visible = True
        self.wrapped = []  # texts that did not fit on one line
        self.pending = ""

    def put(self, char):
        if self.column + width(char) > self.columns:
            if not self.wrapped or self.wrapped[-1] != self.lines[self.row]:
                self.wrapped.append(self.lines[self.row])
            self.newline()
            self.column = 0
        line = self.lines[self.row]
        line = line.ljust(self.column)
        # One cell per character is enough here: nothing is written over the middle of a line.
        self.lines[self.row] = line[: self.cell(line)] + char + line[self.cell(line) + 1 :]
        self.column += width(char)

    def cell(self, line):
        at = 0
        for index, char in enumerate(line):
            if at >= self.column:
                return index
            at += width(char)
        return len(line)

    def newline(self):
        self.row += 1
        if self.row == len(self.lines):
            self.lines.append("")

    def feed(self, data):
        data = self.pending + data
        self.pending = ""
        at = 0
        while at < len(data):
            char = data[at]
            if char == "\033":
                match = re.match(r"\033\[(\??)([0-9;]*)([A-Za-z])", data[at:])
                if not match:
                    self.pending = data[at:]
                    return
                self.escape(match.group(1), match.group(2), match.group(3))
                at += match.end()
                continue
            if char == "\r":
                self.column = 0
            elif char == "\n":
                self.newline()
            elif char >= " ":
                self.put(char)
            else:
                raise AssertionError(f"control character {char!r} on the screen")
            at += 1

    def escape(self, private, argument, final):
        number = int(argument) if argument.isdigit() else 1
        if private:
            assert argument in ("25", "2026"), f"private mode {argument}"
            if argument == "25":
                self.cursor_visible = final == "h"
        elif final == "A":
            assert number < self.rows, "the cursor was moved above the screen"
            self.row = max(0, self.row - number)
        elif final == "K":
            line = self.lines[self.row]
            self.lines[self.row] = line[: self.cell(line)]
        elif final == "J":
            line = self.lines[self.row]
            self.lines[self.row] = line[: self.cell(line)]
            del self.lines[self.row + 1 :]
        elif final != "m":
            raise AssertionError(f"escape sequence that is not known: {private}{argument}{final}")

    def text(self):
        return "\n".join(line.rstrip() for line in self.lines).rstrip("\n") + "\n"
