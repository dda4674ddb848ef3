# SPDX-License-Identifier: GPL-2.0-or-later
"""The scripts of plugin/scripts: what with-plugin.sh leaves to the program that it runs, what the installing of packages
shows while it lasts, and where packages are made."""

import os
import re
import subprocess
import time

import pytest

import tshark

SCRIPTS = tshark.ROOT / "plugin/scripts"

# linux/capability.h
CAP_DAC_READ_SEARCH = 1 << 2


def test_as_root_a_program_may_read_all_and_no_more(tmp_path):
    status = tshark.run("cat", "/proc/self/status").stdout
    if os.getuid() != 0:
        assert re.search(rf"^Uid:\s+{os.getuid()}\s", status, re.MULTILINE), "another user than the one who runs it"
        return
    held = {int(re.search(rf"^Cap{kind}:\s*(\w+)$", status, re.MULTILINE)[1], 16) for kind in ("Inh", "Prm", "Eff", "Amb")}
    assert held <= {0, CAP_DAC_READ_SEARCH}
    assert re.search(r"^Uid:\s+65534\s+65534\s+65534", status, re.MULTILINE)
    # Where only root may look; in a container that has no such capability, nothing
    secret = tmp_path / "secret"
    secret.write_text("secret")
    secret.chmod(0o600)
    result = tshark.run_in(tshark.BUILD, "cat", secret)
    assert result.stdout == ("secret" if held == {CAP_DAC_READ_SEARCH} else "")
    assert tshark.run_in(tshark.BUILD, "sh", "-c", f"echo changed >{secret}").returncode != 0
    assert secret.read_text() == "secret"


def test_with_plugin_takes_folders_and_arguments_of_any_name(tmp_path):
    build = tmp_path / "-a b; 'c' \"d\" $HOME\n*"
    build.mkdir()
    for parent in (build, *tmp_path.parents[:2]):
        parent.chmod(0o755)
    (build / "plugins").symlink_to(tshark.BUILD / "plugins")
    words = ["-x", "a  b", "'", '"', "$HOME", "*", "a\nb", ""]
    result = subprocess.run(["sh", SCRIPTS / "with-plugin.sh", build.name, "printf", "%s|", *words], cwd=tmp_path,
                            capture_output=True, encoding="utf-8")
    assert (result.stdout, result.stderr) == ("".join(f"{word}|" for word in words), "")


# ---------------------------------------------------------------------------------------------------------------------
# Installing packages

# What apt-get prints with APT::Status-Fd, with a pause in it; what it is asked for is kept.
APT = """#!/bin/sh
echo "$*" >>"{folder}/asked"
case $* in *update*) exit 100 ;; esac
echo 'Reading package lists...'
echo 'dlstatus:1:0.0000:Retrieving file 1 of 2'
echo 'dlstatus:1:19.9:Retrieving file 1 of 2'
echo 'dlstatus:2:61.8608:Retrieving file 2 of 2'
while [ ! -e "{folder}/go on" ]; do sleep 0.05; done
echo 'pmstatus:dpkg-exec:0.0000:Running dpkg'
echo 'pmstatus:gcc:100.0000:Installed gcc (amd64)'
echo 'what went wrong' >&2
exit {status}
"""


def start(folder, status):
    """install-packages.sh, where nothing is installed yet"""
    for name, text in (("apt-get", APT.format(folder=folder, status=status)), ("dpkg-query", "#!/bin/sh\nexit 1\n"),
                       ("sudo", '#!/bin/sh\nexec "$@"\n')):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return subprocess.Popen(["sh", SCRIPTS / "install-packages.sh", "build"], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            encoding="utf-8", env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "CC": ""})


@pytest.mark.parametrize("status", [0, 100])
def test_it_shows_how_far_apt_is_while_apt_works(tmp_path, status):
    process, lines = start(tmp_path, status), []
    while not lines or "60 %" not in lines[-1]:
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    # apt waits here, and so nothing is held back.
    assert "gcc" in lines[0] and lines[-2:] == ["  downloading: 0 %\n", "  downloading: 60 %\n"]
    time.sleep(0.1)
    assert process.poll() is None
    (tmp_path / "go on").touch()
    rest, errors = process.communicate(timeout=60)
    assert rest == "  installing: 0 %\n  installing: 100 %\n"
    assert (process.returncode != 0) == (status != 0) == ("what went wrong" in errors)
    assert re.search(r"^.*install.* gcc ", (tmp_path / "asked").read_text(), re.MULTILINE)


# ---------------------------------------------------------------------------------------------------------------------
# Making packages

# As rpmbuild, in a folder with a blank in its name
CPACK = """#!/bin/sh
folder=$PWD/packages
[ "$3" != -B ] || folder=$4
case $folder in *' '*) exit 1 ;; esac
echo new >"$folder/amanda-2.rpm"
"""


def test_a_package_is_made_wherever_the_build_is(tmp_path):
    build = tmp_path / "it's a \"build\" & more"
    (build / "packages").mkdir(parents=True)
    (build / "packages/amanda-1.rpm").touch()
    for name, text in (("cpack", CPACK), ("cmake", "#!/bin/sh\n"), ("dpkg-query", "#!/bin/sh\necho installed\n")):
        (tmp_path / name).write_text(text)
        (tmp_path / name).chmod(0o755)
    result = subprocess.run(["sh", SCRIPTS / "package.sh", "rpm"], capture_output=True, encoding="utf-8",
                            env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "BUILD_DIR": str(build), "CC": "",
                                 "TMPDIR": str(tmp_path)})
    assert (result.returncode, result.stdout.splitlines()[-1:]) == (0, [f"{build}/packages/amanda-2.rpm"]), result.stderr
    assert [path.name for path in (build / "packages").iterdir()] == ["amanda-2.rpm"]
    assert not list(tmp_path.glob("tmp.*"))
