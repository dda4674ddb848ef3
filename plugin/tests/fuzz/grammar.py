# SPDX-License-Identifier: GPL-2.0-or-later
"""Amanda's protocol as a grammar, and what comes out of it when its rules are not kept.

text(rule, random, wildness) expands a rule; at each step, with the probability of wildness, something else happens than
the rule says. session() makes whole conversations of it: exchanges, their streams, framed connections, dialogues.
"""

import struct

import packets
import streams

MESS = "\0", "\n", " ", "  ", ";", '"', "\\", "<", ">", "&", "%n", "\xff", "\xe2\x82", "\t", "\r\n", "-", ":", "[", "]", "{", "="

RULES = {
    "number": ["0", "1", "12", "4294967295", "-1", "2147483648", "99999999999999999999", "0x10", "+7", "007"],
    "level": ["0", "1", "9", "399", "-1"],
    "word": ["amanda", "client", "daily", "x", "", "a b", "*", "é", "%s", "/"],
    "disk": ["/", "/home", "/srv/d1", '"/a b"', '"/a\\"b"', "sda1", "//host/share", "*", '"\\303\\244"', '"', "<word>"],
    "program": ["GNUTAR", "DUMP", "STAR", "APPLICATION", "BACKUP", "CALCSIZE DUMP", "CALCSIZE GNUTAR", "<word>"],
    "features": ["ffffffff9efefbfffffffffffffff3fffbf71f", "fffffeff9ffe0f", "ff", "", "UNKNOWNFEATURE", "zz", "f"],
    "date": ["1970:1:1:0:0:0", "2026:11:22:17:5:51", "2026:13:40:99:99:99", "<number>:<number>", "<number>"],
    "service": ["noop", "selfcheck", "sendsize", "sendbackup", "amindexd", "amidxtaped", "restore", "senddiscover",
                "ambackupd", "<word>"],
    "option": ["features=<features>", "maxdumps=<number>", "hostname=<word>", "config=<word>", "timestamp=<number>",
               "auth=bsd", "<word>", "<word>=<word>", "data-shm-control-name=<word>"],
    "options": ["", "<option>;", "<option>;<options>", "<option>;<option>;<options>"],
    "dumpoption": ["bsd-auth", "krb4-auth", "compress-fast", "compress-best", "srvcomp-fast", "comp-cust=<word>",
                   "srvcomp-cust=<word>", "encrypt-cust=<word>", "client-decrypt-option=<word>", "no-record", "index",
                   "kencrypt", "exclude-file=<word>", "exclude-list=<disk>", "include-file=<disk>", "exclude-optional",
                   "auth=<word>", "<word>"],
    "dumpoptions": ["|;", "|;<dumpoption>;", "|;<dumpoption>;<dumpoption>;", "<dumpoption>;<dumpoption>", ""],
    "dleline": ["<program> <disk>  <level> OPTIONS <dumpoptions>\n", "<program> <disk> <disk> <level> <date> <number>\n",
                "<program> <disk>  <level> <date> <number> OPTIONS <dumpoptions>\n", "<program>\n",
                "<program> <disk> <level> <date> OPTIONS <dumpoptions>\n", "<disk> <level> <date> <number> DUMP\n"],
    "tagname": ["program", "disk", "diskdevice", "level", "auth", "record", "index", "datapath", "compress", "encrypt",
                "exclude", "include", "file", "list", "optional", "backup-program", "plugin", "property", "name",
                "value", "priority", "script", "execute_on", "execute_where", "client_name", "estimate", "spindle",
                "kencrypt", "custom-compress-program", "server", "calcsize", "directtcp", "encoding", "raw", "<word>"],
    "content": ["<disk>", "<level>", "YES", "NO", "FAST", "BEST", "CUSTOM", "CLIENT", "<program>", "&lt;&amp;", "&#65;",
                "<![CDATA[", "", "<element>", "<element><element>"],
    "tag": ["<tagname>", '<tagname> encoding="raw" raw="L2hvbWU="', "<tagname> <word>=<word>"],
    "element": ["<{tag}><content></{tag}>\n", "<{tag}>\n<element><element></{tag}>\n", "<{tagname}/>", "<{tagname}>"],
    "xmldle": ["<{dle}>\n  <{program}><program></{program}>\n  <{disk}><disk></{disk}>\n  <{level}><level></{level}>\n"
               "<element><element></{dle}>\n", "<{dle}><element><element></{dle}>\n", "<{dle}>", "</{dle}>"],
    "disks": ["<xmldle>", "<dleline>", "<xmldle><xmldle>", "<dleline><dleline><disks>", ""],
    "security": ["SECURITY USER <word>\n", "SECURITY TICKET <word>\n", "", "SECURITY \n", "SECURITY USER amanda\n"],
    "reqbody": ["<security>SERVICE <service>\nOPTIONS <options>\n<disks>", "<security>SERVICE <service>\n<disks>",
                "<security>SERVICE <service> PROGRAM <program>\nOPTIONS <options>\n<disks>"],
    "quoted": ["[<word>]", "[can not execute <disk>: Permission denied]", "[<disk> <word>]", "<word>"],
    "json": ['"<word>"', "<number>", "null", "true", "[<json>, <json>]", '{<pair>}', '{<pair>, <pair>}', ""],
    "pair": ['"<word>": <json>', '"code": "<number>"', '"severity": "<word>"', '"message": "<word>"', '"disk": "<disk>"',
             '"source_filename": "x.c"', '"errnostr": "\\u00e9"'],
    "message": ["MESSAGE JSON\n[\n  {<pair>, <pair>, <pair>},\n  {<pair>}\n]\n", "MESSAGE JSON\n<json>\n", "MESSAGE\n"],
    "repline": ["OPTIONS <options>\n", "OK <quoted>\n", "ERROR <quoted>\n", "ERROR <word>\n", "WARNING <quoted>\n",
                "<disk> <level> SIZE <number>\n", "<disk> <level> ERROR <quoted>\n", "<disk> <level> MISSING\n",
                "<message>", "OK version 3.5.1\n", "OK distro Debian\n", "OK platform x\n", "OK <disk> has more than 64 KB available.\n",
                "CONNECT DATA <number> MESG <number>\n", "SECURITY MUTUAL-AUTH <word>\n", "<word>\n", "(ruid:0 euid:34)\n"],
    "repbody": ["<repline>", "<repline><repline>", "OPTIONS <options>\n<repline><repline><repline><repline>", ""],
    "crc": ["deadbeef:1024", "0:0", "<number>:<number>", "ffffffff:18446744073709551615", "<word>"],
    "mesgline": ["sendbackup: start [client:<disk> level <level>]\n", "sendbackup: info BACKUP=<word>\n",
                 "sendbackup: info RECOVER_CMD=<word>\n", "sendbackup: info end\n", "| <word>\n", "? <word>\n",
                 "sendbackup: size <number>\n", "sendbackup: client-CRC <crc>\n", "sendbackup: native-CRC <crc>\n",
                 "sendbackup: end\n", "sendbackup: error <quoted>\n", "sendbackup: warning <quoted>\n",
                 "sendbackup: retry delay <number> level <level> message <word>\n", "sendbackup: no-op\n",
                 "sendbackup: state <word>\n", "sendbackup: statedone\n", "<word>\n", "<word>"],
    "mesg": ["<mesgline>", "<mesgline><mesg>", "<mesgline><mesgline><mesg>"],
    "indexes": ["/\n/<word>\n", "<disk>\n<indexes>", "<word>"],
    "server": ["220 client AMANDA index server (3.5.1) ready.\r\n", "200 FEATURES <features>\r\n", "201-<word>\r\n",
               "200 <word>\r\n", "500 <word>\r\n", "<number>\r\n", "201- <date> <level> <word> <number> <disk>\r\n"],
    "client": ["SECURITY USER amanda\r\n", "FEATURES <features>\r\n", "DATE 2026-11-22\r\n", "SCNF <word>\r\n",
               "HOST <word>\r\n", "DISK <disk>\r\n", "OLSD <disk>\r\n", "ORLD <disk>\r\n", "OISD <disk>\r\n", "DHST\r\n",
               "TAPE\r\n", "QUIT\r\n", "<word>\r\n"],
    "tape": ["FEATURES=<features>\r\n", "CONFIG=<word>\r\n", "LABEL=<word>:<number>\r\n", "FSF=<number>\r\n",
             "HEADER\r\n", "DEVICE=<disk>\r\n", "HOST=^<word>$\r\n", "DISK=<disk>\r\n", "DATESTAMP=<number>\r\n",
             "END\r\n", "CONNECT DATA <number>\r\n", "USE-DATAPATH AMANDA\r\n", "DATA-READY\r\n", "<word>\r\n"],
    "header": ["AMANDA: FILE 20261122170551 client <disk> lev <level> comp .gz program <word>\n<word>\n\f\n",
               "AMANDA: TAPESTART DATE <number> TAPE <word>\n\f\n", "AMANDA: <word>\nDLE=<<ENDDLE\n<xmldle>ENDDLE\n\f\n"],
    "frame": ["<reqbody>", "<repbody>", "<mesg>", "<client>", "<server>", "<tape>", "<header>"],
}


def expand(rule, random, wildness, depth):
    if depth > 14:
        return ""
    if random.random() < wildness:
        rule = random.choice([rule, random.choice(sorted(RULES))])
    template, made, at = random.choice(RULES[rule]), "", 0
    while at < len(template):
        end = template.find(">", at)
        name = template[at + 1:end]
        if template[at] == "<" and end > 0 and name in RULES and template[at + 1] not in "{/":
            part, at = expand(name, random, wildness, depth + 1), end + 1
        elif template.startswith(("<{", "</{"), at):  # a tag of XML, whose name may be a rule
            end = template.find("}", at)
            name = template[template.find("{", at) + 1:end]
            tag = expand(name, random, wildness, depth + 1) if name in ("tag", "tagname") else name
            part, at = template[at:template.find("{", at)] + tag, end + 1
        else:
            part, at = template[at], at + 1
        if random.random() < wildness:
            part = random.choice(["", part * 2, part * random.choice([3, 100]), random.choice(MESS), part[:len(part) // 2]])
        made += part
        if len(made) > 20000:
            break
    return made


def text(rule, random, wildness):
    return expand(rule, random, wildness, 0).encode("latin-1", "replace")[:60000]


class Session:
    """One requester and one responder, and whatever they say to each other."""

    def __init__(self, capture, random, wildness):
        self.capture, self.random, self.wildness = capture, random, wildness
        host = random.randrange(4)
        self.server, self.client = (f"192.0.2.{10 + host}", random.choice([842, 1000, 50000])), (f"192.0.2.{20 + host}", 10080)

    def wild(self):
        return self.random.random() < self.wildness * 5

    def text(self, rule):
        return text(rule, self.random, self.wildness)

    def datagram(self, type, handle, seq, body, from_client):
        if self.wild():
            type = self.random.choice(["REQ", "REP", "PREP", "ACK", "NAK", "BOGUS"])
        if self.wild():
            seq = self.random.choice([seq + 1, -seq, 0, 2**31])
        payload = f"Amanda {self.random.choice(['2.4', '2.5', '2.6', '3.5'])} {type} HANDLE {handle} SEQ {seq}\n".encode() + body
        ends = (self.client, self.server) if from_client else (self.server, self.client)
        whole = packets.udp(*ends, payload)
        for _ in range(self.random.choice([1, 1, 1, 0, 2])):
            self.capture.see(whole, self.random.randrange(14, 14 + len(whole)) if self.wild() else None)
            self.capture.now += self.random.choice([100, 1000, 10**6, 10**7, -1000])

    def exchange(self):
        seq, handle = self.random.randrange(5), f"000-0000000{self.random.randrange(2)}"
        ports = [self.random.randrange(1024, 65536) for _ in range(4)]
        names = self.random.choice([("DATA", "MESG", "INDEX", "STATE"), ("DATA", "MESG"), ("CTL", "CMD"), ("MESG", "INDEX")])
        connect = "CONNECT " + " ".join(f"{name} {port}" for name, port in zip(names, ports)) + "\n"
        self.datagram("REQ", handle, seq, self.text("reqbody"), False)
        self.datagram("ACK", handle, seq, b"", True)
        for type in self.random.choice([["REP"], ["PREP", "REP"], ["NAK"]]):
            body = self.text("repbody")
            self.datagram(type, handle, seq, connect.encode() + body if self.random.random() < 0.6 else body, True)
        self.datagram("ACK", handle, seq, b"", False)
        for name, port in zip(names, ports):
            if self.random.random() < 0.7:
                self.stream(port, {"MESG": "mesg", "INDEX": "indexes", "DATA": "header"}.get(name, "tape"))

    def stream(self, port, rule):
        source = self.random.randrange(50000, 50004)
        way = streams.Connection(self.capture, port, source, not self.wild(), self.server[0], self.client[0])
        data = b"".join(self.text(rule) for _ in range(self.random.randrange(1, 4)))
        self.send(way, data, True)
        if not self.wild():
            way.close()

    def send(self, way, data, from_responder):
        """In segments that are cut anywhere, and come late, twice, or never."""
        while data:
            size = self.random.choice([1, 3, 40, 200, 1400, 30000])
            segment, data = data[:size], data[size:]
            if self.wild():
                way.next[from_responder] += self.random.choice([-3, 5, len(segment)])
            if self.wild():
                way.segment(packets.PSH | packets.ACK, way.next[from_responder], segment, from_responder)
            way.send(packets.PSH | packets.ACK, segment, from_responder)

    def framed(self):
        way = streams.Connection(self.capture, 10080, self.random.randrange(50000, 50004), True, self.server[0], self.client[0])
        for number in range(self.random.randrange(1, 6)):
            body = self.text(self.random.choice(["reqbody", "repbody", "mesg", "frame"]))
            if self.random.random() < 0.7:
                body = bytes([self.random.choice([0, 1, 2, 3, 4, 9])]) + body
            length = self.random.choice([0, len(body) + 1, 2**32 - 1]) if self.wild() else len(body)
            handle = self.random.choice([0, 1, 1, 500000, 500001])
            self.send(way, struct.pack(">II", length, handle) + body, number % 2 == 1)
        if not self.wild():
            way.close()

    def frame(self, handle, body):
        length = self.random.choice([0, len(body) + 1, 2**22, 2**32 - 1]) if self.wild() else len(body)
        if self.wild():
            handle = self.random.choice([0, 1, handle + 1, 500000])
        return struct.pack(">II", length, handle % 2**32) + body

    def ended(self, handle):
        """Nothing ends a stream; some never end."""
        return b"" if self.wild() else self.frame(handle, b"")

    def framed_exchange(self, handle, streams):
        """(whether the responder sends it, bytes): frames of a request, of its reply, and of the streams that it announces."""
        service = self.random.choice([b"sendbackup", b"sendbackup", b"selfcheck", b"restore", self.text("service")])
        yield False, self.frame(handle, b"\0SECURITY USER amanda\nSERVICE %b\n" % service + self.text("disks"))
        if self.random.random() < 0.2:
            yield True, self.frame(handle, b"\2" + self.text("repbody"))
        connect = " ".join(f"{name} {number}" for name, number in streams)
        kind = self.random.choice([1, 1, 1, 1, 4]) if not self.wild() else self.random.randrange(256)
        yield True, self.frame(handle, bytes([kind]) + f"CONNECT {connect}\n".encode() + self.text("repbody") + b"\0")
        yield True, self.ended(handle)
        for name, number in self.random.sample(streams, len(streams)) * self.random.randrange(3):
            rule = {"MESG": "mesg", "INDEX": "indexes", "DATA": "header", "CTL": "tape"}.get(name, "frame")
            for _ in range(self.random.randrange(3)):
                yield self.random.random() < 0.9, self.frame(number, self.text(rule))
        for _, number in streams:
            yield True, self.ended(number)
            if self.random.random() < 0.5:
                yield False, self.ended(number)

    def framed_dialogue(self):
        """A connection of bsdtcp: exchanges one after the other or side by side, whose handles come up again."""
        way = streams.Connection(self.capture, 10080, self.random.randrange(50000, 50004), True, self.server[0], self.client[0])
        names = self.random.choice([("DATA", "MESG", "INDEX", "STATE"), ("DATA", "MESG"), ("CTL", "DATA"), ("MESG",)])
        exchanges, first = [], self.random.choice([500000, 499999, 1, 4294967295])
        for number in range(self.random.randrange(1, 4)):
            handle, first = self.random.choice([1, number + 1]), first - self.random.choice([0, len(names)])
            exchanges.append(list(self.framed_exchange(handle, [(name, (first - at) % 2**32)
                                                                for at, name in enumerate(names)])))
        waiting, sender = b"", False
        while any(exchanges):
            exchange = self.random.choice([exchange for exchange in exchanges if exchange][:self.random.choice([1, 3])])
            from_responder, sent = exchange.pop(0)
            if waiting and (from_responder != sender or self.random.random() < 0.3):
                self.send(way, waiting, sender)
                waiting = b""
            waiting, sender = waiting + sent, from_responder
        self.send(way, waiting, sender)
        if not self.wild():
            way.close()

    def dialogue(self):
        port, rule = self.random.choice([(10082, "client"), (10083, "tape")])
        way = streams.Connection(self.capture, port, self.random.randrange(50000, 50004), True, self.server[0], self.client[0])
        if port == 10082:
            self.send(way, self.text("server"), True)
        self.send(way, b"SECURITY USER amanda\r\n", False)
        for _ in range(self.random.randrange(1, 8)):
            self.send(way, self.text(rule), False)
            self.send(way, self.text(self.random.choice(["server", "tape", "header"])), True)
        way.close()


def sessions(capture, random, count):
    for _ in range(count):
        session = Session(capture, random, random.choice([0, 0.002, 0.01, 0.05]))
        random.choice([session.exchange, session.exchange, session.exchange, session.framed, session.framed_dialogue,
                       session.framed_dialogue, session.dialogue])()
