# SPDX-License-Identifier: GPL-2.0-or-later
"""What Wireshark is told of the plugin, and what the plugin gives and asks of its host."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import tshark

SOURCES = tshark.ROOT / "plugin/sources.cmake"
LIBRARY = next(iter(sorted(tshark.BUILD.glob("plugins/*/epan/amanda.so"))), None)


def test_tshark_lists_the_plugin_with_its_version():
    lines = [line.split() for line in tshark.run("tshark", "-G", "plugins").stdout.split("\n") if "amanda" in line]
    assert len(lines) == 1
    name, version, kind, *_ = lines[0]
    assert (name, kind) == ("amanda.so", "dissector")
    assert version == re.search(r"^set\(AMANDA_VERSION (\d+\.\d+\.\d+)\)", SOURCES.read_text(), re.MULTILINE)[1]


def test_tshark_lists_the_protocol():
    lines = [line.split("\t") for line in tshark.run("tshark", "-G", "protocols").stdout.split("\n")]
    assert [line[:3] for line in lines if "amanda" in line] == [
        ["Amanda Network Backup Protocol", "Amanda", "amanda"]]


def test_tshark_lists_the_ports():
    lines = [line.split("\t") for line in tshark.run("tshark", "-G", "decodes").stdout.split("\n")]
    assert {line[1] for line in lines if line[0] == "udp.port" and line[-1] == "amanda"} == {"10080", "10081"}


def test_tshark_lists_the_preferences():
    preferences = tshark.run("tshark", "-G", "defaultprefs").stdout
    assert re.search(r"^#amanda\.timeout: 0$", preferences, re.MULTILINE)
    assert re.search(r"^#amanda\.precedence: TRUE$", preferences, re.MULTILINE)


CLEAN = tshark.CAPTURES / "recorded/clean.pcap"


def test_another_choice_for_its_port_wins():
    assert tshark.tshark("-r", CLEAN, "-d", "udp.port==10080,data", "-Y", "amanda.verdict or amanda.seq") == ""


def output_of(*command):
    return subprocess.run(command, env={**os.environ, "LC_ALL": "C"}, check=True, capture_output=True, text=True).stdout


def dynamic_symbols(which):
    """The names in the library's dynamic symbol table, without the versions that glibc's have."""
    return {line.split()[-1].partition("@")[0] for line in output_of("nm", "-D", which, LIBRARY).splitlines()}


def test_only_the_symbols_of_a_plugin_can_be_seen():
    defined = dynamic_symbols("--defined-only")
    assert {"plugin_version", "plugin_want_major", "plugin_want_minor", "plugin_register"} <= defined
    assert [name for name in defined if not name.startswith("plugin_")] == []


# What only -z amanda,outcomes may use: Wireshark draws the other tables itself, and before 4.6 a table that could not be
# set up ended the program.
FOR_THE_TEXT_OF_OUTCOMES = {"printf", "puts", "putchar", "fprintf", "vprintf", "fputs", "fputc", "fwrite", "putc", "stdout",
                            "stderr", "exit"}


def test_the_plugin_opens_nothing_and_sends_nothing():
    undefined = dynamic_symbols("--undefined-only")
    assert undefined
    assert not undefined & {"fopen", "open", "creat", "socket", "connect", "send", "sendto", "system", "popen", "execve",
                            "fork", "abort", "getenv"}


def test_only_the_text_of_outcomes_prints():
    objects = sorted((tshark.BUILD / "CMakeFiles/amanda.dir").rglob("*.o"))
    lines = [line.rsplit(None, 2) for line in output_of("nm", "-u", "-A", *objects).splitlines()]
    printing = {Path(where.rstrip(":")).name for where, _, name in lines
                if name.removeprefix("__").removesuffix("_chk") in FOR_THE_TEXT_OF_OUTCOMES}
    assert len(objects) > 20 and printing == {"outcomes-text.c.o"}


def test_nothing_is_printed_where_no_table_is_asked_for():
    for capture in CLEAN, tshark.GENERATED / "2004-stale-reply-server.pcap":
        result = tshark.run("tshark", "-n", "-2", "-q", "-r", capture)
        assert (result.stdout, result.stderr) == ("", "")


def test_nothing_is_needed_but_wireshark_glib_and_libc():
    needed = re.findall(r"\(NEEDED\) +Shared library: \[(.*)\]", output_of("readelf", "-dW", LIBRARY))
    assert {re.sub(r"[-.\d]*\.so\..*", "", name) for name in needed} == {"libwireshark", "libwsutil", "libglib", "libc"}


def test_tshark_has_loaded_all_that_the_plugin_needs():
    loaded, wanted = (set(re.findall(r"^\t(\S+)", output_of("ldd", path), re.MULTILINE))
                      for path in (shutil.which("tshark"), LIBRARY))
    assert wanted and wanted <= loaded


def test_what_the_linker_filled_in_is_read_only():
    dynamic, headers = output_of("readelf", "-dW", LIBRARY), output_of("readelf", "-lW", LIBRARY)
    assert re.search(r"\(FLAGS\) .*BIND_NOW", dynamic)
    assert re.search(r"^ +GNU_RELRO ", headers, re.MULTILINE)
    assert "TEXTREL" not in dynamic


def test_no_memory_is_both_writable_and_executable():
    segments = re.findall(r"^ +(LOAD|GNU_STACK) .* ([R ][W ][E ]) 0x", output_of("readelf", "-lW", LIBRARY), re.MULTILINE)
    assert {kind for kind, _ in segments} == {"LOAD", "GNU_STACK"}
    assert [segment for segment in segments if "WE" in segment[1]] == []


def test_nobody_is_told_where_to_look_for_libraries():
    assert not re.search(r"\((RPATH|RUNPATH)\)", output_of("readelf", "-dW", LIBRARY))
