# SPDX-License-Identifier: GPL-2.0-or-later
"""What stands where a frame is due, or TLS: what programs say that cannot start amandad, other servers, the other auth."""

import pytest

import packets
import tshark
from streams import Capture, Connection, FEATURES
from test_framed import packet

REQ = False, packet("REQ", 1, f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={FEATURES};\n")
NAK = True, packet("NAK", 1, "etnameinfo failed: Name or service not known", end=b"")
HELLO = False, bytes.fromhex("160301002f0100002b0303") + bytes(32) + bytes.fromhex("000004130213010100")
ANSWER = True, bytes.fromhex("160303002a020000260303") + bytes(32) + bytes.fromhex("00130200")
ALERT = True, bytes.fromhex("15030100020246")  # protocol version: shorter than a frame's header
WRONG_USER = b'amandad: error: running as user "root" instead of "backup"\n'
HTTP = "HTTP/1.1 400 Bad Request\r\nServer: caf\u00e9\r\n\r\n<html>\n".encode()
AUTH = "One side uses auth ssl, and the other one an auth without TLS (bsdtcp)"
PROBLEMS = "frame.text", "frame.tls", "frame.not_tls", "frame.bad_length", "frame.lost"
NAMES = tuple(f"amanda.{name}" for name in ("frame.said", "outcome", "outcome.why", "type", *PROBLEMS)) + ("tls.record",)
FIRST, SECOND = 4, 6  # frames with data, behind the handshake


def written(path, *dialogue, copies=1, seen=None, handshake=True, snapshot=262144, port=10080):
    """seen: the direction that is captured, by whether the responder sends; None: both."""
    capture = Capture()
    connection = Connection(capture, port, source=516, handshake=handshake)
    for from_responder, data in dialogue:
        connection.data(data, from_responder)
    connection.close()
    ways = {port >> 8: True, 516 >> 8: False}  # the first byte of the source port
    packets.write_pcap(path, [frame for frame in capture.frames if seen is None or ways[frame[1][34]] == seen
                              for _ in range(copies)], snapshot)
    return path


def read(path, passes=2):
    return {number: {name.removeprefix("amanda."): [text.replace("\\n", "\n").replace("\\r", "\r") for text in value]
                     for name, value in fields.items()}
            for number, fields in tshark.read_fields(path, NAMES, passes=passes).items()}


def problems(frames):
    return [name for fields in frames.values() for name in PROBLEMS if name in fields]


def why(frames):
    return [fields["outcome.why"][0] for fields in frames.values() if "outcome" in fields and "type" not in fields][-1:]


def info(path, passes, number):
    return tshark.read_columns(path, passes=passes)[number][-1]


@pytest.mark.parametrize("text", [
    WRONG_USER, HTTP, b"no\n", b"x", "Zugriff verweigert: n\u00f6\n".encode(),
    b"ssh: connect to host client port 22: Connection refused\r\n",
    b"amandad: error while loading shared libraries: libamglue.so: cannot open shared object file\n"])
def test_text_where_a_frame_is_due(tmp_path, text):
    path = written(tmp_path / "text.pcap", REQ, (True, text))
    for passes in (1, 2):
        frames = read(path, passes)
        assert "".join(frames[SECOND]["frame.said"]).split() == text.decode().split()
        assert problems(frames) == ["frame.text"] and "frame.text" in frames[SECOND]
        assert why(frames) == [text.decode().splitlines()[0]]
        line = text.decode().splitlines()[0]
        assert f"Text where a frame is due: {line}" in info(path, passes, SECOND).replace("\\u00f6", "\u00f6")


def test_text_in_pieces_is_told_once_and_read_as_a_whole(tmp_path):
    pieces = WRONG_USER[:10], WRONG_USER[10:20], WRONG_USER[20:]
    path = written(tmp_path / "pieces.pcap", REQ, *((True, piece) for piece in pieces))
    for passes in (1, 2):
        frames = read(path, passes)
        assert [fields["frame.said"][0].strip() for fields in frames.values() if "frame.said" in fields] == [
            piece.decode().strip() for piece in pieces]
        assert problems(frames) == ["frame.text"] and why(frames) == [WRONG_USER.decode().strip()]


@pytest.mark.parametrize("text", [WRONG_USER, b"no\n"])
def test_text_before_the_request(tmp_path, text):
    """It may be any server until the request comes; then it is shown there."""
    path = written(tmp_path / "first.pcap", (True, text), REQ)
    for passes in (1, 2):
        frames = read(path, passes)
        assert frames[SECOND]["type"] == ["REQ"] and frames[SECOND]["frame.said"][0].strip() == text.decode().strip()
        assert problems(frames) == ["frame.text"] and "frame.said" not in frames[FIRST]
        assert why(frames) == [text.decode().strip()]


@pytest.mark.parametrize("reply", [(True, WRONG_USER), ALERT])
def test_each_frame_captured_twice(tmp_path, reply):
    once = read(written(tmp_path / "once.pcap", REQ, reply))
    twice = read(written(tmp_path / "twice.pcap", REQ, reply, copies=2))
    assert problems(twice) == problems(once) and why(twice) == why(once)


def test_text_in_a_short_snapshot(tmp_path):
    frames = read(written(tmp_path / "short.pcap", REQ, (True, WRONG_USER), snapshot=96))
    assert frames[SECOND]["frame.said"] == [WRONG_USER.decode()[:42]]


def test_only_what_the_responder_sends_is_captured(tmp_path):
    """Without a request, it may be any server."""
    for passes in (1, 2):
        assert not problems(read(written(tmp_path / "one.pcap", REQ, (True, WRONG_USER), seen=True), passes))


def test_in_a_connection_that_began_before_the_capture_text_may_be_part_of_a_stream(tmp_path):
    for passes in (1, 2):
        frames = read(written(tmp_path / "late.pcap", REQ, (True, WRONG_USER), handshake=False), passes)
        assert "frame.text" not in problems(frames)


@pytest.mark.parametrize("size", [7, 3])
def test_tls_where_a_frame_is_due(tmp_path, size):
    """auth bsdtcp at the server, ssl at the client, which answers with an alert."""
    alert = ALERT[1]
    path = written(tmp_path / "alert.pcap", REQ, *((True, piece) for piece in (alert[:size], alert[size:]) if piece))
    for passes in (1, 2):
        frames = read(path, passes)
        assert problems(frames) == ["frame.tls"] and "frame.tls" in frames[SECOND]
        assert why(frames) == [AUTH]
        assert "TLS where a frame is due" in info(path, passes, SECOND)


def test_tls_from_the_requester_where_its_responder_has_sent_a_frame(tmp_path):
    for passes in (1, 2):
        frames = read(written(tmp_path / "hello.pcap", NAK, HELLO), passes)
        assert problems(frames) == ["frame.tls"] and "frame.tls" in frames[SECOND]


def test_a_frame_where_tls_is_due(tmp_path):
    """auth ssl at the server, bsdtcp at the client."""
    path = written(tmp_path / "nak.pcap", HELLO, NAK)
    for passes in (1, 2):
        frames = read(path, passes)
        assert problems(frames) == ["frame.not_tls"]
        assert frames[SECOND]["type"] == ["NAK"] and "tls.record" in frames[FIRST]
        assert "A frame where TLS is due" in info(path, passes, SECOND)


@pytest.mark.parametrize("text", [WRONG_USER, b"no\n", b"x"])
def test_text_where_tls_is_due(tmp_path, text):
    path = written(tmp_path / "text.pcap", HELLO, (True, text))
    for passes in (1, 2):
        frames = read(path, passes)
        assert problems(frames) == ["frame.text"] and why(frames) == [text.decode().strip()]
        assert f"Text where TLS is due: {text.decode().strip()}" in info(path, passes, SECOND)


def test_tls_that_is_not_answered(tmp_path):
    for passes in (1, 2):
        frames = read(written(tmp_path / "closed.pcap", HELLO), passes)
        assert why(frames) == ["192.0.2.2 closed the connection, and did not answer TLS: does it run with auth ssl?"]


def test_tls_that_is_answered_stays_what_it_is(tmp_path):
    for passes in (1, 2):
        frames = read(written(tmp_path / "tls.pcap", HELLO, ANSWER), passes)
        assert not problems(frames) and "tls.record" in frames[FIRST] and "tls.record" in frames[SECOND]


@pytest.mark.parametrize("dialogue", [
    [(True, b"SSH-2.0-OpenSSH_9.2\r\n"), (False, b"SSH-2.0-OpenSSH_9.2\r\n")],
    [(True, b"220 mail.example ESMTP\r\n"), (False, b"EHLO client\r\n")],
    [(False, b"GET / HTTP/1.1\r\nHost: client\r\n\r\n"), (True, HTTP)]])
def test_other_servers_on_the_port_are_left_alone(tmp_path, dialogue):
    for passes in (1, 2):
        frames = read(written(tmp_path / "other.pcap", *dialogue), passes)
        assert not any(set(fields) & {"frame.said", "type", "outcome", *PROBLEMS} for fields in frames.values())
