"""What pip installs is all that runs: a wheel in an empty environment, away from the sources."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import sysconfig
import urllib.request
import zipfile
from pathlib import Path

import pytest

from tests.tools import ROOT

PACKAGES = ("schemas", "streams")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = directory.glob("*.whl")
    return found


def test_all_files_of_the_packages_are_in_it_and_no_others(wheel: Path):
    listed = subprocess.run(["git", "ls-files", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\n")
    wanted = {name for name in listed if name and (ROOT / name).is_file()}
    there = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert wanted <= there
    assert {name.split("/")[0] for name in there} == set(PACKAGES)
    assert not [name for name in there if name.endswith((".pyc", ".so"))]


@pytest.mark.slow
def test_it_runs_where_nothing_else_of_us_is(wheel: Path, tmp_path: Path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", "--no-deps", str(wheel)]
    done = subprocess.run(pip, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    # Its dependencies are those of the tests: a path alone, so that what would make our sources importable there is not read.
    (site,) = (tmp_path / "venv").glob("lib/python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")

    program = tmp_path / "venv" / "bin" / "deskpulse"
    env = {"PATH": "", "TMPDIR": str(tmp_path), "TZ": "UTC"}
    where = subprocess.run([python, "-c", "import streams; print(streams.__file__)"], cwd=tmp_path, capture_output=True, text=True, env=env)
    assert where.stdout.startswith(str(tmp_path)), where
    said = subprocess.run([program, "--version"], cwd=tmp_path, capture_output=True, text=True, env=env)
    assert re.fullmatch(r"deskpulse \d+\.\d+\.\d+, core plain\n", said.stdout), said

    argv = [str(program), "demo", "--http-port", "0", "--metrics-port", "0", "--hours", "0.2"]
    process = subprocess.Popen(argv, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    try:
        assert process.stdout
        told = process.stdout.readline()
        found = re.search(r"http://[0-9.:]+/", told)
        assert found, told
        with urllib.request.urlopen(found[0], timeout=30) as answer:
            page = answer.read().decode()
        files = re.findall(r'(?:src|href)="/?([\w./-]+\.(?:js|css))"', page)
        assert files, page[:2000]
        for name in files:
            with urllib.request.urlopen(found[0] + name, timeout=30) as answer:
                assert answer.read()
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        process.kill()
        _, errors = process.communicate()
    assert errors == ""
