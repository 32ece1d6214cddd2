"""Secrets of the configuration: where they come from, and that nobody is shown one."""

from __future__ import annotations

import pickle

import msgspec
import pytest

from streams.config import Secret
from tests.test_config import complaints_of, config_of


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            'kafka.password = "hunter2"',
            'kafka.password: a secret does not belong here: write password_file = "PATH", or set DESKPULSE_KAFKA_PASSWORD',
        ),
        ('kafka.passwrd = "hunter2"', "kafka.passwrd is not a known key: did you mean kafka.password_file?"),
        ('http.token = "hunter2"', 'http.token: a secret does not belong here: write token_file = "PATH", or set DESKPULSE_TOKEN'),
        ('http.tokn = "hunter2"', "http.tokn is not a known key: did you mean http.token_file?"),
        ('log = "kafka://me:hunter2@host:9092"', "log: user and password belong in [kafka]: username and password_file"),
    ],
)
def test_a_secret_in_the_wrong_place_is_refused_and_not_repeated(toml, said):
    (complaint,) = complaints_of(toml)
    assert complaint == f"site.toml: {said}"
    assert "hunter2" not in complaint


def test_a_secret_in_the_log_of_the_environment_is_not_repeated():
    (complaint,) = complaints_of("", {"DESKPULSE_LOG": "kafka://me:hunter2@host"})
    assert "hunter2" not in complaint


def test_secrets_come_from_files_or_the_environment_and_show_themselves_to_nobody(tmp_path):
    (tmp_path / "pw").write_text("hunter2\n")
    config = config_of(
        'kafka = { security = "SASL_SSL", mechanism = "PLAIN", username = "u", password_file = "pw" }',
        {"DESKPULSE_TOKEN": "t0ken"},
        tmp_path,
    )
    assert config.kafka.password is not None
    assert config.kafka.password.reveal() == "hunter2"
    assert config.http.token == Secret("t0ken")
    for shown in (repr(config), str(config.kafka), f"{config.http.token}", repr(msgspec.structs.asdict(config.kafka))):
        assert "hunter2" not in shown
        assert "t0ken" not in shown
    with pytest.raises(TypeError):
        msgspec.json.encode(config.kafka)
    with pytest.raises(TypeError):
        pickle.dumps(config.kafka.password)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "there is no file {path}"),
        ("", "expected a file of one line, the secret"),
        ("a\nb\n", "expected a file of one line, the secret"),
    ],
)
def test_a_secret_file_holds_one_line(tmp_path, content, said):
    path = tmp_path / "token"
    if content is not None:
        path.write_text(content)
    (complaint,) = complaints_of(f'http.token_file = "{path}"')
    assert complaint.startswith('site.toml: http.token_file is "')
    assert complaint.endswith(f": {said.format(path=path)}")
