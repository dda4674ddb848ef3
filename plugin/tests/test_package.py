"""Installing: where `cmake --install` puts the plugin, and the tarball with its script for a user's own folder."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import tshark
from test_configure import CACHE

CMAKE = CACHE["CMAKE_COMMAND"]
CAPTURE = "test-captures/recorded/lost-ack-same-port-server.pcap"
VERSION = re.search(r"set\(AMANDA_VERSION (\S+)\)", (tshark.ROOT / "plugin/sources.cmake").read_text())[1]
PLUGIN = next(tshark.BUILD.glob("plugins/*/epan/amanda.so"), None)
SERIES = PLUGIN.parts[-3]  # the folder's name

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("WIRESHARK_", "XDG_"))}
ENVIRONMENT["LC_ALL"] = "C.UTF-8"


def shell(*command, check=True, **environment):
    """As an ordinary user: Wireshark gives root no personal plugins."""
    drop = [shutil.which("setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "--"] if os.getuid() == 0 else []
    result = subprocess.run([*drop, *map(str, command)], env={**ENVIRONMENT, **environment}, capture_output=True,
                            encoding="utf-8", timeout=120)
    assert not check or result.returncode == 0, result.stderr
    return result


def test_the_newest_version_of_the_changelog_is_this_one():
    changelog = (tshark.ROOT / "plugin/packaging/changelog").read_text()
    assert re.match(rf"wireshark-plugin-amanda \({re.escape(VERSION)}\) ", changelog)


# ---------------------------------------------------------------------------------------------------------------------
# cmake --install


def test_the_plugin_goes_where_wireshark_looks_whatever_the_prefix(tmp_path):
    folders = shell("tshark", "-G", "folders").stdout
    wanted = re.search(r"^Global Plugins:\s+(/\S+)$", folders, re.MULTILINE)[1]
    subprocess.run([CMAKE, "--install", tshark.BUILD, "--prefix", "/opt/elsewhere"],
                   env={**os.environ, "DESTDIR": str(tmp_path)}, check=True, capture_output=True)
    assert (tmp_path / wanted[1:] / "epan/amanda.so").read_bytes() == PLUGIN.read_bytes()
    profiles = re.search(r"^Global configuration:\s+/(\S+)$", folders, re.MULTILINE)[1] + "/profiles"
    assert {path.name: path.read_bytes() for path in (tmp_path / profiles / "Amanda").iterdir()} == PROFILE
    subprocess.run([CMAKE, "--build", tshark.BUILD, "--target", "uninstall"],
                   env={**os.environ, "DESTDIR": str(tmp_path)}, check=True, capture_output=True)
    assert [path for path in tmp_path.rglob("*") if "amanda" in path.name.lower()] == []


# ---------------------------------------------------------------------------------------------------------------------
# The tarball


def open_folder():
    """A temporary folder for any user; pytest's own are in one that each run of it closes to all but its user."""
    with tempfile.TemporaryDirectory(prefix="amanda-package-") as name:
        Path(name).chmod(0o777)
        yield Path(name)


test_folder = pytest.fixture(open_folder)
module_folder = pytest.fixture(open_folder, scope="module")


@pytest.fixture(scope="module")
def unpacked(module_folder):
    folder = module_folder
    subprocess.run([Path(CMAKE).with_name("cpack"), "-G", "TGZ", "-B", folder, "--config", tshark.BUILD / "CPackConfig.cmake"],
                   check=True, capture_output=True, cwd=folder)
    package, = folder.glob("*.tar.gz")
    assert re.fullmatch(rf"wireshark-plugin-amanda-{VERSION}-wireshark-{SERIES}-\w+\.tar\.gz", package.name)
    shutil.unpack_archive(package, folder)
    return folder / package.name.removesuffix(".tar.gz")


@pytest.fixture
def home(test_folder):
    folder = test_folder / "home"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.fixture
def install(unpacked, home):
    """Runs the tarball's script, with the programs in `instead` in place of the system's."""
    def run(*arguments, instead=None, check=True):
        programs = home.parent / "programs"
        programs.mkdir(exist_ok=True)
        for name, script in (instead or {}).items():
            (programs / name).write_text("#!/bin/sh\n" + script)
            (programs / name).chmod(0o755)
        return shell("sh", unpacked / "install.sh", *arguments, check=check, HOME=str(home),
                     PATH=f"{programs}:{os.environ['PATH']}")
    return run


PROFILE = {path.name: path.read_bytes() for path in (tshark.ROOT / "plugin/profile/Amanda").iterdir()}


def installed(home):
    return sorted(path.name for path in home.rglob("*") if "amanda" in path.name.lower())


def test_the_tarball_has_the_documentation_and_the_captures(unpacked):
    for name in ("README.md", "COPYING", "changelog", "install.sh", CAPTURE):
        assert (unpacked / name).is_file(), name
    links = re.findall(r"\]\(([^):#]+)\)", (unpacked / "README.md").read_text(encoding="utf-8"))
    assert links and [link for link in links if not (unpacked / link).exists()] == []
    assert len(list(unpacked.rglob("*.pcap"))) == len(list((tshark.CAPTURES / "generated").glob("*.pcap"))) + len(
        list((tshark.CAPTURES / "recorded").glob("*.pcap")))


def test_its_script_installs_for_a_user_whose_tshark_then_flags_the_stale_replies(unpacked, install, home):
    assert "Installed " in install().stdout
    plugins = shell("tshark", "-G", "plugins", HOME=str(home)).stdout
    assert [line.split()[:2] for line in plugins.splitlines() if "amanda" in line] == [["amanda.so", VERSION]]
    flagged = shell("tshark", "-n", "-r", unpacked / CAPTURE, "-Y", "amanda.rep.unmatched", "-T", "fields", "-e",
                    "frame.number", HOME=str(home)).stdout.split()
    verdicts = [line.split("\t") for line in (unpacked / CAPTURE).with_suffix(".verdicts").read_text().splitlines()]
    assert flagged == [words[0] for words in verdicts if {"stale", "SEQ mismatch", "no request"} & set(words[4:5])]
    assert flagged


def test_it_installs_the_profile_but_not_over_the_users_changes(unpacked, install, home):
    install()
    profile = home / ".config/wireshark/profiles/Amanda"
    assert {path.name: path.read_bytes() for path in profile.iterdir()} == PROFILE
    shell("tshark", "-C", "Amanda", "-r", unpacked / CAPTURE, HOME=str(home))
    shell("sh", "-c", f"echo '# mine' >>{profile}/preferences")
    assert f"Kept your profile {profile} as it is" in install().stdout
    assert (profile / "preferences").read_text().endswith("# mine\n")


def test_what_it_installed_it_removes(install, home):
    install()
    assert installed(home) == ["Amanda", "amanda.so"]
    install("uninstall")
    assert installed(home) == []


@pytest.mark.parametrize("printed, named", [
    ("TShark (Wireshark) 9.8.7.", "9.8"),
    ("TShark (Wireshark) 3.6.2 (Git v3.6.2 packaged as 3.6.2-2)", "3.6"),
])
def test_for_another_wireshark_it_says_what_to_take(install, home, printed, named):
    result = install(instead={"tshark": f'echo "{printed}"'}, check=False)
    assert result.returncode == 1
    assert result.stderr == (f"install.sh: this plugin is for Wireshark {SERIES}, and here is {named}; take the package "
                             f"for Wireshark {named}, or build the plugin from its sources here\n")
    assert installed(home) == []


def test_root_is_told_that_wireshark_would_ignore_it(install, home):
    result = install(instead={"id": "echo 0"}, check=False)
    assert result.returncode == 1
    assert result.stderr == ("install.sh: Wireshark ignores the plugins in root's own folder: run this as the user who "
                             "runs Wireshark\n")
    assert installed(home) == []


def test_without_tshark_it_says_what_to_install(unpacked, home):
    programs = home.parent / "programs"
    programs.mkdir()
    for name in ("sh", "dirname", "id"):
        (programs / name).symlink_to(shutil.which(name))
    result = shell(shutil.which("sh"), unpacked / "install.sh", check=False, HOME=str(home), PATH=str(programs))
    assert result.returncode == 1
    assert "no tshark here" in result.stderr and "install tshark" in result.stderr
    assert installed(home) == []


def test_a_plugin_that_wireshark_does_not_load_is_removed_again(unpacked, install, home):
    """As where the system's libraries are older than those that it was built with."""
    broken = unpacked / f"plugins/{SERIES}/epan/amanda.so"
    kept = broken.read_bytes()
    try:
        broken.write_bytes(b"no library")
        result = install(check=False)
    finally:
        broken.write_bytes(kept)
    assert result.returncode == 1
    assert "Wireshark does not load it, so it was removed again: " in result.stderr and "amanda.so" in result.stderr
    assert installed(home) == []


def test_where_it_is_switched_off_it_decodes_nothing(unpacked, install, home):
    install()
    settings = home / ".config/wireshark/disabled_protos"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text("amanda\n")
    command = "tshark", "-r", unpacked / CAPTURE, "-Y", "amanda"
    assert shell(*command, HOME=str(home)).stdout == ""
    settings.unlink()
    assert shell(*command, HOME=str(home)).stdout != ""


# ---------------------------------------------------------------------------------------------------------------------
# A plugin for another Wireshark


def with_another_minor(library):
    """The plugin, as if it had been built for the next minor version"""
    data = bytearray(library.read_bytes())
    symbols = subprocess.run(["readelf", "--dyn-syms", "-W", library], check=True, capture_output=True, text=True).stdout
    at = int(re.search(r"([0-9a-f]+) +4 OBJECT .* plugin_want_minor$", symbols, re.MULTILINE)[1], 16)
    segments = subprocess.run(["readelf", "-lW", library], check=True, capture_output=True, text=True).stdout
    for offset, address, size in re.findall(r"^ +LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x(\w+)", segments, re.MULTILINE):
        offset, address, size = int(offset, 16), int(address, 16), int(size, 16)
        if address <= at < address + size:
            place = slice(offset + at - address, offset + at - address + 4)
    assert data[place] == int(SERIES.split(".")[1]).to_bytes(4, "little")
    data[place] = (int(SERIES.split(".")[1]) + 1).to_bytes(4, "little")
    return bytes(data)


def test_wireshark_says_so_and_goes_on_without_it(home):
    folder = home / f".local/lib/wireshark/plugins/{SERIES}/epan"
    folder.mkdir(parents=True)
    (folder / "amanda.so").write_bytes(with_another_minor(PLUGIN))
    result = shell("tshark", "-G", "plugins", HOME=str(home))
    assert "amanda" not in result.stdout
    major, minor = SERIES.split(".")
    assert f"The plugin 'amanda.so' was compiled for Wireshark version {major}.{int(minor) + 1}" in result.stderr


def test_it_does_not_even_look_into_the_folder_of_another_version(home):
    folder = home / ".local/lib/wireshark/plugins/4.99/epan"
    folder.mkdir(parents=True)
    shutil.copy(PLUGIN, folder)
    result = shell("tshark", "-G", "plugins", HOME=str(home))
    assert "amanda" not in result.stdout + result.stderr
