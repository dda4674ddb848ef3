# SPDX-License-Identifier: GPL-2.0-or-later
"""The profile "Amanda": Wireshark loads it without a complaint, and its columns, colours and buttons show what they
promise, held against the lists of verdicts that were written by hand."""

import csv
import re
import shutil
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest

import tshark

PROFILE = tshark.ROOT / "plugin/profile/Amanda"
FILES = "preferences", "colorfilters", "dfilter_buttons", "recent"
SERVER = tshark.GENERATED / "2004-stale-reply-server.pcap"
RECORDED = tshark.CAPTURES / "recorded"

# As the contract of outcomes has them; and the colours of the worse and the less bad ones
FAILURES = {"failed", "refused", "unanswered", "not connected", "unfinished", "missing"}
FAILURE_RULES = "Amanda: failed dump or restore", "Amanda: failed check or estimate, or an error"

# recording: frame, disk and outcome of a dump that failed
FAILED = {"lost-ack-sendbackup-server": (28, "/srv/d5", "unfinished")}

# frame number: rule, for what is no UDP datagram of 2004-stale-reply-server
STREAMS_2004 = {**dict.fromkeys((5, 6, 7, 16, 17, 22, 23, 24), "Amanda: DATA stream"),
                **dict.fromkeys((*range(8, 16), *range(18, 22), *range(25, 31)), "Amanda: other streams"),
                **dict.fromkeys(range(34, 40), "Amanda: port of an unmatched reply"),
                # What decides that the dump has failed
                35: "Amanda: failed dump or restore"}


def make_home(folder, profile=PROFILE):
    """A build tree with this plugin whose user has the profile."""
    tshark.build_with_plugin()
    shutil.copytree(profile, folder / "home/.config/wireshark/profiles/Amanda")
    (folder / "plugins").symlink_to(tshark.BUILD / "plugins")
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return make_home(tmp_path_factory.mktemp("profile") / "build")


def with_profile(home, *arguments):
    result = tshark.run_in(home, "tshark", "-n", "-C", "Amanda", *arguments)
    assert (result.returncode, result.stderr) == (0, ""), result.stderr
    return result.stdout


def packets(home, capture, *arguments):
    """(columns, colours) of each packet, and the titles of the columns."""
    root = ElementTree.fromstring(with_profile(home, "-r", capture, "-T", "psml", "--color", *arguments))
    titles = [section.text for section in root.find("structure")]
    rows = [([section.text or "" for section in packet], (packet.get("background"), packet.get("foreground")))
            for packet in root.iter("packet")]
    return titles, [(dict(zip(titles, columns)), colours) for columns, colours in rows]


def rules():
    """name: (filter, (background, foreground)) in the order of the file."""
    found = {}
    for line in (PROFILE / "colorfilters").read_text().splitlines():
        if not line.startswith("#"):
            _, name, expression, colours = line.split("@")
            found[name] = expression, tuple(
                "#" + "".join(f"{int(value) >> 8:02x}" for value in colour.split(","))
                for colour in re.findall(r"\[([^]]*)\]", colours))
    return found


def buttons():
    text = (PROFILE / "dfilter_buttons").read_text()
    rows = list(csv.reader(text.splitlines()))
    assert all(enabled == "TRUE" and comment for enabled, _, _, comment in rows)
    return {label: expression.replace("\\x22", '"') for _, label, expression, _ in rows}


def test_wireshark_complains_of_a_profile_that_is_wrong(tmp_path):
    """So that no complaint means something."""
    wrong = tmp_path / "wrong"
    shutil.copytree(PROFILE, wrong)
    (wrong / "preferences").write_text("tcp.reassemble_out_of_order: TRUE\nno.such_preference\n")
    result = tshark.run_in(make_home(tmp_path / "build", wrong), "tshark", "-C", "Amanda", "-r", SERVER)
    assert "preferences" in result.stderr


def test_profile_has_only_files_that_wireshark_imports():
    assert sorted(path.name for path in PROFILE.iterdir()) == sorted(FILES)


def test_preferences_are_set(tmp_path):
    """As the preferences of no profile: before Wireshark 4.4, -G is for those only."""
    home = make_home(tmp_path / "build")
    shutil.copy(PROFILE / "preferences", home / "home/.config/wireshark")
    preferences = tshark.run_in(home, "tshark", "-G", "currentprefs").stdout
    assert re.search(r"^tcp\.reassemble_out_of_order: TRUE", preferences, re.M)
    columns = re.search(r"^gui\.column\.format: ?\n((?:\t.*\n)*)", preferences, re.M).group(1)
    assert columns.count("%Cus:amanda.") == 9
    assert re.search(r"^gui\.column\.hidden: %p,%Cus:amanda\.handle", preferences, re.M)


def test_columns_show_what_the_list_of_verdicts_says(home):
    titles, rows = packets(home, SERVER, "-2")
    assert titles == ["No.", "Time", "Source", "Destination", "Type", "Client", "Disk", "What", "Outcome/Verdict", "See frame",
                      "Info"], "what is hidden is hidden"
    expected = tshark.read_expected(SERVER.with_suffix(".verdicts"))
    for row, _ in rows:
        packet = expected.get(int(row["No."]))
        if not packet:
            continue
        assert [row["What"], row["Type"]] == ["sendbackup", packet["type"]]
        assert packet.get("verdict", "") in row["Outcome/Verdict"].split(",")
        assert row["See frame"] == str(packet.get("response_to") or packet.get("response_in") or "")
    streams = {int(row["No."]): (row["Type"], row["What"], row["See frame"]) for row, _ in rows}
    assert streams[16] == ("DATA", "sendbackup", "3")
    assert streams[34] == ("DATA", "sendbackup", "32"), "the unmatched reply that announced the port"


@pytest.mark.parametrize("name, failed", FAILED.items())
def test_a_failed_dump_can_be_seen_in_the_list(home, name, failed):
    """Which disk, what became of it, and in the strongest colour"""
    colours = rules()["Amanda: failed dump or restore"][1]
    rows = {int(row["No."]): (row, shown) for row, shown in packets(home, RECORDED / f"{name}.pcap")[1]}
    frame, disk, outcome = failed
    row, shown = rows[frame]
    assert (row["Disk"], row["Outcome/Verdict"], row["What"]) == (disk, outcome, "sendbackup")
    assert shown == colours


def rule_for(packet, outcomes):
    """outcomes: those that are settled by the packet"""
    if "ack.stale_accepted" in packet:
        return "Amanda: stale reply taken for the answer", "Amanda: failed dump or restore"
    if outcomes & FAILURES:
        return FAILURE_RULES
    if packet.get("type") == "NAK":
        return "Amanda: failed check or estimate, or an error",
    if "strange" in outcomes:
        return "Amanda: strange",
    if packet.get("verdict") == "copy":
        return "Amanda: copy",
    if "rep.unmatched" in packet:
        return "Amanda: unmatched reply",
    if any(mark in packet for mark in ("retransmission", "req.late_copy", "ack.duplicate")):
        return "Amanda: sent again",
    # What a service says in its reply is in no list of verdicts.
    return ("Amanda: requests and replies",) + ("Amanda: failed check or estimate, or an error",) * (packet.get("type") == "REP")


@pytest.mark.parametrize("capture", sorted(tshark.GENERATED.glob("*.pcap")), ids=lambda path: path.stem)
def test_each_packet_has_the_colour_of_its_verdict(home, capture):
    names = {colours: name for name, (_, colours) in rules().items()}
    assert len(names) == len(rules()), "two rules of one colour"
    expected = tshark.read_expected(capture.with_suffix(".verdicts"))
    outcomes = tshark.read_fields(capture, ("amanda.outcome",), (), 1)
    _, rows = packets(home, capture)
    found = {int(row["No."]): names.get(colours) for row, colours in rows}
    for number, packet in expected.items():
        assert found[number] in rule_for(packet, set(outcomes[number].get("amanda.outcome", ()))), number
    if capture == SERVER:
        assert {number: found[number] for number in STREAMS_2004} == STREAMS_2004


def luminance(colour):
    """As the guidelines for accessibility of the web (WCAG 2.2) reckon it, from 0 for black to 1 for white"""
    channels = [int(colour[place:place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_colours_can_be_read_and_the_worse_is_the_darker():
    """Each rule gives both colours, so that a dark theme changes nothing. Who sees no red sees how dark it is."""
    dark = {}
    for name, (_, (background, foreground)) in rules().items():
        darker, lighter = sorted((luminance(background), luminance(foreground)))
        assert (lighter + 0.05) / (darker + 0.05) >= 4.5, f"{name}: contrast"
        dark[name] = luminance(background)
    worst = "Amanda: failed dump or restore", "Amanda: stale reply taken for the answer"
    bad = "Amanda: failed check or estimate, or an error", "Amanda: port of an unmatched reply"
    assert max(dark[name] for name in worst) < 0.1
    assert all(0.4 < dark[name] < 0.6 for name in bad)
    assert min(shade for name, shade in dark.items() if name not in worst + bad) > 0.65


def shown(home, capture, expression, *arguments):
    return [int(number) for number in with_profile(home, "-r", capture, *arguments, "-Y", expression, "-T", "fields", "-e",
                                                   "frame.number").split()]


# Frames that test-captures/README.md names, or that can be counted in the captures by hand
BUTTONS = {
    "Failures": (RECORDED / "lost-ack-sendbackup-server.pcap", [28]),
    "Unmatched": (SERVER, [32, 33, 34, 36, 38]),
    "Lost": (SERVER, [32]),
    "This disk": (SERVER, [*range(1, 31)], "-c", "30"),
    "Copies off": (tshark.CAPTURES / "outcomes/router_failed-bsd.pcap", [1, 3, 5, 7, 8, 11], "-c", "12"),
    "This run": (SERVER, [1, 2, 3, 4, *range(5, 31), 31, 32, 33]),
    "This exchange": (SERVER, [1, 2, 3, 4, *range(5, 31), 32]),
}


CHOSEN = re.compile(r"\$\{([^}]*)\}")


def press(label, capture, number):
    """The filter that the button is, while the packet of this number is selected."""
    names = tuple(name for name in CHOSEN.findall(buttons()[label]) if name != "frame.number")
    packet = {**tshark.read_fields(capture, names)[number], "frame.number": [str(number)]}
    return CHOSEN.sub(lambda name: literal(packet[name.group(1)][0]), buttons()[label])


def literal(text):
    return text if text.isdigit() else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def test_every_button_is_tested():
    assert sorted(buttons()) == sorted(BUTTONS)


@pytest.mark.parametrize("label", BUTTONS)
def test_button_shows_its_packets(home, label):
    capture, frames, *arguments = BUTTONS[label]
    expression = buttons()[label]
    if "${" in expression:  # the selected packet's value, and tshark has no selected packet
        assert shown(home, capture, expression) == []
        expression = press(label, capture, next(iter(frames)))
    assert shown(home, capture, expression, *arguments) == frames


def test_zip_has_what_import_takes():
    with zipfile.ZipFile(tshark.BUILD / "amanda-profile.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(f"Amanda/{name}" for name in FILES)
        for name in FILES:
            assert archive.read(f"Amanda/{name}") == (PROFILE / name).read_bytes()


def test_widths_are_for_the_columns_that_there_are():
    """Custom columns in quotes, as Wireshark writes them: without, it takes no width where a column has several fields."""
    formats = [re.sub(r":\d:R$", "", text) for text in re.findall(r'"(%[^"]*)"', (PROFILE / "preferences").read_text())]
    widths = re.search(r"column\.width: (.*)", (PROFILE / "recent").read_text()).group(1).split(", ")
    assert widths[::2] == [f'"{text}"' if text.startswith("%Cus") else text for text in formats]
    assert all(width.isdigit() for width in widths[1::2])


def test_what_is_selected_stays_in_the_list(home):
    """A packet that has no disk, run or exchange is shown alone: an empty list would leave nothing selected for the next button."""
    capture = tshark.CAPTURES / "outcomes/mixed-bsdtcp.pcap"
    packet = tshark.read_fields(capture, ("amanda.run", "amanda.disk"))[1]
    nothing = {"frame.number": "1", "amanda.disk": '"no such disk"', "amanda.client": '"no such client"'}
    assert packet == {}, "a SYN"
    for label, expression in buttons().items():
        if "${" in expression:
            filter_ = CHOSEN.sub(lambda name: nothing.get(name.group(1), "999999"), expression)
            assert shown(home, capture, filter_) == [1], label
