"""What Wireshark is told of the plugin, and what the plugin gives and asks of its host."""

import re

import tshark

LIBRARY = next(iter(sorted(tshark.BUILD.glob("plugins/*/epan/amanda.so"))), None)


def test_tshark_lists_the_plugin_with_its_version():
    lines = [line.split() for line in tshark.run("tshark", "-G", "plugins").stdout.split("\n") if "amanda" in line]
    assert len(lines) == 1
    name, version, kind, *_ = lines[0]
    assert (name, kind) == ("amanda.so", "dissector")
    assert re.fullmatch(r"\d+\.\d+\.\d+", version)


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


def dynamic_symbols():
    """(name, whether it is defined here) from the library's dynamic symbol table, read without binutils."""
    data = LIBRARY.read_bytes()
    assert data[:4] == b"\x7fELF"
    wide, order = data[4] == 2, "little" if data[5] == 1 else "big"

    def number(offset, size):
        return int.from_bytes(data[offset:offset + size], order)

    word = 8 if wide else 4
    table, entry, count = number(40 if wide else 32, word), number(58 if wide else 46, 2), number(60 if wide else 48, 2)
    sections = []
    for section in range(table, table + entry * count, entry):
        kind = number(section + 4, 4)
        offset, size = number(section + (24 if wide else 16), word), number(section + (32 if wide else 20), word)
        link = number(section + (40 if wide else 24), 4)
        sections.append((kind, offset, size, link))
    for kind, offset, size, link in sections:
        if kind == 11:  # dynamic symbols
            names = sections[link][1]
            for symbol in range(offset, offset + size, 24 if wide else 16):
                name = names + number(symbol, 4)
                defined = number(symbol + (6 if wide else 14), 2) != 0
                yield data[name:data.index(b"\0", name)].decode(), defined


def test_only_the_symbols_of_a_plugin_can_be_seen():
    defined = {name for name, is_defined in dynamic_symbols() if is_defined and name}
    assert {"plugin_version", "plugin_want_major", "plugin_want_minor", "plugin_register"} <= defined
    assert [name for name in defined if not name.startswith("plugin_")] == []


def test_the_plugin_prints_nothing_and_sends_nothing():
    undefined = {name for name, is_defined in dynamic_symbols() if not is_defined}
    assert undefined
    assert not undefined & {"printf", "puts", "fopen", "socket", "connect", "send", "sendto", "system", "popen",
                            "execve", "exit", "abort", "getenv"}
