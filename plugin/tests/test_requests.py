# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests of every service and era: each value and the bytes that it selects, written down by hand from the bytes.

Each case is a datagram and a list: "field = value" where the field selects exactly the bytes of the value, and
"field = value @ bytes" where the bytes are others; C escapes in both. Containers of other fields and the bits of the
features have tests of their own. Expert infos are listed as "! field".
"""

import re
from datetime import datetime, timezone

import pytest

import packets
import tshark

FEATURES_3_5 = "ffffffff9efefbfffffffffffffff3fffbf71f"
FEATURES_2_5_2 = "ffffffff9ffeffffffff00"
FEATURES_2_4_4 = "fffffeff9ffe0f"

CONTAINERS = {"amanda.body", "amanda.dle", "amanda.dle.application", "amanda.dle.exclude", "amanda.dle.include",
              "amanda.dle.property", "amanda.dle.script", "amanda.dle.options", "amanda.options"}


def request(version, service, body, security="SECURITY USER amanda\n"):
    header = f"Amanda {version} REQ HANDLE 000-%08x SEQ 7\n"
    return header + security + f"SERVICE {service}\n" + body


def features(string, release):
    return [f"options.features = {string}", f"features.release = {release} @ {string}"]


IN_3_5 = features(FEATURES_3_5, "3.5.0, 3.5.1")
IN_2_5_2 = features(FEATURES_2_5_2, "2.5.2, 2.6.0")
IN_2_4_4 = features(FEATURES_2_4_4, "2.4.3, 2.4.4")
EPOCH = ["dle.dumpdate = 1970:1:1:0:0:0", "dle.dumpdate.time = 0 @ 1970:1:1:0:0:0"]

CASES = {}


def case(name, text, expected, port=842):
    assert name not in CASES
    CASES[name] = (text if isinstance(text, bytes) else text.encode(), expected, port)


# ---------------------------------------------------------------------------------------------------------------------
# 2.3 and 2.4

case("2.3 sendsize", request("2.3", "sendsize PROGRAM DUMP", "OPTIONS ;\nhda1 0 - 1 DUMP\n"), [
    "dle.disk = hda1", "dle.level = 0", "dle.exclude.list = -", "dle.spindle = 1", "dle.program = DUMP"])

case("2.3 sendsize with one character too many", request("2.3", "sendsize PROGRAM DUMP", "OPTIONS ;\nhda1 0 - 1 DUMP x\n"), [
    "dle.disk = hda1", "dle.level = 0", "dle.exclude.list = -", "dle.spindle = 1", "dle.program = DUMP", "! dle.line"])

case("2.3 sendbackup", request("2.3", "sendbackup PROGRAM DUMP",
                               "hda1 1 DATESTAMP 19990823 OPTIONS ;compress-fast;no-record;\n"), [
    "dle.disk = hda1", "dle.level = 1", "dle.datestamp = 19990823", "dle.compress = FAST @ compress-fast",
    "dle.record = 0 @ no-record"])

case("2.4.0 selfcheck", request("2.4", "selfcheck",
                                "OPTIONS maxdumps=4;hostname=h.example.org;\nDUMP sda1 0 OPTIONS |;bsd-auth;index;\n"), [
    "options.maxdumps = 4", "options.hostname = h.example.org", "dle.program = DUMP", "dle.disk = sda1",
    "dle.level = 0", "dle.auth = bsd @ bsd-auth", "dle.index = 1 @ index"])

case("2.4.0 sendsize", request("2.4", "sendsize", "OPTIONS maxdumps=1;hostname=h;\n"
                               "GNUTAR /home 1 1999:8:23:22:5:1 -1 exclude-list=/etc/no.backup\n"), [
    "options.maxdumps = 1", "options.hostname = h", "dle.program = GNUTAR", "dle.disk = /home", "dle.level = 1",
    "dle.dumpdate = 1999:8:23:22:5:1", "dle.dumpdate.time = 935445901 @ 1999:8:23:22:5:1", "dle.spindle = -1",
    "dle.exclude.list = /etc/no.backup"])

case("2.4.4 noop", request("2.4", "noop", f"OPTIONS features={FEATURES_2_4_4};\n"), IN_2_4_4)

case("2.4.4 selfcheck", request("2.4", "selfcheck", f"OPTIONS features={FEATURES_2_4_4};maxdumps=1;hostname=h;\n"
                                "GNUTAR /home  0 OPTIONS |;bsd-auth;index;\n"), [
    *IN_2_4_4, "options.maxdumps = 1", "options.hostname = h", "dle.program = GNUTAR", "dle.disk = /home",
    "dle.level = 0", "dle.auth = bsd @ bsd-auth", "dle.index = 1 @ index"])

case("2.4.4 sendsize", request("2.4", "sendsize", f"OPTIONS features={FEATURES_2_4_4};maxdumps=1;hostname=h;\n"
                               "GNUTAR /home 0 1970:1:1:0:0:0 1 OPTIONS |;bsd-auth;index;\n"
                               "GNUTAR /home /mnt/home 1 2004:7:8:0:0:0 1 OPTIONS |;bsd-auth;index;\n"), [
    *IN_2_4_4, "options.maxdumps = 1", "options.hostname = h", "dle.program = GNUTAR", "dle.disk = /home",
    "dle.level = 0", *EPOCH, "dle.spindle = 1", "dle.auth = bsd @ bsd-auth", "dle.index = 1 @ index",
    "dle.program = GNUTAR", "dle.disk = /home", "dle.device = /mnt/home", "dle.level = 1",
    "dle.dumpdate = 2004:7:8:0:0:0", "dle.dumpdate.time = 1089244800 @ 2004:7:8:0:0:0", "dle.spindle = 1",
    "dle.auth = bsd @ bsd-auth", "dle.index = 1 @ index"])

case("2.4.4 sendbackup", request("2.4", "sendbackup", f"OPTIONS features={FEATURES_2_4_4};hostname=h;\n"
                                 "GNUTAR /home  0 1970:1:1:0:0:0 OPTIONS |;bsd-auth;index;\n"), [
    *IN_2_4_4, "options.hostname = h", "dle.program = GNUTAR", "dle.disk = /home", "dle.level = 0", *EPOCH,
    "dle.auth = bsd @ bsd-auth", "dle.index = 1 @ index"])

for old in "sendfsinfo", "sendindex":
    case(f"2.3 {old}", request("2.3", old, "OPTIONS ;\nhda1 0\n"), ["body.line = hda1 0", "! req.rest"])

# ---------------------------------------------------------------------------------------------------------------------
# 2.5 and 2.6.0

case("2.5 sendsize of a quoted disk", request(
    "2.5", "sendsize", f"OPTIONS features={FEATURES_2_5_2};maxdumps=1;hostname=h;config=daily;\n"
    'GNUTAR "/my disk"  0 1970:1:1:0:0:0 -1 OPTIONS |;auth=bsd;index;\n'), [
    *IN_2_5_2, "options.maxdumps = 1", "options.hostname = h", "options.config = daily", "dle.program = GNUTAR",
    'dle.disk = /my disk @ "/my disk"', 'dle.disk.wire = "/my disk"', "dle.level = 0", *EPOCH, "dle.spindle = -1",
    "dle.auth = bsd", "dle.index = 1 @ index"])

case("2.5 disks with all that a name can have", request(
    "2.5", "selfcheck", f"OPTIONS features={FEATURES_2_5_2};\n"
    'DUMP "a\\tb\\n\\"c\\" d\\\\e\\303\\244 ä:" "/dev/a b" 0 OPTIONS |;auth=bsd;\n'
    'DUMP "" 0 OPTIONS |;auth=bsd;\n'
    'DUMP "two\nlines" 0 OPTIONS |;auth=bsd;\n'), [
    *IN_2_5_2, "dle.program = DUMP",
    # A tab and a line feed in an attribute of PDML are read as blanks; test_control_characters() tells them apart.
    'dle.disk = a b "c" d\\eä ä: @ "a\\tb\\n\\"c\\" d\\\\e\\303\\244 ä:"',
    'dle.disk.wire = "a\\tb\\n\\"c\\" d\\\\e\\303\\244 ä:"',
    'dle.device = /dev/a b @ "/dev/a b"', 'dle.device.wire = "/dev/a b"', "dle.level = 0", "dle.auth = bsd",
    "dle.program = DUMP", 'dle.disk =  @ ""', 'dle.disk.wire = ""', "dle.level = 0", "dle.auth = bsd",
    "dle.program = DUMP", 'dle.disk = two lines @ "two\\nlines"', 'dle.disk.wire = "two lines" @ "two\\nlines"',
    "dle.level = 0", "dle.auth = bsd"])

case("2.5 all options of a disk", request(
    "2.5", "sendbackup", "OPTIONS hostname=h;\n"
    "BACKUP amgtar /home /dev/sda1 2 2006:9:14:1:2:3 OPTIONS |;auth=krb5;comp-cust=/bin/lz;encrypt-cust=/bin/enc;"
    "client-decrypt-option=-d;no-record;index;kencrypt;exclude-file=./tmp;exclude-file=\"./a;b\";"
    "exclude-list=\".no backup\";exclude-optional;include-file=./x;include-list=in;include-optional;\n"), [
    "options.hostname = h", "dle.program = BACKUP", "dle.plugin = amgtar", "dle.disk = /home",
    "dle.device = /dev/sda1", "dle.level = 2", "dle.dumpdate = 2006:9:14:1:2:3",
    "dle.dumpdate.time = 1158195723 @ 2006:9:14:1:2:3", "dle.auth = krb5", "dle.compress = CUSTOM @ comp-cust",
    "dle.compress.program = /bin/lz", "dle.encrypt = CUSTOM @ encrypt-cust", "dle.encrypt.program = /bin/enc",
    "dle.encrypt.decrypt_option = -d", "dle.record = 0 @ no-record", "dle.index = 1 @ index",
    "dle.kencrypt = 1 @ kencrypt", "dle.exclude.file = ./tmp", 'dle.exclude.file = ./a;b @ "./a;b"',
    'dle.wire = "./a;b"', 'dle.exclude.list = .no backup @ ".no backup"', 'dle.wire = ".no backup"',
    "dle.exclude.optional = 1 @ exclude-optional", "dle.include.file = ./x", "dle.include.list = in",
    "dle.include.optional = 1 @ include-optional"])

case("2.5 options of the server", request(
    "2.5", "selfcheck", "OPTIONS ;\n"
    "CALCSIZE DUMP /a 0 OPTIONS |;krb4-auth;srvcomp-cust=/bin/lz;encrypt-serv-cust=/bin/enc;"
    "server-decrypt-option=-d;\nDUMP /b 0 OPTIONS |;compress-best;\nDUMP /c 0 OPTIONS |;srvcomp-best;\n"), [
    "dle.estimate = CALCSIZE", "dle.program = DUMP", "dle.disk = /a", "dle.level = 0", "dle.auth = krb4 @ krb4-auth",
    "dle.compress = SERVER-CUSTOM @ srvcomp-cust", "dle.compress.program = /bin/lz",
    "dle.encrypt = SERVER-CUSTOM @ encrypt-serv-cust", "dle.encrypt.program = /bin/enc",
    "dle.encrypt.decrypt_option = -d", "dle.program = DUMP", "dle.disk = /b", "dle.level = 0",
    "dle.compress = BEST @ compress-best", "dle.program = DUMP", "dle.disk = /c", "dle.level = 0",
    "dle.compress = SERVER-BEST @ srvcomp-best"])

case("2.5 a percent sign", request("2.5", "selfcheck", "OPTIONS ;\nDUMP /a%b 0 OPTIONS |;auth=bsd;\n"), [
    "dle.program = DUMP", "dle.disk = /a%b", "dle.level = 0", "dle.auth = bsd", "! req.percent"])

case("3.4 to an old client", request(
    "3.4", "sendsize", "OPTIONS maxdumps=1;hostname=h;\nCALCSIZEGNUTAR /home  0 1970:1:1:0:0:0 -1 "
    "OPTIONS |;auth=bsd;index;\n"), [
    "options.maxdumps = 1", "options.hostname = h", "dle.estimate = CALCSIZE",
    "! dle.calcsize_joined", "dle.program = GNUTAR",
    "dle.disk = /home", "dle.level = 0", *EPOCH, "dle.spindle = -1", "dle.auth = bsd", "dle.index = 1 @ index"])

# ---------------------------------------------------------------------------------------------------------------------
# XML

case("3.5 sendsize", request(
    "3.5", "sendsize", f"OPTIONS features={FEATURES_3_5};maxdumps=1;hostname=amclient;config=lab;"
    "timestamp=20261122063431;\n<dle>\n  <program>GNUTAR</program>\n  <estimate>CLIENT </estimate>\n"
    '  <disk encoding="raw" raw="L3Nydi9kYXRhIDM=">/srv/data_3</disk>\n  <level>0</level>\n'
    "  <level>1<server>YES</server></level>\n    <spindle>-1</spindle>\n  <auth>bsd</auth>\n"
    "  <compress>FAST</compress>\n  <record>YES</record>\n  <index>NO</index>\n"
    "  <datapath>AMANDA</datapath>\n</dle>\n"), [
    *IN_3_5, "options.maxdumps = 1", "options.hostname = amclient", "options.config = lab",
    "options.timestamp = 1795329271 @ 20261122063431", "options.timestamp.text = 20261122063431",
    "dle.program = GNUTAR", "dle.estimate = CLIENT", "dle.disk = /srv/data 3 @ L3Nydi9kYXRhIDM=",
    "dle.disk.wire = /srv/data_3", "dle.level = 0", "dle.level = 1", "dle.level.server = 1 @ YES", "dle.spindle = -1",
    "dle.auth = bsd", "dle.compress = FAST", "dle.record = 1 @ YES", "dle.index = 0 @ NO", "dle.datapath = AMANDA"])

case("3.5 sendbackup", request(
    "3.5", "sendbackup", f"OPTIONS features={FEATURES_3_5};maxdumps=1;hostname=amclient;config=lab;"
    "timestamp=20261122063431;data-shm-control-name=/amanda_shm_control-17-0;\n"
    "<dle>\n  <program>APPLICATION</program>\n  <disk>/srv/data1</disk>\n  <diskdevice>/mnt/d</diskdevice>\n"
    "  <level>0</level>\n  <auth>local</auth>\n  <record>YES</record>\n  <index>YES</index>\n"
    "  <datapath>AMANDA</datapath>\n  <backup-program>\n    <plugin>amgtar</plugin>\n    <property>\n"
    '      <name>GNUTAR-PATH</name>\n      <priority>no</priority>\n      <value>/bin/tar</value>\n'
    '      <value encoding="raw" raw="L2EgYg==">/a_b</value>\n    </property>\n  </backup-program>\n</dle>\n'), [
    *IN_3_5, "options.maxdumps = 1", "options.hostname = amclient", "options.config = lab",
    "options.timestamp = 1795329271 @ 20261122063431", "options.timestamp.text = 20261122063431",
    "options.data_shm_control_name = /amanda_shm_control-17-0", "dle.program = APPLICATION",
    "dle.disk = /srv/data1", "dle.device = /mnt/d", "dle.level = 0", "dle.auth = local", "dle.record = 1 @ YES",
    "dle.index = 1 @ YES", "dle.datapath = AMANDA", "dle.plugin = amgtar", "dle.property.name = GNUTAR-PATH",
    "dle.property.priority = 0 @ no", "dle.property.value = /bin/tar", "dle.property.value = /a b @ L2EgYg==",
    "dle.wire = /a_b"])

case("3.3 all other elements", request(
    "3.3", "selfcheck", "OPTIONS hostname=h;\n<dle>\n  <program>STAR</program>\n  <calcsize>YES</calcsize>\n"
    "  <estimate>SERVER CALCSIZE </estimate>\n  <disk>/a</disk>\n  <dumpdate>2011:6:1:0:0:0</dumpdate>\n"
    "  <compress>CUSTOM<custom-compress-program>/bin/lz</custom-compress-program>\n  </compress>\n"
    "  <encrypt>SERVER-CUSTOM<custom-encrypt-program>/bin/enc</custom-encrypt-program>\n"
    "    <decrypt-option>-d</decrypt-option>\n  </encrypt>\n  <kencrypt>YES</kencrypt>\n"
    "  <datapath>DIRECTTCP<directtcp>192.0.2.7:3000</directtcp>\n    <directtcp>192.0.2.8:3001</directtcp>\n"
    "  </datapath>\n  <exclude>\n    <file>./tmp</file>\n"
    '    <file encoding="raw" raw="Li9hIGI=">./a_b</file>\n    <list>.no</list>\n    <optional>YES</optional>\n'
    "  </exclude>\n  <include>\n    <file>./x</file>\n    <list>.in</list>\n    <optional>YES</optional>\n"
    "  </include>\n  <script>\n    <plugin>script-email</plugin>\n    <execute_where>SERVER</execute_where>\n"
    "    <execute_on>PRE-DLE-BACKUP,POST-DLE-BACKUP</execute_on>\n    <property>\n      <name>mailto</name>\n"
    "      <value>root</value>\n    </property>\n    <client_name>mail</client_name>\n  </script>\n"
    "  <property>\n    <name>p</name>\n    <priority>yes</priority>\n    <value>v</value>\n  </property>\n"
    "  <backup-program>\n    <plugin>amstar</plugin>\n    <client_name>mystar</client_name>\n"
    "  </backup-program>\n</dle>\n"), [
    "options.hostname = h", "dle.program = STAR", "dle.calcsize = 1 @ YES", "dle.estimate = SERVER",
    "dle.estimate = CALCSIZE", "dle.disk = /a", "dle.dumpdate = 2011:6:1:0:0:0",
    "dle.dumpdate.time = 1306886400 @ 2011:6:1:0:0:0", "dle.compress = CUSTOM", "dle.compress.program = /bin/lz",
    "dle.encrypt = SERVER-CUSTOM", "dle.encrypt.program = /bin/enc", "dle.encrypt.decrypt_option = -d",
    "dle.kencrypt = 1 @ YES", "dle.datapath = DIRECTTCP", "dle.datapath.directtcp = 192.0.2.7:3000",
    "dle.datapath.directtcp = 192.0.2.8:3001", "dle.exclude.file = ./tmp", "dle.exclude.file = ./a b @ Li9hIGI=",
    "dle.wire = ./a_b", "dle.exclude.list = .no", "dle.exclude.optional = 1 @ YES", "dle.include.file = ./x",
    "dle.include.list = .in", "dle.include.optional = 1 @ YES", "dle.script.plugin = script-email",
    "dle.script.execute_where = SERVER", "dle.script.execute_on = PRE-DLE-BACKUP",
    "dle.script.execute_on = POST-DLE-BACKUP", "dle.property.name = mailto", "dle.property.value = root",
    "dle.script.client_name = mail", "dle.property.name = p", "dle.property.priority = 1 @ yes",
    "dle.property.value = v", "dle.plugin = amstar", "dle.application.client_name = mystar"])

case("2.6 names in base64", request(
    "2.6", "selfcheck", "OPTIONS ;\n<dle>\n"
    # a"b<LF>ä, then an empty name, then bytes that are no UTF-8
    '  <disk encoding="raw" raw="YSJiCsOk">a_b___</disk>\n  <program encoding="raw" raw=""></program>\n'
    '  <diskdevice encoding="raw" raw="L/8=">/_</diskdevice>\n</dle>\n'), [
    'dle.disk = a"b ä @ YSJiCsOk', "dle.disk.wire = a_b___", "dle.device = /\ufffd @ L/8=", "dle.device.wire = /_"])

case("senddiscover of two applications", request(
    "3.5", "senddiscover", "OPTIONS ;\n<dle>\n  <backup-program>\n    <plugin>amvmware</plugin>\n"
    "    <plugin>amgtar</plugin>\n  </backup-program>\n</dle>\n"), ["dle.plugin = amvmware", "dle.plugin = amgtar"])

# What is in base64 counts, and there need be no readable copy of it.
case("2.6 names in base64 alone", request(
    "2.6", "selfcheck", "OPTIONS ;\n<dle>\n  <disk encoding=\"raw\" raw=\"L2E=\"></disk>\n"
    '  <diskdevice encoding="raw" raw="L2Rldi9i"/>\n  <program>DUMP</program>\n</dle>\n'), [
    "dle.disk = /a @ L2E=", "dle.device = /dev/b @ L2Rldi9i", "dle.program = DUMP"])

case("3.5 levels of several disks", request(
    "3.5", "sendsize", "OPTIONS ;\n<dle>\n  <disk>/a</disk>\n  <level>2147483647</level>\n</dle>\n"
    "<dle>\n  <disk>/b</disk>\n  <level>1</level>\n  <level>2</level>\n</dle>\n"), [
    "dle.disk = /a", "dle.level = 2147483647", "dle.disk = /b", "dle.level = 1", "dle.level = 2"])

# ---------------------------------------------------------------------------------------------------------------------
# Services without disks, or with few words

for service in "amindexd", "amidxtaped":
    case(service, request("3.5", service, f"OPTIONS features={FEATURES_3_5};auth=bsdtcp;\n"),
         [*IN_3_5, "options.auth = bsdtcp"])

case("amdumpd", request("3.5", "amdumpd", f"OPTIONS features={FEATURES_3_5};hostname=h;config=c;\n"),
     [*IN_3_5, "options.hostname = h", "options.config = c"])

for command in "LISTDLE", "CHECK":
    case(f"ambackupd {command}", request("3.5", "ambackupd", f"OPTIONS hostname=h;config=c;\n{command}\n"),
         ["options.hostname = h", "options.config = c", f"ambackupd.command = {command}"])

case("ambackupd BACKUP", request("3.5", "ambackupd", 'OPTIONS config=c;\nBACKUP "/a b"\n'),
     ["options.config = c", "ambackupd.command = BACKUP", 'ambackupd.disk = /a b @ "/a b"',
      'ambackupd.disk.wire = "/a b"'])

case("restore", request("3.5", "restore", f"OPTIONS features={FEATURES_3_5};hostname=h;;\n<dle>\n"
                        "  <program>APPLICATION</program>\n  <disk>/a</disk>\n  <level>1</level>\n</dle>\n"),
     [*IN_3_5, "options.hostname = h", "dle.program = APPLICATION", "dle.disk = /a", "dle.level = 1"])

case("senddiscover", request("3.5", "senddiscover", f"OPTIONS features={FEATURES_3_5};hostname=h;;\n<dle>\n"
                             "  <program>APPLICATION</program>\n  <backup-program>\n    <plugin>amvmware</plugin>\n"
                             "  </backup-program>\n</dle>\n"),
     [*IN_3_5, "options.hostname = h", "dle.program = APPLICATION", "dle.plugin = amvmware"])

case("unknown service", request("3.5", "frobnicate", "OPTIONS hostname=h;\nFROB it\n<dle>\n  <disk>/a</disk>\n</dle>\n"
                                "and more\n"),
     ["options.hostname = h", "body.line = FROB it", "! req.rest", "dle.disk = /a", "body.line = and more"])

case("nothing but OPTIONS", request("3.5", "noop", "OPTIONS \n"), [])

# ---------------------------------------------------------------------------------------------------------------------
# What is wrong

case("odd options", request("3.5", "noop", "OPTIONS hostname=a;maxdumps=none;color=blue;hostname=b;timestamp=soon;\n"), [
    "options.hostname = a", "options.unknown = none", "! options.bad_value", "options.unknown = color=blue",
    "! options.unknown_key", "options.hostname = b", "! options.duplicate", "options.timestamp.text = soon",
    "! options.bad_value"])

case("features of no release", request("3.5", "noop", "OPTIONS features=ff;\n"),
     ["options.features = ff", "! features.unknown_release"])
case("features of another release", request("3.5", "noop", f"OPTIONS features={FEATURES_2_4_4};\n"),
     [*IN_2_4_4, "! features.other_version"])
case("odd number of digits", request("3.5", "noop", "OPTIONS features=fff;\n"),
     ["options.features = fff", "! features.odd", "! features.unknown_release"])
case("no hexadecimal digits", request("3.5", "noop", "OPTIONS features=ffg0;\n"),
     ["options.features = ffg0", "! features.not_hex"])
case("no features", request("3.5", "noop", "OPTIONS features=UNKNOWNFEATURE;\n"),
     ["options.features = UNKNOWNFEATURE", "! features.none"])
case("a feature of the future", request("3.5", "noop", "OPTIONS features=" + "00" * 20 + "02;\n"),
     ["options.features = " + "00" * 20 + "02", "! features.unknown_release", "features.unknown_bit = 161 @ 2"])

case("an open quote", request("2.5", "selfcheck", 'OPTIONS ;\nDUMP "/a b 0 OPTIONS |;auth=bsd;\n'
                              "DUMP /c 0 OPTIONS |;auth=bsd;\n"), [
    "dle.program = DUMP", 'dle.disk = /a b 0 OPTIONS |;auth=bsd; @ "/a b 0 OPTIONS |;auth=bsd;',
    'dle.disk.wire = "/a b 0 OPTIONS |;auth=bsd;', "! quote.open", "! dle.line",
    "dle.program = DUMP", "dle.disk = /c", "dle.level = 0", "dle.auth = bsd"])

case("a quote with a quote and a semicolon in it", request(
    "2.5", "selfcheck", 'OPTIONS ;\nDUMP /a 0 OPTIONS |;exclude-list="a\\";b";index;\n'), [
    "dle.program = DUMP", "dle.disk = /a", "dle.level = 0", 'dle.exclude.list = a";b @ "a\\";b"',
    'dle.wire = "a\\";b"', "dle.index = 1 @ index"])
case("options with a quote that stays open", request(
    "2.5", "selfcheck", 'OPTIONS ;\nDUMP /a 0 OPTIONS |;exclude-file="./a;index;\n'), [
    "dle.program = DUMP", "dle.disk = /a", "dle.level = 0", 'dle.exclude.file = ./a @ "./a', 'dle.wire = "./a',
    "! quote.open", "dle.index = 1 @ index"])
case("lines that end early", request("2.5", "sendbackup", "OPTIONS ;\nDUMP\nDUMP /a\nDUMP /a b c\nDUMP /a 0\n"
                                     "DUMP /a 0 now\nDUMP /a 0 now OPTIONS |;colour=blue;\n"), [
    "dle.program = DUMP", "! dle.line",
    "dle.program = DUMP", "dle.disk = /a", "! dle.line",
    "dle.program = DUMP", "dle.disk = /a", "dle.device = b", "! dle.line",
    "dle.program = DUMP", "dle.disk = /a", "dle.level = 0", "! dle.line",
    "dle.program = DUMP", "dle.disk = /a", "dle.level = 0", "dle.dumpdate = now", "! dle.line",
    "dle.program = DUMP", "dle.disk = /a", "dle.level = 0", "dle.dumpdate = now", "dle.option = colour=blue",
    "! dle.unknown_option"])

case("XML that ends early", request("3.5", "selfcheck", "OPTIONS ;\n<dle>\n  <disk>/a</disk>\n  <auth>bs"), [
    "dle.disk = /a", "dle.auth = bs", "! dle.xml"])
case("XML that ends in a tag", request("3.5", "selfcheck", 'OPTIONS ;\n<dle>\n  <disk>/a</disk>\n  <auth encoding="r'), [
    "dle.disk = /a", "! dle.xml"])
case("XML with a missing end", request("3.5", "selfcheck", "OPTIONS ;\n<dle>\n  <disk>/a</disk>\n"
                                       "<dle>\n  <disk>/b</disk>\n</dle>\n"), [
    "dle.disk = /a", "! dle.xml", "dle.disk = /b"])
case("XML with an unknown element", request(
    "3.5", "selfcheck", "OPTIONS ;\n<dle>\n  <colour>blue</colour>\n  <disk>/a</disk>\n  <file>x</file>\n</dle>\n"), [
    "dle.element = colour @ <colour>blue</colour>", "! dle.unknown_element", "dle.element.value = blue",
    "dle.disk = /a", "dle.element = file @ <file>x</file>", "! dle.xml", "dle.element.value = x"])
case("XML with wrong ends", request(
    "3.5", "selfcheck", "OPTIONS ;\n<dle>\n  <exclude><file>a</exclude>\n  </include>\n  <disk>/a</disk>\n</dle>\n"), [
    "dle.exclude.file = a", "! dle.xml", "! dle.xml", "dle.disk = /a"])
case("XML with wrong values", request(
    "3.5", "selfcheck", "OPTIONS ;\n<dle>\n  text\n  <level>one</level>\n  <index>MAYBE</index>\n"
    '  <disk encoding="raw" raw="L2*">/a</disk>\n  <auth colour="blue">bsd</auth>\n  <!-- no -->\n  <a b>\n</dle>\n'), [
    "! dle.xml", "dle.element.value = one", "! dle.bad_value", "dle.element.value = MAYBE", "! dle.bad_value",
    "! dle.xml", "dle.disk = /a", "! dle.xml", "dle.auth = bsd", "! dle.xml",
    "! dle.xml", "dle.element = a @ <a b>\\n", "! dle.unknown_element", "! dle.xml"])

case("XML with base64 of a wrong length", request(
    "3.5", "selfcheck", 'OPTIONS ;\n<dle>\n  <disk encoding="raw" raw="L2E">/a</disk>\n'
    '  <diskdevice encoding="raw" raw="L2">/b</diskdevice>\n  <auth encoding="raw" raw="YnNkY">bsd</auth>\n</dle>\n'), [
    "! dle.xml", "dle.disk = /a", "! dle.xml", "dle.device = /b", "! dle.xml", "dle.auth = bsd"])
case("XML with a number beyond 32 bits", request(
    "3.5", "selfcheck", "OPTIONS ;\n<dle>\n  <level>2147483648</level>\n  <level>-2147483648</level>\n</dle>\n"), [
    "dle.element.value = 2147483648", "! dle.bad_value", "dle.level = -2147483648"])

case("not a reserved port", request("3.5", "noop", "OPTIONS ;\n"), ["! req.not_secure"], port=33000)
case("krb4, any port", request("2.5", "noop", "OPTIONS ;\n", 'SECURITY TICKET "$04abc"\n'), [], port=33000)
# 65504 bytes with a NUL byte as the last one; the handle is four bytes longer than what stands for it here
CUT = request("3.5", "selfcheck", "OPTIONS ;\n<dle>\n  <disk>/" + "a" * 65504).encode()[:65499] + b"\0"
case("cut by the sender", CUT, ["dle.disk = " + CUT[CUT.index(b"/aa"):-1].decode(), "! dle.xml", "! req.truncated"])

# ---------------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def capture(tmp_path_factory):
    """All cases in one capture, with a handle of its own each."""
    path = tmp_path_factory.mktemp("requests") / "requests.pcap"
    frames = []
    for number, (text, _, port) in enumerate(CASES.values()):
        payload = text.replace(b"%08x", b"%08x" % number, 1)
        datagram = packets.udp(("192.0.2.1", port), ("192.0.2.2", 10080), payload)
        frames.append((10**15 + number * 10**6, packets.ethernet(datagram)))
    packets.write_pcap(path, frames)
    return path


def frame_of(name):
    return list(CASES).index(name) + 1


def text_of(bytes_or_value):
    return bytes_or_value.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")


def value_of(field):
    """The value in a form that does not depend on the version of tshark."""
    if field.name in ("amanda.dle.dumpdate.time", "amanda.options.timestamp"):
        text = field.text.replace("Z", " UTC").replace("T", " ", 1) if field.text[0].isdigit() else field.text
        form = "%Y-%m-%d %H:%M:%S" if text[0].isdigit() else "%b %d, %Y %H:%M:%S"
        time = datetime.strptime(text.removesuffix(" UTC").split(".")[0], form)
        return str(int(time.replace(tzinfo=timezone.utc).timestamp()))
    return {"True": "1", "False": "0"}.get(field.text, field.text)


def listing(packet):
    """What a packet has below amanda.body, and its expert infos, in the form of the lists above."""
    lines = []

    def walk(field, experts):
        name = field.name.removeprefix("amanda.")
        if experts and field.name.startswith("amanda."):
            lines.append(f"! {name}")
        elif field.name.startswith("amanda.") and field.name not in CONTAINERS and not name.startswith("feature."):
            data = text_of(field.bytes.decode("utf-8", "replace"))
            value = text_of(value_of(field))
            lines.append(f"{name} = {value}" if data == value else f"{name} = {value} @ {data}")
        for below in field.below:
            walk(below, experts or field.name == "_ws.expert")

    for field in packet.below:
        if field.name in ("amanda.body", "_ws.expert"):
            walk(field, field.name == "_ws.expert")
    return lines


@pytest.mark.parametrize("name", CASES)
def test_request(capture, name):
    _, expected, _ = CASES[name]
    assert listing(tshark.read_pdml(capture)[frame_of(name)][0]) == expected


def one_backslash(text):
    """From 4.4 on, -T fields writes a backslash twice."""
    return text.replace("\\\\", "\\")


def test_control_characters(capture):
    """-T fields tells a line feed from a blank."""
    name = "2.5 disks with all that a name can have"
    fields = tshark.read_fields(capture, ("amanda.dle.disk",))[frame_of(name)]
    assert list(map(one_backslash, fields["amanda.dle.disk"])) == ['a\\tb\\n"c" d\\eä ä:', "", "two\\nlines"]


def columns(capture, options=()):
    frames = tshark.read_fields(capture, ("_ws.col.Protocol", "_ws.col.Info"), options)
    return {number: [fields["_ws.col.Protocol"][0], one_backslash(fields["_ws.col.Info"][0])]
            for number, fields in frames.items()}


ESSENCES = {
    "2.3 sendbackup": "sendbackup hda1 level 1",
    "2.4.4 noop": "noop",
    "2.4.4 sendsize": "sendsize /home level 0, 1",
    "2.5 sendsize of a quoted disk": "sendsize /my disk level 0",
    "2.5 disks with all that a name can have": "selfcheck 3 disks",
    "3.5 sendsize": "sendsize /srv/data 3 level 0, 1",
    "3.3 all other elements": "selfcheck /a",
    "2.6 names in base64": 'selfcheck a"b\\nä',
    "ambackupd LISTDLE": "ambackupd LISTDLE",
    "ambackupd BACKUP": "ambackupd BACKUP /a b",
    "senddiscover": "senddiscover amvmware",
    "senddiscover of two applications": "senddiscover amvmware",
}


@pytest.mark.parametrize("name", ESSENCES)
def test_the_columns_say_the_essence(capture, name):
    number = frame_of(name)
    assert columns(capture)[number] == ["Amanda", f"REQ {ESSENCES[name]} handle=000-{number - 1:08x} seq=7"]


def test_wiresharks_xml_dissector_shows_the_same(capture):
    """Where the user wants it: with the tags of the entry, and with the columns as they were."""
    option = "-o", "amanda.show_xml:TRUE"
    name = "3.5 sendbackup"
    tags = tshark.read_fields(capture, ("xml.tag", "frame.protocols"), option)[frame_of(name)]
    assert tags["xml.tag"][:3] == ["<dle>", "<program>", "<disk>"]
    assert "xml" not in tshark.read_fields(capture, ("frame.protocols",))[frame_of(name)]["frame.protocols"][0]
    assert columns(capture, option)[frame_of(name)] == columns(capture)[frame_of(name)]


def entries(path, body, names, passes=2):
    """What a selfcheck with this body has of these fields, in a packet with a capture of its own."""
    server, client = ("192.0.2.1", 842), ("192.0.2.2", 10080)
    text = request("3.5", "selfcheck", "OPTIONS ;\n" + body) % 1
    packets.write_pcap(path, [(10**15, packets.ethernet(packets.udp(server, client, text.encode())))])
    return tshark.read_fields(path, names, passes=passes)[1]


@pytest.mark.parametrize("depth", [12, 13, 1000])
def test_elements_in_elements(tmp_path, depth):
    """Twelve deep with the entry itself, which is more than any Amanda nests; what comes behind them is shown all the same."""
    inner = depth - 1
    body = f"<dle>{'<odd>' * inner}x{'</odd>' * inner}<disk>/a</disk></dle>\n<dle><disk>/b</disk></dle>\n"
    shown = entries(tmp_path / "deep.pcap", body, ("amanda.dle.element", "amanda.dle.disk", "amanda.dle.xml", "_ws.expert.message"))
    assert shown["amanda.dle.element"] == ["odd"] * min(inner, 11)
    assert shown["amanda.dle.disk"] == ["/a", "/b"]
    told = [message for message in shown["_ws.expert.message"] if "nested too deeply" in message]
    assert len(told) == (depth > 12) == len(shown.get("amanda.dle.xml", ()))


def test_elements_without_text_in_elements_nested_too_deeply(tmp_path):
    """They close themselves, so what comes behind is where it belongs."""
    body = f"<dle>{'<odd>' * 12}<odd/><odd/>{'</odd>' * 12}<disk>/a</disk></dle>\n"
    shown = entries(tmp_path / "empty.pcap", body, ("amanda.dle.disk", "_ws.expert.message"))
    assert shown["amanda.dle.disk"] == ["/a"]
    assert len([message for message in shown["_ws.expert.message"] if message.startswith("XML:")]) == 1


@pytest.mark.parametrize("inside", [
    "<odd>" * 600 + "</odd>" * 600, "<odd>" * 600, "<dle>" * 600, "<odd></other>" * 600, "<dle><odd>" * 600,
    "<!odd>" * 600, "<?odd?>" * 600, "<odd x>" * 600, "<odd></>" * 600, "<odd" * 600,
    "<!DOCTYPE a [<!ENTITY b '" * 600, "<!DOCTYPE a [" * 600 + "]>" * 600, "<?odd " * 600],
    ids=["open and closed", "open", "dle", "closed by another", "two", "declarations", "instructions", "attributes",
         "closed by nothing", "unfinished", "declarations in declarations", "closed declarations", "unfinished instructions"])
def test_wiresharks_xml_dissector_is_not_asked_for_what_it_does_not_bear(tmp_path, inside):
    """Deeper than a tree may be it gives up, and takes with it what comes behind."""
    server, client = ("192.0.2.1", 842), ("192.0.2.2", 10080)
    text = request("3.5", "sendbackup", f"OPTIONS ;\n<dle>{inside}<disk>/a</disk></dle>\n") % 1
    packets.write_pcap(tmp_path / "deep.pcap", [(10**15, packets.ethernet(packets.udp(server, client, text.encode())))])
    option = "-o", "amanda.show_xml:TRUE"
    shown, = tshark.read_fields(tmp_path / "deep.pcap", ("_ws.expert.message", "amanda.exchange"), option).values()
    assert "amanda.exchange" in shown
    assert not [message for message in shown["_ws.expert.message"] if re.search("depth|bug|xception", message)]
    assert tshark.read_columns(tmp_path / "deep.pcap", option) == tshark.read_columns(tmp_path / "deep.pcap")
    tables = tshark.tshark("-q", "-r", tmp_path / "deep.pcap", *option, "-z", "amanda,exchanges")
    assert "192.0.2.1:842" in tables, "the tap was told"


@pytest.mark.parametrize("depth", [50, 51])
def test_the_deepest_entry_that_wiresharks_xml_dissector_is_given(tmp_path, depth):
    server, client = ("192.0.2.1", 842), ("192.0.2.2", 10080)
    inner = depth - 1
    text = request("3.5", "sendbackup", f"OPTIONS ;\n<dle>{'<odd>' * inner}{'</odd>' * inner}</dle>\n") % 1
    packets.write_pcap(tmp_path / "deep.pcap", [(10**15, packets.ethernet(packets.udp(server, client, text.encode())))])
    shown, = tshark.read_fields(tmp_path / "deep.pcap", ("xml.tag",), ("-o", "amanda.show_xml:TRUE")).values()
    assert ("xml.tag" in shown) == (depth == 50)


def test_more_elements_than_anybody_wants_to_see(tmp_path):
    body = f"<dle>{'<a/>' * 12000}<disk>/a</disk></dle>\n"
    shown = entries(tmp_path / "many.pcap", body, ("amanda.dle.element", "amanda.dle.disk", "_ws.expert.message"))
    assert 9000 < len(shown["amanda.dle.element"]) <= 10000 and "amanda.dle.disk" not in shown
    assert shown["_ws.expert.message"].count("XML: too many elements; the rest is not shown") == 1


def test_known_requests_have_no_warning(capture):
    """Only what is wrong is warned of. That nobody answers these requests is no matter of theirs."""
    warned = tshark.read_fields(capture, ("_ws.expert.severity",),
                                ("-Y", "_ws.expert.severity >= 0x600000 && !amanda.outcome.silent"
                                       " && !amanda.outcome.silent_asked"))
    for name, (_, expected, _) in CASES.items():
        assert frame_of(name) not in warned or any(line.startswith("!") for line in expected), name


def frames_that_ask_too_much(path, body, expert, lacking):
    """The frames that have the expert info, where a responder lacks a feature in its first reply, but not in its second."""
    server, client = ("192.0.2.1", 842), ("192.0.2.2", 10080)
    reply = "Amanda 2.6 REP HANDLE 000-00000001 SEQ 7\nOPTIONS features=%s;\n"
    texts = [(server, client, request("3.5", "selfcheck", body)),
             (server, client, request("3.5", "noop", "OPTIONS ;\n")),
             (client, server, reply % lacking),
             (server, client, request("3.5", "selfcheck", body)),
             (server, client, request("3.5", "noop", "OPTIONS ;\n")),
             (client, server, reply.replace("01", "04") % FEATURES_3_5),
             (server, client, request("3.5", "selfcheck", body))]
    packets.write_pcap(path, [(10**15 + i, packets.ethernet(packets.udp(source, destination, (
        text.replace("%08x", "%08x" % i)).encode()))) for i, (source, destination, text) in enumerate(texts)])
    found = [tshark.read_fields(path, (expert,), (), passes) for passes in (1, 2)]
    assert found[0] == found[1]
    return [number for number, fields in found[0].items() if fields]


def test_xml_for_a_responder_that_does_not_know_it(tmp_path):
    """What the responder said of itself in an earlier reply counts, and only if it was earlier."""
    xml = "OPTIONS ;\n<dle>\n  <disk>/a</disk>\n</dle>\n"
    assert frames_that_ask_too_much(tmp_path / "xml.pcap", xml, "amanda.req.no_xml", FEATURES_2_5_2) == [4]


def test_a_quoted_name_for_a_responder_that_does_not_know_it(tmp_path):
    """Bit 68 came in 2.5.1: 2.4.5 does not have it."""
    line = 'OPTIONS ;\nGNUTAR "/a b"  0 OPTIONS |;bsd-auth;\n'
    old, expert = "fffffeff9ffe7f", "amanda.req.no_quotes"
    assert frames_that_ask_too_much(tmp_path / "quoted.pcap", line, expert, old) == [4]
    assert frames_that_ask_too_much(tmp_path / "bare.pcap", line.replace('"/a b"', "/ab"), expert, old) == []
    assert frames_that_ask_too_much(tmp_path / "known.pcap", line, expert, FEATURES_2_5_2) == []
