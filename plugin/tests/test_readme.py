# SPDX-License-Identifier: GPL-2.0-or-later
"""README.md holds what it says: its commands run and print what stands below them, its table of warnings, with that of
plugin/doc/warnings.md, is that of the sources."""

import os
import re
import subprocess

import pytest

import documents
import tshark

README = documents.TEXTS["README.md"]
WARNINGS = documents.TEXTS["plugin/doc/warnings.md"]
SOURCES = sorted((tshark.ROOT / "plugin").rglob("*.c"))

# What FILE stands for
FILE = tshark.CAPTURES / "recorded/lost-ack-sendbackup-server.pcap"

SEVERITIES = {"PI_CHAT": "chat", "PI_NOTE": "note", "PI_WARN": "warning", "PI_ERROR": "error"}

# ---------------------------------------------------------------------------------------------------------------------
# Names


def registered():
    """Severity of each expert info, from the sources: tshark prints a list of the names only."""
    text = "".join(path.read_text(encoding="utf-8") for path in SOURCES)
    found = re.findall(r'\{&ei_\w+,\s*\{"([\w.]+)",\s*PI_\w+,\s*(PI_\w+),', text)
    assert len(found) == len(re.findall(r"\{&ei_(?!serious\[|other\[)", text)), "an expert info that this test cannot read"
    # Those of outcomes are made in a loop, from a list of causes.
    causes = re.findall(r'^ +(EITHER|SERIOUS)\(AMANDA_CAUSE_\w+,\s*"(\w+)",\s*"', text, re.MULTILINE)
    assert len(causes) == len(re.findall(r"^ +(?:EITHER|SERIOUS)\(AMANDA_", text, re.MULTILINE)) > 20
    found += [(f"amanda.outcome.{name}", "PI_ERROR") for _, name in causes]
    found += [(f"amanda.outcome.{name}_asked", "PI_WARN") for form, name in causes if form == "EITHER"]
    assert len(found) == len(dict(found))
    return {name: SEVERITIES[severity] for name, severity in found}


def rows_of_warnings():
    """The most important ones are in README.md, all others in warnings.md."""
    return re.findall(r"^\| `[\w.]+` \| .*", documents.section(README, "What the warnings mean") + WARNINGS, re.MULTILINE)


def test_the_tables_of_warnings_are_that_of_the_sources():
    rows = [re.match(r"\| `([\w.]+)` \| (\w+) \|", line).groups() for line in rows_of_warnings()]
    assert len(rows) == len(dict(rows)), "a row twice"
    assert dict(rows) == registered()


def test_each_warning_is_explained():
    for line in rows_of_warnings():
        *_, explanation, end = line.split(" |")
        assert not end and len(explanation) > 20, line


def test_the_plugin_has_the_expert_infos_of_the_sources():
    assert not set(registered()) - tshark.known_names()


# ---------------------------------------------------------------------------------------------------------------------
# Commands


COMMANDS = documents.commands(README)


def test_there_are_commands():
    texts = [command for command, _ in COMMANDS]
    assert len(texts) > 8 and any("-T json" in text for text in texts)
    assert sum(bool(printed) for _, printed in COMMANDS) > 2


@pytest.mark.parametrize("command, printed", COMMANDS, ids=[command for command, _ in COMMANDS])
def test_command_prints_what_stands_below_it(command, printed):
    documents.assert_printed(printed, documents.output_of(command, FILE))


def test_first_look_prints_what_stands_below_it(tmp_path):
    """Where all is installed and built already"""
    for name, script in (("dpkg-query", "printf installed"), ("cmake", ":")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / name).chmod(0o755)
    tshark.build_with_plugin()
    result = subprocess.run(["sh", tshark.ROOT / "plugin/scripts/first-look.sh"], capture_output=True, encoding="utf-8",
                            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "BUILD_DIR": str(tshark.BUILD)})
    assert (result.returncode, result.stderr) == (0, "")
    command, printed, _ = re.split(r"^    (sh plugin/scripts/first-look.sh)\n((?:    .*\n|\n)*)", README, 1, re.MULTILINE)[1:]
    documents.assert_printed([line[4:] for line in printed.rstrip().split("\n")], result.stdout.split("\n"))


def test_the_first_output_is_on_the_second_screen_at_the_latest():
    """A screen: 30 lines of text, or a picture"""
    before, _, _ = README.partition("sh plugin/scripts/first-look.sh")
    assert "](plugin/doc/" not in before and before.count("\n") < 30


@pytest.mark.parametrize("statistics", sorted(set(re.findall(r"`-z ([\w,]+)`", README))))
def test_statistics(statistics):
    lines = tshark.tshark("-q", "-r", FILE, "-z", statistics).splitlines()
    assert len(lines) > 5


def filters():
    """Those of the table of filters, and what stands in -Y."""
    rows = re.findall(r"^\| (`[^|]*`) \|", documents.section(README, "From a failed dump to its packets"), re.MULTILINE)
    return [text for row in rows for text in re.findall(r"`([^`]+)`", row) if not text.startswith("-z")]


@pytest.mark.parametrize("text", filters())
def test_filter(text):
    """All of them let something through somewhere, but for what no recording has."""
    rare = {"amanda.rep.error", "amanda.mesg.failed", "amanda.mesg.is_strange", "amanda.stream.refused",
            "amanda.stream.never_opened"}
    captures = FILE, tshark.CAPTURES / "recorded/nak-client.pcap", tshark.GENERATED / "2004-stale-reply-server.pcap"
    counts = [tshark.count(capture, text) for capture in captures]
    assert any(counts) or text in rare
