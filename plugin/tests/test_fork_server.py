# SPDX-License-Identifier: GPL-2.0-or-later
"""Most tests have their programs from a fork server: it must give what a new process gives, each time."""

import os
import re
import subprocess
import time

import pytest

import forkserver
import tshark

CAPTURE = tshark.GENERATED / "2004-stale-reply-server.pcap"
FRAMED = tshark.CAPTURES / "recorded/bsdtcp.pcap"
FIELDS = "-T", "fields", "-e", "frame.number", "-e", "amanda.verdict", "-e", "_ws.col.Info"
COMMANDS = [
    ("tshark", "-n", "-r", CAPTURE),
    ("tshark", "-r", CAPTURE, "-c", "3"),
    ("tshark", "-n", "-2", "-r", CAPTURE, "-V", "-x"),
    ("tshark", "-n", "-2", "-r", FRAMED, "-V", "-O", "amanda"),
    ("tshark", "-n", "-2", "-r", CAPTURE, "-T", "pdml"),
    ("tshark", "-n", "-2", "-r", CAPTURE, "-T", "json"),
    ("tshark", "-n", "-2", "-r", CAPTURE, "-R", "amanda.rep.unmatched", "-Y", "amanda.seq > 1", *FIELDS),
    ("tshark", "-n", "-r", CAPTURE, "-o", "amanda.timeout:1", "-d", "udp.port==10080,data", *FIELDS),
    ("tshark", "-n", "-q", "-r", CAPTURE, "-z", "expert", "-z", "io,phs", *tshark.table_options()),
    ("tshark", "-n", "-r", CAPTURE, "-Y", "amanda.no_such_field"),
    ("tshark", "-n", "-r", CAPTURE.with_name("there is no such file")),
    ("tshark", "-n", "-r", CAPTURE, "--no-such-option"),
]
QUESTIONS = "".join(f'{{"jsonrpc":"2.0","id":{number},"method":"{method}","params":{{{parameters}}}}}\n'
                    for number, (method, parameters) in enumerate([
                        ("load", f'"file":"{CAPTURE}"'), ("status", ""), ("frames", '"filter":"amanda.rep.unmatched"'),
                        ("frame", '"frame":3,"proto":true,"columns":true'), ("tap", '"tap0":"srt:amanda"')], 1))


@pytest.fixture
def anew(monkeypatch):
    """A function that runs a command line in a process of its own."""
    def run(*command, input=None):
        with monkeypatch.context() as setting:
            setting.setenv("AMANDA_FORK_SERVER", "off")
            return tshark.run_bytes(tshark.BUILD, *command, input=input)
    return run


def said(result):
    """PDML says when it was written, and where Wireshark's data are."""
    return (result.returncode, re.sub(rb'( time="[^"]*"| in /\S+ or at)', b"", result.stdout, count=2), result.stderr)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(map(str, command[1:]))[-60:])
def test_it_says_what_a_new_process_says(command, anew):
    expected = anew(*command)
    assert expected.stdout or expected.stderr
    assert expected.cpu_seconds > 0
    for _ in range(2):
        found = tshark.run_bytes(tshark.BUILD, *command)
        assert said(found) == said(expected)
        assert found.cpu_seconds > 0


def test_sharkd_answers_as_a_new_process_does(anew):
    expected = anew("sharkd", "-", input=QUESTIONS.encode())
    assert expected.stdout.count(b'"result"') == 5
    for _ in range(2):
        assert said(tshark.run_bytes(tshark.BUILD, "sharkd", "-", input=QUESTIONS.encode())) == said(expected)


def test_nothing_is_left_of_what_ran_before():
    plain = COMMANDS[0]
    before = said(tshark.run_bytes(tshark.BUILD, *plain))
    for command in COMMANDS:
        tshark.run_bytes(tshark.BUILD, *command)
        assert said(tshark.run_bytes(tshark.BUILD, *plain)) == before


def test_the_plugin_is_there_or_not_as_was_asked_for():
    # The file's path stands in the output, too, and may have the project's name in it.
    assert 'name="amanda"' in tshark.tshark("-r", CAPTURE, "-T", "pdml")
    assert 'name="amanda"' not in tshark.tshark("-r", CAPTURE, "-T", "pdml", plugin=False)


def test_a_program_that_does_not_end_is_ended(tmp_path, monkeypatch):
    tmp_path.chmod(0o755)
    os.mkfifo(tmp_path / "nobody writes")
    begun = time.monotonic()
    with monkeypatch.context() as setting, pytest.raises(subprocess.TimeoutExpired):
        setting.setattr(forkserver, "TIMEOUT", 0.5)
        tshark.tshark("-r", tmp_path / "nobody writes")
    assert time.monotonic() - begun < 60
    assert tshark.count(CAPTURE, "amanda") > 0
