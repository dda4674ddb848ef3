# SPDX-License-Identifier: GPL-2.0-or-later
"""Wireshark's programs, started once for many command lines: the tests' end of fork-server.c."""

import atexit
import os
import resource
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

WITH_PLUGIN = Path(__file__).resolve().parents[1] / "scripts/with-plugin.sh"
# By program, the arguments with which it goes as far as registering protocols
ARGUMENTS = {"tshark": ["-r", os.devnull], "sharkd": ["-"]}
# What these options say counts while the protocols are registered, or has to do with where that comes from.
NEED_A_NEW_PROCESS = "-C", "-G", "-X"
ENDING = struct.Struct("=iiq")  # ending_t
TIMEOUT = 300  # seconds, for one command line


class ForkServer:
    """One program, with the plugin of one build tree, one environment and one working directory; under another program such
    as valgrind, if that is named."""

    def __init__(self, library, build, program, environment, under=()):
        self.program = program
        self.errors = tempfile.TemporaryFile()
        self.socket, far_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        preload = build / "preload"  # of AMANDA_SANITIZE: the sanitizer's library has to be the first
        libraries = [preload.read_text().strip()] if preload.exists() else []
        command = ["sh", WITH_PLUGIN, build, "env", f"LD_PRELOAD={':'.join([*libraries, str(library)])}",
                   *data_without_vendors(), *under, program, *ARGUMENTS[program]]
        with far_end:
            self.process = subprocess.Popen(
                command, env={**environment, "AMANDA_FORK_SERVER": str(far_end.fileno())}, stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL, stderr=self.errors, pass_fds=[far_end.fileno()])
        atexit.register(self.close)
        self.receive()

    def receive(self):
        message = self.socket.recv(1024)
        if message:
            return message
        self.process.wait()
        self.errors.seek(0)
        raise RuntimeError(f"the fork server of {self.program} has ended (AMANDA_FORK_SERVER=off does without it):\n"
                           + self.errors.read().decode(errors="replace"))

    def run(self, arguments, input, timeout=None):
        timeout = timeout or TIMEOUT
        with memory() as stdin, memory() as stdout, memory() as stderr:
            stdin.write(input or b"")
            stdin.seek(0)
            socket.send_fds(self.socket, [b"".join(os.fsencode(word) + b"\0" for word in (self.program, *arguments))],
                            [stdin.fileno(), stdout.fileno(), stderr.fileno()])
            child = int.from_bytes(self.receive(), "little")
            self.socket.settimeout(timeout)
            try:
                ending = self.receive()
            except socket.timeout:
                os.kill(child, signal.SIGKILL)
                self.socket.settimeout(None)
                self.receive()
                raise subprocess.TimeoutExpired([self.program, *arguments], timeout) from None
            self.socket.settimeout(None)
            status, _, microseconds = ENDING.unpack(ending)
            result = subprocess.CompletedProcess([self.program, *arguments], os.waitstatus_to_exitcode(status),
                                                 contents(stdout), contents(stderr))
            result.pid, result.cpu_seconds = child, microseconds / 10**6
            return result

    def close(self):
        self.socket.close()
        self.process.wait()
        self.errors.close()


@lru_cache(maxsize=None)
def data_without_vendors():
    """Wireshark 4.0 reads its tables of who made a network card, and of enterprises, anew for each capture file, which takes as
    long as all the rest. The cards in our captures have addresses that belong to nobody, and no packet has an enterprise's
    number."""
    data = Path(shutil.which("tshark") or "/usr/bin/tshark").parents[1] / "share/wireshark"
    if not (data / "manuf").exists():
        return []
    lean = tempfile.TemporaryDirectory(prefix="wireshark-data-")
    atexit.register(lean.cleanup)
    Path(lean.name).chmod(0o755)
    for file in data.iterdir():
        if file.name in ("manuf", "enterprises.tsv"):
            Path(lean.name, file.name).touch()
        else:
            Path(lean.name, file.name).symlink_to(file)
    return [f"WIRESHARK_DATA_DIR={lean.name}"]


def memory():
    return os.fdopen(os.memfd_create("stream"), "w+b")


def contents(file):
    file.seek(0)
    return file.read()


@lru_cache(maxsize=None)
def server_of(library, build, program, environment, directory):
    """directory is the one that it was started in."""
    return ForkServer(library, build, program, dict(environment))


def run(library, build, program, arguments, environment, input=None):
    """What subprocess.run() has of this program with the plugin of that build tree, in bytes, and its cpu_seconds: from a
    fork server if that is possible, with the library in which fork-server.c is."""
    arguments = [str(argument) for argument in arguments]
    environment = {name: value for name, value in environment.items() if name != "PYTEST_CURRENT_TEST"}
    if (program in ARGUMENTS and os.environ.get("AMANDA_FORK_SERVER") != "off"
            and not any(argument.startswith(NEED_A_NEW_PROCESS) for argument in arguments)):
        server = server_of(library, build, program, frozenset(environment.items()), os.getcwd())
        return server.run(arguments, input)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    result = subprocess.run(["sh", WITH_PLUGIN, build, program, *arguments], env=environment, input=input,
                            capture_output=True, timeout=TIMEOUT)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    result.cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return result
