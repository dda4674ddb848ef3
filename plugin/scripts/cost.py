# SPDX-License-Identifier: GPL-2.0-or-later
"""What a run of tshark with the plugin costs, for benchmark.py and for the tests."""

import os
import resource
import subprocess
import tempfile
from collections import namedtuple
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent

# The seconds are of processor time, the memory is in bytes at its peak; bytes of output, where they were counted; what it
# wrote to its standard error
Run = namedtuple("Run", "status seconds memory output errors")


def measure(build, arguments, count_output=False, environment=None, limit=3600):
    """One run of tshark with the plugin of this build tree; a signal ends it after so many seconds of processor time."""
    command = ["sh", str(SCRIPTS / "with-plugin.sh"), str(build), "tshark", "-n", *map(str, arguments)]
    stdout = subprocess.PIPE if count_output else subprocess.DEVNULL
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=stdout, stderr=errors, env=environment,
                                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (limit, limit)))
        output = 0
        while count_output:
            block = os.read(process.stdout.fileno(), 1 << 20)
            if not block:
                break
            output += len(block)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    return Run(process.returncode, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, output, said)
