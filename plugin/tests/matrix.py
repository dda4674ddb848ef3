# SPDX-License-Identifier: GPL-2.0-or-later
"""Whatever becomes of a capture on its way to the reader, nothing false is told of it.

Each capture of the repository (of those of outcomes one for each story, which have it over three transports or four;
all are doubled) is varied (variants.py): each frame twice or three times, begun late, ended early, a
frame missing, one direction only, cut short, out of order, mixed with another. What is told of a variant is compared
with what is told of the whole capture at the same frame, in one pass and in two:

- no malformed packet, and no warning or error of Amanda that the whole capture does not give there, but *no request*
  where the REQ is missing;
- the same verdict, where the frames that decide it are there and in the same order;
- no other loss, but of the one frame that is missing itself;
- what is only doubled, or mixed with another capture, tells the same to the last field, also where it was begun late, ended
  early, cut short or one direction only before it was doubled.

What is doubled or mixed is test_copied.py, the rest test_changed.py: programs of their own, for both take long.
"""

import re
import struct
import tempfile
from collections import Counter, namedtuple
from functools import lru_cache

import judge
import test_loss
import tshark
import variants
from test_readme import registered as severities
from variants import copied, cut, same, spread, swapped, with_other_addresses, with_other_ttl, with_vlan_tag, without

# Where no addresses are found none can be replaced, and one variant would have a part in another.
CAPTURES = [path for path in sorted(tshark.CAPTURES.glob("*/**/*.pcap*"))
            if any(variants.addresses_of(frame) for frame in variants.read(path))]
assert len(CAPTURES) > 60


def one_of_each_story(paths):
    """Those of outcomes are called after what happened and how the two sides spoke; of each story another way."""
    stories = {}
    for path in paths:
        stories.setdefault(path.stem.split("-")[0] if path.parent.name == "outcomes" else path, []).append(path)
    return [ways[number % len(ways)] for number, ways in enumerate(stories.values())]


SAMPLE = one_of_each_story(CAPTURES)
assert len(SAMPLE) > 100

# With sanitizers, each story once is to show what goes beyond its memory: what is told of the others is the same without.
if tshark.SANITIZED:
    CAPTURES = SAMPLE

# So many frames at most go into the variants of one capture that lack a frame each.
MISSING_FRAMES = 100 if tshark.SANITIZED else 400
SWAPS = 2

# When every capture and variant ends, so that none goes on for longer than another of the same file.
END = 1_800_000_000 * 10**9


class Variant:
    """frames: of variants.Frame; none where several captures are in it."""

    def __init__(self, kind, name, frames=()):
        self.kind, self.name, self.frames = kind, name, frames


# What a variant tells that it should not
Fault = namedtuple("Fault", "kind what capture variant frame")

COPIES = {"doubled": [same], "tripled": [same, same], "other MAC": [with_other_addresses], "VLAN tag": [with_vlan_tag],
          "other TTL": [with_other_ttl]}

# Told of a connection, or of the replies to one request, at one of the packets or another.
OF_A_CONNECTION = ("amanda.stream.never_opened", "amanda.connection.unanswered", "amanda.dump.no_end",
                   "amanda.frame.closed_early", "amanda.mesg.failed", "amanda.mesg.is_strange")

# What is read of the variants that are changed, but for warnings and errors
PARTLY = ("amanda.seq", "amanda.verdict", "amanda.retransmission_of", "amanda.outcome", "amanda.outcome.disk",
          "amanda.outcome.asked_in", "amanda.lost", "amanda.lost.where")



# ---------------------------------------------------------------------------------------------------------------------
# Captures and their variants


class Capture:
    """frames; datagrams: by the frame that completes them; parts: the frames that a datagram came in."""

    def __init__(self, path, name=None):
        self.path, self.name = path, name or f"{path.parent.name}/{path.name}"
        self.frames = variants.read(path)
        self.datagrams = {datagram.frame - 1: datagram for datagram in judge.read(path)}
        self.parts = {index: [index] for index in self.datagrams}
        self.packets, pieces = list(judge.frames(path)), {}
        for number, _, link, data in self.packets:
            packet = judge.parse_ip(judge.ip_packet(link, data))
            if packet and packet.ident is not None:
                pieces.setdefault((packet.source, packet.destination, packet.ident), []).append(number - 1)
        for group in pieces.values():
            for index in set(group) & set(self.parts):
                self.parts[index] = group
        self.whole = {part: index for index, parts in self.parts.items() for part in parts}
        self.groups = {}
        for index in self.datagrams:
            self.groups.setdefault(self.group_key(index), []).append(index)

    def group(self, index):
        """What can decide a verdict: all datagrams of the same requester, responder and handle, itself included."""
        return self.groups[self.group_key(index)]

    def group_key(self, index):
        datagram = self.datagrams[index]
        return datagram.handle, frozenset((datagram.source, datagram.destination))

    def exchange(self, index):
        """The datagrams of the same exchange."""
        seq = self.datagrams[index].seq
        return [other for other in self.group(index) if self.datagrams[other].seq == seq]

    def requests(self, index):
        """The REQs that a reply could answer."""
        reply = self.datagrams[index]
        return [other for other in self.exchange(index) if self.datagrams[other].type == "REQ"
                and self.datagrams[other].source == reply.destination]

    def kind(self, index):
        """What a datagram is called where it is lost."""
        if self.datagrams[index].type != "ACK":
            return self.datagrams[index].type
        sources = {self.datagrams[other].source for other in self.exchange(index) if self.datagrams[other].type == "REQ"}
        return "ACK of the REP" if self.datagrams[index].source in sources else "ACK of the REQ"

    def packet(self, index):
        _, _, link, data = self.packets[index]
        return judge.parse_ip(judge.ip_packet(link, data))

    def ends(self, index, ports):
        """The two ends of a frame, with their ports or without."""
        packet = self.packet(index)
        if not packet:
            return None
        numbers = struct.unpack_from(">HH", packet.payload) if ports and len(packet.payload) >= 4 else (0, 0)
        return frozenset(zip((packet.source, packet.destination), numbers))

    def sides(self):
        """The frames of each direction: from the source of the first REQ (or of the first frame), and all others."""
        first = min((index for index, datagram in self.datagrams.items() if datagram.type == "REQ"), default=0)
        sources = [(variants.addresses_of(frame) or [None])[0] for frame in self.frames]
        for whether in (True, False):
            yield [frame for frame, source in zip(self.frames, sources) if (source == sources[first]) is whether]


@lru_cache(maxsize=None)
def capture_of(path):
    return Capture(path)


def copies_of(capture):
    """Doubled, and one of the sample in another way, in turn."""
    kinds = [*COPIES]
    for kind in kinds[:1] + ([in_turn(capture, kinds[1:])] if capture.path in SAMPLE else []):
        yield Variant(kind, kind, list(copied(capture.frames, *COPIES[kind])))


def in_turn(capture, things):
    return things[SAMPLE.index(capture.path) % len(things)]


def pieces_of(capture):
    frames, count = capture.frames, len(capture.frames)
    for point in range(1, 6):
        yield Variant("begun", f"begun at frame {count * point // 6 + 1}", frames[count * point // 6:])
    for point in range(1, 4):
        yield Variant("ended", f"ended behind frame {count * point // 4}", frames[:count * point // 4])
    for name, side in zip(("from the requester", "to the requester"), capture.sides()):
        yield Variant("one direction", name, side)
    for length in (64, 96, 128, 256):
        yield Variant("cut short", f"cut at {length} bytes", cut(frames, length))


def copied_piece_of(capture, directory):
    """(capture, variant): a piece of a capture of the sample, in turn, as if it were all that was captured, and that doubled."""
    piece = in_turn(capture, list(pieces_of(capture)))
    path = directory / "piece.pcapng"
    variants.write(path, piece.frames)
    kind = in_turn(capture, [*COPIES])
    piece = Capture(path, capture.name)
    return piece, Variant(kind, f"{piece.name}, {kind}", list(copied(piece.frames, *COPIES[kind])))


def parts_of(capture):
    frames, count = capture.frames, len(capture.frames)
    yield from pieces_of(capture)
    for index in spread(count, max(2, MISSING_FRAMES // count)):
        yield Variant("missing", f"without frame {index + 1}", without(frames, index))
    for start in (0, 1):
        yield Variant("swapped", f"all swapped from frame {start + 1}", swapped(frames, range(start, count - 1, 2)))
    for place in spread(count - 1, SWAPS):
        yield Variant("swapped", f"frames {place + 1} and {place + 2} swapped", swapped(frames, [place]))


# ---------------------------------------------------------------------------------------------------------------------
# One file of many variants


class Sheet:
    """A file that holds captures and variants of them, and what stands in each frame of it."""

    def __init__(self):
        self.frames, self.origins, self.names = [], [], variants.Names()
        self.original_names = {}  # of a capture and variant: name in the file, real name

    def add(self, capture, variant):
        """variant: None for the capture itself."""
        frames = variants.ending_at(variant.frames if variant else capture.frames, END)
        new = self.new_names(capture, variant, frames)
        self.frames += [variants.rename(frame, new) for frame in frames]
        self.origins += [(capture, variant, frame.source, frame.again) for frame in frames]

    def new_names(self, capture, variant, frames):
        new = self.names.for_variant(frames)
        texts = [(variants.as_text(put), variants.as_text(name)) for name, put in new.items()]
        self.original_names[capture, variant] = texts + [(put.encode().hex(), name.encode().hex()) for put, name in texts]
        return new

    def add_interleaved(self, first, second):
        captures = first, second
        kinds = [Variant("interleaved", f"with {other.name}") for other in (second, first)]
        new = [self.new_names(capture, kind, capture.frames) for capture, kind in zip(captures, kinds)]
        pairs = variants.interleaved(first.frames, second.frames)
        late = END - max(frame.time for _, frame in pairs)
        for which, frame in pairs:
            frame = frame._replace(time=frame.time + late)
            self.frames.append(variants.rename(frame, new[which]))
            self.origins.append((captures[which], kinds[which], frame.source, 0))


def sheet_of(captures, exact, directory):
    sheet = Sheet()
    for capture in captures:
        sheet.add(capture, None)
        for variant in (copies_of if exact else parts_of)(capture):
            sheet.add(capture, variant)
        if exact and capture.path in SAMPLE:
            piece, variant = copied_piece_of(capture, directory)
            sheet.add(piece, None)
            sheet.add(piece, variant)
    if exact:
        for first, second in zip(captures, captures[1:]):
            sheet.add_interleaved(first, second)
    return sheet


# ---------------------------------------------------------------------------------------------------------------------
# What is told


@lru_cache(maxsize=None)
def fields():
    """(expert infos that are warnings or errors, those that are less, fields of frame numbers, of numbers that count
    through the file, all others)."""
    types, known = {}, severities()
    for line in tshark.list_of_fields().splitlines():
        columns = line.split("\t")
        if columns[0] == "F" and columns[4] == "amanda" and not columns[2].startswith("amanda.feature."):
            types[columns[2]] = columns[3]
    bad = [name for name in types if known.get(name) in ("warning", "error")]
    assert len(bad) > 20
    mild = [name for name in types if name in known and name not in bad]
    numbers = [name for name, kind in types.items() if kind == "FT_FRAMENUM"]
    counters = ["amanda.exchange", "amanda.run", "amanda.stream.index"]
    others = [name for name, kind in types.items()
              if kind != "FT_NONE" and name not in (*numbers, *counters, *bad, *mild)]
    return bad, mild, numbers, counters, others


def read_sheet(sheet, path, names, passes):
    """(origin, fields) of each frame with anything of Amanda, or malformed, in it. What TCP cannot put together, for the same
    bytes come once more and with others, is no packet of Amanda."""
    frames = tshark.read_fields.__wrapped__(path, tuple(names), ("-Y", "amanda || _ws.malformed && !_ws.malformed.reassembly"),
                                            passes)
    return [(sheet.origins[number - 1], values) for number, values in frames.items()]


# A number in a text such as that of amanda.outcome.why
FRAME = re.compile(r"(?<=\bframe )\d+\b")


def normal(origin, values, sheet, names):
    """The fields, with what depends on where the variant stands in the file replaced by what it stands for."""
    bad, mild, numbers, counters, others = names
    told = {name: values[name] for name in (*bad, *mild, "_ws.malformed") if name in values}
    renamed = sheet.original_names[origin[:2]]
    for name in others:
        if name in values:
            told[name] = [FRAME.sub(lambda found: str(place(origin, sheet.origins[int(found[0]) - 1])),
                                    original(value, renamed)) for value in values[name]]
    for name in numbers:
        if name in values:
            told[name] = [place(origin, sheet.origins[int(value) - 1]) for value in values[name]]
    return told


def original(text, renamed):
    for put, name in renamed:
        if put in text:
            text = text.replace(put, name)
    return text


def place(origin, there):
    """Which fragment makes a datagram whole is for IP to say."""
    capture, variant, source, again = there
    if (capture, variant) != origin[:2]:
        return "a frame of another capture"
    index = capture.whole.get(source)
    return (source, again) if index is None or len(capture.parts[index]) == 1 else (index, "in fragments")


def by_variant(rows):
    """capture: variant or None: rows. Two variants of one kind have different names."""
    found = {}
    for origin, values in rows:
        capture, variant, *_ = origin
        found.setdefault(capture, {}).setdefault(variant, []).append((origin, values))
    return found


# ---------------------------------------------------------------------------------------------------------------------
# What is wrong with it


def exact_faults(sheet, rows, names):
    counters = {}
    for (capture, variant, source, again), values in rows:
        for name in names[3]:
            for value in values.get(name, ()):
                counters.setdefault((capture, variant, name, value), source)
    read = {}
    for origin, values in rows:
        capture, variant, source, again = origin
        told = normal(origin, values, sheet, names)
        for name in names[3]:
            if name in values:
                told[name] = [counters[capture, variant, name, value] for value in values[name]]
        read[origin] = told
    originals = {(capture, source): told for (capture, variant, source, _), told in read.items() if not variant}
    for (capture, variant, source, again) in sheet.origins:
        if variant:
            want, have = originals.get((capture, source), {}), read.get((capture, variant, source, again), {})
            if len(capture.parts.get(capture.whole.get(source), ())) > 1 and ("amanda.seq" in want) != ("amanda.seq" in have):
                continue  # which fragments make a datagram is for IP to say
            what = copy_faults(capture, source, want, have, names) if again else different(want, have)
            for fault in what:
                yield Fault(variant.kind, fault, capture.name, variant.name, source + 1)


def different(want, have):
    for name in sorted({*want, *have}):
        if want.get(name) != have.get(name):
            yield f"{name} is {have.get(name)}, not {want.get(name)}"


def copy_faults(capture, source, want, have, names):
    """A copy of a datagram says that it is one, where it belongs and nothing else; one of a segment says nothing."""
    bad, mild, *_ = names
    has_verdict = source in capture.datagrams and capture.datagrams[source].has_verdict
    for name in (*bad, *mild, "_ws.malformed"):
        of_bytes = name == "amanda.seq.not_a_number"  # whichever packet they stand in
        if name in have and name != "amanda.copied" and not (name in want and (of_bytes or not has_verdict)):
            yield f"copy: {name}"
    if "amanda.verdict" in have and have["amanda.verdict"] != ["copy"]:
        yield f"copy: verdict {have['amanda.verdict']}"
    if has_verdict and have:
        if have.get("amanda.copy_of") != want.get("amanda.copy_of", [(source, 0)]):
            yield f"copy of {have.get('amanda.copy_of')}"
        for name in ("amanda.exchange", "amanda.run", "amanda.service", "amanda.response_to"):
            if have.get(name) != want.get(name):
                yield f"copy: {name} is {have.get(name)}, not {want.get(name)}"


def partial_faults(sheet, rows, names):
    bad = (*names[0], "_ws.malformed")
    read, orders = by_variant(rows), {}
    for capture, variant, source, _ in sheet.origins:
        orders.setdefault((capture, variant), []).append(source)
    for (capture, variant), order in orders.items():
        whole = {origin[2]: values for origin, values in read.get(capture, {}).get(None, ())}
        told = {origin[2]: values for origin, values in read.get(capture, {}).get(variant, ())}
        view = View(capture, {source: at for at, source in enumerate(order)}, whole, told)
        for source in told if variant else ():
            for fault in view.faults(source, bad):
                yield Fault(variant.kind, fault, capture.name, variant.name, source + 1)
        for index, fault in view.outcome_faults() if variant else ():
            yield Fault(variant.kind, fault, capture.name, variant.name, index + 1)
        for index, fault in view.loss_faults(variant.kind == "missing") if variant else ():
            yield Fault(variant.kind, fault, capture.name, variant.name, index + 1)


class View:
    """A variant, and the capture that it was made from.

    order: place in the variant of each frame that it has. whole, told: the fields of each frame in both."""

    def __init__(self, capture, order, whole, told):
        self.capture, self.order, self.whole, self.told, self.rows = capture, order, whole, told, None

    def faults(self, source, bad):
        index, values = self.capture.whole.get(source), self.told[source]
        base = self.whole.get(source if index is None else index, {})
        if index is not None and "amanda.seq" not in base:
            return  # of another protocol, as far as the capture shows
        if index is not None and self.capture.datagrams[index].handle is None:
            index = None
        same_story = index is not None and self.same_story(index)
        for name in bad:
            if name.startswith("amanda.outcome."):
                continue  # see outcome_faults()
            if name not in values or name in base or self.told_elsewhere(name, source):
                continue
            if index is None and name == "amanda.rep.no_request" and self.lacks_of_connection(source):
                continue
            if index is None or (same_story and self.same_neighbours(index)) or not self.excused(name, index, source):
                yield name
        verdict, right = values.get("amanda.verdict"), base.get("amanda.verdict")
        if same_story and verdict and verdict != right and self.same_neighbours(index):
            yield f"verdict {verdict[0]}, not {right[0]}"

    def outcome_faults(self):
        """(index, fault) of each item of which more is told than the capture shows, wherever it is told. What frames
        that are not there would show may leave it open, or settle it later."""
        whole, told = self.outcomes(self.whole), self.outcomes(self.told)
        for (asked, disk), outcomes in told.items():
            right = whole.get((asked, disk), set())
            if not disk:  # where its name is cut, the job is the only item
                right = right.union(*(others for (index, _), others in whole.items() if index == asked))
            for outcome in outcomes - right - {"unknown", "running"}:
                if self.same_course(asked):
                    yield asked, f"outcome {outcome}, not {', '.join(sorted(right)) or 'none'}"

    def outcomes(self, frames):
        """What is told of each item, by the first REQ of its exchange and its disk."""
        found = {}
        for source, values in frames.items():
            lists = [values.get(f"amanda.outcome{part}", []) for part in ("", ".disk", ".asked_in")]
            for outcome, disk, asked in zip(*lists):
                asked = self.first_request(asked if asked is not None else source)
                found.setdefault((asked, disk), set()).add(outcome)
        return found

    def first_request(self, asked):
        """By framed TCP, the one that the whole capture says that it repeats."""
        index = self.capture.whole.get(asked, asked)
        if index in self.capture.datagrams:
            return min(self.capture.exchange(index))
        return self.whole.get(index, {}).get("amanda.retransmission_of", [index])[0]

    def loss_faults(self, lacks_one):
        """(index, fault) of each loss that the whole capture does not tell of the same exchange, in so many words or fewer.
        Another verdict makes another story. The one packet that a capture lacks cannot be told from one that was lost."""
        whole = self.losses(self.whole)
        for (index, what, where) in self.losses(self.told):
            covered = test_loss.EITHER.get(what, ())
            known = any((index, other, where) in whole for other in (what, *covered))
            if known or what == "lost or late" or any(self.is_judged_otherwise(at) for at in self.capture.exchange(index)):
                continue
            if not lacks_one or not self.lacks(index, {what, *covered}):
                yield index, f"lost {what} {where}"

    def lacks(self, index, kinds):
        """Whether a frame that is not there has one of these kinds of packet of the exchange of this datagram, or none, but
        may be an ICMP error that returned one."""
        for source in set(range(len(self.capture.frames))) - self.order.keys():
            other = self.capture.whole.get(source)
            if other is None:
                return self.capture.packet(source).protocol in (variants.ICMP, variants.ICMPV6)
            if other in self.capture.exchange(index):
                return self.capture.kind(other) in kinds
        return False

    def losses(self, frames):
        """What is told to be lost, of the exchange with this first datagram."""
        return {(min(self.capture.exchange(index)), what, where)
                for index, values in ((self.capture.whole.get(source), values) for source, values in frames.items())
                if index is not None
                for what, where in zip(values.get("amanda.lost", ()), values.get("amanda.lost.where", ()))}

    def is_judged_otherwise(self, index):
        told = self.told.get(index, {})
        return "amanda.verdict" in told and told["amanda.verdict"] != self.whole[index].get("amanda.verdict")

    def place(self, index):
        """Where a datagram, its header line whole, stands in the variant, or None."""
        parts = self.capture.parts[index]
        if not all(part in self.order for part in parts):
            return None
        last = max(parts, key=self.order.__getitem__)
        return self.order[last] if "amanda.seq" in self.told.get(last, {}) else None

    def before(self, index, others):
        """Those of the other datagrams that come before this one, in their order in the variant."""
        here = self.place(index)
        places = {other: self.place(other) for other in others if other != index}
        found = [other for other, at in places.items() if at is not None and here is not None and at < here]
        return sorted(found, key=places.__getitem__)

    def same_story(self, index):
        """Whether the variant has just what the capture has of all that decides the verdict on this datagram."""
        group = self.capture.group(index)
        return self.before(index, group) == [other for other in group if other < index]

    def excused(self, name, index, source):
        """What is so as far as the variant shows, for frames of the same exchange or group are not in it, or later."""
        datagrams = self.capture.datagrams
        missing = {datagrams[other].type for other in self.capture.exchange(index) if self.place(other) is None}
        if name == "amanda.rep.no_request":
            return not self.before(index, self.capture.requests(index))
        if name in ("amanda.req.unheard", "amanda.req.unanswered") and missing & {"ACK", "REP", "PREP", "NAK"}:
            return self.hears_responder(index)
        if name == "amanda.req.unanswered":
            return True  # by REQs that are not there, or in another order
        short = name[len("amanda."):]
        return short in tshark.MARKS and short in self.judged().get(self.order[source] + 1, ())

    def told_elsewhere(self, name, source):
        """Whether the whole capture tells the same of the same connection at another frame, such as the last that brings
        an end, or the first SYN."""
        if name not in OF_A_CONNECTION:
            return False
        ends = self.capture.ends(source, name != "amanda.connection.unanswered")
        return any(name in values and self.capture.ends(other, name != "amanda.connection.unanswered") == ends
                   for other, values in self.whole.items())

    def lacks_of_connection(self, source):
        """Whether a frame before this one of the same two ends is not there, which may have had the REQ."""
        ends = self.capture.ends(source, True)
        return any(other not in self.order and self.capture.ends(other, True) == ends for other in range(source))

    def same_neighbours(self, index):
        """Whether what could be taken for the answer, since it has the same HANDLE, is there in the same order."""
        handle, datagrams = self.capture.datagrams[index].handle, self.capture.datagrams
        others = [other for other in datagrams if datagrams[other].handle == handle]
        return self.before(index, others) == [other for other in sorted(others) if other < index]

    def same_course(self, asked):
        """Whether the variant has, in the same order, what decides an outcome besides the answer: all REQs of the same
        requester; and of an exchange that was refused, or whose HANDLE was used for others, so that old replies can be taken
        for the answer, all packets with the HANDLE, but what comes behind all that the variant has. That answers, their ACKs
        or whatever comes later are not there makes no other outcome than unknown or running."""
        datagrams, own = self.capture.datagrams, self.capture.exchange(asked) if asked in self.capture.datagrams else []
        there = [other for other in own if self.place(other) is not None]
        if not there:
            return True
        request = datagrams[asked]
        near = [other for other in sorted(datagrams)
                if request.source[0] in (datagrams[other].source[0], datagrams[other].destination[0])]
        last = max(other for other in near if self.place(other) is not None)
        same_handle = [other for other in near if datagrams[other].handle == request.handle]
        if len({datagrams[other].seq for other in same_handle}) > 1 or any(datagrams[other].type == "NAK" for other in own):
            if any(other < last and self.place(other) is None for other in same_handle):
                return False
        ordered = [other for other in near if self.place(other) is not None and (
            other in own or other in same_handle or datagrams[other].type == "REQ")]
        return ordered == sorted(ordered, key=self.place)

    def judged(self):
        """What the rules say of each frame of the variant."""
        if self.rows is None:
            with tempfile.NamedTemporaryFile(suffix=".pcapng") as file:
                variants.write(file.name, [self.capture.frames[source] for source in self.order])
                self.rows = {row.datagram.frame: row.fields for row in judge.judge(judge.read(file.name))}
        return self.rows

    def hears_responder(self, index):
        """Whether the variant has anything that the responder sent."""
        datagrams = self.capture.datagrams
        return any(datagrams[other].source == datagrams[index].destination and self.place(other) is not None
                   for other in datagrams)


# ---------------------------------------------------------------------------------------------------------------------

def faults(captures, exact, directory):
    """(faults, frames, variants) of these captures, in one pass and in two."""
    names = fields()
    sheet = sheet_of(captures, exact, directory)
    path = directory / "sheet.pcapng"
    variants.write(path, sheet.frames)
    bad, mild, numbers, counters, others = names
    wanted = (*bad, *mild, *numbers, *counters, *others) if exact else (*bad, *PARTLY)
    found = []
    for passes in (1, 2):
        rows = read_sheet(sheet, path, ("_ws.malformed", *wanted), passes)
        for _, values in [] if exact else rows:
            for name in {"amanda.outcome.asked_in", "amanda.retransmission_of"} & values.keys():
                values[name] = [sheet.origins[int(number) - 1][2] for number in values[name]]
        found += (exact_faults if exact else partial_faults)(sheet, rows, names)
    return found, len(sheet.frames), len({origin[:2] for origin in sheet.origins})


def in_parts(captures, size):
    """Neighbours stand in the same part, or there is nothing to mix them with."""
    count = max(len(captures) // size, 1)
    ends = [number * len(captures) // count for number in range(count + 1)]
    return [captures[start:end] for start, end in zip(ends, ends[1:])]


# What is told of captures that were changed, as the rules say that it must or as nobody can know better: kind of variant,
# capture, what. See View for all that is found out from what the variant lacks.
BY_NATURE = re.compile("|".join((
    # The end of a dump that is cut off is told at both of two segments
    r"(doubled|tripled|other MAC|VLAN tag|other TTL): generated/(2004-stale-reply-\w+|troubleshooting)\.pcap: copy: amanda\.dump\.no_end$",
    # Captured at both sides of a router, or sent again: of segments that are there twice TCP gives the later one to nobody at the third time
    r"(doubled|tripled|other MAC|VLAN tag|other TTL): outcomes/(router_failed-\w+|retry-bsdudp)\.pcap: amanda\.(stream\.\w+|client|disk|exchange|level|run) is None, not ",
    # Without TCP nothing is said of streams; where the other capture has it, nobody connected
    r"interleaved: generated/superseded\.pcap: amanda\.(outcome(_in|\.\w+)?|stream\.never_opened) is ",
    # Where the first REQ of a capture of one direction is all that was asked so far, nothing shows that there were answers
    r"one direction: generated/2004-stale-reply-client\.pcap: outcome unanswered, not success$",
    # Captured at both sides of a router: what is told at one of two copies is told at the other where they change places
    r"swapped: outcomes/router_failed-bsdtcp\.pcap: outcome \w[\w ]*, not none$",
    # The quote says that the datagram was as long as what is quoted of it
    r"cut short: generated/troubleshooting\.pcap: amanda\.req\.unheard$",
    # A copy of what is malformed, where that itself is not there or comes later
    r"(begun|missing|swapped): found/text-in-front-of-tls\.pcap: (_ws\.malformed|amanda\.dle\.line)$",
    # The request is behind its reply, or not all there
    r"(swapped|cut short): found/handle-twice-announced-twice\.pcap: amanda\.(rep\.no_request|frame\.closed_early)$",
    # A RST in front of the last bytes, which it does not cut off, but the file has it so
    r"swapped: outcomes/retry-bsdudp\.pcap: amanda\.dump\.no_end$",
    # Bytes that Wireshark gives to another protocol, or TCP to a connection, for a packet that is not there or comes later
    r"(missing|one direction|swapped): found/(claimed-by-raknet-later|frame-late)\.pcap: (_ws\.malformed|amanda\.header\.malformed)$",
    # The same, of a reply of which a copy is part of what the other protocol has
    r"(doubled|tripled|other MAC|VLAN tag|other TTL): found/claimed-by-smpp-later\.pcap: (copy: amanda\.frame\.lost$|amanda\.stream\.dissected_in is )",
)))


def is_by_nature(fault):
    return BY_NATURE.match(f"{fault.kind}: {fault.capture}: {fault.what}")


def nothing_false_is_told(part, exact, directory):
    """Of these captures, by their paths, doubled or mixed (exact), or changed."""
    directory.chmod(0o755)
    found, frames, count = faults([capture_of(path) for path in part], exact, directory)
    assert count > 3 * len(part) and frames > 1000
    found = [fault for fault in found if not is_by_nature(fault)]
    assert not found, report(found)


def report(found):
    kinds = Counter((fault.kind, fault.what.split(" is ")[0]) for fault in found)
    return "\n".join([f"{len(found)} faults",
                      *(f"{count} {kind}: {what}" for (kind, what), count in kinds.most_common(20)),
                      *(f"{fault.capture} {fault.variant}, frame {fault.frame}: {fault.what}" for fault in found[:20])])
