"""The units are read by systemd without complaint, and let the program do little."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.tools import ROOT, SYSTEMD_ANALYZE

UNITS = sorted((ROOT / "deploy" / "systemd").iterdir())
EXPOSURE_MAX = 2.0  # of 10; an average service of a distribution has 9


def startable(unit: Path, directory: Path) -> Path:
    """The same with a program that is there: systemd looks for it."""
    copy = directory / unit.name.replace("@.", "@8611.")
    copy.write_text(unit.read_text().replace("/opt/deskpulse/bin/deskpulse", "/bin/true"))
    return copy


@pytest.mark.systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_understands_it_and_calls_it_well_guarded(unit: Path, tmp_path: Path):
    copy = startable(unit, tmp_path)
    done = subprocess.run([SYSTEMD_ANALYZE.path(), "verify", "--man=no", copy], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
    done = subprocess.run([SYSTEMD_ANALYZE.path(), "security", "--no-pager", "--offline=true", copy], capture_output=True, text=True)
    level = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert level, done.stdout + done.stderr
    assert float(level[1]) <= EXPOSURE_MAX, done.stdout


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_it_starts_a_command_that_there_is_and_is_not_started_again_for_a_wrong_configuration(unit: Path):
    lines = unit.read_text().splitlines()
    (started,) = (line.removeprefix("ExecStart=").split() for line in lines if line.startswith("ExecStart="))
    assert started[:2] in (["/opt/deskpulse/bin/deskpulse", command] for command in ("run", "worker", "board"))
    assert started[2:4] == ["-c", "/etc/deskpulse/site.toml"]
    assert {"Restart=always", "RestartPreventExitStatus=2", "User=deskpulse", "TimeoutStopSec=30"} <= set(lines)
