#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the plugin as a series of patches against Wireshark's own source tree: see upstream.sh.

    upstream.py TREE DIRECTORY      the patches, as git format-patch names them, into DIRECTORY

No source is written here. What a patch has follows from what the files include, and what belongs to a later one is left
out: each statement that calls it, each function that has nothing else to do, each field of its types. That goes by the
layout that clang-format gives. Where a statement cannot be left out whole, this ends with an error, and the source has to
be put so that it can."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

PLUGIN = pathlib.Path(__file__).resolve().parent.parent
FOLDER = "plugins/epan/amanda"

# Title, what it says of itself, and which files it has; a file in none of them comes with the first patch that needs it.
SERIES = (
    ("Amanda: new dissector, packets of UDP with their verdicts", """\
Amanda backs up the disks of many hosts to one server. Each service is asked for with a REQ, which the client answers with
a REP; both are acknowledged, and sent again until they are. Amanda's requesters take an old REP for the answer to a new
REQ, under conditions that the dissector knows: it judges on the first pass what each packet means for its exchange, and
tells replies without a request from those that answer one.

Requesters send from ports below 1024, many of which belong to other protocols: ports.c has how the plugin is asked first.""",
     ()),
    ("Amanda: bodies of requests and replies", """\
Each kind of line has a file, wherever it occurs: disks in XML or text, options, feature sets, estimates, results of
checks, errors with what they mean, and the ports that a dump announces.""",
     (r"body/",)),
    ("Amanda: streams, and packets in frames of TCP", """\
A reply announces the connections by which data, messages, index and state of a dump come; with bsdtcp, ssl and krb5 all of
it comes in frames of one connection, and so do the packets. Segments are put in order without waiting for what the capture
lacks.""",
     (r"stream/", r"tcp/")),
    ("Amanda: what became of each job and disk, and statistics", """\
The facts that packets, streams and connections tell decide what became of each check, estimate, dump and restore, with the
reason and the remedy. Tables for tshark's -z and Wireshark's menu count all of it.""",
     (r"outcome/", r"\w+/outcome", r"statistics/", r"conversation-filters")),
)
# What the tree has of its own: plugin.c is generated there.
LEFT_OUT = ("plugin.c",)
# Of the plugin's folder, what is no C
OTHERS = ("CMakeLists.txt", "README", "sources.cmake")

# Captures for the tree's tests: name there, and where it comes from
CAPTURES = (
    (0, "amanda_stale_reply.pcap", "recorded/lost-ack-same-port-server.pcap"),
    (2, "amanda_bsdtcp.pcap", "recorded/bsdtcp.pcap"),
)
# Tests: patch, name, capture, arguments of tshark, and how many lines of its output a pattern is found in. The frames and
# verdicts stand in lists beside the recordings, which no program wrote.
TESTS = (
    (0, "unmatched_replies", 0, ("-Y", "amanda.rep.unmatched", "-Tfields", "-eframe.number"), r"^(66|121|229|231)$", 4),
    (0, "unmatched_replies_in_two_passes", 0, ("-2", "-Y", "amanda.rep.unmatched", "-Tfields", "-eframe.number"),
     r"^(66|121|229|231)$", 4),
    (0, "answers", 0, ("-Y", "amanda.verdict == answer && amanda.type == REP", "-Tfields", "-eframe.number"),
     r"^(3|8|12|67|122|175)$", 6),
    (1, "announced_ports", 0, ("-Y", "frame.number == 12", "-Tfields", "-eamanda.connect.port"),
     r"^50046,50047,50048,50049$", 1),
    (2, "streams_of_a_dump", 0, ("-Y", "amanda.stream.setup_frame == 12 && tcp.flags.syn == 1 && tcp.flags.ack == 0",
                                 "-Tfields", "-eframe.number"), r"^(14|17|20|23)$", 4),
    (3, "outcomes", 0, ("-q", "-z", "amanda,outcomes"), r"/srv/d[1-4] .* dump +success ", 4),
)


COMMENT = re.compile(r"\s*(/\*|\*( |/|$))")


class CannotLeaveOut(Exception):
    """A statement that cannot be left out whole."""


def tokens(text):
    """The plugin's own names in a text, but for those in comments, texts and includes."""
    text = re.sub(r"^#include [^\n]*|/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\])'", "", text, flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"\b(?:amanda|AMANDA)_\w+", text))


def declared(text):
    """The plugin's names that a header declares, and does not merely use."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    forms = (r"^(?!typedef|#|\s)[^;{}()]*?\b(amanda_\w+)\(",                   # functions
             r"\} (amanda_\w+);",                                              # types
             r"^typedef (?!struct \w+ \{)[^;{}]*?\b(amanda_\w+)(?:\)\([^;]*\))?;",
             r"^ +(AMANDA_\w+)(?: =[^,]*)?,?$", r"^#define (AMANDA_\w+)")       # constants
    return {name for form in forms for name in re.findall(form, text, re.MULTILINE)}


# ---------------------------------------------------------------------------------------------------------------------
# Which file comes with which patch


def read_sources():
    return {str(path.relative_to(PLUGIN)): path.read_text(encoding="utf-8")
            for path in sorted(PLUGIN.rglob("*.[ch]"))
            if path.relative_to(PLUGIN).parts[0] not in ("tests", "doc", *LEFT_OUT)}


def stages_of(sources):
    """name of each module, without .c or .h: number of its patch, from 0 on"""
    includers = {}
    for name, text in sources.items():
        for included in re.findall(r'^#include "([^"]+)"', text, re.MULTILINE):
            includers.setdefault(included.rpartition(".")[0], set()).add(name.rpartition(".")[0])
    named = {}
    for module in {name.rpartition(".")[0] for name in sources}:
        stages = [stage for stage, (*_, patterns) in enumerate(SERIES) if any(re.match(p, module) for p in patterns)]
        if stages:
            named[module] = max(stages)

    root = {name for name in tokens(sources["packet-amanda.c"]) if not name.endswith("_register")}

    def stage_of(module):
        if module not in named:
            # The root includes everything; but of some, only to have them registered.
            by = [0 if other == "packet-amanda" else stage_of(other) for other in includers.get(module, ())
                  if other != module and (other != "packet-amanda" or tokens(sources[module + ".h"]) & root)]
            named[module] = min(by, default=0)
        return named[module]

    return {module: stage_of(module) for module in sorted({name.rpartition(".")[0] for name in sources})}


# ---------------------------------------------------------------------------------------------------------------------
# What is left out of a file


def indent(line):
    return len(line) - len(line.lstrip())


def bare(line):
    """The code of a line."""
    return re.sub(r"/\*.*?\*/|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])'", '""', line).rstrip()


class File:
    """The lines of a source, out of which things are left."""

    CONTROL = re.compile(r"\s*(?:\} )?(?:if|for|while|switch|else)\b")

    def __init__(self, name, text):
        self.name, self.lines = name, text.split("\n")

    def end_of_parens(self, first):
        """The line on which what begins on this one has closed all its brackets."""
        depth = 0
        for number in range(first, len(self.lines)):
            code = bare(self.lines[number])
            depth += len(re.findall(r"[([{]", code)) - len(re.findall(r"[)\]}]", code))
            if depth <= 0:
                return number
        raise CannotLeaveOut(f"{self.name}:{first + 1}: brackets")

    def head_end(self, first):
        """The last line of the condition of a control statement."""
        depth = 0
        for number in range(first, len(self.lines)):
            code = bare(self.lines[number]).rstrip("{")
            depth += code.count("(") - code.count(")")
            if depth <= 0:
                return number
        raise CannotLeaveOut(f"{self.name}:{first + 1}: condition")

    def owner(self, number):
        """The first line above with less indentation that is code; None at top level."""
        depth = indent(self.lines[number])
        for above in range(number - 1, -1, -1):
            line = self.lines[above]
            if line.strip() and indent(line) < depth and not COMMENT.match(line) and not line.startswith("#"):
                return above
        return None

    def start(self, number):
        """The first line of the statement, element or field that this line is of."""
        while indent(self.lines[number]) > 0:
            above = self.owner(number)
            if above is None:
                return number
            code = bare(self.lines[above])
            if code.endswith("{") or code.endswith(":"):
                return number
            if self.CONTROL.match(code):
                return number if self.head_end(above) < number else above
            # An opening brace on the line that ends a condition, or a continued statement
            number = above
        return number

    def end(self, first):
        """The last line of what begins on this one."""
        code = bare(self.lines[first])
        if self.CONTROL.match(code) and not code.lstrip().startswith("} while"):
            head = self.head_end(first)
            if bare(self.lines[head]).endswith("{"):
                last = first
                depth = 0
                for last in range(first, len(self.lines)):
                    inner = bare(self.lines[last])
                    depth += inner.count("{") - inner.count("}")
                    if last >= head and depth <= 0:
                        break
                return last
            return self.end(head + 1)
        last = self.end_of_parens(first)
        while not re.search(r"[;,}{]$", bare(self.lines[last])) and last + 1 < len(self.lines) and (
                indent(self.lines[last + 1]) > indent(self.lines[first])):
            last = self.end_of_parens(last + 1)
        return last

    def is_else(self, number):
        return number < len(self.lines) and re.match(r"\s*(?:\} )?else\b", self.lines[number]) is not None

    def leave_out(self, number):
        """The statement, element, field, function or declaration that this line is of. Returns what it defined."""
        first = self.start(number)
        if indent(self.lines[first]) == 0:
            return self.leave_out_top(first)
        code = bare(self.lines[first])
        last = self.end(first)
        if re.match(r"\s*(return|case|\} else|while)\b", code):
            raise CannotLeaveOut(f"{self.name}:{first + 1}: {code.strip()}")
        if not re.match(r"\s*else\b", code) and self.is_else(last + 1):
            raise CannotLeaveOut(f"{self.name}:{first + 1}: has an else: {code.strip()}")
        above = self.owner(first)
        self.delete(first, last)
        # What was all that a condition led to
        if above is not None and self.CONTROL.match(bare(self.lines[above])) and above < first and (
                not bare(self.lines[self.head_end(above)]).endswith("{")) and self.head_end(above) == first - 1:
            head = self.head_end(above)
            if self.is_else(head + 1) and not self.lines[above].lstrip().startswith("else"):
                raise CannotLeaveOut(f"{self.name}:{above + 1}: has an else")
            self.delete(above, head)
        return set()

    def delete(self, first, last):
        # A comment of its own, right above it
        if first > 0 and self.lines[first - 1].rstrip().endswith("*/") and COMMENT.match(self.lines[first - 1]):
            above = first - 1
            while not self.lines[above].lstrip().startswith("/*"):
                above -= 1
            following = self.lines[last + 1] if last + 1 < len(self.lines) else ""
            # It may be about what comes behind, too.
            if not following.strip() or indent(following) < indent(self.lines[first]):
                first = above
        del self.lines[first:last + 1]
        while 0 < first < len(self.lines) and not self.lines[first].strip() and (
                not self.lines[first - 1].strip() or self.lines[first - 1].endswith("{")):
            del self.lines[first]
        if 0 < first < len(self.lines) and self.lines[first].strip() == "}" and not self.lines[first - 1].strip():
            del self.lines[first - 1]

    def leave_out_top(self, number):
        first = number
        while first > 0 and self.lines[first - 1].strip() and not re.search(r"(\*/|[;}])$", self.lines[first - 1]) and (
                not self.lines[first - 1].startswith("#")):
            first -= 1
        last = first
        depth = 0
        for last in range(first, len(self.lines)):
            code = bare(self.lines[last])
            depth += code.count("{") - code.count("}")
            if depth == 0 and re.search(r"(;|^\}.*)$", code):
                break
        text = "\n".join(self.lines[first:last + 1])
        self.delete(first, last)
        head = re.match(r"[^({=;]*?\b(\w+)\s*(?:\(|\[|=|;)", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
        return {head.group(1)} if head and not text.startswith("typedef") else set(re.findall(r"\} (\w+);$", text))

    def functions(self):
        """(name, first line, line of its brace, last line) of each function"""
        number = 0
        while number < len(self.lines):
            if self.lines[number] == "{":
                first = number
                while first > 0 and self.lines[first - 1].strip() and not self.lines[first - 1].endswith(("*/", ";", "}")):
                    first -= 1
                last = self.lines.index("}", number)
                name = re.search(r"(\w+)\(", "\n".join(self.lines[first:number]))
                yield name.group(1) if name else "", first, number, last
                number = last
            number += 1

    def find(self, names):
        """The first line that has one of these names as code."""
        if not names:
            return None
        pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(names))) + r")\b")
        comment = False
        for number, line in enumerate(self.lines):
            code = bare(line)
            if comment or code.lstrip().startswith("/*"):
                comment = "*/" not in code
                continue
            code = code.partition("/*")[0]
            if not code.startswith("#include") and pattern.search(code):
                return number
        return None

    def count(self, name, first=0, last=None):
        return sum(len(re.findall(rf"(?<![.>])\b{name}\b", bare(line).partition("/*")[0]))
                   for line in self.lines[first:last] if not COMMENT.match(line))

    def leave_out_idle(self):
        """One thing that has nothing to do any more. Returns the names that are gone, or None if there was none."""
        for number, line in enumerate(self.lines[:-1]):
            if line.endswith("{") and self.lines[number + 1].strip() == "}" and line.strip() != "{" and (
                    re.match(r" +(?:\} else )?if\b", line)):
                return self.leave_out(number)
        for name, first, brace, last in self.functions():
            if brace + 1 == last:
                return self.leave_out_top(first) | {name}
            # Those of a header are for others.
            if self.lines[first].startswith("static ") and self.count(name) == 1 and self.name.endswith(".c"):
                return self.leave_out_top(first) | {name}
            for number in range(brace + 1, last):
                local = re.match(r"    +(?:static |const |struct |unsigned )*\w+ \*?(\w+)(?:\[\w*\])?(?: =|;)", self.lines[number])
                if local and not re.match(r" +(return|typedef)\b", self.lines[number]) and not re.search(
                        r"\b(struct|union)\b", self.lines[self.owner(number)]) and (
                            self.count(local.group(1), brace, last) == 1):
                    return self.leave_out(number)
        for number, line in enumerate(self.lines):
            held = re.match(r"static (?:const |struct )*\w+ \*?(?:const )?(\w+)(?:\[.*\])?(?: =.*|;)$", line)
            if held and self.count(held.group(1)) == 1:
                return self.leave_out_top(number)
        return None

    def mark_unused(self):
        """Parameters that nothing is done with any more"""
        for _, first, brace, last in self.functions():
            head = "\n".join(self.lines[first:brace])
            for name in re.findall(r"(?:\*|\b\w+ )(\w+)(?=[,)])", head[head.index("("):]):
                if name not in ("void", "_U_") and not self.count(name, brace, last):
                    head = re.sub(rf"\b{name}(?=[,)])", f"{name} _U_", head)
            self.lines[first:brace] = head.split("\n")

    def text(self):
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines))


def leave_out_of(name, text, present, absent):
    """A file without what is not there yet. present: the files that are; absent: the names that are not."""
    text = re.sub(r'^#include "([^"]+)"\n', lambda found: found.group() if found.group(1) in present else "", text,
                  flags=re.MULTILINE)
    if not tokens(text) & absent:
        return text, set()
    file, gone = File(name, text), set(absent)
    while True:
        number = file.find(gone)
        if number is not None:
            gone |= file.leave_out(number)
            continue
        idle = file.leave_out_idle()
        if idle is None:
            file.mark_unused()
            return file.text(), gone - absent
        gone |= idle


def make_stage(sources, stages, stage):
    """name: text of each C file once this patch is applied"""
    present = {name: text for name, text in sources.items() if stages[name.rpartition(".")[0]] <= stage}
    absent = set().union(*(declared(text) for name, text in sources.items()
                           if name.endswith(".h") and name not in present))
    while True:
        made, gone = {}, set()
        for name, text in present.items():
            made[name], more = leave_out_of(name, text, present, absent)
            if name.endswith(".h"):
                gone |= more
        # A type that left a header is not there for those who include it, either.
        more = {name for name in gone if name.startswith(("amanda_", "AMANDA_"))} - absent
        if not more:
            return made
        absent |= more


# ---------------------------------------------------------------------------------------------------------------------
# The tree around it


def version_of(tree):
    text = (tree / "CMakeLists.txt").read_text(encoding="utf-8")
    return tuple(int(re.search(rf"^set\(PROJECT_{part}_VERSION (\d+)\)", text, re.MULTILINE).group(1))
                 for part in ("MAJOR", "MINOR"))


def for_version(text, version):
    """ws-compat.h without what is for other versions than the tree's"""
    lines, kept = [], []  # kept: of each #if that is open, whether its lines are kept; None where it is not about versions
    for line in text.split("\n"):
        asked = re.match(r"#if (!?)AMANDA_WS_AT_LEAST\((\d+), (\d+)\)$", line)
        if asked:
            kept.append(((int(asked.group(2)), int(asked.group(3))) <= version) != bool(asked.group(1)))
        elif re.match(r"#if", line):
            kept.append(None)
            lines.append(line)
        elif line == "#else" and kept[-1] is not None:
            kept[-1] = not kept[-1]
        elif re.match(r"#endif", line):
            if kept.pop() is None:
                lines.append(line)
        elif all(keep is not False for keep in kept):
            lines.append(line)
    text = "\n".join(lines)
    if not re.search(r"(?<!define )AMANDA_WS_AT_LEAST\(", text):
        text = re.sub(r"#define AMANDA_WS_AT_LEAST(?:.*\\\n)*.*\n", "", text)
    return re.sub(r"\n{3,}", "\n\n", text)


def once(pattern, replacement, text, name):
    text, count = re.subn(pattern, replacement, text, count=1, flags=re.MULTILINE | re.DOTALL)
    if not count:
        sys.exit(f"upstream.py: {name} of this tree is not as it is expected to be: nothing like {pattern}")
    return text


def with_release_note(text, name):
    title = "Amanda Network Backup Protocol (Amanda)"
    section = re.search(r"^=== New Protocol Support\n.*?(?=^===? )", text, re.MULTILINE | re.DOTALL)
    if not section:
        sys.exit(f"upstream.py: {name} of this tree has no New Protocol Support")
    old = section.group()
    names = re.search(r"^--\n(.*?)^--$", old, re.MULTILINE | re.DOTALL)
    if names:
        listed = sorted([*names.group(1).splitlines(keepends=True), title + "\n"], key=str.lower)
        new = old.replace(names.group(), "--\n" + "".join(listed) + "--")
    else:
        new = once(r"^There are no new protocols in this release\.$",
                   f"// Add one protocol per line between the -- delimiters.\n[commaize]\n--\n{title}\n--", old, name)
    return text.replace(old, new)


def tests_for(text, stage):
    """The tests of a patch, in the way that the tree writes them."""
    old = "subprocesstest.SubprocessTestCase" in text
    lines = []
    if stage == 0:
        lines += ["", "", *(["@fixtures.mark_usefixtures('test_env')", "@fixtures.uses_fixtures",
                             "class case_dissect_amanda(subprocesstest.SubprocessTestCase):"] if old else
                            ["class TestDissectAmanda:"])]
    for patch, name, capture, arguments, pattern, count in TESTS:
        if patch != stage:
            continue
        fixtures = "cmd_tshark, features, dirs, capture_file" if old else "cmd_tshark, capture_file, test_env"
        head = f"    def test_amanda_{name}(self, {fixtures}):"
        given = ["                " + repr(argument) + "," for argument in arguments]
        lines += ["", head]
        if old:
            lines += ["        self.assertRun((cmd_tshark,",
                      f"                '-r', capture_file('{CAPTURES[capture][1]}'),", *given, "            ))",
                      f"        self.assertEqual(self.countOutput(r'{pattern}'), {count})"]
        else:
            lines += ["        stdout = subprocess.check_output((cmd_tshark,",
                      f"                '-r', capture_file('{CAPTURES[capture][1]}'),", *given,
                      "            ), encoding='utf-8', env=test_env)",
                      f"        assert count_output(stdout, r'{pattern}') == {count}"]
    return "\n".join(lines) + "\n" if lines else ""


def first_of(tree, *names):
    for name in names:
        if (tree / name).exists():
            return name
    sys.exit(f"upstream.py: no {' nor '.join(names)} in {tree}: is that Wireshark's source?")


# ---------------------------------------------------------------------------------------------------------------------
# The patches


def git(folder, *arguments):
    names = ("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL")
    who = {name: "Amanda dissector authors" if name.endswith("NAME") else "amanda@localhost" for name in names}
    result = subprocess.run(["git", "-c", "core.autocrlf=false", "-c", "commit.gpgsign=false", *arguments], cwd=folder,
                            env={**who, **os.environ, "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"},
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if result.returncode:
        sys.exit(f"upstream.py: git {' '.join(arguments)}: {result.stdout}")


def write(folder, name, text):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def write_stage(work, sources, stages, stage, version):
    """The plugin's folder as this patch leaves it"""
    made = make_stage(sources, stages, stage)
    for name, text in made.items():
        write(work, f"{FOLDER}/{name}", for_version(text, version) if name == "ws-compat.h" else text)
    for name in OTHERS:
        text = (PLUGIN / name).read_text(encoding="utf-8")
        if name == "sources.cmake":
            text = re.sub(r"^    (\S+\.c)\n", lambda found: found.group() if found.group(1) in made else "", text,
                          flags=re.MULTILINE)
        if name == "README":
            # The folders that are not there yet, and the documents, which are not for the tree
            text = re.sub(r"^  (\w+)/ .*\n", lambda found: found.group() if any(
                file.startswith(found.group(1) + "/") for file in made) else "", text, flags=re.MULTILINE)
            text = re.sub(r"\n\ndoc/.*", "\n", text, flags=re.DOTALL)
        write(work, f"{FOLDER}/{name}", text)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    tree, target = map(pathlib.Path, sys.argv[1:])
    sources = read_sources()
    stages = stages_of(sources)
    notes = first_of(tree, "docbook/release-notes.adoc", "doc/release-notes.adoc")
    tests = first_of(tree, "test/suite_dissection.py")
    texts = {name: (tree / name).read_text(encoding="utf-8") for name in ("CMakeLists.txt", notes, tests)}
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        git(work, "init", "-q")
        for name, text in texts.items():
            write(work, name, text)
        git(work, "add", "-A")
        git(work, "commit", "-q", "-m", "The tree")
        for stage, (title, message, _) in enumerate(SERIES):
            try:
                write_stage(work, sources, stages, stage, version_of(tree))
            except CannotLeaveOut as error:
                sys.exit(f"upstream.py: patch {stage + 1} cannot leave this out: {error}")
            if stage == 0:
                write(work, "CMakeLists.txt", once(r"(^\s*set\(PLUGIN_SRC_DIRS\n)(\s*)", rf"\1\2{FOLDER}\n\2",
                                                   texts["CMakeLists.txt"], "CMakeLists.txt"))
                write(work, notes, with_release_note(texts[notes], notes))
            for patch, name, source in CAPTURES:
                if patch == stage:
                    (work / "test/captures").mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(PLUGIN.parent / "test-captures" / source, work / "test/captures" / name)
            texts[tests] = texts[tests].rstrip("\n") + "\n" + tests_for(texts[tests], stage)
            write(work, tests, texts[tests])
            git(work, "add", "-A", "-f")
            git(work, "commit", "-q", "-m", f"{title}\n\n" + "\n\n".join(
                textwrap.fill(paragraph, 72) for paragraph in message.split("\n\n")))
        target.mkdir(parents=True, exist_ok=True)
        git(work, "format-patch", "-q", "--binary", "--no-signature", "-o", str(target.resolve()), f"HEAD~{len(SERIES)}")
    for patch in sorted(target.glob("*.patch")):
        print(patch)


if __name__ == "__main__":
    main()
