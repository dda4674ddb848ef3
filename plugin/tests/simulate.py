#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Simulated captures: what no lab records in a lifetime, the same from the same seed.

"chaos" is uniformly random: few endpoints, handles and sequence numbers, so that keys collide all the time, in any
order of types. "session" is what requesters and responders of several versions make of random losses, delays and
copies; the capture point lies half way between them, so that some of what it sees never arrives.
"""

import argparse
import heapq
import random
from itertools import count

import packets

VERSIONS = "2.3", "2.4", "2.5", "2.6", "3.5"
START = 1089240000 * 10**6
SECOND = 10**6

# ---------------------------------------------------------------------------------------------------------------------
# Chaos

NETWORKS = "192.0.2.%d", "2001:db8::%d"
HANDLES = "000-A8D40708", "000-a8d40708", "000-00000000", "000-00000001", "001-50F7AB0500000000", "1158200000"
# Several texts of the same number among them, and the numbers at which 32 bits wrap
SEQS = ("100", "101", "0", "-1", "4294967295", "2147483647", "-2147483649", "2147483648", "-2147483648", "+100", "0101")
TYPES = {"REQ": 5, "REP": 4, "PREP": 1, "ACK": 3, "NAK": 1}  # and their weights
SERVICES = "noop", "selfcheck", "sendsize", "sendbackup"
BODIES = {"REP": "OPTIONS features=fffffeff9ffe0f;\n", "PREP": "OPTIONS features=fffffeff9ffe7f;\n/home 0 SIZE 12345\n",
          "ACK": "", "NAK": "ERROR amandad busy\n"}
STEPS = {0: 5, 300: 40, 4000: 40, SECOND: 10, 10 * SECOND: 4, 45 * SECOND: 1, 400 * SECOND: 0.5}  # and their weights


def security_line(ticket):
    return "SECURITY TICKET $00$01abc\n" if ticket else "SECURITY USER amanda\n"


def datagram(version, type, handle, seq, body):
    return f"Amanda {version} {type} HANDLE {handle} SEQ {seq}\n{body}".encode()


def weighted(dice, weights):
    return dice.choices(list(weights), weights.values())[0]


def chaos(dice, number):
    """(time, source, destination, payload) of this many datagrams."""
    time, sent = START, []
    networks = [network for network in NETWORKS if dice.random() < 0.75] or NETWORKS[:1]
    ports = dice.sample(range(512, 1024), dice.choice((1, 2))), dice.choice(([10080], [10080, 10081]))
    pairs = [((network % requester, requester_port), (network % responder, responder_port))
             for network in networks
             for requester in (1, 2) for requester_port in ports[0]
             for responder in (2, 3) for responder_port in ports[1]]
    while len(sent) < number:
        if len(sent) % 200 == 0:  # few keys at a time, so that they collide; other ones before they are used up
            pair = dice.choice(pairs)
            used_pairs = pair, dice.choice(pairs), dice.choice([other for other in pairs if other[0] == pair[0]])
            handles = dice.sample(HANDLES, dice.choice((1, 1, 2)))
            seqs = dice.sample(SEQS, 2) + [str(dice.randrange(10**9)) for _ in range(2)]
        time += weighted(dice, STEPS)
        if sent and dice.random() < 0.1:
            late_copy = dice.choice(sent[-50:])
            sent.append((time, *late_copy[1:]))
            continue
        type = weighted(dice, TYPES)
        ends = [*dice.choice(used_pairs)]
        if type in ("REP", "PREP", "NAK") or type == "ACK" and dice.random() < 0.5:
            ends.reverse()
        if dice.random() < 0.1:  # as a requester on the port of a responder
            ends.reverse()
        body = BODIES.get(type) if type != "REQ" else (
            security_line(dice.random() < 0.3) + f"SERVICE {dice.choice(SERVICES)}\nOPTIONS hostname=h;\n")
        sent.append((time, *ends, datagram(dice.choice(VERSIONS), type, dice.choice(handles), dice.choice(seqs), body)))
    return sent


# ---------------------------------------------------------------------------------------------------------------------
# Session


class Network:
    """Time, and the datagrams on their way past the capture point."""

    def __init__(self, dice):
        self.dice, self.now, self.captured, self.hosts = dice, START, [], {}
        self.events, self.order = [], count()
        self.loss = dice.choice((0, 0.02, 0.1, 0.25))
        self.copies = dice.choice((0, 0, 0.05))

    def after(self, delay, action):
        heapq.heappush(self.events, (self.now + int(delay * SECOND), next(self.order), action))

    def run(self, number):
        while self.events and len(self.captured) < number:
            self.now, _, action = heapq.heappop(self.events)
            action()

    def delay(self):
        return self.dice.choice((0.0002, 0.001, 0.02)) * (1 + self.dice.random()) + 12 * (self.dice.random() < 0.03)

    def send(self, source, destination, payload):
        for _ in range(1 + (self.dice.random() < self.copies)):
            if self.dice.random() >= self.loss:
                self.after(self.delay(), lambda: self.capture(source, destination, payload))

    def capture(self, source, destination, payload):
        self.captured.append((self.now, source, destination, payload))
        host = self.hosts.get(destination)
        if host and self.dice.random() >= self.loss:
            self.after(self.delay(), lambda: host.receive(source, payload))


class Host:
    def __init__(self, network, endpoint, version):
        self.network, self.endpoint, self.version = network, endpoint, version
        self.number = tuple(map(int, version.split(".")))
        network.hosts[endpoint] = self

    def send(self, peer, type, handle, seq, body):
        self.network.send(self.endpoint, peer, datagram(self.version, type, handle, seq, body))

    def receive(self, source, payload):
        _, _, type, _, handle, _, seq, *_ = payload.decode().split()
        self.handle(source, type, handle, int(seq))


class Transaction:
    def __init__(self, peer, seq, body):
        self.peer, self.seq, self.body = peer, seq, body
        self.state, self.sends, self.restarts, self.timer = "ACKWAIT", 0, 0, 0


class Requester(Host):
    """A planner or dumper: some transactions at a time, one after the other."""

    def __init__(self, network, endpoint, version, responders, at_once):
        super().__init__(network, endpoint, version)
        self.responders, self.transactions = responders, {}
        self.ticket = self.number in ((2, 5), (2, 6)) and network.dice.random() < 0.5
        self.next_seq, self.counter = network.dice.choice((1089240000, -3, 2**31 - 3)), 0
        for slot in range(at_once):
            network.after(network.dice.random(), lambda slot=slot: self.begin(slot))

    def begin(self, slot):
        dice = self.network.dice
        if self.number < (2, 5):  # the slot, and a piece of memory that is soon used again
            handle = "%03X-%s" % (slot, dice.choice(("A8D40708", "A8D40708", "B0D40708")))
            self.next_seq = (self.next_seq + 1 + 2**31) % 2**32 - 2**31
            seq = self.next_seq
        else:  # counts up; a new process begins again
            self.counter = 0 if not self.transactions and dice.random() < 0.5 else self.counter + 1
            handle, seq = "000-%08x" % self.counter, dice.randrange(1795000000, 1796000000)
        body = security_line(self.ticket) + f"SERVICE {dice.choice(SERVICES)}\nOPTIONS hostname=h;\n"
        if handle in self.transactions:
            self.network.after(1, lambda: self.begin(slot))
            return
        self.transactions[handle] = transaction = Transaction(dice.choice(self.responders), seq, body)
        transaction.finished = lambda: self.network.after(dice.random() ** 3 * 20, lambda: self.begin(slot))
        self.send_req(handle, transaction)

    def send_req(self, handle, transaction):
        transaction.state = "ACKWAIT"
        transaction.sends += 1
        self.send(transaction.peer, "REQ", handle, transaction.seq, transaction.body)
        self.wait(handle, transaction, 10)

    def wait(self, handle, transaction, seconds):
        transaction.timer += 1
        timer = transaction.timer
        self.network.after(seconds, lambda: transaction.timer == timer and self.timeout(handle, transaction))

    def timeout(self, handle, transaction):
        if transaction.state == "ACKWAIT" and transaction.sends < 3:
            self.send_req(handle, transaction)
        elif transaction.state == "REPWAIT" and transaction.restarts < 2:
            transaction.restarts += 1
            transaction.sends = 0
            self.send_req(handle, transaction)
        else:
            self.finish(handle, transaction)

    def finish(self, handle, transaction):
        transaction.timer += 1
        del self.transactions[handle]
        transaction.finished()

    def handle(self, source, type, handle, seq):
        transaction = self.transactions.get(handle)
        if transaction and self.number >= (2, 5):  # older ones compare nothing but the HANDLE
            if source != transaction.peer or seq != transaction.seq and not self.ticket:
                transaction = None
        if not transaction:
            if type == "REP" and self.number < (2, 5):
                self.send(source, "ACK", handle, seq, "")
        elif type == "REP":
            self.send(transaction.peer, "ACK", handle, transaction.seq, "")
            self.finish(handle, transaction)
        elif type == "NAK" and (transaction.state == "ACKWAIT" or self.number >= (2, 6)):
            self.finish(handle, transaction)
        elif type == "PREP" or type == "ACK" and transaction.state == "ACKWAIT":
            transaction.state = "REPWAIT"
            self.wait(handle, transaction, 30)


class Service:
    def __init__(self, peer, handle, seq):
        self.peer, self.handle, self.seq, self.replies = peer, handle, seq, 0


class Responder(Host):
    """amandad: before 2.5 one process per request, later one for all of them."""

    def __init__(self, network, endpoint, version):
        super().__init__(network, endpoint, version)
        self.services = {}

    def handle(self, source, type, handle, seq):
        if self.number < (2, 5):
            service = next(iter(self.services.values()), None)
        else:
            service = self.services.get((source, handle, seq))
        if not service:
            if type == "REQ":
                self.begin(source, handle, seq)
            elif self.number < (2, 5) and type in ("REP", "PREP"):
                self.send(source, "NAK", handle, seq, "ERROR unexpected rep packet\n")
        elif type == "ACK" and service.replies and source == service.peer:
            self.end(service)
        elif service.replies and (type == "REQ" or self.number < (2, 5)):
            self.send_rep(service)  # whatever came: before 2.5 it is lost
        elif source != service.peer:
            self.send(source, "NAK", handle, seq, "ERROR amandad busy\n")
        elif type == "REQ":
            self.send(service.peer, "ACK", service.handle, service.seq, "")
        elif self.number >= (2, 5):
            self.send(source, "NAK", handle, seq, f"ERROR unexpected packet type {type}\n")

    def begin(self, source, handle, seq):
        dice = self.network.dice
        if dice.random() < 0.05:
            self.send(source, "NAK", handle, seq, "ERROR service sendsize unavailable\n")
            return
        service = self.services[source, handle, seq] = Service(source, handle, seq)
        self.send(source, "ACK", handle, seq, "")
        duration = dice.choice((0.01, 0.5, 8, 45)) * dice.random()
        if dice.random() < 0.1:
            self.network.after(duration / 2, lambda: self.send(source, "PREP", handle, seq, BODIES["PREP"]))
        if dice.random() < 0.03:  # the service fails while the requester waits for the reply
            self.network.after(duration, lambda: self.fail(service))
        else:
            self.network.after(duration, lambda: self.reply(service))

    def fail(self, service):
        self.send(service.peer, "NAK", service.handle, service.seq, "ERROR timeout on reply pipe\n")
        self.end(service)

    def reply(self, service):
        if self.running(service):
            if service.replies == 5:
                self.end(service)
                return
            service.replies += 1
            self.send_rep(service)
            self.network.after(10, lambda: self.reply(service))

    def send_rep(self, service):
        self.send(service.peer, "REP", service.handle, service.seq, BODIES["REP"])

    def running(self, service):
        return self.services.get((service.peer, service.handle, service.seq)) is service

    def end(self, service):
        if self.running(service):
            del self.services[service.peer, service.handle, service.seq]


def session(dice, number):
    """(time, source, destination, payload) of this many datagrams."""
    network = Network(dice)
    for address in NETWORKS:
        port = dice.choice((10080, 10080, 10081))
        responders = [(address % host, port) for host in (2, 3, 1)]
        for responder in responders:
            Responder(network, responder, dice.choice(VERSIONS))
        # A planner for all hosts, a dumper, and an amrecover on the first client that asks the server.
        for host, own_port, others in (1, 859, responders[:2]), (1, 842, responders[:1]), (2, 850, responders[2:]):
            Requester(network, (address % host, own_port), dice.choice(VERSIONS), others, dice.choice((1, 1, 3)))
    network.run(number)
    return network.captured


# ---------------------------------------------------------------------------------------------------------------------

STYLES = {"chaos": chaos, "session": session}


def simulate(path, seed, number, style="chaos"):
    """Write a capture of this many datagrams."""
    datagrams = STYLES[style](random.Random(f"{style} {seed}"), number)
    packets.write_pcap(path, ((time, packets.ethernet(packets.udp(source, destination, payload)))
                              for time, source, destination, payload in datagrams))


def main():
    parser = argparse.ArgumentParser(description="Write a simulated Amanda capture.")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--packets", type=int, default=1000)
    parser.add_argument("--style", choices=STYLES, default="chaos")
    parser.add_argument("output", help="the pcap file")
    arguments = parser.parse_args()
    simulate(arguments.output, arguments.seed, arguments.packets, arguments.style)


if __name__ == "__main__":
    main()
