#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs tshark over captures that nobody would send: campaign.py {errors|grammar} BUILD_DIR SECONDS [SEED]

errors: the captures of test-captures/ with errors that editcap puts into them, the way of Wireshark's fuzz-test.sh, or with
those of damage.py, which also leaves out, doubles, delays and cuts packets, sets clocks back, and puts several packets into one
frame. grammar: sessions made by grammar.py, as they are or damaged so. Each capture is opened in one pass and in two, with
every field, with all statistics, and with frames left out of the second pass, each time with other preferences; the plugin in BUILD_DIR is best built with -DAMANDA_SANITIZE=ON. A capture that fails is kept in BUILD_DIR/findings. What
fails in the same way where Wireshark has the protocol switched off is Wireshark's own, and only told.
"""

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
sys.path[:0] = [str(HERE.parent)]
import damage  # noqa: E402 (it lies beside this file)
import grammar  # noqa: E402 (likewise)
import streams  # noqa: E402 (it lies in the directory above)
import tshark  # noqa: E402 (likewise)

CAPTURES = sorted((ROOT / "test-captures").glob("**/*.pcap"))
TABLES = "-z", "expert", *tshark.table_options(), "-z", "amanda,outcomes"
RUNS = ["-V"], ["-2", "-V"], ["-2", "-q", *TABLES], ["-2", "-R", "frame.number & 3", "-T", "json", *TABLES]
PREFERENCES = (
    "amanda.show_xml:TRUE", "amanda.show_unset_features:TRUE", "amanda.timeout:60", "amanda.precedence:FALSE",
    "amanda.reserved_ports:TRUE",
    "tcp.reassemble_out_of_order:TRUE", "tcp.desegment_tcp_streams:FALSE", "tcp.relative_sequence_numbers:FALSE",
    "tcp.analyze_sequence_numbers:FALSE", "tcp.try_heuristic_first:TRUE", "ip.defragment:FALSE")
SESSIONS = 150
CPU_SECONDS = 120  # not of the clock: the machine may have other things to do


def limit_cpu():
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))


def with_errors(path, folder, chance):
    """Some captures, one behind the other, each with errors behind the headers of link and IP."""
    made = []
    for capture in chance.sample(CAPTURES, len(CAPTURES) // 4):
        bad = folder / f"{capture.parent.name}-{capture.name}"
        if chance.random() < 0.5:
            damage.write(bad, damage.read(capture), chance)
        else:
            subprocess.run(["editcap", "-E", f"{chance.choice([0.002, 0.01, 0.05])}", "-o", "34", "--seed",
                            str(chance.randrange(2**31)), capture, bad], check=True, capture_output=True)
        made.append(bad)
    subprocess.run(["mergecap", "-a", "-w", path, *made], check=True, capture_output=True)


def by_grammar(path, _, chance):
    capture = streams.Capture()
    grammar.sessions(capture, chance, SESSIONS)
    if chance.random() < 0.3:
        capture.write(path)
        return
    damage.write(path, ((time, frame[14:], max(0, rest[0] - 14) if rest else None) for time, frame, *rest in
                        capture.frames), chance)


def with_preferences(options, chance):
    chosen = [preference for preference in PREFERENCES if chance.random() < 0.2]
    return [*options, *(word for preference in chosen for word in ("-o", preference))]


def failure(build, capture, options):
    """What is wrong with tshark's run over the capture, if anything is."""
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "WIRESHARK_ABORT_ON_DISSECTOR_BUG": "1"}
    command = ["sh", str(ROOT / "plugin/scripts/with-plugin.sh"), build, "tshark", "-n", "-r", str(capture), *options]
    result = subprocess.run(command, env=environment, capture_output=True, preexec_fn=limit_cpu)
    if result.returncode == -signal.SIGXCPU:
        return f"no end after {CPU_SECONDS} s of CPU"
    if result.returncode or b"Dissector bug" in result.stderr or b"Dissector bug" in result.stdout:
        return f"status {result.returncode}\n{result.stderr.decode(errors='replace')[-4000:]}"
    try:
        result.stdout.decode("utf-8")
    except UnicodeDecodeError as error:
        return f"the output is not UTF-8: {error}"
    return None


def main():
    make, build, seconds = {"errors": with_errors, "grammar": by_grammar}[sys.argv[1]], sys.argv[2], float(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else int(time.time())
    findings, foreign, captures, runs, size, end = 0, 0, 0, 0, 0, time.monotonic() + seconds
    with tempfile.TemporaryDirectory(prefix="amanda-fuzz-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        while time.monotonic() < end:
            path = folder / "made.pcap"
            chance = random.Random(seed + captures)
            make(path, folder, chance)
            captures += 1
            size += path.stat().st_size
            for options in [with_preferences(options, chance) for options in RUNS]:
                wrong = failure(build, path, options)
                runs += 1
                if wrong and wrong == failure(build, path, [*options, "--disable-protocol", "amanda"]):
                    print(f"seed {seed + captures - 1}, without Amanda, too: {wrong}", flush=True)
                    foreign += 1
                    break
                if wrong:
                    kept = Path(build, "findings", f"{sys.argv[1]}-{seed + captures - 1}.pcap")
                    kept.parent.mkdir(exist_ok=True)
                    shutil.copy(path, kept)
                    print(f"{kept} with {' '.join(options)}: {wrong}", flush=True)
                    findings += 1
                    break
    print(f"{sys.argv[1]}: seeds {seed} to {seed + captures - 1}, {captures} captures of {size / 1e6:.1f} MB, {runs} runs of "
          f"tshark, {findings} findings, {foreign} failures of Wireshark's own")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
