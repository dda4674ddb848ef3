# SPDX-License-Identifier: GPL-2.0-or-later
"""Stories of a night, made: what an administrator reads of each disk, over UDP and over framed TCP."""

import struct

import pytest

import packets
import tshark
from streams import CLIENT, FEATURES, SERVER, Capture, Connection, crc32c, tar

DATA, MESG, INDEX = 499999, 499998, 499997
FRAME_TYPES = {"REQ": 0, "REP": 1, "ACK": 3}
FIELDS = "amanda.outcome", "amanda.outcome.disk", "amanda.outcome.why", "amanda.outcome.remedy"


def dle(disk, *levels):
    return (f"<dle>\n  <program>GNUTAR</program>\n  <disk>{disk}</disk>\n" +
            "".join(f"  <level>{level}</level>\n" for level in levels) + "</dle>\n")


def by_the_server(level):
    return f"{level}<server>YES</server>"


class Udp:
    """An exchange and its streams, as with auth bsd."""

    def __init__(self, capture, service, dles, number=1):
        self.capture, self.number, self.streams = capture, number, {}
        self.packet("REQ", f"SECURITY USER amanda\nSERVICE {service}\nOPTIONS features={FEATURES};hostname=client;\n{dles}")
        self.packet("ACK", "", True)

    def packet(self, type, body, from_responder=False):
        ends = (CLIENT, SERVER) if from_responder else (SERVER, CLIENT)
        return self.capture.datagram(*ends, type, self.number, body)

    def reply(self, body):
        self.packet("REP", body, True)
        self.packet("ACK", "")

    def connect(self):
        ports = range(50000 + 10 * self.number, 50003 + 10 * self.number)
        self.reply("CONNECT DATA {} MESG {} INDEX {}\n".format(*ports) + f"OPTIONS features={FEATURES};\n")
        self.streams = {stream: Connection(self.capture, port, source=port - 10000)
                        for stream, port in zip((DATA, MESG, INDEX), ports)}

    def send(self, stream, data):
        return self.streams[stream].data(data)

    def end(self, stream, by_requester=False, reset=False):
        return self.streams[stream].send((packets.RST if reset else packets.FIN) | packets.ACK, from_responder=not by_requester)


class Framed(Udp):
    """The same in one connection, as with auth bsdtcp."""

    def __init__(self, capture, service, dles, number=1):
        self.connection = Connection(capture, 10080, source=515 + number)
        super().__init__(capture, service, dles, number)

    def frame(self, handle, data, from_responder=True):
        return self.connection.data(struct.pack(">II", len(data), handle) + data, from_responder)

    def packet(self, type, body, from_responder=False):
        return self.frame(1, bytes([FRAME_TYPES[type]]) + body.encode() + b"\0", from_responder)

    def connect(self):
        self.reply(f"CONNECT DATA {DATA} MESG {MESG} INDEX {INDEX}\nOPTIONS features={FEATURES};\n")

    def send(self, stream, data):
        return self.frame(stream, data)

    def end(self, stream, by_requester=False, reset=False):
        return self.frame(stream, b"", not by_requester)


def dump(way, capture, disk="/home", number=1):
    job = way(capture, "sendbackup", dle(disk, 0), number)
    job.connect()
    job.send(MESG, b"sendbackup: start [client:/home level 0]\nsendbackup: info BACKUP=/bin/tar\nsendbackup: info end\n")
    job.send(DATA, tar())
    return job


def end_well(job):
    crc = crc32c(tar())
    job.send(MESG, f"sendbackup: client-CRC {crc:08x}:{len(tar())}\nsendbackup: size 1\nsendbackup: end\n".encode())
    for stream in DATA, MESG, INDEX:
        job.end(stream)


def say_at_last(job, words):
    job.send(MESG, f"sendbackup: error [{words}]\n".encode())
    for stream in MESG, INDEX:
        job.end(stream)


def told(capture, path):
    """(outcome, disk, why, remedy) of each item, as the whole capture has it, by the frame that asked, in their order."""
    frames = tshark.read_fields(capture.write(path), (*FIELDS, "amanda.outcome.asked_in"), ("-Y", "amanda.outcome.asked_in == frame.number"))
    return [dict(zip(FIELDS, (fields.get(name, []) for name in FIELDS))) for fields in frames.values()]


both_ways = pytest.mark.parametrize("way", [Udp, Framed])


@both_ways
def test_of_several_disks_one_fails(tmp_path, way):
    capture = Capture()
    way(capture, "sendsize", dle("/home", 0, 1) + dle("/usr", 0) + dle("/gone", 0) + dle("/not-named", 0)).reply(
        f'OPTIONS features={FEATURES};\n/home 0 SIZE 100\n/home 1 SIZE 4\n/usr 0 SIZE -1\n/gone 0 ERROR "no such thing"\n')
    found, = told(capture, tmp_path / "several.pcap")
    assert found["amanda.outcome"] == ["success", "failed", "failed", "missing"]
    assert found["amanda.outcome.disk"] == ["/home", "/usr", "/gone", "/not-named"]
    assert found["amanda.outcome.why"][1:] == ["no such thing", "The reply says nothing about this disk"]
    assert len(found["amanda.outcome.remedy"]) == 3


@pytest.mark.parametrize("sizes, lines", [
    ([100, 4, -1, -1], ["estimate of client /2, failed", "estimate of client /3, failed", "… 2 more"]),
    ([100, 4, 5], ["estimate of client, 3 disks, success"]),
    # What became of the last of them is not looked at.
    ([100] * 70, ["estimate of client /0, success", "estimate of client /1, success", "… more disks"]),
], ids=["some failed", "all succeeded", "many"])
def test_an_old_reply_says_what_failed_of_many_disks(tmp_path, sizes, lines):
    capture = Capture()
    job = Udp(capture, "sendsize", "".join(dle(f"/{disk}", 0) for disk in range(len(sizes))))
    job.reply(f"OPTIONS features={FEATURES};\n" + "".join(f"/{disk} 0 SIZE {size}\n" for disk, size in enumerate(sizes)))
    again = job.packet("REP", f"OPTIONS features={FEATURES};\n/0 0 SIZE 101\n", True)
    path = capture.write(tmp_path / "old.pcap")
    for passes, expected in ((["-2"], lines), ([], [])):
        shown = tshark.tshark(*passes, "-r", path, "-V", "-O", "amanda", "-Y", f"frame.number == {again}")
        assert [line.strip() for line in shown.splitlines() if "[It belongs to 1" in line] == [f"[It belongs to 1: {line}]" for line in expected]


@both_ways
@pytest.mark.parametrize("lines, outcomes", [
    ("/home 0 SIZE -1\n/home 1 SIZE -1\n/usr 0 SIZE 5\n/usr 1 SIZE -1\n/var 0 SIZE -1\n", ["success", "success", "failed"]),
    ("/usr 0 SIZE 5\n", ["success", "success", "missing"]),
    ('/home 0 SIZE 7\n/home 1 SIZE 7\n/usr 0 SIZE 5\n/var 0 ERROR "no"\n', ["success", "success", "failed"])])
def test_what_the_server_estimates_is_asked_of_nobody(tmp_path, way, lines, outcomes):
    """The client has no size of it, or says nothing at all."""
    capture = Capture()
    way(capture, "sendsize", dle("/home", by_the_server(0), by_the_server(1)) + dle("/usr", 0, by_the_server(1)) + dle("/var", 0)).reply(
        f"OPTIONS features={FEATURES};\n{lines}")
    found, = told(capture, tmp_path / "server.pcap")
    assert found["amanda.outcome"] == outcomes and found["amanda.outcome.disk"] == ["/home", "/usr", "/var"]


@both_ways
@pytest.mark.parametrize("methods, outcome", [("SERVER ", "success"), ("SERVER", "success"), ("SERVER CLIENT ", "failed"),
                                              ("CALCSIZE SERVER ", "failed"), ("CLIENT ", "failed")])
def test_where_only_the_server_may_estimate_the_client_has_no_size(tmp_path, way, methods, outcome):
    """Without a history of the disk, the server does not mark the levels that it estimates."""
    capture = Capture()
    way(capture, "sendsize", dle("/home", 0, 1).replace("<disk>", f"<estimate>{methods}</estimate>\n  <disk>")).reply(
        f"OPTIONS features={FEATURES};\n/home 0 SIZE -1\n/home 1 SIZE -1\n")
    found, = told(capture, tmp_path / "only.pcap")
    assert found["amanda.outcome"] == [outcome]
    warned = tshark.tshark("-r", tmp_path / "only.pcap", "-Y", "_ws.expert.severity >= 6291456")
    assert bool(warned) == (outcome == "failed")


@both_ways
def test_a_dump_that_fails_and_is_well_at_the_second_try(tmp_path, way):
    capture = Capture()
    job = dump(way, capture)
    job.send(MESG, b"? /bin/tar: /home: Cannot open: Input/output error\n? /bin/tar: Error is not recoverable: exiting now\n"
                   b"sendbackup: error [/bin/tar returned 2]\n")
    for stream in DATA, MESG, INDEX:
        job.end(stream)
    capture.wait(60)
    end_well(dump(way, capture, number=2))
    first, second = told(capture, tmp_path / "twice.pcap")
    assert first["amanda.outcome"] == ["failed"] and second["amanda.outcome"] == ["success"]
    assert first["amanda.outcome.why"] == ["/bin/tar: /home: Cannot open: Input/output error; /bin/tar: Error is not "
                                           "recoverable: exiting now (/bin/tar returned 2)"]
    assert "file system" in first["amanda.outcome.remedy"][0] and not second["amanda.outcome.remedy"]


def test_what_the_client_says_after_it_broke_off_is_why(tmp_path):
    """And not that its amandad died, since all its streams ended at once."""
    capture = Capture()
    job = dump(Udp, capture)
    frame = job.end(DATA, reset=True)
    say_at_last(job, "data write: Connection reset by peer")
    found, = told(capture, tmp_path / "reset.pcap")
    assert found["amanda.outcome"] == ["unfinished"]
    assert found["amanda.outcome.why"] == [f"data write: Connection reset by peer, after this: The responder, client, reset (RST) "
                                           f"DATA in frame {frame}, while DATA flowed"]
    assert found["amanda.outcome.remedy"][0].startswith("Cure what the text names")


@both_ways
def test_what_the_client_says_after_the_server_broke_off_is_no_cause(tmp_path, way):
    capture = Capture()
    job = dump(way, capture)
    frame = job.end(DATA, by_requester=True)
    say_at_last(job, "data write: Broken pipe")
    found, = told(capture, tmp_path / "stopped.pcap")
    assert found["amanda.outcome"] == ["unfinished"]
    assert found["amanda.outcome.why"][0].startswith("The requester, 192.0.2.1, ") and f" in frame {frame}, " in found["amanda.outcome.why"][0]
    assert found["amanda.outcome.why"][0].endswith("; then the client said: data write: Broken pipe")
    assert "server's report" in found["amanda.outcome.remedy"][0]


def test_the_port_that_was_tried_tells_more_than_those_behind_it(tmp_path):
    capture = Capture()
    job = Udp(capture, "sendbackup", dle("/home", 0))
    job.reply(f"CONNECT DATA 50010 MESG 50011 INDEX 50012\nOPTIONS features={FEATURES};\n")
    syn = Connection(capture, 50010, handshake=False)
    for seconds in 1, 2, 4, 8, 16:
        syn.segment(packets.SYN, 3000, from_responder=False)
        capture.wait(seconds)
    Udp(capture, "sendbackup", dle("/usr", 0), 2)
    found, second = told(capture, tmp_path / "silent.pcap")
    assert found["amanda.outcome"] == ["not connected"]
    assert second["amanda.outcome"] == ["not connected", "running"]  # it settles the first
    assert found["amanda.outcome.why"] == ["5 SYNs to the DATA port 50010 of client had no answer"]


FIN, RST = packets.FIN | packets.ACK, packets.RST | packets.ACK


@pytest.mark.parametrize("ends, why", [
    ([(FIN, True), (FIN, False)], "192.0.2.2 closed the connection before anything was asked"),
    ([(RST, True)], "192.0.2.2 reset the connection before anything was asked"),
    ([(RST, False)], "192.0.2.1 reset the connection before anything was asked"),
    ([(FIN, True)], "192.0.2.2 closed the connection before anything was asked"),
    ([(FIN, False)], "192.0.2.1 closed the connection before anything was asked")])
def test_a_connection_in_which_nobody_says_a_word(tmp_path, ends, why):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    capture.wait(1)
    for flags, from_responder in ends:
        connection.send(flags, from_responder=from_responder)
    found, = told(capture, tmp_path / "silent.pcap")
    assert found["amanda.outcome"] == ["unanswered"] and found["amanda.outcome.why"] == [why]
    assert ("only tries the port" in found["amanda.outcome.remedy"][0]) == (not ends[0][1])


@pytest.mark.parametrize("end, why", [((RST, True), "192.0.2.2 reset the connection before it had answered"),
                                      ((FIN, False), "192.0.2.2 closed the connection before it had answered")])
def test_a_request_behind_the_end_of_the_responder_is_the_one_that_has_no_answer(tmp_path, end, why):
    """It was the responder that hung up, whoever closes then."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    connection.send(FIN)
    body = b"\0SECURITY USER amanda\nSERVICE noop\nOPTIONS ;\n\0"
    asked = connection.send(packets.PSH | packets.ACK, struct.pack(">II", len(body), 1) + body, from_responder=False)
    connection.send(*end[:1], from_responder=end[1])
    frames = tshark.read_fields(capture.write(tmp_path / "late.pcap"), ("amanda.outcome", "amanda.outcome.why"), ("-Y", "amanda.outcome"))
    assert frames[asked] == {"amanda.outcome": ["unanswered"], "amanda.outcome.why": [why]} and set(frames) == {asked, asked + 1}


def test_the_rst_of_an_older_connection_ends_none(tmp_path):
    """Ports are used again: the old one's ACK is answered by a RST, and the SYN comes again."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516, handshake=False)
    connection.segment(packets.SYN, 3000, from_responder=False)
    connection.segment(packets.ACK, 9000)
    connection.segment(packets.RST, 77, from_responder=False)
    assert told(capture, tmp_path / "older.pcap")[0]["amanda.outcome"] == ["running"]


def hello(connection, message, from_responder):
    """A record of TLS with the beginning of a ClientHello (1) or ServerHello (2)."""
    connection.send(packets.PSH | packets.ACK, bytes([0x16, 3, 1, 0, 44, message, 0, 0, 40, 3, 3]) + bytes(38), from_responder=from_responder)


@pytest.mark.parametrize("by_responder, alert, why, does", [
    (False, 48, "192.0.2.1 broke off TLS with unknown CA (alert 48)", "Compare the certificates"),
    (True, 70, "192.0.2.2 broke off TLS with protocol version (alert 70)", "version of TLS"),
    (True, 99, "192.0.2.2 broke off TLS with an error of its protocol (alert 99)", "version of TLS")])
def test_tls_that_one_side_breaks_off_is_readable_without_keys(tmp_path, by_responder, alert, why, does):
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    hello(connection, 1, False)
    if not by_responder:
        hello(connection, 2, True)
    broken = connection.send(packets.PSH | packets.ACK, bytes([21, 3, 3, 0, 2, 2, alert]), from_responder=by_responder)
    connection.send(RST, from_responder=by_responder)
    path = capture.write(tmp_path / "alert.pcap")
    for passes in 1, 2:
        frames = tshark.read_fields(path, FIELDS, ("-Y", f"frame.number == {broken}"), passes)
        assert frames[broken]["amanda.outcome"] == ["unanswered"] and frames[broken]["amanda.outcome.why"] == [why]
        assert does in frames[broken]["amanda.outcome.remedy"][0]


def test_a_close_of_tls_is_no_alert_that_breaks_it_off(tmp_path):
    """And what is encrypted is longer than an alert."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    hello(connection, 1, False)
    hello(connection, 2, True)
    connection.send(packets.PSH | packets.ACK, bytes([21, 3, 3, 0, 2, 1, 0]))
    connection.send(packets.PSH | packets.ACK, bytes([21, 3, 3, 0, 19]) + bytes([2, 48] * 9 + [2]))
    connection.send(RST)
    assert told(capture, tmp_path / "close.pcap")[0]["amanda.outcome"] == ["unknown"]


@pytest.mark.parametrize("place", [0x60000000, 0x20000000, 1000, -20])
def test_an_alert_that_is_not_in_its_place_breaks_nothing_off(tmp_path, place):
    """Whoever does not know where the bytes of a connection are may forge one."""
    capture = Capture()
    connection = Connection(capture, 10080, source=516)
    hello(connection, 1, False)
    hello(connection, 2, True)
    connection.segment(packets.PSH | packets.ACK, connection.next[True] + place, bytes([21, 3, 3, 0, 2, 2, 48]))
    for from_responder in False, True, False, True:
        connection.send(packets.PSH | packets.ACK, bytes([23, 3, 3, 0, 60]) + bytes(60), from_responder=from_responder)
    connection.close()
    assert told(capture, tmp_path / "forged.pcap")[0]["amanda.outcome"] == ["unknown"]


def test_an_alert_tells_of_its_own_connection_alone(tmp_path):
    """The one before, a moment ago, was answered with TLS."""
    capture = Capture()
    first = Connection(capture, 10080, source=516)
    hello(first, 1, False)
    hello(first, 2, True)
    first.close()
    second = Connection(capture, 10080, source=517)
    hello(second, 1, False)
    second.send(packets.PSH | packets.ACK, bytes([21, 3, 3, 0, 2, 2, 48]))
    frames = tshark.read_fields(capture.write(tmp_path / "two.pcap"), ("amanda.outcome",), ("-Y", "tcp.flags.syn == 1 && tcp.dstport == 10080"))
    assert {frame: found.get("amanda.outcome") for frame, found in frames.items()} == {1: ["unknown"], second.first: ["unanswered"]}


@pytest.mark.parametrize("tls", [False, True])
def test_a_later_connection_changes_nothing_of_what_an_earlier_one_settled(tmp_path, tls):
    capture = Capture()
    first = Connection(capture, 10080, source=516)
    settled = first.send(FIN, from_responder=tls)
    if tls:
        settled = first.send(FIN, from_responder=False)
    second = Connection(capture, 10080, source=517)
    if tls:
        hello(second, 1, False)
    second.send(FIN, from_responder=not tls)
    path = capture.write(tmp_path / "later.pcap")
    once, twice = (tshark.read_fields(path, FIELDS, ("-Y", f"frame.number == {settled}"), passes) for passes in (1, 2))
    assert once == twice and once[settled]["amanda.outcome"] == ["unanswered"]


def restore(capture, crc, size=None, pieces=(600,), native="", how="comp N program /bin/tar"):
    """Over framed TCP: the header with that SERVER-CRC, in pieces of its own, and then the dump."""
    image = tar()
    header = (f"AMANDA: FILE 20261128 client /home lev 0 {how}\n{native}SERVER-CRC={crc:08x}:{size or len(image)}\n"
              "To restore, position tape at start of file and run:\n\tdd\n\x0c\n").encode().ljust(600, b"\0")
    job = Framed(capture, "amidxtaped", "")
    job.reply(f"CONNECT CTL 499999 DATA 499998\nOPTIONS features={FEATURES};\n")
    job.send(499999, b"HEADER-SEND-SIZE 600\r\n")
    for size in pieces:
        job.send(499998, header[:size])
        header = header[size:]
    job.send(499998, header + image[:1000])
    job.send(499998, image[1000:])
    return job


def end_restore(job):
    job.end(499998)
    job.end(499999)
    job.end(499999, by_requester=True)


@pytest.mark.parametrize("pieces", [(600,), (), (1, 5, 70, 24), (100, 500)])
@pytest.mark.parametrize("wrong, outcome", [(0, "success"), (1, "failed")])
def test_a_restore_has_the_crc_of_the_header_in_front_of_it(tmp_path, pieces, wrong, outcome):
    capture = Capture()
    end_restore(restore(capture, crc32c(tar()) ^ wrong, pieces=pieces))
    found, = told(capture, tmp_path / "restore.pcap")
    assert found["amanda.outcome"] == [outcome]
    assert found["amanda.outcome.why"] == (["DATA has another CRC than the one that was announced"] if wrong else [])
    assert not wrong or found["amanda.outcome.remedy"][0].startswith("Restore from another copy")


@pytest.mark.parametrize("how, native, server, outcome", [
    ("comp N program /bin/tar", 0, 1, "success"), ("comp N program /bin/tar", 1, 0, "failed"),
    ("comp .gz program /bin/tar", 1, 0, "success"), ("comp N program /bin/tar crypt enc", 1, 0, "success")])
def test_what_the_server_expands_has_the_crc_of_the_client(tmp_path, how, native, server, outcome):
    """The header says that nothing is compressed any more, and still has the CRC of what the server stored (Amanda 3.5
    perl/Amanda/Restore.pm). What is sent as it was stored has that one."""
    capture = Capture()
    crc, size = crc32c(tar()), len(tar())
    end_restore(restore(capture, crc ^ server, size - 300 * server, how=how, native=f"NATIVE-CRC={crc ^ native:08x}:{size + 300 * native}\n"))
    assert [found["amanda.outcome"] for found in told(capture, tmp_path / "expanded.pcap")] == [[outcome]]


def test_what_the_snapshot_length_cut_of_a_restore_has_no_crc(tmp_path):
    capture = Capture()
    end_restore(restore(capture, crc32c(tar())))
    whole = told(capture, tmp_path / "whole.pcap")
    capture.frames = [(*frame[:2], min(len(frame[1]), 500)) for frame in capture.frames]
    cut = told(capture, tmp_path / "cut.pcap")
    assert [found["amanda.outcome"] for found, in (whole, cut)] == [["success"], ["success"]]


def test_a_restore_that_the_server_itself_calls_failed(tmp_path):
    """Its message is all that tells where the bytes are not checked."""
    capture = Capture()
    job = restore(capture, crc32c(tar()))
    job.send(499999, b"MESSAGE recovery failed: native-crc (12345678:5) and restore-native-crc (9abcdef0:5) differ\r\n")
    end_restore(job)
    found, = told(capture, tmp_path / "message.pcap")
    assert found["amanda.outcome"] == ["failed"] and found["amanda.outcome.why"][0].startswith("recovery failed: native-crc")
    assert found["amanda.outcome.remedy"][0].startswith("Restore from another copy")


def lost(way, capture, hole, seen_at_client=False, not_captured=0):
    """A dump of which nothing comes any more; then the server gives up, and the client acknowledges that from `hole` bytes further on."""
    job = way(capture, "sendbackup", dle("/home", 0))
    job.connect()
    job.send(MESG, b"sendbackup: start [client:/home level 0]\nsendbackup: info BACKUP=/bin/tar\nsendbackup: info end\n")
    connection = job.connection if way is Framed else job.streams[DATA]
    connection.next[True] += not_captured
    job.send(DATA, tar())
    if seen_at_client:
        part = bytes(1000)
        connection.send(packets.PSH | packets.ACK, struct.pack(">II", 1000, DATA) + part if way is Framed else part)
        connection.next[True] -= 1008 if way is Framed else 1000
    capture.wait(30)
    if way is Framed:
        connection.send(packets.PSH | packets.ACK, struct.pack(">II", 0, DATA), from_responder=False)
    else:
        job.end(DATA, by_requester=True)
    connection.segment(packets.ACK, connection.next[True] + hole)


@both_ways
@pytest.mark.parametrize("hole, at_client, remedy", [(0, False, "See what the dump program waits for"), (5000, False, "Look for what loses long"),
                                                     (2000, True, "Look for what loses long")])
def test_bytes_that_were_sent_and_did_not_come_are_no_program_that_hangs(tmp_path, way, hole, at_client, remedy):
    capture = Capture()
    lost(way, capture, hole, at_client)
    found, = told(capture, tmp_path / "lost.pcap")
    assert found["amanda.outcome"] == ["unfinished"] and found["amanda.outcome.remedy"][0].startswith(remedy)
    assert ("which was lost on the way" in found["amanda.outcome.why"][0]) == bool(hole)


@both_ways
def test_where_the_capture_lacks_bytes_nothing_tells_which_were_lost(tmp_path, way):
    capture = Capture()
    lost(way, capture, 5000, not_captured=1000)
    found, = told(capture, tmp_path / "lacks.pcap")
    assert "lost on the way" not in "".join(found["amanda.outcome.why"]) and "Look for what loses" not in "".join(found["amanda.outcome.remedy"])


@pytest.mark.parametrize("not_captured", [0, 1000])
@both_ways
def test_a_dump_that_has_ended_without_a_byte_of_it_is_lost(tmp_path, way, not_captured):
    capture = Capture()
    job = way(capture, "sendbackup", dle("/home", 0))
    job.connect()
    job.send(MESG, b"sendbackup: start [client:/home level 0]\nsendbackup: info BACKUP=/bin/tar\nsendbackup: info end\n"
                   b"sendbackup: size 10\nsendbackup: end\n")
    for stream in MESG, INDEX:
        job.end(stream)
    capture.wait(10)
    connection = job.connection if way is Framed else job.streams[DATA]
    if not_captured:
        connection.next[True] += not_captured
        connection.send(packets.ACK, from_responder=False)
    job.end(DATA, by_requester=True)
    connection.send(packets.ACK)
    found, = told(capture, tmp_path / "nothing.pcap")
    if not_captured:
        assert "not a byte of it came" not in "".join(found["amanda.outcome.why"])
        return
    assert found["amanda.outcome"] == ["unfinished"] and "not a byte of it came" in found["amanda.outcome.why"][0]
    assert found["amanda.outcome.remedy"][0].startswith("Look for what loses long")


def test_who_asks_for_another_dump_has_gone_on_from_each_copy_of_the_one_before(tmp_path):
    """Captured on both sides of a router that translates the client's address."""
    capture = Capture()
    outside, inside = CLIENT, ("192.0.2.3", 10080)

    def asked(seq, disk, client):
        return capture.datagram(SERVER, client, "REQ", seq, f"SECURITY USER amanda\nSERVICE sendbackup\n"
                                f"OPTIONS features={FEATURES};hostname=client;\n{dle(disk, 0)}")

    first = [asked(1, "/a", client) for client in (outside, inside)]
    for type, body, replies in (("ACK", "", True), ("REP", f"CONNECT DATA 50000 MESG 50001\nOPTIONS features={FEATURES};\n", True), ("ACK", "", False)):
        for client in outside, inside:
            capture.datagram(*((client, SERVER) if replies else (SERVER, client)), type, 1, body)
    Connection(capture, 4444)
    capture.wait(5)
    next = asked(2, "/b", inside)
    told = tshark.read_fields(capture.write(tmp_path / "both.pcap"), ("amanda.outcome.asked_in", "amanda.outcome"), ("-Y", "amanda.outcome"), passes=1)
    assert set(told) == {next} and sorted(told[next]["amanda.outcome.asked_in"]) == [str(frame) for frame in first]
    assert told[next]["amanda.outcome"] == ["not connected"] * 2


def test_replies_that_share_what_is_kept_of_them_are_told_apart(tmp_path):
    """A partial reply behind the final one, and one that is not, both to requests that were cut."""
    capture = Capture()
    frames = []
    for seq, types in (1, ("PREP",)), (2, ("REP", "PREP")), (3, ("PREP",)):
        capture.datagram(SERVER, CLIENT, "REQ", seq, f"SECURITY USER amanda\nSERVICE selfcheck\nOPTIONS features={FEATURES};hostname=client;\n")
        capture.frames[-1] = (*capture.frames[-1], 130)
        frames += [capture.datagram(CLIENT, SERVER, type, seq, "OK /home\n") for type in types]
    path = capture.write(tmp_path / "preps.pcap")
    for passes in 1, 2:
        late = tshark.read_fields(path, ("amanda.prep.after_rep",), ("-Y", "amanda.prep.after_rep"), passes)
        assert set(late) == {frames[2]}


def test_failures_that_differ_by_the_numbers_of_processes_have_one_cause(tmp_path):
    capture = Capture()
    for number, words in enumerate(("dump (334) /bin/tar returned 2", "dump (71) /bin/tar returned 2", "dump (71) /bin/tar returned 3"), 1):
        job = dump(Udp, capture, number=number)
        job.send(MESG, f"sendbackup: error [{words}]\n".encode())
        capture.wait(60)
    table = tshark.tshark("-q", "-r", capture.write(tmp_path / "causes.pcap"), "-z", "amanda,outcomes")
    assert "2 x dump (334) /bin/tar returned 2: client /home" in table and "1 x dump (71) /bin/tar returned 3: client /home" in table
