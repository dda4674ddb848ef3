# SPDX-License-Identifier: GPL-2.0-or-later
"""The tables of -z amanda,... against counts by the independent judge, and alike in one pass, in two, and in sharkd."""

import re
from collections import Counter, defaultdict
from functools import lru_cache

import pytest

import framed
import judge
import packets
import tshark

CAPTURES = sorted(tshark.CAPTURES.glob("*/*.pcap*"))
SERVICES = ("noop", "selfcheck", "sendsize", "sendbackup", "amindexd", "amidxtaped", "ambackupd", "amdumpd", "restore",
            "senddiscover")
MICROSECOND = 1.1e-6


def name(path):
    return f"{path.parent.name}/{path.stem}"


all_captures = pytest.mark.parametrize("capture", CAPTURES, ids=name)

# ---------------------------------------------------------------------------------------------------------------------
# What tshark and sharkd print


@tshark.asked_once
def printed(capture, passes=1, display_filter=None):
    """The text of all tables, each by its name."""
    output = tshark.tshark(*["-2"] * (passes == 2), "-q", "-r", capture, *tshark.table_options(display_filter))
    titles = {"Amanda SRT": "srt", "Amanda Services": "rtd", "Amanda Packets": "tree", "Amanda Exchanges": "exchanges",
              "Amanda Losses": "losses"}
    texts, table = {}, None
    for line in output.splitlines():
        table = next((titles[title] for title in titles if line.startswith(title)), table)
        if table:
            texts.setdefault(table, []).append(line)
    assert sorted(texts) == sorted(tshark.TABLES), output
    return texts


COPIES_NODE = "Copies, left out of all else: the capture holds these packets more than once"
COPIES_LEFT_OUT = "Copies left out: "


def copies_left_out(lines):
    """What the last line of a table with columns says of copies; 0 where it has no such line."""
    told = [line.split(COPIES_LEFT_OUT)[1].split(".")[0] for line in lines if COPIES_LEFT_OUT in line]
    assert len(told) <= 1 and (not told or COPIES_LEFT_OUT in [line for line in lines if " |" in line][-1])
    return int(told[0]) if told else 0


def rows(lines):
    """The rows of a table with columns: one dictionary each."""
    header = next(number for number, line in enumerate(lines) if " |" in line)
    names = [word.strip() for word in lines[header].split(" |")[:-1]]
    body = [line.split(" |")[:-1] for line in lines[header + 2:] if " |" in line and COPIES_LEFT_OUT not in line]
    for cells in body:
        assert len(cells) == len(names)
    # A column is as wide as its name, or the lines do not stand in line.
    for column, title in enumerate(lines[header].split(" |")[:-2]):
        assert all(len(cells[column]) == len(title) or len(cells[column].strip()) > len(title) for cells in body), title
    return [dict(zip(names, (cell.strip() for cell in cells))) for cells in body]


def tree(lines):
    """Counts of a tree, by the names on the way to each; what counts nothing is left out."""
    column = next(line for line in lines if line.startswith("Topic")).index("Count")
    counts, way = {}, []
    for line in lines:
        words = line[column:].split()
        if not words or not words[0].lstrip("-").isdigit() or line.startswith(("-", "=")):
            continue
        title = line[:column].rstrip()
        depth = len(title) - len(title.lstrip())
        way[depth:] = [title.strip()]
        assert int(words[0]) >= 0, line
        if int(words[0]):
            counts[tuple(way)] = int(words[0])
    return counts


def response_times(lines):
    """(column, service): (calls, min, max, average)"""
    times, column = {}, None
    for line in lines:
        if line.startswith("Index"):
            column = line[len("Index"):line.index("Calls")].split(" (")[0].strip()
        elif column and line.strip() and not line.startswith(("=", "Filter")):
            service, calls, low, high, average, _ = line.split(None, 1)[1].rsplit(None, 5)
            times[column, service.strip()] = int(calls), float(low), float(high), float(average)
    return times


def copies_left_out_of_times(lines):
    """What the heads of all three tables say of copies."""
    told = {(line.split("(copies left out: ")[1:] or ["0)"])[0].split(")")[0] for line in lines if line.startswith("Index")}
    assert len(told) == 1
    return int(told.pop())


@lru_cache(maxsize=None)
def taps(capture):
    """What sharkd has of the same tables, by the name of its tap."""
    names = "stat:amanda", "srt:amanda", "nstat:amanda,rtd", "nstat:amanda,exchanges", "nstat:amanda,losses"
    question = "tap", {f"tap{number}": tap for number, tap in enumerate(names)}
    # Asked twice, as by a user who opens the dialogs again: nothing may count double.
    first, second = tshark.Sharkd(capture).ask([question, question])
    assert first == second
    return {tap["tap"].replace("stats:", "stat:"): tap for tap in first["taps"]}


# ---------------------------------------------------------------------------------------------------------------------
# What the judge counts


# Nothing but the program under test reads TLS: what is in it is left out here, and counts where tables are held against
# each other, and in test_outcomes.py.
READABLE = "not tls"


@lru_cache(maxsize=None)
def judged(capture):
    """Of datagrams and of packets in frames of TCP, in the order of the capture."""
    datagrams = [row for row in judge.judge(judge.read(capture)) if row.datagram.has_verdict and "copied" not in row.fields]
    return sorted([*datagrams, *framed.rows(capture)], key=lambda row: row.datagram.frame)


def service_of(row):
    """As the tables name it. Before a REQ with a whole SERVICE line was seen, nothing tells it."""
    service = row.fields.get("service")
    if not service:
        return "not known"
    return service if service in SERVICES else "other service"


def is_from_requester(row):
    return row.datagram.type == "REQ" or (row.exchange and row.datagram.source == row.exchange.requester)


def exchanges(capture):
    """The rows of each exchange, in the order of their REQs."""
    found = defaultdict(list)
    for row in judged(capture):
        if row.exchange:
            found[row.exchange].append(row)
    return found


def has_late_service(capture):
    """One pass learns the service of an exchange late where its first REQ is cut short."""
    seen = set()
    for row in judged(capture):
        if row.datagram.type == "REQ" and row.exchange not in seen:
            seen.add(row.exchange)
            if row.exchange.service and not row.datagram.service:
                return True
    return False


# ---------------------------------------------------------------------------------------------------------------------


def expected_tree(capture):
    counts = Counter()

    def count(*way):
        for length in range(1, len(way) + 1):
            counts[way[:length]] += 1

    for row in judged(capture):
        datagram = row.datagram
        count("Packets by type", datagram.type)
        count("Packets by service", service_of(row))
        if datagram.version:  # frames of TCP tell none
            count("Packets by version", "%d.%d" % datagram.version if max(datagram.version) <= 9 else "other")
        if row.verdict != "-":
            count("Requests and replies by verdict", datagram.type, row.verdict)
        for field, text in (("nak.unexpected", "NAK without an outstanding request"),
                            ("nak.ignored", "NAK that its requester ignores"), ("ack.duplicate", "Duplicate ACK"),
                            ("ack.unknown", "ACK of an unknown exchange"),
                            ("ack.no_reply", "ACK of a reply that was not seen"),
                            ("ack.stale_accepted", "ACK of a stale reply that was taken for the answer")):
            if field in row.fields:
                count("ACKs and NAKs out of the ordinary", text)
    return counts


@all_captures
def test_tree_counts_what_the_judge_counts(capture):
    counts = tree(printed(capture, 2, READABLE)["tree"])
    naks = [row for row in judged(capture) if row.datagram.type == "NAK"]
    reasons = {way: count for way, count in counts.items() if way[0] == "NAKs by reason"}
    assert sum(count for way, count in reasons.items() if len(way) == 2) == len(naks) == reasons.get(
        ("NAKs by reason",), 0)
    assert {way: count for way, count in counts.items()
            if way[0] not in ("NAKs by reason", "Lost packets (inferred)")} == expected_tree(capture) + expected_copies(capture)


def expected_copies(capture):
    types = [row.datagram.type for row in judge.judge(judge.read(capture)) if "copied" in row.fields]
    return Counter({(COPIES_NODE,): len(types)} if types else {}) + Counter((COPIES_NODE, kind) for kind in types)


def test_nak_reasons_are_kinds_and_name_no_host_or_path():
    reasons = set()
    for capture in CAPTURES:
        reasons |= {way[1] for way in tree(printed(capture)["tree"]) if way[0] == "NAKs by reason" and len(way) > 1}
    assert reasons
    assert not [reason for reason in reasons if any(mark in reason for mark in "/\"'") or "192.0.2" in reason]


def expected_services(capture):
    services = defaultdict(Counter)
    times = defaultdict(list)
    for row in judged(capture):
        counter, datagram = services[service_of(row)], row.datagram
        if datagram.type == "REQ" and row.verdict != "request":
            counter["REQs again"] += 1
        if datagram.type == "REP" and row.verdict == "retransmission":
            counter["REPs again"] += 1
        if "rep.unmatched" in row.fields:
            counter["Unmatched replies"] += 1
        if datagram.type == "REP" and row.verdict == "answer":
            times[service_of(row)].append(float(row.fields["time"]))
    for exchange, seen in exchanges(capture).items():
        counter = services[service_of(seen[-1])]
        counter["Exchanges"] += 1
        if exchange.state == judge.REFUSED:
            counter["Refused"] += 1
        elif exchange.answer or exchange.state == judge.COMPLETED:
            counter["Answered"] += 1
        else:
            counter["Open"] += 1
    return services, times


@all_captures
def test_services_count_what_the_judge_counts(capture):
    services, times = expected_services(capture)
    found = {row.pop("Amanda service"): row for row in rows(printed(capture, 2, READABLE)["rtd"])}
    assert set(found) == set(services)
    for service, row in found.items():
        shown = [row.pop(f"{which} time (s)") for which in ("Min", "Avg", "Max")]
        assert {column: int(value) for column, value in row.items() if value != "0"} == dict(+services[service])
        samples = times[service]
        if samples:
            expected = min(samples), sum(samples) / len(samples), max(samples)
            assert [float(text) for text in shown] == pytest.approx(expected, abs=MICROSECOND)
        else:
            assert shown == ["", "", ""]


def endpoint(end):
    address, port = end
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def ending(exchange):
    if exchange.state == judge.OUTSTANDING:
        return "answered" if exchange.answer else "open"
    return exchange.state


@all_captures
def test_exchanges_say_what_the_judge_says(capture):
    found = rows(printed(capture, 2, READABLE)["exchanges"])
    expected = exchanges(capture)
    assert len(found) == len(expected)
    for number, (line, (exchange, seen)) in enumerate(zip(found, expected.items())):
        first = exchange.first_req
        strays = [row.datagram.frame for row in seen if "rep.unmatched" in row.fields]
        acks = exchange.responder_acks
        assert line["Exchange"] == str(number)
        assert line["Requester (address:port)"] == endpoint(exchange.requester)
        assert line["Responder (address:port)"] == endpoint(exchange.responder)
        assert line["Service name"] == (exchange.service or "")
        assert line["Amanda handle"] == judge.show(exchange.handle)
        assert line["Sequence no"] == str(exchange.seq)
        assert line["First frame"] == str(first.frame)
        assert line["Last frame"] == str(seen[-1].datagram.frame)
        assert line["REQs"] == str(sum(row.datagram.type == "REQ" for row in seen))
        assert line["REPs"] == str(sum(row.datagram.type == "REP" for row in seen))
        assert line["REQ to ACK (s)"] == (seconds(first, acks[0]) if acks else "")
        assert line["REQ to REP (s)"] == (seconds(first, exchange.answer) if exchange.answer else "")
        assert line["How it ended"] == ending(exchange)
        assert line["Stray replies"] == " ".join(map(str, strays[:10])) + (" ..." if len(strays) > 10 else "")


def seconds(first, last):
    return "%.6f" % ((last.time - first.time) / 10**9)


def expected_response_times(capture):
    samples = defaultdict(list)
    for exchange, seen in exchanges(capture).items():
        service = service_of(seen[-1])
        last_req = last_rep = req_acked = rep_acked = None
        for row in seen:
            datagram = row.datagram
            if datagram.type == "REQ" and row.verdict != "late copy":
                last_req = datagram
            elif datagram.type == "REP":
                last_rep = datagram
                if row.verdict == "answer":
                    samples["REQ to REP", service].append(datagram.time - exchange.first_req.time)
            elif datagram.type == "ACK" and is_from_requester(row):
                if last_rep and not rep_acked:
                    rep_acked = datagram
                    samples["REP to its ACK", service].append(datagram.time - last_rep.time)
            elif datagram.type == "ACK" and not req_acked:
                req_acked = datagram
                samples["REQ to its ACK", service].append(datagram.time - last_req.time)
    return samples


@all_captures
def test_response_times_are_those_of_the_judge(capture):
    samples = expected_response_times(capture)
    found = response_times(printed(capture, 2, READABLE)["srt"])
    assert set(found) == set(samples)
    for key, (calls, low, high, average) in found.items():
        expected = [sample / 10**9 for sample in samples[key]]
        assert calls == len(expected)
        assert (low, high) == pytest.approx((min(expected), max(expected)), abs=MICROSECOND)
        assert average == pytest.approx(sum(expected) / calls, abs=MICROSECOND)


@all_captures
def test_losses_have_a_line_for_each_pair_of_hosts(capture):
    pairs = Counter()
    for row in judged(capture):
        if row.datagram.type == "ACK" and not row.exchange or not row.datagram.version:
            continue  # TCP loses nothing
        ends = row.datagram.source[0], row.datagram.destination[0]
        pairs[ends if is_from_requester(row) else ends[::-1]] += 1
    found = {(row["Requesting host"], row["Responding host"]): row for row in rows(printed(capture)["losses"])}
    assert {pair: int(row["Packets seen"]) for pair, row in found.items()} == pairs
    for row in found.values():
        lost = int(row["Lost"])
        assert lost == int(row["Requester to here"]) + int(row["Here to responder"])
        assert lost == sum(int(row[kind]) for kind in ("REQ", "ACK of the REQ", "REP", "ACK of the REP", "NAK",
                                                       "REQ or its answer", "REP or its ACK"))
    total = sum(int(row["Lost"]) for row in found.values())
    assert tree(printed(capture)["tree"]).get(("Lost packets (inferred)",), 0) == total


# ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capture", [capture for capture in CAPTURES if not has_late_service(capture)], ids=name)
def test_one_pass_and_two_passes_print_the_same(capture):
    assert printed(capture, passes=1) == printed(capture, passes=2)


def test_all_datagrams_of_a_frame_are_in_every_table():
    """Three frames of 24 datagrams each: requests, replies, and their ACKs, before which no ACK of a request came. That of
    the first may lie before the capture."""
    capture = tshark.CAPTURES / "hostile/found/losses-in-one-frame.pcap"
    once, again = printed(capture), printed(capture, passes=2)
    assert once == again
    text = "\n".join(line for table in once.values() for line in table)
    assert re.search(r"^192\.0\.2\.1 +\|192\.0\.2\.2 +\| +72 \| +23 \| +0 \| +23 \| +0 \| +23 \|", text, re.MULTILINE)
    assert re.search(r"^ ACK of the REQ +23 ", text, re.MULTILINE)
    assert re.search(r"^noop +\| +24 \| +24 \|", text, re.MULTILINE)
    assert re.search(r"noop +24 +0\.001000 ", text)
    assert len(re.findall(r"\|192\.0\.2\.1:842 +\|192\.0\.2\.2:10080 +\|noop ", text)) == 24


def branches(nodes, way=()):
    for node in nodes:
        here = (*way, node["name"])
        if node["count"]:
            yield here, node["count"]
        yield from branches(node.get("sub", ()), here)


@all_captures
def test_sharkd_has_the_same(capture):
    texts, found = printed(capture, passes=2), taps(capture)
    assert dict(branches(found["stat:amanda"]["stats"])) == tree(texts["tree"])
    times = {}
    for table in found["srt:amanda"]["tables"]:
        for row in table["r"]:
            times[table["c"].split(" (")[0], row["n"]] = row["num"], row["min"], row["max"], row["tot"] / row["num"]
    assert times == {key: pytest.approx(value, abs=MICROSECOND) for key, value in response_times(texts["srt"]).items()}
    for table in "rtd", "exchanges", "losses":
        tap = found[f"nstat:amanda,{table}"]
        names = [field["c"] for field in tap["fields"]]
        lines = [dict(zip(names, (str(cell).strip() for cell in row))) for row in tap["tables"][0]["i"]
                 if not any(COPIES_LEFT_OUT in str(cell) for cell in row)]
        assert [{key: number_or_text(value) for key, value in line.items()} for line in lines] == [
            {key: number_or_text(value) for key, value in line.items()} for line in rows(texts[table])]


def number_or_text(text):
    try:
        return float(text)
    except ValueError:
        return text


def test_a_display_filter_counts_what_it_lets_through():
    capture = tshark.CAPTURES / "recorded/lost-rep-client.pcap"
    counts = tree(printed(capture, 1, 'amanda.type=="REQ"')["tree"])
    assert counts["Packets by type", "REQ"] == counts["Packets by type",] == sum(
        row.datagram.type == "REQ" for row in judged(capture))


@pytest.fixture(scope="module")
def captures_without_amanda(tmp_path_factory):
    folder = tmp_path_factory.mktemp("none")
    folder.chmod(0o755)
    empty, other = folder / "empty.pcap", folder / "other.pcap"
    packets.write_pcap(empty, [])
    datagram = packets.udp(("192.0.2.1", 4000), ("192.0.2.2", 4001), b"nothing of interest")
    packets.write_pcap(other, [(0, packets.ethernet(datagram))])
    return empty, other


def test_captures_without_amanda_give_empty_tables(captures_without_amanda):
    for capture in captures_without_amanda:
        texts = printed(capture)
        assert not any(tree(texts["tree"]).values())
        assert not response_times(texts["srt"])
        for table in "rtd", "exchanges", "losses":
            assert rows(texts[table]) == []
        assert not any("nan" in line.lower().split() for lines in texts.values() for line in lines)
        assert all(why in "\n".join(texts[table]) for table, why in WITHOUT_ROWS.items())


# What a table without rows says of it
WITHOUT_ROWS = {"rtd": "No packet of Amanda, or the filter leaves none",
                "exchanges": "No request of Amanda, or the filter leaves none",
                "losses": "No packet of Amanda over UDP, where packets are lost: over TCP there are none to count",
                "srt": "REQ to REP (none here)"}


def test_a_table_without_rows_says_why_and_no_other_does(tmp_path):
    """Framed TCP alone; one with rows in all; and one direction of it, which has no time of any reply."""
    both = tshark.CAPTURES / "recorded/clean.pcap"
    forth = tmp_path / "forth.pcap"
    packets.write_pcap(forth, [(time // 1000, data) for _, time, _, data in judge.frames(both) if data[26:30] == bytes((192, 0, 2, 1))])
    for capture, without in ((tshark.CAPTURES / "recorded/bsdtcp.pcap", {"losses"}), (both, set()), (forth, {"srt"})):
        texts = printed(capture)
        assert {table for table, why in WITHOUT_ROWS.items() if why in "\n".join(texts[table])} == without
        assert all(bool(rows(texts[table])) == (table not in without) for table in ("rtd", "exchanges", "losses"))
