# SPDX-License-Identifier: GPL-2.0-or-later
"""What CMake says where it cannot build the plugin, or may not be able to: each time in one sentence, what to do."""

import os
import re
import shutil
import subprocess

import pytest

import tshark

CACHE = dict(re.findall(r"^(\w+):\w+=(.*)$", (tshark.BUILD / "CMakeCache.txt").read_text(), re.MULTILINE))
CONFIG = CACHE["Wireshark_DIR"]

# No Wireshark but one that is named
HIDE = ("-DCMAKE_FIND_USE_CMAKE_SYSTEM_PATH=OFF", "-DCMAKE_FIND_USE_SYSTEM_ENVIRONMENT_PATH=OFF",
        "-DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF", f"-DCMAKE_MAKE_PROGRAM={CACHE['CMAKE_MAKE_PROGRAM']}",
        f"-DCMAKE_C_COMPILER={shutil.which(CACHE['CMAKE_C_COMPILER'])}")

VERSION = """set(PACKAGE_VERSION "{0}")
if(PACKAGE_VERSION VERSION_GREATER_EQUAL PACKAGE_FIND_VERSION)
    set(PACKAGE_VERSION_COMPATIBLE TRUE)
endif()
"""


def configure(build, *options):
    """(whether it succeeded, what it printed as one line)"""
    result = subprocess.run([CACHE["CMAKE_COMMAND"], "-S", tshark.ROOT, "-B", build, *options],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8")
    return result.returncode == 0, " ".join(result.stdout.split())


def fake_wireshark(folder, version, more=""):
    """The Wireshark of this machine under another version; the option that names it"""
    major, minor, patch = version.split(".")
    folder.mkdir()
    (folder / "WiresharkConfigVersion.cmake").write_text(VERSION.format(version))
    (folder / "WiresharkConfig.cmake").write_text(f'include("{CONFIG}/WiresharkConfig.cmake")\n'
        f"set(Wireshark_VERSION {version})\nset(Wireshark_MAJOR_VERSION {major})\nset(Wireshark_MINOR_VERSION {minor})\n"
        f"set(Wireshark_PATCH_VERSION {patch})\n{more}\n")
    return f"-DWireshark_DIR={folder}"


def test_without_headers_it_says_which_package_to_install(tmp_path):
    succeeded, printed = configure(tmp_path / "build", *HIDE)
    assert not succeeded
    assert "Wireshark's headers are missing: install them first (Debian and Ubuntu: apt install wireshark-dev;" in printed


@pytest.mark.parametrize("version", ["3.6.24", "2.6.20"])
def test_too_old(tmp_path, version):
    succeeded, printed = configure(tmp_path / "build", *HIDE, fake_wireshark(tmp_path / "old", version))
    assert not succeeded
    assert f"This plugin needs Wireshark 4.0 or later, and {tmp_path}/old/WiresharkConfig.cmake is for {version}: install" \
        in printed


@pytest.mark.parametrize("version", ["4.7.0", "5.0.1"])
def test_newer_than_known_is_a_warning(tmp_path, version):
    succeeded, printed = configure(tmp_path / "build", fake_wireshark(tmp_path / "new", version))
    assert succeeded
    assert f"Wireshark {version} is newer than what this plugin was tested with (4.0 to 4.6): if it does not build" in printed


def test_a_known_version_is_no_warning(tmp_path):
    succeeded, printed = configure(tmp_path / "build")
    assert succeeded
    assert "Warning" not in printed and "Error" not in printed


def test_a_wireshark_without_plugins(tmp_path):
    succeeded, printed = configure(tmp_path / "build", fake_wireshark(tmp_path / "none", "4.6.0",
                                                                      "set(Wireshark_PLUGINS_ENABLED 0)"))
    assert not succeeded
    assert "This Wireshark 4.6.0 was built without support for plugins: use another build" in printed


@pytest.mark.parametrize("name", ["semi;colon", 'say "so"', "a#b", "[a]", "a|b", "a:b", "<a>", "a?", "a\tb"])
def test_a_folder_that_cmake_cannot_build_in(tmp_path, name):
    succeeded, printed = configure(tmp_path / name)
    assert not succeeded
    assert 'CMake cannot build in a folder with one of ; # " \\ [ ] | : < > ? or a tab in its path: put the sources, or the ' \
        'build directory' in printed


def test_targets_of_a_folder_with_an_odd_name_reach_it(tmp_path):
    """The plugin is not built there, and that is what each of them finds."""
    build = tmp_path / "-it's a $HOME & (b)"
    assert configure(build)[0]
    for target, said in (("uninstall-user", f"install.sh: no plugin in {build}\n"), ("uninstall", "Nothing to remove in ")):
        result = subprocess.run([CACHE["CMAKE_COMMAND"], "--build", build, "--target", target], capture_output=True,
                                encoding="utf-8", env={**os.environ, "DESTDIR": str(tmp_path)})
        assert said in result.stdout + result.stderr
