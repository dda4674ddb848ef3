# SPDX-License-Identifier: GPL-2.0-or-later
"""The series of patches for Wireshark's own tree: what each of them leaves in the plugin's folder compiles, and the last one
leaves nothing out. .ci/in-tree builds and tests the series in the tree itself, where that can be had."""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

import pytest

import tshark

sys.path.insert(0, str(tshark.ROOT / "plugin/scripts"))
import upstream  # noqa: E402

SOURCES = upstream.read_sources()
STAGES = upstream.stages_of(SOURCES)
NUMBERS = range(len(upstream.SERIES))


@pytest.fixture(scope="module")
def made():
    return [upstream.make_stage(SOURCES, STAGES, stage) for stage in NUMBERS]


def test_each_patch_brings_files_and_the_last_one_leaves_nothing_out(made):
    assert [len(made[stage]) > len(made[stage - 1]) for stage in NUMBERS[1:]] == [True] * (len(made) - 1)
    assert made[-1] == SOURCES
    assert {"verdict/rules.c", "packet-amanda.c", "ports.c"} <= set(made[0])
    assert not [name for name in made[0] if re.match("body|stream|tcp|outcome|statistics", name)]


def test_folders_come_in_the_order_of_the_series(made):
    first = {}
    for stage, files in enumerate(made):
        for name in files:
            first.setdefault(name.partition("/")[0] if "/" in name and "outcome" not in name else name, stage)
    assert {name: first[name] for name in ("verdict", "show", "body", "stream", "tcp", "statistics", "outcome/rules.c",
                                           "show/outcome.c", "conversation-filters.c")} == {
        "verdict": 0, "show": 0, "body": 1, "stream": 2, "tcp": 2, "statistics": 3, "outcome/rules.c": 3,
        "show/outcome.c": 3, "conversation-filters.c": 3}


def touched(files):
    """The C files of a patch that are not, with all that they include, as they are in the plugin."""
    names = {name for name in files if files[name] != SOURCES[name]}
    while True:
        more = {name for name, text in files.items()
                if names & set(re.findall(r'^#include "([^"]+)"', text, re.MULTILINE))} - names
        if not more:
            return sorted(name for name in names if name.endswith(".c"))
        names |= more


@pytest.mark.parametrize("stage", NUMBERS[:-1])
def test_each_patch_compiles_without_a_warning(made, tmp_path, stage):
    for name, text in made[stage].items():
        upstream.write(tmp_path, name, text)
    commands = json.loads((tshark.BUILD / "compile_commands.json").read_text())
    command = next(shlex.split(entry["command"]) for entry in commands
                   if entry["file"] == str(tshark.ROOT / "plugin/packet-amanda.c") and "-Wshadow" in entry["command"])
    command = [re.sub(rf"^(-I)?{re.escape(str(tshark.ROOT / 'plugin'))}$", rf"\g<1>{tmp_path}", word)
               for word in command[:command.index("-o")]] + ["-fsyntax-only", "-Werror"]
    assert f"-I{tmp_path}" in command
    assert {"packet-amanda.c", "show/verdict.c"} <= set(touched(made[stage]))

    def compile_file(name):
        result = subprocess.run([*command, tmp_path / name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return "" if result.returncode == 0 else result.stdout

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        assert "".join(pool.map(compile_file, touched(made[stage]))) == ""


# ---------------------------------------------------------------------------------------------------------------------
# What is left out of a file

ABSENT = {"amanda_gone", "AMANDA_GONE", "amanda_gone_t"}

LEFT = (
    ("a statement", "void f(int a)\n{\n    g(a);\n    amanda_gone(a,\n                2);\n}\n", "void f(int a)\n{\n    g(a);\n}\n"),
    ("all of a function", "void f(void)\n{\n    f2();\n}\n\n/* Why */\nstatic void f2(int a)\n{\n    amanda_gone(a);\n}\n", ""),
    ("a condition and what it guards", "void f(int a)\n{\n    if (amanda_gone(a) &&\n        a)\n        g();\n    h(a);\n}\n",
     "void f(int a)\n{\n    h(a);\n}\n"),
    ("all that a condition guards", "void f(int a)\n{\n    if (a &&\n        b)\n        amanda_gone(a);\n    h(a);\n}\n",
     "void f(int a)\n{\n    h(a);\n}\n"),
    ("one of two in a block", "void f(int a)\n{\n    if (a) {\n        amanda_gone();\n        g();\n    }\n}\n",
     "void f(int a)\n{\n    if (a) {\n        g();\n    }\n}\n"),
    ("a whole block", "void f(int a)\n{\n    if (a) {\n        amanda_gone();\n    }\n    h(a);\n}\n", "void f(int a)\n{\n    h(a);\n}\n"),
    ("an element", "static const int t[] = {\n    1,\n    AMANDA_GONE,\n};\nint f(void)\n{\n    return t[0];\n}\n",
     "static const int t[] = {\n    1,\n};\nint f(void)\n{\n    return t[0];\n}\n"),
    ("a field", "typedef struct {\n    int a;\n    amanda_gone_t *b; /* why */\n} t_t;\n", "typedef struct {\n    int a;\n} t_t;\n"),
    ("a local variable that is left over", "void f(int a)\n{\n    int b = a;\n\n    amanda_gone(b);\n    h(a);\n}\n",
     "void f(int a)\n{\n    h(a);\n}\n"),
    ("a parameter that is left over", "void f(int a, int b)\n{\n    g(a);\n    amanda_gone(b);\n}\n",
     "void f(int a, int b _U_)\n{\n    g(a);\n}\n"),
    ("nothing of comments and texts", 'void f(void)\n{\n    g("amanda_gone"); /* as amanda_gone() */\n}\n',
     'void f(void)\n{\n    g("amanda_gone"); /* as amanda_gone() */\n}\n'),
)


@pytest.mark.parametrize("text, left", [case[1:] for case in LEFT], ids=[case[0] for case in LEFT])
def test_what_belongs_to_a_later_patch_is_left_out_whole(text, left):
    assert upstream.leave_out_of("f.c", text, set(), set(ABSENT))[0] == left


@pytest.mark.parametrize("text", (
    "int f(int a)\n{\n    return amanda_gone(a);\n}\n",
    "void f(int a)\n{\n    if (amanda_gone(a))\n        g();\n    else\n        h();\n}\n",
), ids=("return", "else"))
def test_what_cannot_be_left_out_whole_is_an_error(text):
    with pytest.raises(upstream.CannotLeaveOut, match=r"f\.c:3"):
        upstream.leave_out_of("f.c", text, set(), set(ABSENT))


# ---------------------------------------------------------------------------------------------------------------------
# The tree around it

NOTES = "=== New Protocol Support\n\n{}\n\n=== Updated Protocol Support\n"


@pytest.mark.parametrize("before, after", (
    ("There are no new protocols in this release.",
     "// Add one protocol per line between the -- delimiters.\n[commaize]\n--\nAmanda Network Backup Protocol (Amanda)\n--"),
    ("[commaize]\n--\nAllied Telesis\nBundle\n--",
     "[commaize]\n--\nAllied Telesis\nAmanda Network Backup Protocol (Amanda)\nBundle\n--"),
), ids=("none", "some"))
def test_the_release_note_has_the_protocol(before, after):
    assert upstream.with_release_note(NOTES.format(before), "notes") == NOTES.format(after)


@pytest.mark.parametrize("version, heuristic", (((4, 0), "gboolean"), ((4, 4), "bool"), ((4, 6), "bool")))
def test_differences_between_versions_are_those_of_the_tree_alone(version, heuristic):
    text = upstream.for_version(SOURCES["ws-compat.h"], version)
    assert re.findall(r"^typedef (\w+) ws_bool;$", text, re.MULTILINE) == [heuristic]
    assert "AMANDA_WS_AT_LEAST" not in text
    assert re.findall(r"^#(?:if|else|endif)\b", text, re.MULTILINE).count("#else") == 0


@pytest.mark.parametrize("suite", ("class case_x(subprocesstest.SubprocessTestCase):\n    pass\n", "class TestX:\n    pass\n"))
def test_the_tests_are_written_as_the_tree_writes_them(suite):
    written = suite + "".join(upstream.tests_for(suite, stage) for stage in NUMBERS)
    compile(written, "suite_dissection.py", "exec")
    assert written.count("class ") == 2
    assert len(re.findall(r"^    def test_amanda_\w+\(self, cmd_tshark", written, re.MULTILINE)) == len(upstream.TESTS)
