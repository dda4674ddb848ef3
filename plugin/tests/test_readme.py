"""README.md holds what it says: its commands run and print what stands below them, its table of warnings, with that of
plugin/doc/warnings.md, is that of the sources, and each name in it exists."""

import re
import shlex
from functools import lru_cache

import pytest

import tshark

README = (tshark.ROOT / "README.md").read_text(encoding="utf-8")
WARNINGS = (tshark.ROOT / "plugin/doc/warnings.md").read_text(encoding="utf-8")
SOURCES = sorted((tshark.ROOT / "plugin").glob("*.c"))

# What FILE stands for
FILE = tshark.CAPTURES / "recorded/lost-ack-sendbackup-server.pcap"

SEVERITIES = {"PI_CHAT": "chat", "PI_NOTE": "note", "PI_WARN": "warning", "PI_ERROR": "error"}

# What looks like the name of a field
FILES = {"amanda.conf", "amanda.so"}

ANYTHING = "…"


def section(title):
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", README, re.MULTILINE | re.DOTALL)
    assert found, f"README.md has no section {title}"
    return found[1]


# ---------------------------------------------------------------------------------------------------------------------
# Names


def registered():
    """Severity of each expert info, from the sources: tshark prints a list of the names only."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    found = re.findall(r'\{&ei_\w+,\s*\{"([\w.]+)",\s*PI_\w+,\s*(PI_\w+),', text)
    assert len(found) == len(re.findall(r"\{&ei_", text)), "an expert info that this test cannot read"
    assert len(found) == len(dict(found))
    return {name: SEVERITIES[severity] for name, severity in found}


def rows_of_warnings():
    """The most important ones are in README.md, all others in warnings.md."""
    return re.findall(r"^\| `[\w.]+` \| .*", section("What the warnings mean") + WARNINGS, re.MULTILINE)


def test_the_tables_of_warnings_are_that_of_the_sources():
    rows = [re.match(r"\| `([\w.]+)` \| (\w+) \|", line).groups() for line in rows_of_warnings()]
    assert len(rows) == len(dict(rows)), "a row twice"
    assert dict(rows) == registered()


def test_each_warning_is_explained():
    for line in rows_of_warnings():
        *_, explanation, end = line.split(" |")
        assert not end and len(explanation) > 20, line


@lru_cache(maxsize=None)
def known_names():
    names = {line.split("\t")[2] for line in tshark.run("tshark", "-G", "fields").stdout.splitlines()}
    preferences = tshark.run("tshark", "-G", "defaultprefs").stdout
    return names | set(re.findall(r"^#?(amanda\.\w+):", preferences, re.MULTILINE))


def test_each_name_exists():
    """But for those that stand for several, as amanda.stream.*"""
    text = re.sub(r"\bamanda\.[\w.]*\*", "", README + WARNINGS)
    named = set(re.findall(r"(?<![\w./-])amanda(?:\.[a-z0-9_]+)+", text)) - FILES
    assert len(named) > 70
    assert not named - known_names()


def test_the_plugin_has_the_expert_infos_of_the_sources():
    assert not set(registered()) - known_names()


# ---------------------------------------------------------------------------------------------------------------------
# Commands


def code_blocks():
    """The indented and the fenced ones, line by line; what ends in a backslash goes on."""
    block, fence = [], False
    for line in re.sub(r" *\\\n *", " ", README).splitlines() + [""]:
        if line.lstrip().startswith("```"):
            fence = not fence
        elif fence or line.startswith("    "):
            block.append(line if fence else line[4:])
            continue
        if block:
            yield block
            block = []


def commands():
    """(command of tshark, what stands below it)"""
    found = []
    for block in code_blocks():
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


def output_of(command):
    """As a shell runs it, with the files of this copy."""
    def path(word):
        return shlex.quote(str(FILE if word[0] == "FILE" else tshark.ROOT / word[0]))

    command = re.sub(r"\bFILE\b|(?<![\w./-])test-captures/[\w./-]+", path, command)
    return tshark.run("sh", "-c", command).stdout.splitlines()


def pattern(line):
    """A printed line, in which white space is as wide as it likes."""
    parts = (r"\s+".join(re.escape(word) for word in part.split()) for part in line.split(ANYTHING))
    return re.compile(r"\s*" + r".*".join(rf"\s*{part}\s*" for part in parts) + r"\s*$")


def test_there_are_commands():
    texts = [command for command, _ in commands()]
    assert len(texts) > 8 and any("-T json" in text for text in texts)
    assert sum(bool(printed) for _, printed in commands()) > 3


@pytest.mark.parametrize("command, printed", commands(), ids=[command for command, _ in commands()])
def test_command_prints_what_stands_below_it(command, printed):
    output = output_of(command)
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


@pytest.mark.parametrize("statistics", sorted(set(re.findall(r"`-z ([\w,]+)`", README))))
def test_statistics(statistics):
    lines = tshark.tshark("-q", "-r", FILE, "-z", statistics).splitlines()
    assert len(lines) > 5


def filters():
    """Those of the table of filters, and what stands in -Y."""
    rows = re.findall(r"^\| (`[^|]*`) \|", section("From a failed dump to its packets"), re.MULTILINE)
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row) if not text.startswith("-z")]


@pytest.mark.parametrize("text", filters())
def test_filter(text):
    """All of them let something through somewhere, but for what no recording has."""
    rare = {"amanda.rep.error", "amanda.mesg.failed", "amanda.mesg.is_strange", "amanda.stream.refused",
            "amanda.stream.never_opened"}
    captures = FILE, tshark.CAPTURES / "recorded/nak-client.pcap", tshark.GENERATED / "2004-stale-reply-server.pcap"
    counts = [tshark.count(capture, text) for capture in captures]
    assert any(counts) or text in rare
