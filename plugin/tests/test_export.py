# SPDX-License-Identifier: GPL-2.0-or-later
"""Export Objects: what the streams of dumps carried, each as a file, and never one with a hole in it."""

import base64
import gzip
import json
import re
import subprocess
import tempfile
from pathlib import Path

import pytest

import packets
import tshark
import variants
from streams import Capture, Connection, crc32c, mesg, tar

OUTCOMES = tshark.CAPTURES / "outcomes"
# Each stream in a connection of its own; all of a dump in one, in frames; all and the packets in one; the same in TLS
CLEAN = [OUTCOMES / "clean-bsd.pcap", OUTCOMES / "clean-bsdudp.pcap", tshark.CAPTURES / "recorded/bsdtcp.pcap",
         OUTCOMES / "clean-ssl.pcapng"]
RESTORED = [OUTCOMES / "restore-bsd.pcap", OUTCOMES / "restore-bsdudp.pcap", OUTCOMES / "restore-ssl.pcapng"]
# What test-captures/record/record.sh has backed up
NUMBERS = "".join(f"{number}\n" for number in range(1, 801)).encode()

each_clean = pytest.mark.parametrize("capture", CLEAN, ids=[path.stem for path in CLEAN])
each_plain = pytest.mark.parametrize("capture", CLEAN[:3], ids=[path.stem for path in CLEAN[:3]])


def export(capture, *options):
    """All objects, by the name of their file."""
    with tempfile.TemporaryDirectory(prefix="amanda-export-") as folder:
        Path(folder).chmod(0o777)
        tshark.tshark("-q", "-r", capture, *options, "--export-objects", f"amanda,{folder}")
        return {path.name: path.read_bytes() for path in Path(folder).iterdir()}


def export_of(frames, *options):
    with tempfile.NamedTemporaryFile(prefix="amanda-export-", suffix=".pcapng") as file:
        variants.write(file.name, list(frames))
        Path(file.name).chmod(0o644)
        return export(file.name, *options)


def in_window(capture):
    """The same as Wireshark's window offers it once the file is loaded."""
    sharkd = tshark.Sharkd(capture)
    objects = sharkd.ask([("tap", {"tap0": "eo:amanda"})])[0]["taps"][0]["objects"]
    files = sharkd.ask([("tap", {"tap0": "eo:amanda"}), *(("download", {"token": thing["_download"]}) for thing in objects)])[1:]
    return {thing["filename"]: base64.b64decode(file["data"]) for thing, file in zip(objects, files)}


def files_in(archive):
    """What GNU tar restores."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["tar", "-xpGf", "-", "-C", folder], input=archive, check=True, capture_output=True)
        return {path.name: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}


def dumps(objects):
    return {name: data for name, data in objects.items() if name.endswith(".data")}


# ---------------------------------------------------------------------------------------------------------------------
# What is offered


@pytest.mark.parametrize("capture", [path for path in CLEAN if path.parent == OUTCOMES],
                         ids=[path.stem for path in CLEAN if path.parent == OUTCOMES])
def test_dumps_are_those_that_the_server_has_logged(capture):
    logged = {}
    for dump in json.loads(capture.with_suffix(".json").read_text())["dumps"]:
        crc, size = re.match(r"\w+:\d+ (\w+):(\d+) ", dump["log_text"]).groups()
        logged[f"{dump['host']}_{dump['disk'].replace('/', '_')}_{dump['level']}.data"] = int(crc, 16), int(size)
    assert {name: (crc32c(data), len(data)) for name, data in dumps(export(capture)).items()} == logged and len(logged) == 3


@each_clean
def test_tar_restores_from_a_dump_what_was_backed_up(capture):
    restored = [files_in(gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data)
                for data in dumps(export(capture)).values()]
    assert restored == [{"numbers": NUMBERS}] * len(restored) and len(restored) >= 2


@each_clean
def test_what_the_client_says_of_its_dump(capture):
    objects = export(capture)
    assert objects["amclient__srv_d1_0.index"] == b"/\n/numbers\n"
    lines = objects["amclient__srv_d1_0.mesg"].decode().splitlines()
    assert lines[0] == "sendbackup: start [amclient:/srv/d1 level 0]" and lines[-1] == "sendbackup: end"
    assert set(name.rpartition(".")[2] for name in objects) <= {"data", "index", "mesg", "state"}
    assert objects.get("amclient__srv_d3_0.state", b"0 /\n2 /numbers\n") == b"0 /\n2 /numbers\n"


@pytest.mark.parametrize("capture", RESTORED, ids=[path.stem for path in RESTORED])
def test_a_restored_dump_is_the_second_of_its_name_and_its_header_stands_beside_it(capture):
    objects = export(capture)
    assert objects["amclient__srv_d1_0-2.header"].startswith(b"AMANDA: FILE ")
    assert re.search(rb" amclient /srv/d1 +lev 0 ", objects["amclient__srv_d1_0-2.header"].splitlines()[0])
    assert objects["amclient__srv_d1_0-2.data"] == objects["amclient__srv_d1_0.data"]
    assert files_in(objects["amclient__srv_d1_0.data"])["numbers"] == NUMBERS


def test_header_and_dump_stay_together_where_nothing_tells_where_one_ends():
    frames = variants.read(RESTORED[0])
    whole = export(RESTORED[0])
    said = next(index for index, frame in enumerate(frames) if b"HEADER-SEND-SIZE" in frame.data)
    objects = export_of(variants.without(frames, said))
    assert objects["amclient__srv_d1_0-2.header+data"] == (whole["amclient__srv_d1_0-2.header"]
                                                           + whole["amclient__srv_d1_0-2.data"])
    assert not {"amclient__srv_d1_0-2.header", "amclient__srv_d1_0-2.data"} & set(objects)


# ---------------------------------------------------------------------------------------------------------------------
# However the capture was made


@each_clean
def test_two_passes_and_the_window_offer_the_same(capture):
    once = export(capture)
    assert once and export(capture, "-2") == once and in_window(capture) == once


@each_plain
@pytest.mark.parametrize("passes", [(), ("-2",)], ids=["one pass", "two passes"])
def test_each_frame_twice_and_neighbours_in_each_others_place(capture, passes):
    frames, whole = variants.read(capture), export(capture)
    assert export_of(variants.copied(frames, variants.same), *passes) == whole
    assert export_of(variants.copied(frames, variants.with_other_ttl), *passes) == whole
    for place in variants.spread(len(frames) - 1, 12):
        assert export_of(variants.swapped(frames, [place]), *passes) == whole, place + 1


@each_plain
def test_what_lacks_a_frame_is_not_offered(capture):
    frames, whole = variants.read(capture), export(capture)
    carriers = tshark.read_fields(capture, ("amanda.stream.name", "amanda.stream.disk"))
    carriers = [(number, fields["amanda.stream.disk"][0].replace("/", "_"))
                for number, fields in carriers.items() if fields.get("amanda.stream.name") == ["DATA"]
                and "amanda.stream.disk" in fields and len(frames[number - 1].data) > 500]
    assert len(carriers) > 3
    for number, disk in carriers[::3]:
        for passes in (), ("-2",):
            objects = export_of(variants.without(frames, number - 1), *passes)
            assert objects.items() <= whole.items() and f"amclient_{disk}_0.data" not in objects, number


@each_plain
def test_begun_late_or_ended_early_no_other_bytes_are_offered(capture):
    frames, whole = variants.read(capture), export(capture)
    for place in variants.spread(len(frames), 8):
        for part in frames[place:], frames[:place]:
            once = export_of(part)
            assert set(once.values()) <= set(whole.values()), place
            assert export_of(part, "-2").keys() == once.keys(), place


@each_plain
def test_one_direction(capture):
    frames, whole = variants.read(capture), export(capture)
    client = max({variants.addresses_of(frame)[0] for frame in frames})
    objects = export_of(frame for frame in frames if variants.addresses_of(frame)[0] == client)
    assert set(objects.values()) <= set(whole.values()) and (objects or "bsdtcp" in capture.stem)
    assert export_of(frame for frame in frames if variants.addresses_of(frame)[0] != client) == {}


@each_plain
def test_nothing_of_frames_that_were_cut(capture):
    assert export_of(variants.cut(variants.read(capture), 96)) == {}


# ---------------------------------------------------------------------------------------------------------------------
# Names, memory, preferences


def dump_of(capture, disk, data, seq, port):
    capture.exchange(seq, f"DATA {port} MESG {port + 1} INDEX {port + 2}", disk=disk)
    streams = [Connection(capture, port + number, 50000 + port + number) for number in range(3)]
    for stream, text in zip(streams, (data, mesg(data, disk), b"/\n")):
        stream.pieces(text)
        stream.close()


@pytest.mark.parametrize("disk, name", [
    ("../../etc/passwd", "client_.._.._etc_passwd_0"),
    ("-rf", "client_-rf_0"),
    ("/a b;$(c)|'d'", "client__a_b___c___d__0"),
    ("/tüv", "client__t__v_0"),
    ("C:\\x*?", "client_C__x___0"),
    ("/" + "y" * 300, "client__" + "y" * 99 + "_0"),
], ids=["dots", "minus", "shell", "not ASCII", "Windows", "long"])
def test_a_name_can_do_no_harm(disk, name, tmp_path):
    capture, data = Capture(), tar()
    dump_of(capture, disk, data, 1, 5000)
    objects = export(capture.write(tmp_path / "names.pcap"))
    assert set(objects) == {f"{name}.data", f"{name}.mesg", f"{name}.index"} and objects[f"{name}.data"] == data


def test_a_client_in_the_list_can_do_no_harm(tmp_path):
    """As the header in front of a dump calls it"""
    capture = Capture()
    header = "AMANDA: FILE 20261122 a\x1b[2J\x9b2J\u202eb /home  lev 0 comp N program /bin/tar\n\f\n".encode().ljust(32768, b"\0")
    dump_of(capture, "/home", header + tar(), 1, 5000)
    objects = tshark.Sharkd(capture.write(tmp_path / "client.pcap")).ask([("tap", {"tap0": "eo:amanda"})])[0]["taps"][0]["objects"]
    hosts = {thing["filename"].rpartition(".")[2]: thing["hostname"] for thing in objects}
    assert hosts["header"] == hosts["data"] == "a\\033[2J\\u009b2J\\u202eb"


def test_two_dumps_of_one_name_keep_their_parts_apart(tmp_path):
    capture = Capture()
    for number, disk in enumerate(("/x/y", "/x_y", "/x/y")):
        dump_of(capture, disk, tar(1024 + number), number + 1, 5000 + 10 * number)
    objects = export(capture.write(tmp_path / "twice.pcap"))
    assert {name: len(data) for name, data in dumps(objects).items()} == {
        "client__x_y_0.data": 1024, "client__x_y_0-2.data": 1025, "client__x_y_0-3.data": 1026}
    assert b"[client:/x_y level 0]" in objects["client__x_y_0-2.mesg"] and len(objects) == 9


def test_many_early_segments(tmp_path):
    capture, data = Capture(), bytes(number * 31 % 251 for number in range(40000))
    capture.exchange(1, "DATA 5000 MESG 5001")
    stream = Connection(capture, 5000)
    pieces = [data[at:at + 500] for at in range(0, len(data), 500)]
    stream.out_of_order(pieces, [0, *range(40, 1, -1), 1, *range(41, 80)])
    stream.close()
    path = capture.write(tmp_path / "early.pcap")
    assert export(path) == export(path, "-2") == {"client__home_0.data": data}


def test_a_connection_that_is_broken_off_is_no_whole_dump(tmp_path):
    capture = Capture()
    capture.exchange(1, "DATA 5000 MESG 5001")
    stream = Connection(capture, 5000)
    stream.pieces(tar())
    stream.send(packets.RST | packets.ACK)
    path = capture.write(tmp_path / "reset.pcap")
    assert export(path) == export(path, "-2") == {}


def test_preferences():
    whole, early = export(CLEAN[0]), export(RESTORED[0])
    assert export(CLEAN[0], "-o", "amanda.export_objects:FALSE") == {}
    assert export(CLEAN[0], "-o", "amanda.export_limit:0") == {}
    assert export(CLEAN[0], "-o", "amanda.export_limit:4294967295") == whole
    assert early and export(RESTORED[0], "-o", "amanda.export_limit:1") == early


def test_what_there_is_no_room_for_is_left_out_and_all_else_offered(tmp_path):
    capture = Capture()
    for number, size in enumerate((700 << 10, 700 << 10, 100 << 10)):
        capture.exchange(number + 1, f"DATA {5000 + number} MESG {5100 + number}", disk=f"/d{number}")
        stream = Connection(capture, 5000 + number, 50000 + number)
        stream.pieces(*[bytes(60000)] * (size // 60000))
        stream.close()
    path = capture.write(tmp_path / "large.pcap")
    assert set(export(path, "-o", "amanda.export_limit:1")) == {"client__d0_0.data", "client__d2_0.data"}
    assert set(export(path)) == {"client__d0_0.data", "client__d1_0.data", "client__d2_0.data"}
