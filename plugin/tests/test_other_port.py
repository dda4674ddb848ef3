# SPDX-License-Identifier: GPL-2.0-or-later
"""A reply that comes from another port of the host that was asked, as behind a NAT: it is told as that."""

import pytest

import packets
import tshark

FEATURES = "ffffffff9efefbffffffffff3f"
START = 1795334400 * 10**6
HOSTS = {4: ("192.0.2.1", "192.0.2.2", "192.0.2.22"), 6: ("2001:db8::1", "2001:db8::2", "2001:db8::22")}
NAMES = ("amanda.verdict", "amanda.rep.asked_of", "_ws.expert.message", "_ws.col.Info")
REQ, REP = 1, 3  # frames


def written(path, version, ip=4, responder=(1, 40000), snapshot=262144, copies=1):
    server, client = (HOSTS[ip][0], 848), (HOSTS[ip][1], 10080)
    answers = HOSTS[ip][responder[0]], responder[1]

    def datagram(source, destination, type, body=""):
        text = f"Amanda {version} {type} HANDLE 000-00000000 SEQ 17\n{body}"
        return packets.ethernet(packets.udp(source, destination, text.encode()))

    sent = [datagram(server, client, "REQ", f"SECURITY USER backup\nSERVICE noop\nOPTIONS features={FEATURES};\n"),
            datagram(answers, server, "ACK"), datagram(answers, server, "REP", f"OPTIONS features={FEATURES};\n")]
    frames = [(START + number * 1000 + copy, packets.identified(frame, number), snapshot)
              for number, frame in enumerate(sent) for copy in range(copies)]
    packets.write_pcap(path, frames)
    return path


def told(path, passes, frame=REP):
    fields = tshark.read_fields(path, NAMES, passes=passes)[frame]
    message, = (text for text in fields["_ws.expert.message"] if text.startswith("No request"))
    return fields["amanda.verdict"], fields["amanda.rep.asked_of"], message, fields["_ws.col.Info"][0]


@pytest.mark.parametrize("version, does", [("2.4", "(below 2.5) takes"), ("3.5", "(2.5 or later) drops")])
@pytest.mark.parametrize("ip", [4, 6])
@pytest.mark.parametrize("snapshot", [262144, 116])  # 96 of IPv6 ends within the header line
def test_another_port(tmp_path, version, does, ip, snapshot):
    path = written(tmp_path / "port.pcap", version, ip, snapshot=snapshot)
    for passes in (1, 2):
        verdict, asked, message, info = told(path, passes)
        assert (verdict, asked) == (["no request"], [str(REQ)])
        assert message.startswith(f"No request: this was asked of another port of this address. This requester {does}")
        assert f"[No request here: {REQ} asked another port" in info


def test_another_address_is_still_another_address(tmp_path):
    for responder in ((2, 10080), (2, 40000)):
        for passes in (1, 2):
            _, _, message, info = told(written(tmp_path / f"address-{responder[1]}.pcap", "3.5", responder=responder), passes)
            assert message.startswith("No request: this was asked of another address.") and "another address" in info


def test_each_frame_captured_twice(tmp_path):
    path = written(tmp_path / "twice.pcap", "3.5", copies=2)
    for passes in (1, 2):
        assert told(path, passes, 2 * REP - 1)[1] == ["1"]
        assert tshark.read_fields(path, NAMES, passes=passes)[2 * REP]["amanda.verdict"] == ["copy"]
