# SPDX-License-Identifier: GPL-2.0-or-later
"""What the documents hold, as far as a test can hold it against the plugin: names, filters, links, commands."""

import re
import shlex
import sys
from pathlib import Path

import tshark

PATHS = [tshark.ROOT / "README.md", tshark.CAPTURES / "README.md", *sorted((tshark.ROOT / "plugin/doc").glob("*.md"))]
TEXTS = {str(path.relative_to(tshark.ROOT)): path.read_text(encoding="utf-8") for path in PATHS}

# What looks like the name of a field
FILES = {"amanda.conf", "amanda.so", "amanda.pcap", "amanda.dict"}

# What stands for anything in the output of a command
ANYTHING = "…"


def section(text, title):
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section {title}"
    return found[1]


def code_blocks(text, join=True):
    """The indented and the fenced ones, line by line; what ends in a backslash goes on, unless it is not to be joined."""
    block, fence = [], False
    for line in (re.sub(r" *\\\n *", " ", text) if join else text).splitlines() + [""]:
        if line.lstrip().startswith("```"):
            fence = not fence
        elif fence or line.startswith("    "):
            block.append(line if fence else line[4:])
            continue
        if block:
            yield block
            block = []


def prose(text):
    """All but the code blocks."""
    text = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join(line for line in text.splitlines() if not line.startswith("    "))


def marked(text):
    """What stands between backticks."""
    return re.findall(r"`([^`\n]+)`", prose(text))


def rows(text):
    """The rows of the tables, without heads."""
    found = []
    for line in prose(text).splitlines():
        if line.startswith("|---"):
            found.pop()
        elif line.startswith("|"):
            found.append([cell.strip() for cell in line.strip().strip("|").split(" | ")])
    return found


# ---------------------------------------------------------------------------------------------------------------------
# Names and filters


def field_names(text):
    """But for those that stand for several, as amanda.stream.*"""
    text = re.sub(r"\bamanda\.[\w.]*\*", "", text)
    return set(re.findall(r"(?<![\w./-])amanda(?:\.[a-z0-9_]+)+", text)) - FILES


def filters(text):
    """What stands between backticks and compares or joins fields of a packet."""
    field = r"(?:amanda|frame|icmp|tcp|udp|ip)\.\w"
    return [found for found in marked(text) if re.match(rf"[(!]*(?:not )?{field}", found)
            and re.search(r"[=<>] |\b(?:and|or|contains|matches|in)\b", found)]


# ---------------------------------------------------------------------------------------------------------------------
# Links


def links(text):
    return re.findall(r"\]\(([^)\s]+)\)", prose(text))


def anchors(text):
    """Of each heading, as GitHub makes it."""
    titles = re.findall(r"^#+ (.*)", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


# ---------------------------------------------------------------------------------------------------------------------
# Commands


def commands(text):
    """(command of tshark, what stands below it)"""
    found = []
    for block in code_blocks(text):
        command = None
        for line in block:
            if line.startswith("tshark "):
                command = line, []
                found.append(command)
            elif command and re.match(r"\w[\w.-]* -|(sh|sudo|cmake|for|wireshark) ", line):
                command = None  # a command of another program
            elif command and line.strip():
                command[1].append(line)
    return found


def output_of(command, file):
    """As a shell runs it, with the files of this copy; file: what FILE stands for."""
    def path(word):
        return shlex.quote(str(file if word[0] == "FILE" else tshark.ROOT / word[0]))

    command = re.sub(r"\bFILE\b|(?<![\w./-])test-captures/[\w./-]+", path, command)
    return tshark.run("sh", "-c", command).stdout.splitlines()


def pattern(line):
    """A printed line, in which white space is as wide as it likes."""
    parts = (r"\s+".join(re.escape(word) for word in part.split()) for part in line.split(ANYTHING))
    return re.compile(r"\s*" + r".*".join(rf"\s*{part}\s*" for part in parts) + r"\s*$")


def assert_printed(printed, output):
    """All lines of printed, and between them no more than … stands for."""
    assert any(line.strip() for line in output)
    at, skipping = 0, False
    for line in printed:
        if line.strip() == ANYTHING:
            skipping = True
            continue
        fits = pattern(line)
        matches = [number for number in range(at, len(output)) if fits.match(output[number])]
        assert matches, f"not printed: {line}\n" + "\n".join(output[at:])
        assert skipping or matches[0] == at, f"more is printed before: {line}\n{output[at]}"
        at, skipping = matches[0] + 1, False
    assert not printed or skipping or at == len(output), "more is printed: " + "\n".join(output[at:])


# ---------------------------------------------------------------------------------------------------------------------
# Commands behind a prompt


def typed(block):
    """(command, what stands below it): a command goes on behind a backslash, a pipe, an open quote or here-document."""
    found, lines = [], list(block)
    while lines:
        line = lines.pop(0)
        if not line.startswith("$ "):
            if found:
                found[-1][1].append(line)
            continue
        command = line[2:]
        end = "END" if "<<'END'" in command else None
        while lines and (end or command.endswith(("\\", "|")) or command.count("'") % 2 or command.startswith("for ")
                         and not command.endswith("done")):
            command += "\n" + lines.pop(0)
            if end and command.endswith("\n" + end):
                break
        found.append((command, []))
    return found


def typed_commands(text):
    return [found for block in code_blocks(text, join=False) for found in typed(block)]


# ---------------------------------------------------------------------------------------------------------------------
# As scripts, for the checkers of shell and Python


def scripts(text):
    """(ending, script) of all that a page has a reader type, and of the files that it has a reader write"""
    for command, _ in typed_commands(text):
        here = re.fullmatch(r"cat >\w+\.(sh|py) <<'END'\n(.*\n)END", command, re.DOTALL)
        inline = re.search(r"python3 -c '\n(.*?)'", command, re.DOTALL)
        if inline:
            yield "py", inline[1] + "\n"
        yield here.groups() if here else ("sh", command + "\n")
    starts = r"(tshark|sh|sudo|cmake|ctest|wireshark|python3|tcpdump|plugin/scripts/\S+) "
    for block in code_blocks(text):
        lines = [re.sub(r"^[\d*]+ [\d*]+ \* \* \* ", "cron ; ", line) for line in block if not typed(block)]
        while lines:
            line = lines.pop(0)
            while line.count("'") % 2 and lines:
                line += "\n" + lines.pop(0)
            if re.match(f"cron|{starts}", line):
                yield "sh", line + "\n"


def write_scripts(folder):
    number = 0
    for text in TEXTS.values():
        for ending, script in scripts(text):
            number += 1
            Path(folder, f"{number}.{ending}").write_text("#!/bin/sh\n" * (ending == "sh") + script, encoding="utf-8")


if __name__ == "__main__":
    write_scripts(sys.argv[1])
