#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What Amanda's own log says of the runs in a capture, as JSON on standard output.

    amanda_log.py LOGDIR SCENARIO AUTH HOW CAPTURE...

LOGDIR holds log.<date>.<n> and amdump.<date> of each run (Amanda 2.4: amdump.<n>, the last run is 1); check.txt, amdump.txt and other.txt two directories above
it are what amcheck, amdump and another program printed.  The words of dumper and planner count, not those of
chunker and taper: what they say concerns the server's disks.  Nothing here comes from a capture.  AMANDA_VERSION in the
environment says which Amanda it was, if not Debian's.
"""
import json
import os
import pathlib
import re
import sys

WORD = r'("(?:[^"\\]|\\.)*"|\S+)'
# the driver's commands to a dumper: serial, port or file, interface, maxdumps (neither of Amanda 2.4), host, features, disk,
# device, level
COMMAND = re.compile(rf"driver: send-cmd time (\S+) to (dumper\d+): (?:PORT|SHM|FILE)-DUMP (\S+) \S+ (?:\S+ \d+ )?"
                     rf"{WORD} {WORD} {WORD} {WORD} (\d+) ")
RESULT = re.compile(r"driver: result time (\S+) from dumper\d+: (DONE|FAILED|TRY-AGAIN|RETRY|ABORT-FINISHED) (\S+) ?(.*)")
ESTIMATE = re.compile(rf"planner: time \S+: got result for host {WORD} disk {WORD}: (.*)")
# dates are 14 digits, or 8 of Amanda 2.4; STRANGE has none
LINE = re.compile(rf"(SUCCESS|STRANGE|FAIL|RETRY|PARTIAL) (\w+) {WORD} {WORD} (?:(\d{{14}}|\d{{8}}) )?(\d+) ?(.*)")
DIED = re.compile(r"WARNING driver dumper\d+ died while dumping (\S+?):(\S+) lev (\d+)\.")


def bare(word):
    return re.sub(r"\\(.)", r"\1", word[1:-1]) if word[:1] == '"' else word


def log_lines(text):
    """(line, the lines that belong to it) of a log"""
    entries = []
    for line in text.splitlines():
        if line.startswith("  ") and entries:
            entries[-1][1].append(line[2:])
        else:
            entries.append((line, []))
    return entries


class Run:
    """One amdump: its tries, its estimates, and what belongs to neither"""

    def __init__(self, number, log, amdump, old):
        self.number = number
        self.old = old
        self.tries = self.commands(amdump)
        self.estimates = self.planner_results(amdump)
        self.rest, self.taper, self.planner = [], [], []
        self.asked = []
        for line, below in log_lines(log):
            self.take(line, below)
        self.finish()

    def commands(self, amdump):
        """A try for each command to a dumper, in their order, with the driver's word for how it ended"""
        tries, by_serial = [], {}
        for line in amdump.splitlines():
            if found := COMMAND.match(line):
                seconds, _, serial, host, _, disk, _, level = found.groups()
                by_serial[serial] = {"run": self.number, "host": bare(host), "disk": bare(disk), "level": int(level),
                                     "log_result": None, "log_text": "", "kb": None, "driver_result": None,
                                     "start": float(seconds), "end": None}
                tries.append(by_serial[serial])
            elif (found := RESULT.match(line)) and found[3] in by_serial:
                mine = by_serial[found[3]]
                mine.update(driver_result=found[2], end=float(found[1]))
                # Amanda 2.4 has no line in its log for a try that is repeated
                if self.old and found[2] == "TRY-AGAIN":
                    mine.update(log_result="FAIL", log_text=found[4], log_program="driver")
        return tries

    def planner_results(self, amdump):
        results = {}
        for line in amdump.splitlines():
            if found := ESTIMATE.match(line):
                sizes = re.findall(r"(-?\d+) -> (-?\d+)K", found[3])
                results[bare(found[1]), bare(found[2])] = {int(level): int(kb) for level, kb in sizes if int(level) >= 0}
        return results

    def entry(self, **more):
        return {"run": self.number, **more}

    def take(self, line, below):
        if found := LINE.match(line):
            word, program, host, disk, _, level, text = found.groups()
            self.say(word, program, bare(host), bare(disk), int(level), text, below)
        elif found := DIED.match(line):
            mine = self.open_try(found[1], found[2])
            if mine:
                mine.update(log_result="NONE", log_text=line, log_program="driver")
        elif line.startswith("DISK planner "):
            host, disk = re.match(rf"DISK planner {WORD} {WORD}", line).groups()
            self.asked.append((bare(host), bare(disk)))
        elif re.match(r"(ERROR|FAIL|WARNING) planner ", line) and "tapecycle" not in line:
            self.planner.append(line)
        elif re.match(r"(FAIL|PARTIAL|ERROR) taper ", line):
            self.taper.append(line)

    def open_try(self, host, disk):
        return next((t for t in self.tries if (t["host"], t["disk"]) == (host, disk) and not t["log_result"]), None)

    def say(self, word, program, host, disk, level, text, below):
        if program == "dumper" and (mine := self.open_try(host, disk)):
            mine.update(log_result=word, log_text=text)
            if found := re.search(r" kb (\d+) ", text):
                mine["kb"] = int(found[1])
            if below:
                mine["log_lines"] = below
        elif program == "planner" and word == "FAIL":
            self.estimates[host, disk] = text
        else:
            self.rest.append(self.entry(program=program, host=host, disk=disk, level=level, log_result=word, log_text=text))

    def finish(self):
        """A dumper that says nothing of its try"""
        for mine in self.tries:
            if not mine["log_result"]:
                mine.update(log_result="NONE", log_text="no line of dumper in the log")

    def estimate_entries(self):
        for host, disk in self.asked:
            sizes = self.estimates.get((host, disk))
            if isinstance(sizes, dict) and any(kb >= 0 for kb in sizes.values()):
                text = ", ".join(f"level {level} {kb}K" for level, kb in sizes.items() if kb >= 0)
                yield self.entry(host=host, disk=disk, log_result="OK", log_text=text,
                                 kb_by_level={str(level): kb for level, kb in sizes.items() if kb >= 0})
            else:
                yield self.entry(host=host, disk=disk, log_result="FAIL" if sizes else "NONE",
                                 log_text=sizes if isinstance(sizes, str) else "", kb_by_level={})


def printed(path):
    return path.read_text(errors="replace").splitlines() if path.exists() else []


def checks(lines, disks):
    """The lines of amcheck about clients"""
    found = []
    for line in lines:
        if re.match(r"(HOST .*)?(ERROR|WARNING)|Client check:|HOST ", line):
            named = [disk for disk in disks if re.search(re.escape(disk) + r"(?![\w/])", line)]
            found.append({"disk": named[0] if named else None, "text": line})
    return found


def restored(lines):
    for line in lines:
        if found := re.match(r"LAB: (restored (\S+): (.*))", line):
            return {"file": found[2], "log_result": "SUCCESS" if found[3].startswith("same") else "FAIL", "log_text": found[1]}
    return None


def main():
    logdir, scenario, auth, how, *captures = sys.argv[1:]
    logdir = pathlib.Path(logdir)
    top = logdir.parent.parent
    logs = sorted(logdir.glob("log.[0-9]*"))
    runs = []
    old = not list(logdir.glob("amdump.????????*"))
    for number, log in enumerate(logs):
        amdump = logdir / f"amdump.{len(logs) - number if old else log.name.split('.')[1]}"
        if amdump.exists():         # amidxtaped and amcheck leave logs too
            runs.append(Run(len(runs) + 1, log.read_text(errors="replace"), amdump.read_text(errors="replace"), old))
    disks = {disk for run in runs for _, disk in run.asked}
    said = {
        "scenario": scenario, "auth": auth, "how": how,
        "amanda_version": os.environ.get("AMANDA_VERSION", "3.5.1 (Debian 1:3.5.1-11+deb12u2), both sides"),
        "captures": sorted(pathlib.Path(capture).name for capture in captures),
        "amdump_exit": " ".join(printed(top / "amdump.txt")),
        "dumps": [t for run in runs for t in run.tries],
        "log_lines_of_no_try": [line for run in runs for line in run.rest],
        "estimates": [e for run in runs for e in run.estimate_entries()],
        "log_lines_of_taper": [line for run in runs for line in run.taper],
        "planner_words": [line for run in runs for line in run.planner],
        "checks": checks(printed(top / "check.txt"), disks),
    }
    other = printed(top / "other.txt")
    if other:
        said["other_program"] = other
        if restored(other):
            said["restore"] = restored(other)
    json.dump(said, sys.stdout, indent=1)
    print()


if __name__ == "__main__":
    main()
