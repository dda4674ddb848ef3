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

# frame number: rule, for what is no UDP datagram of 2004-stale-reply-server
STREAMS_2004 = {**dict.fromkeys((5, 6, 7, 16, 17, 22, 23, 24), "Amanda: DATA stream"),
                **dict.fromkeys((*range(8, 16), *range(18, 22), *range(25, 31)), "Amanda: other streams"),
                **dict.fromkeys(range(34, 40), "Amanda: port of an unmatched reply")}


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
    assert columns.count("%Cus:amanda.") == 7


def test_columns_show_what_the_list_of_verdicts_says(home):
    titles, rows = packets(home, SERVER, "-2")
    assert titles == ["No.", "Time", "Source", "Destination", "Protocol", "Type", "Service", "Handle", "SEQ", "Verdict",
                      "After", "See frame", "Info"]
    expected = tshark.read_expected(SERVER.with_suffix(".verdicts"))
    for row, _ in rows:
        packet = expected.get(int(row["No."]))
        if not packet:
            continue
        assert row["Protocol"] == "Amanda"
        assert row["Service"] == "sendbackup"
        assert [row["Type"], row["Handle"], row["SEQ"], row["Verdict"]] == [
            packet["type"], packet["handle"], packet["seq"], packet.get("verdict", "")]
        assert row["See frame"] == str(packet.get("response_to") or packet.get("response_in") or "")
        assert row["After"] == (f"{packet['time']:.9f}" if "time" in packet else "")
    streams = {int(row["No."]): (row["Type"], row["Service"], row["See frame"]) for row, _ in rows}
    assert streams[16] == ("DATA", "sendbackup", "3")
    assert streams[34] == ("DATA", "sendbackup", "32"), "the unmatched reply that announced the port"


def rule_for(packet):
    if "ack.stale_accepted" in packet:
        return "Amanda: stale reply taken for the answer"
    if "rep.unmatched" in packet:
        return "Amanda: unmatched reply"
    if any(mark in packet for mark in ("retransmission", "req.late_copy", "ack.duplicate")):
        return "Amanda: sent again"
    return "Amanda: NAK" if packet.get("type") == "NAK" else "Amanda: requests and replies"


@pytest.mark.parametrize("capture", sorted(tshark.GENERATED.glob("*.pcap")), ids=lambda path: path.stem)
def test_each_packet_has_the_colour_of_its_verdict(home, capture):
    names = {colours: name for name, (_, colours) in rules().items()}
    assert len(names) == len(rules()), "two rules of one colour"
    expected = tshark.read_expected(capture.with_suffix(".verdicts"))
    _, rows = packets(home, capture)
    found = {int(row["No."]): names.get(colours) for row, colours in rows}
    for number, packet in expected.items():
        want = rule_for(packet)
        # What a service says in its reply is in no list of verdicts.
        if want == "Amanda: requests and replies" and packet.get("type") == "REP":
            assert found[number] in (want, "Amanda: error or failed dump"), number
        else:
            assert found[number] == want, number
    if capture == SERVER:
        assert {number: found[number] for number in STREAMS_2004} == STREAMS_2004


def test_a_dump_without_end_has_the_colour_of_an_error(home):
    names = {colours: name for name, (_, colours) in rules().items()}
    _, rows = packets(home, RECORDED / "lost-ack-sendbackup-server.pcap")
    failed = [int(row["No."]) for row, colours in rows if names.get(colours) == "Amanda: error or failed dump"]
    assert failed == [29]


def shown(home, capture, expression):
    return [int(number) for number in with_profile(home, "-r", capture, "-Y", expression, "-T", "fields", "-e",
                                                   "frame.number").split()]


# Frames that test-captures/README.md names, or that can be counted in the captures by hand
BUTTONS = {
    "Unmatched": (SERVER, [32, 33, 34, 36, 38]),
    "Sent again": (RECORDED / "lost-req-server.pcap", [2, 7, 16, 21, 27, 82]),
    "Lost": (SERVER, [32]),
    "NAKs and errors": (RECORDED / "nak-client.pcap", [6, 8, 10, 12]),
    "This exchange": (SERVER, [1, 2, 3, 4, 32]),
    "This run": (SERVER, [1, 2, 3, 4, 31, 32, 33]),
    "Streams": (SERVER, [*range(5, 31), *range(34, 40)]),
    "Requests": (SERVER, [1, 2, 3, 4, 31, 32, 33]),
}


def test_every_button_is_tested():
    assert sorted(buttons()) == sorted(BUTTONS)


@pytest.mark.parametrize("label", BUTTONS)
def test_button_shows_its_packets(home, label):
    capture, frames = BUTTONS[label]
    expression = buttons()[label]
    if "${" in expression:  # the selected packet's value, and tshark has no selected packet
        assert shown(home, capture, expression) == []
        name, = re.findall(r"\$\{([^}]*)\}", expression)
        value, = tshark.read_fields(capture, (name,))[1][name]
        expression = expression.replace(f"${{{name}}}", value)
    assert shown(home, capture, expression) == frames


def test_zip_has_what_import_takes():
    with zipfile.ZipFile(tshark.BUILD / "amanda-profile.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == sorted(f"Amanda/{name}" for name in FILES)
        for name in FILES:
            assert archive.read(f"Amanda/{name}") == (PROFILE / name).read_bytes()


def test_widths_are_for_the_columns_that_there_are():
    """Custom columns in quotes, as Wireshark writes them: without, it takes no width where a column has several fields."""
    formats = [text.split(":0:R")[0] for text in re.findall(r'"(%[^"]*)"', (PROFILE / "preferences").read_text())]
    widths = re.search(r"column\.width: (.*)", (PROFILE / "recent").read_text()).group(1).split(", ")
    assert widths[::2] == [f'"{text}"' if text.startswith("%Cus") else text for text in formats]
    assert all(width.isdigit() for width in widths[1::2])
