#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Counts the instructions that the plugin takes for a packet, by valgrind's callgrind: what a noisy clock cannot decide.
#   instructions.py BUILD_DIR                   what the plugin itself takes, and what it adds to other traffic
#   instructions.py BUILD_DIR --check FILE      fails where a figure is more than a tenth above the one in FILE
#   instructions.py BUILD_DIR --record FILE     writes them there
#   instructions.py BUILD_DIR --growth 100000 1000000     what all of tshark takes for a packet, in captures of both sizes;
#                                               fails where that grows by more than a tenth. Half an hour
# Needs valgrind. The figures depend on compiler and libraries: FILE is for Debian 12.
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import traffic

SCRIPTS = pathlib.Path(__file__).resolve().parent
TOLERANCE = 0.10

# Traffic, packets, options of tshark, and the function of the plugin below which everything counts.
OWN = {
    'Amanda, packet list': ('Amanda', 20000, [], 'dissect_amanda'),
    'Amanda, -q -z expert': ('Amanda', 20000, ['-q', '-z', 'expert'], 'dissect_amanda'),
    'Amanda, -V': ('Amanda', 4000, ['-V'], 'dissect_amanda'),
    'TCP beside a dump, packet list': ('TCP beside a dump', 10000, [], 'follow_connections'),
    'a dump, packet list': ('dump', 5000, [], 'follow_connections'),
}
FOREIGN = ['DNS', 'UDP, unclaimed', 'TCP', 'TCP beside a dump', 'dump']
FOREIGN_SIZES = (10000, 20000)
GROWING = {'packet list': [], '-2': ['-2'], '-q -z expert': ['-q', '-z', 'expert']}


def count(build, capture, options, function=None, plugin=True):
    """Instructions of one run of tshark, or of those below one function."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        command = ['sh', str(SCRIPTS / 'with-plugin.sh'), str(build), 'valgrind', '--tool=callgrind',
                   '--callgrind-out-file=%s/out' % folder]
        if function:
            command.append('--toggle-collect=' + function)
        command += ['tshark', '-n', '-r', str(capture), *options]
        if not plugin:
            # The same start, but another folder to look for plugins in.
            command[3:3] = ['env', 'WIRESHARK_PLUGIN_DIR=' + folder]
        ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    found = re.search(r'Collected : (\d+)', ended.stderr)
    if ended.returncode or not found:
        sys.exit('instructions.py: %s failed:\n%s' % (' '.join(command), ended.stderr))
    return int(found.group(1))


class Counter:
    def __init__(self, build, folder):
        self.build, self.folder = build, pathlib.Path(folder)
        os.chmod(folder, 0o755)

    def capture(self, kind, packets):
        path = self.folder / ('%s-%d.pcap' % (re.sub(r'\W', '', kind), packets))
        if not path.exists():
            traffic.write(path, kind, packets)
        return path

    def own(self, name):
        kind, packets, options, function = OWN[name]
        counted = count(self.build, self.capture(kind, packets), options, function)
        if not counted:
            sys.exit('instructions.py: nothing of %s ran; was it renamed?' % function)
        return counted / packets

    def whole(self, kind, plugin):
        """Instructions for a packet in all of tshark; the difference of two sizes leaves out its start."""
        few, many = (count(self.build, self.capture(kind, size), [], None, plugin) for size in FOREIGN_SIZES)
        return (many - few) / (FOREIGN_SIZES[1] - FOREIGN_SIZES[0])

    def grown(self, options, size):
        """Instructions of all of tshark for a packet of Amanda in a capture of that size, without its start."""
        many, none = (count(self.build, self.capture('Amanda', packets), options) for packets in (size, 0))
        return (many - none) / size


def growth(counter, pool, sizes):
    """Prints a line for each mode of tshark; returns whether none grows by more than TOLERANCE."""
    for size in (0, *sizes):
        counter.capture('Amanda', size)
    cases = [(mode, size) for size in reversed(sizes) for mode in GROWING]
    figures = dict(zip(cases, pool.map(lambda case: counter.grown(GROWING[case[0]], case[1]), cases)))
    worst = 0
    for mode in GROWING:
        few, many = (figures[mode, size] for size in sizes)
        worst = max(worst, many / few - 1)
        print('%-32s %8.0f instructions for a packet of %d, %8.0f of %d: %+.2f %%' % (
            'Amanda, ' + mode, few, sizes[0], many, sizes[1], 100 * (many / few - 1)))
    return worst <= TOLERANCE


def check(figures, path):
    """Prints a line for each figure and the sum; returns whether all are well."""
    passed = 0
    for name, limit in json.loads(pathlib.Path(path).read_text()).items():
        good = figures[name] <= limit * (1 + TOLERANCE)
        passed += good
        print('%s %s: %.0f instructions for a packet, %.0f before' % ('ok   ' if good else 'FAIL ', name, figures[name],
                                                                     limit))
    print('%d passed, %d failed' % (passed, len(figures) - passed))
    return passed == len(figures)


def main():
    parser = argparse.ArgumentParser(description='Counts the instructions that the plugin takes for a packet.')
    parser.add_argument('build', help='build directory of the plugin')
    parser.add_argument('--check', metavar='FILE', help='compare with the figures in FILE')
    parser.add_argument('--record', metavar='FILE', help='write the figures to FILE')
    parser.add_argument('--growth', metavar=('FEW', 'MANY'), type=int, nargs=2, help='compare captures of two sizes')
    arguments = parser.parse_args()
    build = pathlib.Path(arguments.build).resolve()
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        counter = Counter(build, folder)
        if arguments.growth:
            return not growth(counter, pool, arguments.growth)
        for kind, packets, _, _ in OWN.values():
            counter.capture(kind, packets)
        figures = dict(zip(OWN, pool.map(counter.own, OWN)))
        if arguments.check:
            return not check(figures, arguments.check)
        if arguments.record:
            rounded = {name: round(figure) for name, figure in figures.items()}
            pathlib.Path(arguments.record).write_text(json.dumps(rounded, indent=1) + '\n')
            return 0
        for name, figure in figures.items():
            print('%-32s %8.0f instructions for a packet in the plugin and what it calls' % (name, figure))
        for kind in FOREIGN:
            counter.capture(kind, FOREIGN_SIZES[0]), counter.capture(kind, FOREIGN_SIZES[1])
            with_plugin, without = pool.map(lambda plugin: counter.whole(kind, plugin), (True, False))
            print('%-32s %8.0f in all of tshark, %8.0f without the plugin: %+.2f %%' % (
                kind, with_plugin, without, 100 * (with_plugin / without - 1)))
    return 0


if __name__ == '__main__':
    sys.exit(main())
