# SPDX-License-Identifier: GPL-2.0-or-later
"""Installing: where `cmake --install` puts the plugin, and the tarball with its script for a user's own folder."""

import hashlib
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

import tshark
from test_configure import CACHE

CMAKE = CACHE["CMAKE_COMMAND"]
# Where Wireshark is installed, and so the plugin for everybody
PREFIX = re.search(r"^Global configuration:\s+(/\S+)/share/wireshark$", subprocess.run(
    ["tshark", "-G", "folders"], capture_output=True, encoding="utf-8").stdout, re.MULTILINE)[1]
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
    assert in_profile(tmp_path / profiles / "Amanda") == PROFILE
    subprocess.run([CMAKE, "--build", tshark.BUILD, "--target", "uninstall"],
                   env={**os.environ, "DESTDIR": str(tmp_path)}, check=True, capture_output=True)
    assert [path for path in tmp_path.rglob("*") if "amanda" in path.name.lower()] == []


def test_who_may_not_write_is_told_commands_that_can_be_typed(test_folder):
    build = "/home/it's a \"home\" & more/" + "long/" * 20 + "build"
    shutil.copy(tshark.ROOT / "plugin/packaging/may-write.cmake", test_folder)
    (test_folder / "ask.cmake").write_text(f"include({test_folder}/may-write.cmake)\nmay_write(/usr/lib [==[{build}]==])\n")
    result = shell(CMAKE, "-P", test_folder / "ask.cmake", check=False, DESTDIR="")
    said = dict(line.strip().split(": ", 1) for line in result.stderr.splitlines() if line.startswith("    For"))
    assert result.returncode == 1 and "You may not write to /usr/lib." in result.stderr
    assert {who: shlex.split(command) for who, command in said.items()} == {
        "For all users": ["sudo", "cmake", "--install", build],
        "For yourself alone": ["cmake", "--build", build, "--target", "install-user"]}


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


def in_profile(folder):
    """But for the list of what was installed."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "installed.sha256"}


def installed(home):
    return sorted(path.name for path in home.rglob("*") if "amanda" in path.name.lower())


def test_the_tarball_has_the_documentation_and_the_captures(unpacked):
    for name in ("README.md", "COPYING", "changelog", "install.sh", CAPTURE):
        assert (unpacked / name).is_file(), name
    links = re.findall(r"\]\(([^):#]+)\)", (unpacked / "README.md").read_text(encoding="utf-8"))
    assert links and [link for link in links if not (unpacked / link).exists()] == []
    captures = {path.relative_to(tshark.CAPTURES) for folder in ("generated", "outcomes", "recorded", "reports")
                for path in (tshark.CAPTURES / folder).glob("*.pcap*")}
    assert {path.relative_to(unpacked / "test-captures") for path in unpacked.rglob("*.pcap*")} == captures


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
    assert in_profile(profile) == PROFILE
    shell("tshark", "-C", "Amanda", "-r", unpacked / CAPTURE, HOME=str(home))
    shell("sh", "-c", f"echo '# mine' >>{profile}/preferences")
    assert f"Kept {profile}/preferences as it is" in install().stdout
    assert (profile / "preferences").read_text().endswith("# mine\n")


def test_what_it_installed_it_removes(install, home):
    install()
    assert installed(home) == ["Amanda", "amanda.sha256", "amanda.so"]
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


@pytest.mark.parametrize("action", ("install", "uninstall"))
@pytest.mark.parametrize("name", ("", "home"))
def test_what_is_no_name_of_a_home_is_refused(name, action, unpacked, home):
    """Wireshark itself would look below the folder at hand."""
    before = contents(home.parent)
    result = subprocess.run(["sh", unpacked / "install.sh", action], cwd=home.parent, env={**ENVIRONMENT, "HOME": name},
                            capture_output=True, text=True)
    assert (result.returncode, result.stderr) == (1, "install.sh: HOME does not name your home folder: set it first\n")
    assert contents(home.parent) == before


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
# Folders with names of any kind; what was there before, and what was changed since

# The parts of a list of CMake's, and all else that a shell, make or sed takes for something
ODD = ["semi;colon", "-dash; 'single' \"double\" $HOME `id` back\\slash a*b? am&per|pipe #no comment (a) \u00e4\u20ac %s {a,b}"]


def contents(folder):
    """Of all files below a folder"""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture(scope="module")
def readable(module_folder):
    """What the targets run and what that reads, for any user: the checkout of root may lie in a folder of root's alone."""
    for part in (tshark.BUILD / "plugins", tshark.BUILD / "profiles", tshark.ROOT / "plugin/packaging"):
        shutil.copytree(part, module_folder / part.name, copy_function=shutil.copy)
    return module_folder


def user_script(action, home, readable, **how):
    """What the targets install-user and uninstall-user run, as the user whose home it is."""
    said = subprocess.run([CMAKE, "--build", tshark.BUILD, "--target", f"{action}-user", "--", "-n"], check=True,
                          capture_output=True, encoding="utf-8").stdout
    script, build, programs = re.search(rf"sh (\S+/install\.sh) {action} (\S+) (\S+)", said).groups()
    assert Path(script) == tshark.ROOT / "plugin/packaging/install.sh" and Path(build) == tshark.BUILD
    return shell("sh", readable / "packaging/install.sh", action, readable, programs, HOME=str(home), **how)


def others(folder, name):
    """Profiles of somebody else's, where the parts of the name would lead"""
    for each in name.split(";"):
        for place in (".config/wireshark", f"{PREFIX[1:]}/share/wireshark"):
            path = folder / each / place / "profiles/Amanda"
            path.mkdir(parents=True)
            (path / "mine").write_text("mine")
    return folder / name


@pytest.fixture(params=ODD)
def odd_home(request, test_folder):
    folder = others(test_folder, request.param)
    folder.mkdir()
    for path in (test_folder, *test_folder.rglob("*")):
        path.chmod(0o777)
    return folder


def test_install_user_and_uninstall_user_touch_nothing_else(odd_home, readable):
    before = contents(odd_home.parent)
    user_script("install", odd_home, readable)
    assert (odd_home / f".local/lib/wireshark/plugins/{SERIES}/epan/amanda.so").read_bytes() == PLUGIN.read_bytes()
    assert in_profile(odd_home / ".config/wireshark/profiles/Amanda") == PROFILE
    listed = shell("tshark", "-G", "plugins", HOME=str(odd_home)).stdout
    assert [line.split()[:2] for line in listed.splitlines() if "amanda" in line] == [["amanda.so", VERSION]]
    user_script("uninstall", odd_home, readable)
    assert contents(odd_home.parent) == before


@pytest.mark.parametrize("name", ODD)
def test_install_for_everybody_and_uninstall_touch_nothing_else(tmp_path, name):
    """For a package, which is put together below a folder"""
    # CMake itself takes a backslash in DESTDIR for a slash.
    folder = others(tmp_path, name.replace("\\", ""))
    before = contents(tmp_path)
    environment = {**os.environ, "DESTDIR": str(folder)}
    subprocess.run([CMAKE, "--install", tshark.BUILD], env=environment, check=True, capture_output=True)
    assert sum(path.endswith(("epan/amanda.so", "Amanda/preferences")) for path in contents(folder)) == 2
    subprocess.run([CMAKE, "--build", tshark.BUILD, "--target", "uninstall"], env=environment, check=True, capture_output=True)
    assert contents(tmp_path) == before


def profile_of(home):
    return home / ".config/wireshark/profiles/Amanda"


def mine(home):
    profile_of(home).mkdir(parents=True)
    (profile_of(home) / "preferences").write_bytes(PROFILE["preferences"])
    (profile_of(home) / "my filters").write_text("mine")
    for path in home.rglob("*"):
        path.chmod(0o777)


def test_a_profile_that_was_there_before_stays_as_it_is(install, home):
    """Even where a file in it is the same as one that would be installed."""
    mine(home)
    before = contents(profile_of(home))
    assert f"Kept {profile_of(home)} as it is: it was there before" in install().stdout
    assert contents(profile_of(home)) == before
    install("uninstall")
    assert contents(profile_of(home)) == before and installed(home) == ["Amanda"]


def test_what_was_changed_since_stays_and_all_else_goes(install, home):
    install()
    shell("sh", "-c", f"cd {profile_of(home)} && echo '# mine' >>recent && echo mine >new && rm dfilter_buttons")
    changed = contents(profile_of(home))
    said = install("uninstall").stdout
    assert f"Kept {profile_of(home)}/recent: it was changed since it was installed" in said
    assert "Delete yourself what was kept, if you do not want it." in said
    assert in_profile(profile_of(home)) == {"recent": changed["recent"], "new": b"mine\n"}
    assert installed(home) == ["Amanda"]


def test_installed_again_it_has_all_but_what_was_changed(install, home):
    """As Wireshark writes "recent" each time that it ends"""
    install()
    shell("sh", "-c", f"echo '# mine' >>{profile_of(home)}/recent")
    install("uninstall")
    install()
    assert in_profile(profile_of(home)) == {**PROFILE, "recent": PROFILE["recent"] + b"# mine\n"}


def test_a_newer_version_replaces_what_nobody_changed(unpacked, install, home):
    install()
    shell("sh", "-c", f"echo '# mine' >>{profile_of(home)}/recent")
    newer = unpacked / "profiles/Amanda/colorfilters"
    try:
        newer.write_text("# newer\n")
        install()
    finally:
        newer.write_bytes(PROFILE["colorfilters"])
    assert in_profile(profile_of(home)) == {**PROFILE, "colorfilters": b"# newer\n",
                                            "recent": PROFILE["recent"] + b"# mine\n"}
    install("uninstall")
    assert list(in_profile(profile_of(home))) == ["recent"]


def test_another_plugin_of_that_name_stays(install, home):
    install()
    plugin, = home.rglob("amanda.so")
    shell("sh", "-c", f"echo other >{plugin}")
    install("uninstall")
    assert plugin.read_text() == "other\n"


@pytest.mark.parametrize("line", ["{sum}  ../../../precious", "{sum}  /{precious}", "{sum}  link", "  precious", "garbage"])
def test_a_list_that_somebody_wrote_into_leads_nowhere_else(install, home, line):
    install()
    precious = home / ".config/precious"
    precious.write_text("precious")
    (profile_of(home) / "link").symlink_to(precious)
    with open(profile_of(home) / "installed.sha256", "a") as file:
        file.write(line.format(sum=hashlib.sha256(b"precious").hexdigest(), precious=precious) + "\n")
    install("uninstall")
    assert precious.read_text() == "precious" and (profile_of(home) / "link").is_symlink()
    assert not list(home.rglob("preferences"))


def test_an_installation_that_has_no_list_stays(install, home):
    """Of an earlier version, or by hand"""
    folder = home / f".local/lib/wireshark/plugins/{SERIES}/epan"
    folder.mkdir(parents=True)
    shutil.copy(PLUGIN, folder)
    assert f"Nothing to remove in {folder}" in install("uninstall").stdout
    assert (folder / "amanda.so").exists()


def test_it_removes_also_where_there_is_no_wireshark_any_more(unpacked, install, home):
    install()
    programs = home.parent / "programs"
    for name in ("sh", "dirname", "id", "sha256sum", "cut", "awk", "rm", "rmdir"):
        (programs / name).symlink_to(shutil.which(name))
    shell(shutil.which("sh"), unpacked / "install.sh", "uninstall", HOME=str(home), PATH=str(programs))
    assert installed(home) == []


def test_the_profile_stays_as_long_as_another_version_of_wireshark_has_a_plugin(install, home):
    install()
    epan = home / f".local/lib/wireshark/plugins/{SERIES}/epan"
    other = epan.parent.with_name("9.8") / "epan"
    shutil.copytree(epan, other)
    assert f"Kept {profile_of(home)}, which belongs to {other}, too" in install("uninstall").stdout
    assert installed(home) == ["Amanda", "amanda.sha256", "amanda.so"] and not (epan / "amanda.so").exists()


def test_one_for_everybody_that_hides_it_is_named(install, home):
    said = install(instead={"tshark": f'''case $2 in
        plugins) printf 'amanda.so\\t0.0.1\\tdissector\\t/usr/lib/epan/amanda.so\\n' ;;
        folders) printf 'Personal Plugins:\\t{home}/plugins\\nPersonal configuration:\\t{home}/config\\n' ;;
        *) echo 'TShark (Wireshark) {SERIES}.1' ;; esac'''}, check=False)
    assert said.returncode == 1 and "Wireshark takes /usr/lib/epan/amanda.so, which is installed for everybody" in said.stderr
    assert installed(home) == []


def test_a_plugin_that_is_not_loaded_leaves_the_one_before_in_place(unpacked, install, home):
    install()
    broken = unpacked / f"plugins/{SERIES}/epan/amanda.so"
    kept = broken.read_bytes()
    try:
        broken.write_bytes(b"no library")
        assert install(check=False).returncode == 1
    finally:
        broken.write_bytes(kept)
    assert [path.read_bytes() for path in home.rglob("*amanda.so*")] == [kept]


def test_install_user_as_root_says_that_wireshark_would_not_load_it_and_fails(home):
    programs = home.parent / "programs"
    programs.mkdir()
    (programs / "id").write_text("#!/bin/sh\necho 0\n")
    (programs / "id").chmod(0o755)
    result = subprocess.run([CMAKE, "--build", tshark.BUILD, "--target", "install-user"], capture_output=True, encoding="utf-8",
                            env={**ENVIRONMENT, "HOME": str(home), "PATH": f"{programs}:{os.environ['PATH']}"})
    assert result.returncode != 0 and installed(home) == []
    assert re.search(r"Wireshark ignores the plugins in root's own folder: .*, or install it for everybody: cmake --install ",
                     result.stderr)


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
