#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints where plugin/ is not laid out as it is meant to be; prints nothing when all is well.

Each folder may include itself and those named behind it; the files in plugin/ itself may include all. No file includes
one that includes it in turn, over however many others; a .c and its .h count as one.
"""

import graphlib
import pathlib
import re

MAY_INCLUDE = {
    "text": "",
    "verdict": "text",
    "outcome": "text verdict",
    "show": "text verdict outcome",
    "stream": "text verdict outcome show",
    "body": "text verdict outcome show stream",
    "tcp": "text verdict outcome show stream body",
    "statistics": "text verdict outcome show",
}
# What a folder must not know of Wireshark; ws-compat.h is for all but text.
NEVER = {
    "text": r"<(epan|wsutil)/|ws-compat",
    "verdict": r"<epan/(?!address\.h|to_str\.h|wmem_scopes\.h)",
    "outcome": r"<epan/(?!address\.h|to_str\.h|wmem_scopes\.h)",
    **dict.fromkeys(["show", "stream", "body", "statistics", "."], r"<epan/dissectors/packet-tcp\.h>"),
}
LINES_MAX = 600
MODULES_MAX = 16

plugin = pathlib.Path(__file__).resolve().parent.parent / "plugin"
sources = {path.relative_to(plugin): path.read_text(encoding="utf-8") for path in sorted(plugin.rglob("*.[ch]"))
           if path.relative_to(plugin).parts[0] not in ("tests", "doc")}
listed = set(re.findall(r"^ +(\S+\.c)$", (plugin / "sources.cmake").read_text(encoding="utf-8"), re.MULTILINE))
for name in listed ^ {str(path) for path in sources if path.suffix == ".c"}:
    print(f"{name}: in plugin/ or in sources.cmake, but not in both")

modules = {}
for path, text in sources.items():
    folder = str(path.parent)
    includes = re.findall(r'^#include (?:"([^"]+)"|(<[^>]+>))', text, re.MULTILINE)
    for own, foreign in includes:
        if re.search(NEVER.get(folder, "(?!)"), foreign or own):
            print(f"{path}: {folder}/ must not include {foreign or own}")
        if own and not (plugin / own).exists():
            print(f"{path}: no {own} in plugin/")
        above = str(pathlib.PurePath(own).parent) if own else "."
        if folder != "." and above not in (folder, ".") and above not in MAY_INCLUDE[folder].split():
            print(f"{path}: {folder}/ must not include {own}")
        if folder != "." and above == "." and own not in ("", "ws-compat.h"):
            print(f"{path}: {folder}/ must not include {own}")
    modules.setdefault(path.with_suffix(""), set()).update(
        pathlib.Path(own).with_suffix("") for own, _ in includes if own)
    if text.count("\n") > LINES_MAX:
        print(f"{path}: {text.count(chr(10))} lines, more than {LINES_MAX}")
try:
    graphlib.TopologicalSorter({name: used - {name} for name, used in modules.items()}).prepare()
except graphlib.CycleError as error:
    print("a circle:", " -> ".join(map(str, error.args[1])))
for folder in MAY_INCLUDE:
    count = sum(str(name.parent) == folder for name in modules)
    if count > MODULES_MAX:
        print(f"{folder}/: {count} modules, more than {MODULES_MAX}")
