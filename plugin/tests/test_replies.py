# SPDX-License-Identifier: GPL-2.0-or-later
"""What is shown of replies: REP, PREP and NAK of every service and era, against values read off the bytes by hand.

The bytes are those of recordings (3.5.1, 2.6.0p2 and 2.5.2p1, shortened where they are long) or, for what there is no
recording of, of the grammar of that version. Each packet is (direction, type, body): ">" for the requester's.
"""

import json
import re

import pytest

import packets
import tshark
from streams import CLIENT, SERVER, Capture

REQUESTER, RESPONDER = ("192.0.2.1", 850), ("192.0.2.2", 10080)
V351 = "ffffffff9efefbfffffffffffffff3fffbf71f"
V252 = "ffffffff9ffeffffffff00"
V244 = "fffffeff9ffe0f"
FEATURES = {"3.5": V351, "2.6": V252, "2.5": V252, "2.4": V244}


class Packet:
    def __init__(self, protocol, capture, number, passes):
        self.fields = [field for field in protocol.walk() if field.name.startswith("amanda.")]
        self.place = capture, number, passes

    @property
    def info(self):
        capture, number, passes = self.place
        return tshark.read_columns(capture, passes=passes)[number][1]

    def texts(self, name):
        """The values of a field, in the order of the tree."""
        return [field.text for field in self.fields if field.name == f"amanda.{name}"]

    def bytes(self, name):
        return [field.bytes for field in self.fields if field.name == f"amanda.{name}"]

    def exact(self, name):
        """The values of a field that must be nothing but its bytes."""
        texts = self.texts(name)
        assert [text.encode() for text in texts] == self.bytes(name)
        return texts

    def has(self, name):
        return bool(self.texts(name))

    def lines(self):
        """What nothing explains."""
        return self.texts("body.line")


def write(path, *exchanges):
    """Exchanges are (version, packets). Each has a SEQ of its own, so that all are read at once."""
    frames = []
    for seq, (version, exchange) in enumerate(exchanges, 1795339615):
        for direction, kind, body in exchange:
            header = f"Amanda {version} {kind} HANDLE 000-00000001 SEQ {seq}\n".encode()
            body = body if isinstance(body, bytes) else body.encode()
            ends = (REQUESTER, RESPONDER) if direction == ">" else (RESPONDER, REQUESTER)
            time = 1795339615_000000 + len(frames) * 1000
            frames.append((time, packets.ethernet(packets.udp(*ends, header + body))))
    packets.write_pcap(path, frames)
    return path


def read_exchanges(path, *exchanges, passes=2):
    """The packets of each exchange, in a list."""
    capture = write(path / f"{len(list(path.iterdir()))}.pcap", *exchanges)
    pdml = tshark.read_pdml(capture, passes=passes)
    found = [Packet(protocols[0], capture, number, passes) for number, protocols in sorted(pdml.items())]
    return [[found.pop(0) for _ in exchange] for _, exchange in exchanges]


def read(path, *exchange, version="3.5", passes=2):
    return read_exchanges(path, (version, exchange), passes=passes)[0]


def asked(service, body, request="", kind="REP", version="3.5"):
    """An exchange: a request with the features of this version, which was acknowledged, and its reply."""
    options = f"OPTIONS features={FEATURES[version]};hostname=amclient;\n"
    request = f"SECURITY USER backup\nSERVICE {service}\n{options}{request}"
    return version, ((">", "REQ", request), ("<", "ACK", ""), ("<", kind, body))


def answer(path, *arguments, **how):
    return read_exchanges(path, asked(*arguments, **how))[0][2]


def answers(path, *exchanges):
    return [packets[-1] for packets in read_exchanges(path, *exchanges)]


# ---------------------------------------------------------------------------------------------------------------------
# CONNECT and RETRY


def test_connect_of_3_5(tmp_path):
    reply = answer(tmp_path, "sendbackup", f"CONNECT DATA 50074 MESG 50075 INDEX 50076 STATE 50077\n"
                                           f"OPTIONS features={V351};\n")
    assert reply.exact("connect.stream") == ["DATA", "MESG", "INDEX", "STATE"]
    assert reply.exact("connect.port") == ["50074", "50075", "50076", "50077"]
    assert not reply.has("connect.handle")
    assert reply.info.startswith("REP sendbackup CONNECT DATA 50074 MESG 50075 INDEX 50076 STATE 50077 ")
    assert not reply.lines()


def test_connect_without_an_index(tmp_path):
    """2.5.2p1: the index was not asked for."""
    reply = answer(tmp_path, "sendbackup", f"CONNECT DATA 50025 MESG 50026 INDEX -1\nOPTIONS features={V252};\n",
                   version="2.5")
    assert reply.exact("connect.port") == ["50025", "50026"]
    assert reply.bytes("connect.unavailable") == [b"-1"]
    assert not reply.has("connect.no_listener") and not reply.has("connect.malformed")


def test_connect_of_bsdudp(tmp_path):
    """One TCP port; the other numbers are handles in its connection."""
    reply = answer(tmp_path, "sendbackup", "CONNECT DATA 50083 MESG 499999 INDEX 499998 STATE 499997\nOPTIONS ;\n")
    assert reply.exact("connect.port") == ["50083"]
    assert reply.exact("connect.handle") == ["499999", "499998", "499997"]
    assert not reply.has("connect.malformed")


OTHER_CONNECTS = [
    ("amindexd", "CONNECT MESG 50029", ["MESG"], ["50029"]),
    ("amidxtaped", "CONNECT CTL 50030 DATA 50031 STATE 50032", ["CTL", "DATA", "STATE"], ["50030", "50031", "50032"]),
    ("amdumpd", "CONNECT CTL 50033", ["CTL"], ["50033"]),
    ("restore", "CONNECT CTL 1 DATA 2 MESG 3 STATE 4", ["CTL", "DATA", "MESG", "STATE"], ["1", "2", "3", "4"]),
]


def test_connect_of_other_services(tmp_path):
    replies = answers(tmp_path, *[asked(service, line + "\n\n") for service, line, _, _ in OTHER_CONNECTS])
    for reply, (service, line, streams, ports) in zip(replies, OTHER_CONNECTS):
        assert reply.exact("connect.stream") == streams
        assert reply.exact("connect.port") == ports
        assert reply.info.startswith(f"REP {service} {line} ")
        for expert in "connect.malformed", "connect.no_listener", "rep.truncated", "rep.feature":
            assert not reply.has(expert)
        assert not reply.lines()


BAD_CONNECTS = [
    ("CONNECT DATA -1 MESG -1 INDEX -1", "no_listener"),
    ("CONNECT DATA 0 MESG 50001 INDEX -1", "no_listener"),
    ("CONNECT DATA 50001 MESG", "malformed"),
    ("CONNECT", "malformed"),
    ("CONNECT DATA x MESG 50001", "malformed"),
    ("CONNECT DATA 70000 MESG 50001", "malformed"),
    ("CONNECT DATA 50000 FOO 50001", "malformed"),
    ("CONNECT DATA -7 MESG 50001", "malformed"),
    ("CONNECT DATA 99999999999999999999 MESG 50001", "malformed"),
    ("CONNECT" + " DATA 50000" * 40, "malformed"),
]


def test_bad_connects(tmp_path):
    replies = answers(tmp_path, *[asked("sendbackup", f"{line}\nOPTIONS ;\n") for line, _ in BAD_CONNECTS])
    for reply, (line, expert) in zip(replies, BAD_CONNECTS):
        assert [name for name in ("malformed", "no_listener") if reply.has(f"connect.{name}")] == [expert], line


def test_retry(tmp_path):
    reply = answer(tmp_path, "sendbackup", 'RETRY delay 300 level 1 message "too \\"busy\\""\n')
    assert reply.exact("retry.delay") == ["300"]
    assert reply.exact("retry.level") == ["1"]
    assert reply.texts("retry.message") == ['too "busy"']
    assert reply.bytes("retry.message") == [b'"too \\"busy\\""']
    assert reply.info.startswith('REP sendbackup RETRY delay 300 level 1 message ')
    assert not reply.has("retry.malformed") and not reply.has("rep.feature")
    assert answer(tmp_path, "sendbackup", "RETRY sometime\n").has("retry.malformed")


def test_kencrypt(tmp_path):
    """A mark that amandad forgets to take out of an error reply"""
    reply = answer(tmp_path, "sendbackup", "KENCRYPT\nERROR [no]\n")
    assert reply.bytes("connect.kencrypt") == [b"KENCRYPT"]
    assert reply.exact("error") == ["no"]


def test_options_of_the_disk_repeated(tmp_path):
    """2.4.0 to 2.4.2"""
    reply = answer(tmp_path, "sendbackup", "CONNECT DATA 1025 MESG 1026 INDEX 1027\n"
                                           "OPTIONS ;compress-fast;index;\n", version="2.4")
    assert reply.exact("connect.port") == ["1025", "1026", "1027"]
    assert reply.bytes("dle.options") or reply.has("options")
    assert not reply.lines()


# ---------------------------------------------------------------------------------------------------------------------
# sendsize

THREE = "".join(f"<dle>\n  <program>GNUTAR</program>\n  {disk}\n  <level>0</level>\n  <auth>bsd</auth>\n</dle>\n"
                for disk in ('<disk encoding="raw" raw="L3Nydi9kYXRhIDM=">/srv/data_3</disk>',
                             "<disk>/srv/data2</disk>", "<disk>/srv/data1</disk>"))
SO_FAR = f"OPTIONS features={V351};\n/srv/data1 0 SIZE 110\n"
ALL = SO_FAR + '/srv/data2 0 SIZE 10\n"/srv/data 3" 0 SIZE 20\n'


def sendsize(path, *replies, request=THREE, version="3.5", acked=True, **how):
    body = (f"SECURITY USER backup\nSERVICE sendsize\nOPTIONS features={FEATURES[version]};maxdumps=1;"
            f"hostname=amclient;\n{request}")
    ack = [("<", "ACK", "")] if acked else []
    return read(path, (">", "REQ", body), *ack, *replies, version=version, **how)[1 + len(ack):]


def test_estimates_of_3_5(tmp_path):
    partial, final = sendsize(tmp_path, ("<", "PREP", SO_FAR), ("<", "REP", ALL))
    assert partial.exact("estimate.disk") == ["/srv/data1"]
    assert partial.bytes("estimate.size") == [b"110"]
    assert not partial.has("estimate.missing")
    assert final.texts("estimate.disk") == ["/srv/data1", "/srv/data2", "/srv/data 3"]
    assert final.bytes("estimate.disk") == [b"/srv/data1", b"/srv/data2", b'"/srv/data 3"']
    assert final.exact("estimate.disk.wire") == ['"/srv/data 3"']
    assert final.exact("estimate.level") == ["0", "0", "0"]
    assert final.exact("estimate.size") == ["110", "10", "20"]
    assert not final.has("estimate.missing") and not final.has("estimate.incomplete")
    assert partial.info.startswith("PREP sendsize 1 estimate ")
    assert final.info.startswith("REP sendsize 3 estimates ")


def new(reply):
    return [text in ("1", "True") for text in reply.texts("estimate.new")]


def test_what_is_new(tmp_path):
    """Each estimate is new once: a copy of a reply, or one that repeats it, has it too."""
    replies = sendsize(tmp_path, ("<", "PREP", SO_FAR), ("<", "PREP", SO_FAR), ("<", "REP", ALL), ("<", "REP", ALL))
    assert [new(reply) for reply in replies] == [[True], [False], [False, True, True], [False, False, False]]


def test_half_a_line_of_a_partial_reply(tmp_path):
    partial, final = sendsize(tmp_path, ("<", "PREP", SO_FAR + "/srv/data2 0 SI"), ("<", "REP", ALL))
    assert partial.texts("estimate.disk") == ["/srv/data1"]
    assert partial.lines() == ["/srv/data2 0 SI"]
    assert not partial.has("rep.truncated")
    assert new(final) == [False, True, True]


def test_missing_estimates(tmp_path):
    partial, final = sendsize(tmp_path, ("<", "PREP", SO_FAR), ("<", "REP", SO_FAR))
    assert not partial.has("estimate.missing")
    assert final.texts("estimate.missing") == ["/srv/data 3 level 0", "/srv/data2 level 0"]
    assert len(final.texts("estimate.incomplete")) == 1
    assert final.info.startswith("REP sendsize 1 estimate, 2 missing ")


def test_every_level_is_asked_for(tmp_path):
    request = ("GNUTAR /home  0 1970:1:1:0:0:0 -1 OPTIONS |;auth=bsd;index;\n"
               "GNUTAR /home  1 2006:9:14:2:0:0 -1 OPTIONS |;auth=bsd;index;\n")
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V252};\n/home 1 SIZE 5\n"), request=request,
                      version="2.5")
    assert reply.texts("estimate.missing") == ["/home level 0"]


def test_an_error_concerns_all_levels(tmp_path):
    request = "".join(f"GNUTAR /home  {level} 1970:1:1:0:0:0 -1 OPTIONS |;auth=bsd;\n" for level in (0, 1, 2))
    reply, = sendsize(tmp_path, ("<", "REP", f'OPTIONS features={V252};\n/home 0 ERROR "[no dumpdate]"\n'),
                      request=request, version="2.5")
    assert not reply.has("estimate.missing")
    assert reply.texts("error") == ["[no dumpdate]"]
    assert reply.bytes("error") == [b'"[no dumpdate]"']
    assert reply.exact("error.wire") == ['"[no dumpdate]"']
    assert reply.has("rep.error")
    assert reply.info.startswith("REP sendsize ERROR [no dumpdate] ")


def test_estimates_of_2_4(tmp_path):
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V244};\n/home 0 SIZE 12345\n"),
                      request="GNUTAR /home 0 1970:1:1:0:0:0 1 OPTIONS |;bsd-auth;index;\n", version="2.4")
    assert reply.exact("estimate.disk") == ["/home"]
    assert reply.exact("estimate.size") == ["12345"]
    assert not reply.has("estimate.missing")


def test_estimates_of_2_3(tmp_path):
    request = "SECURITY USER amanda\nSERVICE sendsize PROGRAM DUMP\nOPTIONS ;\nhda1 0 - 1 DUMP\n"
    reply = read(tmp_path, (">", "REQ", request), ("<", "ACK", ""),
                 ("<", "REP", "OPTIONS MAXDUMPS=1;\nhda1 0 SIZE 12345\n"), version="2.3")[2]
    assert reply.exact("estimate.disk") == ["hda1"]
    assert reply.exact("estimate.size") == ["12345"]
    assert not reply.has("estimate.missing") and not reply.lines()


def test_sizes_that_are_none(tmp_path):
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V351};\n/srv/data1 0 SIZE -1\n/srv/data2 0 SIZE -2\n"
                                             '"/srv/data 3" 0 WARNING "a \\"b\\""\n"/srv/data 3" 0 SIZE 7\n'))
    assert reply.exact("estimate.size") == ["-1", "-2", "7"]
    assert reply.texts("warning") == ['a "b"']
    assert reply.has("rep.warning") and not reply.has("rep.error")
    assert reply.info.startswith("REP sendsize 3 estimates, 2 failed, 1 warning ")


def test_a_disk_without_any_estimate(tmp_path):
    """Each disk once, whatever it is of: not where another level has a size, or an error line says why there is none."""
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V351};\n/a 0 SIZE -1\n/a 1 SIZE -2\n/b 0 SIZE -1\n/b 1 SIZE 5\n"
                                             '/c 0 ERROR "no"\n/c 1 SIZE -1\n'), request="")
    assert len(reply.texts("estimate.failed")) == 1 and reply.texts("error") == ["no estimate for any level", "no"]
    assert len(reply.texts("error.explanation")) == 1 and len(reply.texts("error.remedy")) == 1
    assert reply.info.startswith("REP sendsize ERROR no (5 estimates, 4 failed, 1 error) handle=")


def test_an_estimate_that_is_left_to_the_server(tmp_path):
    """It is -1 by intention (3.5 client-src/sendsize.c)."""
    request = ("<dle>\n  <program>GNUTAR</program>\n  <disk>/a</disk>\n  <level>0<server>YES</server></level>\n"
               "  <level>1</level>\n</dle>\n")
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V351};\n/a 0 SIZE -1\n/a 1 SIZE 5\n"), request=request)
    assert not reply.has("estimate.failed") and reply.info.startswith("REP sendsize 2 estimates handle=")
    request = request.replace("  <level>1</level>\n", "")
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V351};\n/a 0 SIZE -1\n"), request=request)
    assert not reply.has("estimate.failed") and reply.info.startswith("REP sendsize 1 estimate handle=")


@pytest.mark.parametrize("size, good", [(2**63 - 1, True), (2**63, False), (10**30, False), ("", False), ("x", False)])
def test_a_size_that_is_too_large(tmp_path, size, good):
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V351};\n/a 0 SIZE {size}\n"), request="")
    assert reply.has("estimate.size") == good != reply.has("estimate.bad_size")
    assert reply.texts("estimate.size.text") == ([] if good or size == "" else [str(size)])


def test_a_program_may_not_quote_its_error(tmp_path):
    """3.5 client-src/sendsize.c says this without quotes."""
    reply, = sendsize(tmp_path, ("<", "REP", "OPTIONS ;\n"
                                             "/srv/data1 0 ERROR application amx doesn't support amanda data-path\n"))
    assert reply.exact("error") == ["application amx doesn't support amanda data-path"]


def test_a_service_that_fails(tmp_path):
    """3.5.1: amservice sent it no disk list entries."""
    text = ("FORMAT ERROR IN REQUEST PACKET 'Error on line 1 char 1: Document must begin with an element "
            "(e.g. <book>)'")
    failed = "service /usr/lib/amanda/sendsize failed: pid 14038 exited with code 1"
    reply, = sendsize(tmp_path, ("<", "REP", f"OPTIONS features={V351};\nERROR {text}\nERROR {failed}\n"), request="\n")
    assert reply.exact("error") == [text, failed]
    assert len(reply.texts("error.explanation")) == 2
    assert reply.info.startswith("REP sendsize ERROR FORMAT ERROR IN REQUEST PACKET ")


def test_format_error_of_2_4(tmp_path):
    reply, = sendsize(tmp_path, ("<", "REP", "FORMAT ERROR IN REQUEST PACKET\n"), version="2.4", request="\n")
    assert reply.exact("error") == ["FORMAT ERROR IN REQUEST PACKET"]
    assert reply.has("rep.error")


# ---------------------------------------------------------------------------------------------------------------------
# noop and selfcheck


def test_noop(tmp_path):
    exchanges = [asked("noop", f"OPTIONS features={features};\n", version=version)
                 for version, features in FEATURES.items()]
    for reply, features in zip(answers(tmp_path, *exchanges), FEATURES.values()):
        assert features in reply.texts("options.features")
        assert not reply.lines() and not reply.has("rep.truncated")


def test_selfcheck_of_2_5_and_2_6(tmp_path):
    reply = answer(tmp_path, "selfcheck",
                   f'OPTIONS features={V252};\nOK /srv/l2/olc005\nOK "/my disk"\nOK /usr/bin/tar executable\n'
                   "OK /usr/local/amanda2/var/amandates read/writable\n"
                   "OK /usr/local/amanda2/tmp has more than 64 KB available.\n"
                   "OK /srv/lab2/old/i260/tmp has more than 65KB available.\n"
                   "OK [/etc/amandapass is readable, but not by all]\n", version="2.5")
    assert reply.texts("selfcheck.ok.disk") == ["/srv/l2/olc005", "/my disk"]
    assert reply.exact("selfcheck.ok.file") == ["/usr/bin/tar", "/usr/local/amanda2/var/amandates"]
    assert reply.exact("selfcheck.ok.condition") == ["executable", "read/writable"]
    assert reply.exact("selfcheck.ok.directory") == ["/usr/local/amanda2/tmp", "/srv/lab2/old/i260/tmp"]
    assert reply.exact("selfcheck.ok.available") == ["64", "65"]
    assert reply.exact("selfcheck.ok.text") == ["[/etc/amandapass is readable, but not by all]"]
    assert reply.info.startswith("REP selfcheck 7 OK ")


def test_selfcheck_of_2_4(tmp_path):
    body = (f"OPTIONS features={V244};\nOK /home\nOK /dumps has more than 64 KB available.\n"
            "ERROR [GNUTAR program not available]\n")
    reply = answer(tmp_path, "selfcheck", body, version="2.4")
    assert reply.exact("selfcheck.ok.disk") == ["/home"]
    assert reply.exact("error") == ["GNUTAR program not available"]
    assert reply.has("error.explanation") and reply.has("error.remedy") and reply.has("rep.error")
    assert reply.info.startswith("REP selfcheck ERROR GNUTAR program not available (2 OK, 1 error) ")


def test_selfcheck_of_3_3_and_3_4_text(tmp_path):
    reply = answer(tmp_path, "selfcheck",
                   "OK version 3.3.9\nOK version '3.5.1\nOK distro Debian\nOK platform Debian GNU/Linux 12 (bookworm)\n"
                   "OPTIONS features=ffffffff9efefbffffffffff3f;\nOK disk /home\nOK amgtar version 3.3.9\nOK amgtar\n"
                   "OK /bin/tar executable (ruid:0 euid:34)\nOK dir '/tmp/a b' has more than 79040512 KB available\n"
                   "ERROR [can not execute /bin/x: No such file or directory (ruid:0 euid:34)\n", version="2.5")
    assert reply.exact("selfcheck.ok.version") == ["3.3.9", "3.5.1", "3.3.9"]
    assert reply.exact("selfcheck.ok.distro") == ["Debian"]
    assert reply.exact("selfcheck.ok.platform") == ["Debian GNU/Linux 12 (bookworm)"]
    assert reply.exact("selfcheck.ok.disk") == ["/home", "amgtar"]
    assert reply.exact("selfcheck.ok.application") == ["amgtar"]
    assert reply.exact("selfcheck.ok.file") == ["/bin/tar"]
    assert reply.exact("selfcheck.ok.ruid") == ["0"]
    assert reply.exact("selfcheck.ok.euid") == ["34"]
    assert reply.exact("selfcheck.ok.directory") == ["/tmp/a b"]
    assert reply.exact("selfcheck.ok.available") == ["79040512"]
    assert reply.exact("error") == ["can not execute /bin/x: No such file or directory (ruid:0 euid:34)"]


def message(severity, code, text, *arguments, module="amanda"):
    """As 3.5.1 writes it; arguments are (name, value as JSON)."""
    pairs = [("source_filename", '"selfcheck.c"'), ("source_line", '"207"'), ("severity", f'"{severity}"'),
             ("process", '"selfcheck"'), ("running_on", '"amanda-client"'), ("component", '"amanda"'),
             ("module", f'"{module}"'), ("code", f'"{code}"'), *arguments, ("message", f'"{text}"')]
    return "  {\n" + ",\n".join(f'    "{name}" : {value}' for name, value in pairs) + "\n  }"


VERSION = message("info", 3600000, "version '3.5.1", ("version", '"3.5.1"'), ("hostname", '"amclient"'))
OPTIONS = message("info", 3600004, f"OPTIONS features={V351};hostname=amclient;", ("features", f'"{V351}"'),
                  ("hostname", '"amclient"'))


def messages(*texts):
    return "MESSAGE JSON\n" + ",\n".join(texts)


def test_messages(tmp_path):
    reply = answer(tmp_path, "selfcheck", messages(VERSION, OPTIONS))
    assert reply.exact("message.format") == ["JSON"]
    sizes = [field.size for field in reply.fields if field.name == "amanda.message"]
    assert sizes == [len(VERSION.strip()), len(OPTIONS.strip())]
    assert reply.exact("message.source_filename") == ["selfcheck.c"] * 2
    assert reply.exact("message.source_line") == ["207"] * 2
    assert reply.exact("message.severity") == ["info"] * 2
    assert reply.exact("message.process") == ["selfcheck"] * 2
    assert reply.exact("message.running_on") == ["amanda-client"] * 2
    assert reply.exact("message.component") == ["amanda"] * 2
    assert reply.exact("message.module") == ["amanda"] * 2
    assert reply.exact("message.code") == ["3600000", "3600004"]
    assert reply.exact("message.message") == ["version '3.5.1", f"OPTIONS features={V351};hostname=amclient;"]
    assert reply.exact("message.argument.name") == ["version", "hostname", "features", "hostname"]
    assert reply.exact("message.argument.value") == ["3.5.1", "amclient", "amclient"]
    assert reply.bytes("message.features") == [V351.encode()]
    assert reply.info.startswith("REP selfcheck 2 messages ")
    for expert in "rep.truncated", "rep.error", "rep.feature", "message.cut", "message.malformed":
        assert not reply.has(expert)


@pytest.mark.parametrize("code, text, reason", [
    (3600017, "client configured for auth=bsd while server requested 'bsdtcp'", "another auth"),
    (3600066, "/usr/lib/amanda/runtar is not SUID root", "set-uid root"),
    (3600096, "security file '/etc/amanda-security.conf' do not allow to run '/bin/tar' as root for 'amgtar:gnutar_path'",
     "security file"),
    (3600051, "h: Could not access /srv (/srv): No such file or directory", "directory")])
def test_an_error_is_the_same_as_text_and_in_json(tmp_path, code, text, reason):
    """amanda.error, Meaning, Remedy, severity, and its words in the Info column."""
    object = answer(tmp_path, "selfcheck", messages(message("error", code, text)))
    line = answer(tmp_path, "selfcheck", f"ERROR [{text}]\n")
    for name in "error", "error.explanation", "error.remedy":
        assert object.texts(name) == line.texts(name) and len(line.texts(name)) == 1, name
    assert reason in line.texts("error.explanation")[0]
    for reply in object, line:
        assert reply.has("rep.error") and text in reply.info


ERROR_TEXTS = re.compile(r'\{(\d+),\s*"((?:[^"\\]|\\.|"\s*")*)",')


def selfchecks(path, bodies):
    """Of each selfcheck of a disk that got this answer, the frame with the REP: what is shown of it."""
    capture = Capture()
    for number, body in enumerate(bodies):
        request = (f"SECURITY USER amanda\nSERVICE selfcheck\nOPTIONS features={V351};hostname=client;\n<dle>\n"
                   "  <program>GNUTAR</program>\n  <disk>/home</disk>\n</dle>\n")
        for source, sent, text in ((SERVER, "REQ", request), (CLIENT, "ACK", ""), (CLIENT, "REP", body), (SERVER, "ACK", "")):
            header = f"Amanda 3.5 {sent} HANDLE 000-{number:08X} SEQ {number + 1}\n"
            capture.see(packets.udp(source, CLIENT if source == SERVER else SERVER, (header + text).encode()))
    names = ("_ws.col.Info", "_ws.expert.message", "_ws.expert.severity", "amanda.error", "amanda.error.explanation",
             "amanda.error.remedy", "amanda.outcome", "amanda.outcome.why", "amanda.outcome.remedy")
    frames = tshark.read_fields(capture.write(path), names)
    for fields in frames.values():
        fields["_ws.col.Info"] = [re.sub(r" \(1 message, 1 error\)(?= handle=)", "", fields["_ws.col.Info"][0])]
    return frames


def test_each_error_text_is_the_same_as_text_and_in_json(tmp_path):
    """What is shown of the REP and of what it settles; but for the count of messages."""
    source = (tshark.ROOT / "plugin/tests/unit/error-texts.h").read_text(encoding="utf-8")
    texts = [(int(code), re.sub(r'"\s*"', "", text).replace('\\"', '"')) for code, text in ERROR_TEXTS.findall(source)]
    texts = [(code, text) for code, text in texts if code]
    as_text = selfchecks(tmp_path / "text.pcap", [f"OPTIONS features={V351};\nERROR [{text}]\n" for _, text in texts])
    as_json = selfchecks(tmp_path / "json.pcap", [messages(message("error", code, json.dumps(text)[1:-1])) + "\n" for code, text in texts])
    assert len(texts) > 100 and as_text == as_json
    failures = [fields["amanda.outcome"] for fields in as_text.values() if "amanda.outcome" in fields]
    assert failures == [["failed"]] * 2 * len(texts)


def test_messages_with_errors(tmp_path):
    """The last object ends without a line feed, and amandad adds a line of its own behind it (3.5.1)."""
    failed = "service /usr/lib/amanda/selfcheck failed: pid 13971 exited with code 1"
    bad = message("error", 3600059, "can not execute /bin/x: No such file or directory", ("merrno", '"2"'),
                  ("errnocode", '"ENOENT"'), ("errnostr", '"No such file or directory"'))
    bad = bad[:-4] + ',\n    "hint" : "install it"\n  }'
    reply = answer(tmp_path, "selfcheck", messages(VERSION, bad, message("warning", 1, "hm")) + f"ERROR {failed}\n")
    assert reply.exact("message.severity") == ["info", "error", "warning"]
    assert reply.exact("message.errno") == ["2"]
    assert reply.exact("message.errnocode") == ["ENOENT"]
    assert reply.exact("message.errnostr") == ["No such file or directory"]
    assert reply.exact("message.hint") == ["install it"]
    assert reply.exact("error") == ["can not execute /bin/x: No such file or directory", failed]
    assert reply.exact("warning") == ["hm"]
    assert len(reply.texts("rep.error")) == 2 and len(reply.texts("rep.warning")) == 1
    assert len(reply.texts("error.explanation")) == 2
    assert reply.info.startswith("REP selfcheck ERROR can not execute /bin/x: No such file or directory (3 messages, 1 warning, 2 errors) ")
    assert not reply.has("rep.truncated")


def test_nested_and_escaped_arguments(tmp_path):
    odd = message("info", 3600072, 'say \\"hi\\" \\u00e9', ("list", '[\n      "a",\n      { "b" : "c" }\n    ]'),
                  ("empty", "{ }"), ("number", "-7"), ("true", "true"), ("text", '"tab\\there"'))
    reply = answer(tmp_path, "selfcheck", messages(odd))
    assert reply.texts("message.message") == ['say "hi" é']
    assert reply.bytes("message.message") == [b'say \\"hi\\" \\u00e9']
    assert reply.exact("message.argument.name") == ["list", "b", "empty", "number", "true", "text"]
    assert reply.bytes("message.argument.value") == [b"a", b"c", b"-7", b"true", b"tab\\there"]
    assert not reply.has("message.malformed")


def test_cut_messages(tmp_path):
    """2.5.1 and later cut a datagram at 65504 bytes, of which the last one is a NUL."""
    body = messages(*[VERSION] * 300).encode()
    header = len(b"Amanda 3.5 REP HANDLE 000-00000001 SEQ 1795339615\n")
    reply = answer(tmp_path, "selfcheck", body[:65503 - header] + b"\0")
    assert reply.has("rep.truncated") and reply.has("message.cut")
    assert not reply.has("message.malformed") and not reply.has("rep.too_long")
    count = len(reply.texts("message"))
    assert count == body[:65503 - header].count(b"\n  {\n")
    assert reply.info.startswith(f"REP selfcheck {count} messages ")


def test_malformed_messages(tmp_path):
    """What comes behind the malformed message is read all the same."""
    broken = VERSION.replace('"selfcheck.c",', '"selfcheck.c", \x01')
    reply = answer(tmp_path, "selfcheck", messages(VERSION, broken, OPTIONS))
    assert reply.has("message.malformed")
    assert reply.texts("message.code") == ["3600000", "3600004"]


def test_hostile_messages(tmp_path):
    """Neither depth nor number can make it fail; the rest of a long one is left out."""
    texts = '{"a":' * 9000, '{"a":' + "[" * 60000, "{}," * 20000, "  {\n\x01\n" * 9000, '"' * 60000
    for reply in answers(tmp_path, *[asked("selfcheck", f"MESSAGE JSON\n{text}\n") for text in texts]):
        assert len(reply.fields) < 12000


# ---------------------------------------------------------------------------------------------------------------------
# Other services

DLE = ("<dle>\n  <program>APPLICATION</program>\n  <disk>/home</disk>\n  <level>1</level>\n  <auth>bsd</auth>\n</dle>")


def test_senddiscover(tmp_path):
    reply = answer(tmp_path, "senddiscover", f"OPTIONS features={V351};\n[\n{VERSION},\n{VERSION}\n]\n")
    assert reply.exact("message.code") == ["3600000"] * 2
    assert not reply.lines() and not reply.has("reply.text") and not reply.has("message.malformed")


def test_ambackupd_listdle(tmp_path):
    """Perl's JSON: numbers without quotes, and another indentation."""
    body = ('[\n   {\n      "code" : 5000000,\n      "severity" : "info",\n      "host" : "amclient",\n'
            '      "diskname" : "/home",\n      "device" : null\n   }\n]\n')
    reply = answer(tmp_path, "ambackupd", body, request="LISTDLE\n")
    assert reply.exact("message.code") == ["5000000"]
    assert reply.exact("message.argument.name") == ["host", "diskname", "device"]
    assert reply.exact("message.argument.value") == ["amclient", "/home", "null"]


def test_ambackupd_check_and_backup(tmp_path):
    options = f"GOPTIONS features={V351};maxdumps=1;hostname=amclient;config=daily\n"
    reply = answer(tmp_path, "ambackupd", options + DLE, request="CHECK\n")
    assert "/home" in reply.texts("dle.disk") and "daily" in reply.texts("options.config")
    assert not reply.has("rep.truncated") and not reply.lines()
    reply = answer(tmp_path, "ambackupd", "CONNECT DATA 1 MESG 2 INDEX 3 STATE 4\n" + options + DLE,
                   request="BACKUP /home\n")
    assert reply.exact("connect.stream") == ["DATA", "MESG", "INDEX", "STATE"]
    assert "/home" in reply.texts("dle.disk") and not reply.has("rep.truncated")


def test_ambackupd_errors(tmp_path):
    reply = answer(tmp_path, "ambackupd", "ERROR No host 'amclient'\nERROR no config\n\n", request="CHECK\n")
    assert reply.exact("error") == ["No host 'amclient'", "no config"]
    assert len(reply.texts("error.explanation")) == 1


def test_restore(tmp_path):
    reply = answer(tmp_path, "restore", f"CONNECT CTL 1 DATA 2 MESG 3 STATE 4\nOPTIONS features={V351};;\n",
                   request=DLE + "\n")
    assert reply.exact("connect.port") == ["1", "2", "3", "4"]
    assert not reply.has("rep.feature")


def test_free_text(tmp_path):
    reply = answer(tmp_path, "frobnicate", "What a program prints.\n")
    assert reply.exact("reply.text") == ["What a program prints."]


# ---------------------------------------------------------------------------------------------------------------------
# NAK

NAKS = [
    ("3.5", "ERROR user backup from amserver is not allowed to execute the service frobnicate: "
            "/var/backups/.amandahosts: invalid service frobnicate\n", "service not allowed"),
    ("3.5", "ERROR user root from amserver is not allowed to execute the service selfcheck: Please add the line "
            '"amserver root amdump" to /var/backups/.amandahosts on the client\n', "user not allowed"),
    ("3.5", "ERROR amindexd: invalid service, add 'amindexd' as argument to amandad\n", "invalid service"),
    ("3.5", "ERROR unexpected packet type REP\n", "unexpected packet"),
    ("3.5", "ERROR invalid 'foo' service as argument to amandad", "bad amandad argument"),
    ("3.5", "A ERROR data descriptor 3 broken: Bad file descriptor\n", "stream broken"),
    ("3.3", "ERROR host srv: port 33000 not secure\n", "port not secure"),
    ("2.5", "ERROR sendsize: invalid service\n", "invalid service"),
    ("2.4", "ERROR amandad busy\n", "amandad busy"),
    ("2.4", "ERROR unknown service: sendfoo\n", "unknown service"),
    ("2.3", 'ERROR expected "SERVICE", got "x"\n', "packet not understood"),
]


def test_naks(tmp_path):
    request = "SECURITY USER backup\nSERVICE selfcheck\nOPTIONS ;\n"
    found = answers(tmp_path, *[(version, ((">", "REQ", request), ("<", "NAK", body))) for version, body, _ in NAKS])
    for nak, (version, body, reason) in zip(found, NAKS):
        assert nak.exact("error") == [body.strip().split("ERROR ", 1)[1]]
        assert nak.texts("nak.reason") == [reason]
        assert nak.has("error.explanation") and nak.has("error.remedy")
        assert nak.has("nak.refused") and not nak.has("nak.old_client") and not nak.has("rep.truncated")
        assert f"] NAK selfcheck {reason} " in nak.info and nak.info.startswith("[check of 192.0.2.2: refused: ")


@pytest.mark.parametrize("body", ["ERROR unknown service: noop\n", "ERROR noop: invalid service\n"])
def test_old_clients(tmp_path, body):
    nak = read(tmp_path, (">", "REQ", "SERVICE noop\nOPTIONS ;\n"), ("<", "NAK", body), version="2.4")[1]
    assert nak.has("nak.old_client") and not nak.has("nak.refused")


def test_nak_without_the_word_error(tmp_path):
    """2.5.1 and later, where a connection is not accepted"""
    nak, = read(tmp_path, ("<", "NAK", "192.0.2.1 doesn't resolve to itself, it resolves to 192.0.2.7"))
    assert nak.exact("error") == ["192.0.2.1 doesn't resolve to itself, it resolves to 192.0.2.7"]
    assert nak.texts("nak.reason") == ["host name mismatch"]


def test_unknown_nak(tmp_path):
    nak = read(tmp_path, (">", "REQ", "SERVICE noop\nOPTIONS ;\n"), ("<", "NAK", "ERROR nobody knows this\n"))[1]
    assert nak.exact("error") == ["nobody knows this"]
    assert not nak.has("nak.reason") and not nak.has("error.explanation")
    assert nak.info.startswith("[noop of 192.0.2.2: refused: nobody knows this] NAK noop nobody knows this ")


def test_security_error_of_2_4_is_a_rep(tmp_path):
    reply = answer(tmp_path, "sendbackup", "ERROR [host h: port 1030 not secure]\n", version="2.4")
    assert reply.exact("error") == ["host h: port 1030 not secure"]
    assert reply.has("rep.error") and reply.has("error.remedy")
    assert reply.info.startswith("REP sendbackup ERROR host h: port 1030 not secure ")


# ---------------------------------------------------------------------------------------------------------------------
# What a reply or its exchange has that is out of order


GUESSES = [
    ("CONNECT DATA 1 MESG 2 INDEX 3\nOPTIONS ;\n", "REP", "sendbackup"),
    ("RETRY delay 3\n", "REP", "sendbackup"),
    (f"CONNECT DATA 1 MESG 2 INDEX 3\nGOPTIONS features={V351}\n{DLE}", "REP", "ambackupd"),
    ("CONNECT CTL 1 DATA 2 MESG 3\nOPTIONS ;\n", "REP", "restore"),
    ("CONNECT CTL 1 DATA 2\n\n", "REP", "amidxtaped"),
    ("CONNECT CTL 1\n\n", "REP", "amdumpd"),
    ("CONNECT MESG 1\n\n", "REP", "amindexd"),
    ("OPTIONS ;\n/home 0 SIZE 5\n", "REP", "sendsize"),
    ("OPTIONS ;\n", "PREP", "sendsize"),
    ("OPTIONS ;\nOK /home\n", "REP", "selfcheck"),
    (messages(VERSION), "REP", "selfcheck"),
    (f"OPTIONS ;\n[\n{VERSION}\n]\n", "REP", "senddiscover"),
    (f"[\n{VERSION}\n]\n", "REP", "ambackupd"),
    ("OPTIONS ;\n", "REP", None),
    ("ERROR [who knows]\n", "REP", None),
]


def test_the_service_without_its_request(tmp_path):
    found = answers(tmp_path, *[("3.5", (("<", kind, body),)) for body, kind, _ in GUESSES],
                    *[asked("noop", body) for body, _, _ in GUESSES])
    for reply, (_, _, service) in zip(found, GUESSES):
        assert reply.texts("service.guess") == ([service] if service else [])
        assert not reply.has("service")
    for reply in found[len(GUESSES):]:
        assert reply.texts("service") == ["noop"] and not reply.has("service.guess")


def test_truncated_replies(tmp_path):
    """A reply that does not end where a line ends is the beginning of one."""
    bodies = "OPTIONS ;\nOK /ho", "OPTIONS ;\nOK /home\n", ""
    found = answers(tmp_path, *[asked("selfcheck", body) for body in bodies])
    assert [reply.has("rep.truncated") for reply in found] == [True, False, False]


def test_datagrams_as_long_as_can_be(tmp_path):
    cases = [("3.5", 65504, True), ("2.4", 65503, True), ("2.4", 8192, True), ("2.5", 8192, False),
             ("2.4", 8191, False)]
    exchanges = []
    for version, length, _ in cases:
        header = len(f"Amanda {version} REP HANDLE 000-00000001 SEQ 1795339615\n")
        body = ("/srv/disk 0 SIZE 12345\n" * 3000)[:length - header - 1] + ("\0" if length == 65504 else "\n")
        exchanges.append(asked("sendsize", body, version=version))
    for reply, case in zip(answers(tmp_path, *exchanges), cases):
        assert reply.has("rep.truncated") == case[2], case


def test_a_reply_before_its_ack(tmp_path):
    for acked in True, False:
        reply, = sendsize(tmp_path, ("<", "REP", ALL), acked=acked)
        assert reply.has("rep.not_acked") != acked
    partial, final = sendsize(tmp_path, ("<", "PREP", SO_FAR), ("<", "REP", ALL), acked=False)
    assert not partial.has("rep.not_acked") and not final.has("rep.not_acked")  # a PREP says as much as an ACK


def test_partial_replies_out_of_place(tmp_path):
    assert answer(tmp_path, "sendbackup", "OPTIONS ;\n", kind="PREP").has("prep.service")
    final, partial = sendsize(tmp_path, ("<", "REP", ALL), ("<", "PREP", SO_FAR))
    assert partial.has("prep.after_rep") and not final.has("prep.after_rep")
    partial, = sendsize(tmp_path, ("<", "PREP", SO_FAR))
    assert not partial.has("prep.after_rep") and not partial.has("prep.service") and not partial.has("rep.feature")


TOO_NEW = [
    ("sendsize", "PREP", "OPTIONS ;\n", "2.4"),
    ("selfcheck", "REP", messages(VERSION), "2.6"),
    ("sendbackup", "REP", "CONNECT DATA 1 MESG 2 INDEX 3 STATE 4\nOPTIONS ;\n", "2.6"),
    ("sendbackup", "REP", "CONNECT DATA 1 MESG 2 INDEX 3 STATE 4 CMD 5\nOPTIONS ;\n", "3.5"),
    ("sendbackup", "REP", "RETRY delay 3\n", "2.6"),
    ("sendsize", "REP", 'OPTIONS ;\n"/my disk" 0 SIZE 1\n', "2.4"),
]


def test_more_than_the_request_allows(tmp_path):
    exchanges = [asked(service, body, kind=kind, version=version) for service, kind, body, version in TOO_NEW]
    alone = [(version, (("<", kind, body),)) for _, kind, body, version in TOO_NEW]
    found = answers(tmp_path, *exchanges, *alone)
    assert [reply.has("rep.feature") for reply in found] == [True] * len(TOO_NEW) + [False] * len(TOO_NEW)


@pytest.mark.parametrize("passes", [1, 2])
def test_later_packets_change_nothing(tmp_path, passes):
    """A REQ behind the reply must not tell what it lacks, nor a longer reply what was new."""
    request = f"SERVICE sendsize\nOPTIONS features={V244};\n{THREE}"
    reply = read(tmp_path, ("<", "PREP", SO_FAR), (">", "REQ", request), ("<", "REP", ALL), passes=passes)[0]
    assert not reply.has("rep.feature") and not reply.has("estimate.missing") and not reply.has("estimate.new")
    first = sendsize(tmp_path, ("<", "PREP", SO_FAR), ("<", "REP", ALL), passes=passes)[0]
    assert new(first) == [True]


def test_many_disks(tmp_path):
    """A datagram full of disks, and one more that is missing."""
    count = 1400
    request = "".join(f"GNUTAR /srv/disk{i:05} 0 1970:1:1:0:0:0 -1\n" for i in range(count + 1))
    body = f"OPTIONS features={V252};\n" + "".join(f"/srv/disk{i:05} 0 SIZE {i}\n" for i in range(count))
    reply, = sendsize(tmp_path, ("<", "REP", body), request=request, version="2.5")
    assert reply.exact("estimate.size") == [str(i) for i in range(count)]
    assert reply.texts("estimate.missing") == [f"/srv/disk{count:05} level 0"]


def test_lines_without_number(tmp_path):
    reply = answer(tmp_path, "selfcheck", "OK /home\n" * 7000)
    assert reply.has("rep.too_long")
    assert len(reply.fields) < 12000
    assert reply.info.startswith("REP selfcheck ")
