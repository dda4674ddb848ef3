#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Measures what the plugin costs beside DNS, RADIUS and UDP that nobody claims, in the same run. Prints a table, and
# writes the figures as JSON. It takes processor time, not the clock's, of each kind of traffic in turn, and the median
# of several rounds. A ratio is the median of the rounds' own ratios, so that it holds where the machine's speed changes.
import argparse
import itertools
import json
import pathlib
import statistics
import sys
import tempfile

import cost
import traffic

MODES = {
    'lines': [],
    'two-pass': ['-2'],
    'expert': ['-q', '-z', 'expert'],
    'fields': ['-T', 'fields', '-e', 'frame.number', '-e', 'frame.protocols'],
    'details': ['-V'],
    'json': ['-T', 'json'],
}
KINDS = ['DNS', 'Amanda', 'Amanda without ACKs', 'RADIUS', 'UDP, unclaimed']

# Of Amanda's figure to that of DNS. These modes print no more than a line for a packet; where the output is what takes
# the time, the time is that for each byte of it.
BUDGETS = {'lines': 0.85, 'expert': 0.85}
PER_BYTE_BUDGETS = {'two-pass': 1.0, 'fields': 1.0, 'details': 1.0, 'json': 1.0}
MEMORY_BUDGET = 1.0
GROWTH_BUDGET = 0.10


def run(build, arguments):
    """Processor seconds, the most memory in bytes, and bytes of output of one run of tshark."""
    status, seconds, memory, output, errors = cost.measure(build, arguments, count_output=True)
    if status:
        sys.exit('benchmark.py: tshark %s ended with %d\n%s' % (' '.join(arguments), status, errors))
    return seconds, memory, output


class Bench:
    def __init__(self, build, rounds, kinds, folder):
        self.build, self.rounds, self.kinds, self.folder = build, rounds, kinds, pathlib.Path(folder)
        self.folder.chmod(0o755)
        self.captures = {}

    def capture(self, kind, packets):
        if (kind, packets) not in self.captures:
            path = self.folder / ('%d.pcap' % len(self.captures))
            traffic.write(path, kind, packets)
            self.captures[kind, packets] = str(path)
        return self.captures[kind, packets]

    def measure(self, mode, packets):
        """For each kind: microseconds and bytes of memory for a packet, without what tshark takes for none."""
        options = MODES[mode]
        empty = [run(self.build, ['-r', self.capture('Amanda', 0), *options]) for _ in range(self.rounds)]
        start = [statistics.median(figures) for figures in zip(*empty)]
        runs = {kind: [] for kind in self.kinds}
        for _, kind in itertools.product(range(self.rounds), self.kinds):
            seconds, memory, output = run(self.build, ['-r', self.capture(kind, packets), *options])
            runs[kind].append(((seconds - start[0]) / packets * 1e6, (memory - start[1]) / packets, output / packets))
        return {kind: self.figures(runs[kind], runs['DNS']) for kind in self.kinds}

    @staticmethod
    def figures(own, dns):
        """Of the rounds of one kind, beside those of DNS."""
        microseconds, memory, output = map(statistics.median, zip(*own))
        ratios = [mine[0] / other[0] for mine, other in zip(own, dns)]
        ratio = statistics.median(ratios)
        return {
            'microseconds': microseconds,
            'bytes': memory,
            'output': output,
            'ratio': ratio,
            'ratio_range': (min(ratios), max(ratios)),
            'ratio_per_output': ratio * dns[0][2] / max(output, 1),
            'memory_ratio': memory / statistics.median(figures[1] for figures in dns),
        }


def show_kept(bench, few, many):
    """Prints what a packet of each kind of traffic takes for good: how the most memory grows from one capture to the larger."""
    for kind in bench.kinds:
        slopes = []
        for _ in range(bench.rounds):
            peaks = [run(bench.build, ['-r', bench.capture(kind, size), *MODES['expert']])[1] for size in (few, many)]
            slopes.append((peaks[1] - peaks[0]) / (many - few))
        print('%-20s %4.0f bytes kept for a packet, from %d to %d packets' % (kind, statistics.median(slopes), few, many),
              flush=True)


def show(mode, packets, figures):
    for kind, row in figures.items():
        print('| %s | %d | %s | %.2f | %.2f | %.2f to %.2f | %.2f | %.0f | %.2f |' % (
            mode, packets, kind, row['microseconds'], row['ratio'], *row['ratio_range'], row['ratio_per_output'],
            row['bytes'], row['memory_ratio']), flush=True)


def verdicts(results):
    """What the budgets say of Amanda's figures: a line each, and whether it is kept."""
    for (mode, packets), figures in results.items():
        row = figures['Amanda']
        if mode in BUDGETS:
            yield '%s, %d packets: time' % (mode, packets), row['ratio'], BUDGETS[mode]
        if mode in PER_BYTE_BUDGETS:
            yield '%s, %d packets: time for a byte of output' % (mode, packets), row['ratio_per_output'], \
                PER_BYTE_BUDGETS[mode]
        if mode == 'lines':
            yield '%s, %d packets: memory' % (mode, packets), row['memory_ratio'], MEMORY_BUDGET
    sizes = sorted({packets for _, packets in results})
    for mode in {mode: None for mode, _ in results} if len(sizes) > 1 else ():
        few, many = (results[mode, size]['Amanda']['microseconds'] for size in (sizes[0], sizes[-1]))
        yield '%s: time for a packet, %d to %d packets' % (mode, sizes[0], sizes[-1]), many / few, 1 + GROWTH_BUDGET


def main():
    parser = argparse.ArgumentParser(description='Measures what the plugin costs, beside DNS, RADIUS and other UDP.')
    parser.add_argument('build', help='build directory of the plugin')
    parser.add_argument('--packets', type=int, nargs='+', default=[100000, 1000000], help='sizes of the captures')
    parser.add_argument('--modes', nargs='+', choices=MODES, default=list(MODES), help='of tshark; all by default')
    parser.add_argument('--rounds', type=int, default=5, help='of which the median counts; 5 by default')
    parser.add_argument('--only', action='store_true', help='DNS and Amanda alone, without the other kinds of traffic')
    parser.add_argument('--kept', type=int, nargs=2, metavar=('FEW', 'MANY'),
                        help='nothing but the bytes kept for a packet, by how the memory of -q -z expert grows')
    parser.add_argument('--json', default='benchmark.json', help='where the figures go; benchmark.json by default')
    arguments = parser.parse_args()
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(pathlib.Path(arguments.build).resolve(), arguments.rounds, KINDS[:2] if arguments.only else KINDS, folder)
        if arguments.kept:
            return show_kept(bench, *arguments.kept)
        print('| mode | packets | traffic | µs/packet | to DNS | in all rounds | per byte of output | B/packet | to DNS |')
        print('|---|---|---|---|---|---|---|---|---|')
        for mode, packets in itertools.product(arguments.modes, arguments.packets):
            results[mode, packets] = bench.measure(mode, packets)
            show(mode, packets, results[mode, packets])
    print()
    kept = True
    for what, value, budget in verdicts(results):
        kept = kept and value <= budget
        print('%s %s: %.2f, budget %.2f' % ('ok   ' if value <= budget else 'MISS ', what, value, budget))
    with open(arguments.json, 'w') as output:
        json.dump([{'mode': mode, 'packets': packets, 'traffic': figures}
                   for (mode, packets), figures in results.items()], output, indent=1)
    return not kept


if __name__ == '__main__':
    sys.exit(main())
