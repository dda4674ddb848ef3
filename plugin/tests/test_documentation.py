# SPDX-License-Identifier: GPL-2.0-or-later
"""The pages of the documentation hold: links lead somewhere, names exist, filters compile, and what the pages say of the
captures is what tshark shows there."""

import re
from functools import lru_cache

import pytest

import documents
import tshark

NAMES = sorted(documents.TEXTS)
# What FILE stands for
FILE = tshark.CAPTURES / "recorded/lost-ack-sendbackup-server.pcap"

TROUBLESHOOTING = documents.TEXTS["plugin/doc/troubleshooting.md"]


@pytest.mark.parametrize("name", NAMES)
def test_links_lead_to_what_is_there(name):
    folder = (tshark.ROOT / name).parent
    for link in documents.links(documents.TEXTS[name]):
        if re.match(r"\w+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (folder / path).resolve() if path else tshark.ROOT / name
        assert target.exists(), link
        assert tshark.ROOT in target.parents, f"{link} leads out of the repository"
        assert not anchor or anchor in documents.anchors(target.read_text(encoding="utf-8")), link


def test_each_page_can_be_reached_from_the_readme():
    seen, ahead = set(), [tshark.ROOT / "README.md"]
    while ahead:
        page = ahead.pop()
        if page in seen or page.suffix != ".md":
            continue
        seen.add(page)
        targets = (link.partition("#")[0] for link in documents.links(page.read_text(encoding="utf-8")))
        ahead += [(page.parent / target).resolve() for target in targets if target and ":" not in target]
    assert {tshark.ROOT / name for name in NAMES} == seen


@pytest.mark.parametrize("name", NAMES)
def test_fields_exist(name):
    assert not documents.field_names(documents.TEXTS[name]) - tshark.known_names()


def test_there_are_names_to_check():
    assert len(set().union(*(documents.field_names(text) for text in documents.TEXTS.values()))) > 300


def test_filters_compile():
    filters = sorted({found for text in documents.TEXTS.values() for found in documents.filters(text)})
    assert len(filters) > 20
    checks = [("check", {"filter": found}) for found in filters]
    answers = tshark.Sharkd(tshark.GENERATED / "ipv6.pcap").ask(checks)
    assert [found for found, answer in zip(filters, answers) if answer.get("status") not in ("OK", "Warn")] == []


# ---------------------------------------------------------------------------------------------------------------------
# Troubleshooting


def examples():
    """(words, filter, capture, frames, whether there are more) of each row that has an example."""
    found = []
    for row in documents.rows(TROUBLESHOOTING):
        if len(row) != 5 or row[4] == "–":
            continue
        text, = re.findall(r"^`([^`]+)`$", row[1])
        for example in row[4].split("; "):
            if example not in ("UDP only", "TCP only"):
                capture, frames, more = re.fullmatch(r"`([\w/-]+)` ([\d, ]+?)(, …)?", example).groups()
                found.append((row[0], text, capture, [int(frame) for frame in frames.split(", ")], bool(more)))
    return found


def capture_of(name):
    path = tshark.CAPTURES / f"{name}.pcap"
    return path if path.exists() else path.with_suffix(".pcapng")


def test_most_rows_have_an_example():
    rows = [row for row in documents.rows(TROUBLESHOOTING) if len(row) == 5]
    assert len(rows) > 25 and len([row for row in rows if row[4] == "–"]) < 6


@pytest.mark.parametrize("words, text, capture, frames, more", examples(), ids=[" ".join(row[:3]) for row in examples()])
def test_filter_shows_the_example(words, text, capture, frames, more):
    """DISK is that of the recording."""
    disk = "/srv/d1" if capture.startswith("outcomes/") else "/srv/d5"
    output = tshark.tshark("-2", "-r", capture_of(capture), "-Y", text.replace("DISK", disk), "-T",
                           "fields", "-e", "frame.number")
    shown = [int(frame) for frame in output.split()]
    assert (shown[:len(frames)] if more else shown) == frames


@pytest.mark.parametrize("words, text, capture, frames, more",
                         [row for row in examples() if "amanda.error" in row[1] or "amanda.nak" in row[1]],
                         ids=[row[0] for row in examples() if "amanda.error" in row[1] or "amanda.nak" in row[1]])
def test_the_client_says_these_words(words, text, capture, frames, more):
    """As far as they are words of the client: in capitals is what differs."""
    patterns = [".*".join(map(re.escape, re.split(r"\b[A-Z]{2,}\b|\bN\b", said))) for said in documents.marked(words)]
    errors = tshark.read_fields(capture_of(capture), ("amanda.error",))
    for frame in frames:
        said = errors[frame].get("amanda.error", [""])[0]
        assert not said or any(re.match(pattern, said) for pattern in patterns), said


# ---------------------------------------------------------------------------------------------------------------------
# The protocol

PROTOCOL = documents.TEXTS["plugin/doc/protocol.md"]


@pytest.mark.parametrize("frame, begins", [(25, "Frame 25 is this datagram:"), (27, "and frame 27, the reply")])
def test_datagram_is_that_of_the_recording(frame, begins):
    block = next(documents.code_blocks(PROTOCOL[PROTOCOL.index(begins):]))
    payload = tshark.read_fields(tshark.CAPTURES / "recorded/clean.pcap", ("udp.payload",))[frame]["udp.payload"][0]
    assert "\n".join(block) + "\n" == bytes.fromhex(payload.replace(":", "")).decode()


# ---------------------------------------------------------------------------------------------------------------------
# Commands

# README.md has a test of its own, and so has batch.md.
COMMANDS = [(name, *found) for name in NAMES if name not in ("README.md", "plugin/doc/batch.md")
            for found in documents.commands(documents.TEXTS[name])]


def test_there_are_commands():
    assert len(COMMANDS) > 0


@pytest.mark.parametrize("name, command, printed", COMMANDS, ids=[f"{name}: {command}" for name, command, _ in COMMANDS])
def test_command_prints_what_stands_below_it(name, command, printed):
    documents.assert_printed(printed, documents.output_of(command, FILE))


# ---------------------------------------------------------------------------------------------------------------------
# The guide

GUIDE = documents.TEXTS["plugin/doc/guide.md"]


def details_in_the_guide():
    """(capture, frame, line in its details) of each row that tells of one; the capture is the one named last."""
    found, capture = [], None
    for line in GUIDE.splitlines():
        capture = (re.findall(r"test-captures/[\w/-]+\.pcap", line) or [capture])[-1]
        row = re.match(r"\| (\d+) \| `(\[[^`]+\])` \|", line)
        if row:
            found.append((capture, int(row[1]), row[2]))
    return found


def test_the_guide_tells_of_details():
    assert len(details_in_the_guide()) > 15


@lru_cache(maxsize=None)
def details(capture):
    """The lines of the details of each frame."""
    output = tshark.tshark("-2", "-r", tshark.ROOT / capture, "-V", "-O", "amanda")
    _, *parts = re.split(r"^Frame (\d+): ", output, flags=re.MULTILINE)
    return {int(number): [line.strip() for line in text.splitlines()] for number, text in zip(parts[::2], parts[1::2])}


@pytest.mark.parametrize("capture, frame, line", details_in_the_guide())
def test_details_are_as_the_guide_says(capture, frame, line):
    assert line in details(capture)[frame]


def test_the_list_is_as_the_guide_says():
    """Frames 1 to 39 of the case of 2004, in groups."""
    fields = tshark.read_fields(tshark.GENERATED / "2004-stale-reply-server.pcap",
                                ("amanda.type", "amanda.dle.disk", "amanda.handle", "amanda.seq", "amanda.rep.unmatched",
                                 "amanda.ack.stale_accepted", "amanda.stream.name", "amanda.stream.unmatched_reply"))
    types = [fields[frame].get("amanda.type", ["-"])[0] for frame in range(1, 40)]
    assert types == ["REQ", "ACK", "REP", "ACK"] + ["-"] * 26 + ["REQ", "REP", "ACK"] + ["-"] * 6 and len(fields) == 39
    assert (fields[1]["amanda.dle.disk"], fields[31]["amanda.dle.disk"]) == (["/home"], ["/usr"])
    assert fields[1]["amanda.handle"] == fields[31]["amanda.handle"] and fields[1]["amanda.seq"] != fields[31]["amanda.seq"]
    assert [frame for frame in fields if "amanda.rep.unmatched" in fields[frame]] == [32]
    assert [frame for frame in fields if "amanda.ack.stale_accepted" in fields[frame]] == [33]
    assert [frame for frame in fields if "amanda.stream.unmatched_reply" in fields[frame]] == list(range(34, 40))
    assert [frame for frame in fields if "amanda.stream.name" in fields[frame]] == [*range(5, 31), *range(34, 40)]


def test_the_profile_has_what_the_guide_names():
    profile = tshark.ROOT / "plugin/profile/Amanda"
    columns = (profile / "preferences").read_text(encoding="utf-8")
    buttons = (profile / "dfilter_buttons").read_text(encoding="utf-8")
    assert all(f'"{name}"' in columns and f"*{name}*" in GUIDE for name in ("Type", "See frame"))
    assert '"Unmatched"' in buttons and "button *Unmatched*" in GUIDE


def test_each_picture_is_taken_by_the_script_and_shown_somewhere():
    script = (tshark.ROOT / "plugin/scripts/screenshots.sh").read_text(encoding="utf-8")
    taken = re.findall(r"^ *picture ([\w-]+) ", script, re.MULTILINE)
    pictures = {path.stem: path for path in (tshark.ROOT / "plugin/doc").glob("*.png")}
    shown = {link.rpartition("/")[2][:-4] for text in documents.TEXTS.values() for link in documents.links(text)
             if link.endswith(".png")}
    assert sorted(taken) == sorted(pictures) and shown == set(pictures)
    assert max(path.stat().st_size for path in pictures.values()) < 150_000


# ---------------------------------------------------------------------------------------------------------------------
# For maintainers

MAINTAINING = documents.TEXTS["plugin/doc/maintaining.md"]


def files_named():
    """What stands between backticks and is a file: by its folder or by its ending."""
    return sorted({word for said in documents.marked(MAINTAINING) for word in said.split()
                   if re.fullmatch(r"[\w./-]+\.(?:c|h|py|sh|cmake|md|txt)|\.ci/\w+|(?:packaging|profile|tests)/[\w./-]+", word)})


def test_maintainers_are_told_of_nearly_all_sources():
    """sources.cmake has the full list."""
    sources = set(re.findall(r"^ +(\S+\.c)$", (tshark.ROOT / "plugin/sources.cmake").read_text(), re.MULTILINE))
    told = sources & set(files_named())
    assert len(sources) > 60
    assert len(told) > 0.75 * len(sources), f"plugin/doc/maintaining.md does not tell of {sorted(sources - told)}"


@pytest.mark.parametrize("name", files_named())
def test_file_exists(name):
    assert any((folder / name).exists() for folder in (tshark.ROOT, tshark.ROOT / "plugin"))
    assert name not in ("CMakeLists.txt",) or (tshark.ROOT / "plugin" / name).exists()


@pytest.mark.parametrize("function, name", [("guess_from_line", "body/reply.c"),
                                            ("line_dissector", "stream/stream-contents.c"),
                                            ("AMANDA_VERSION", "sources.cmake")])
def test_what_maintainers_are_sent_to_is_there(function, name):
    assert function in MAINTAINING
    assert function in (tshark.ROOT / "plugin" / name).read_text(encoding="utf-8")
