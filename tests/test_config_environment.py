"""What the configuration takes from where it is read: variables, directories, the folder of the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from streams.config import EmbeddedLog, load
from tests.test_config import complaints_of, config_of


def test_the_environment_overrides_the_log():
    config = config_of('log = "kafka://a"', {"DESKPULSE_LOG": "embedded:///var/x"})
    assert config.log == EmbeddedLog(directory=Path("/var/x"))
    assert complaints_of("", {"DESKPULSE_LOG": "x"}) == (
        'environment: DESKPULSE_LOG is "x": expected "embedded:///PATH" or "kafka://HOST:PORT"',
    )


@pytest.mark.parametrize(
    ("environ", "directory"),
    [
        ({"DESKPULSE_STATE": "/s", "XDG_STATE_HOME": "/x"}, "/s"),
        ({"XDG_STATE_HOME": "/x"}, "/x/deskpulse"),
        ({}, str(Path.home() / ".local/state/deskpulse")),
    ],
)
def test_the_embedded_log_lies_in_the_state_directory(environ, directory):
    assert config_of("", environ).log == EmbeddedLog(directory=Path(directory))
    assert config_of('log = "embedded://"', environ).log == EmbeddedLog(directory=Path(directory))


def test_paths_begin_at_the_folder_of_the_file(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text('log = "embedded://data"')
    assert load(file, {}).log == EmbeddedLog(directory=tmp_path / "data")


def test_the_zone_of_the_environment_has_to_be_one():
    assert complaints_of("", {"TZ": "CET-1CEST"}) == (
        'environment: TZ is "CET-1CEST": not the name of an IANA zone: set zone = "Europe/Riga" or the like',
    )
    assert config_of('zone = "Asia/Tokyo"', {"TZ": "CET-1CEST"}).zone.key == "Asia/Tokyo"
