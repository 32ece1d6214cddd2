from __future__ import annotations

import json

from tests.cli.calling import deskpulse


def test_a_good_file_is_fine_and_summed_up(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text('log = "kafka://a:9092"\nzone = "Europe/Riga"\nreset = "04:00"\n[queue.billing]\ntarget = 0.8\n')
    ended = deskpulse("check", file)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith(f"{file}: fine\n  log        kafka://a:9092 (PLAINTEXT)\n")
    assert "Europe/Riga, the day begins at 04:00" in ended.out
    assert "billing" in ended.out


def test_all_that_is_wrong_is_said_at_once(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("limits.partitions = 0\nqueue.billing.target = 80\n")
    ended = deskpulse("check", file)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.splitlines() == [
        f"deskpulse: {file}: queue.billing.target is 80: write 0.80",
        f"deskpulse: {file}: limits.partitions is 0: expected a whole number from 1 to 1024",
    ]


def test_json_says_the_same(tmp_path):
    file = tmp_path / "site.toml"
    file.write_text("queue.billing.target = 80\n")
    ended = deskpulse("check", "--json", file)
    assert ended.code == 1
    assert json.loads(ended.out) == {
        "file": str(file),
        "fine": False,
        "complaints": [f"{file}: queue.billing.target is 80: write 0.80"],
        "summary": {},
    }


def test_the_defaults_are_fine():
    ended = deskpulse("check", "--json", env={"DESKPULSE_STATE": "/s"})
    assert ended.code == 0
    answer = json.loads(ended.out)
    assert answer["fine"]
    assert answer["summary"]["log"] == "embedded:///s"


def test_secrets_are_in_no_answer(tmp_path):
    (tmp_path / "pw").write_text("hunter2")
    file = tmp_path / "site.toml"
    file.write_text('[kafka]\nsecurity = "SASL_SSL"\nmechanism = "PLAIN"\nusername = "dp"\npassword_file = "pw"\n')
    ended = deskpulse("check", "--json", file, env={"DESKPULSE_TOKEN": "t0ken", "DESKPULSE_LOG": "kafka://h"})
    assert ended.code == 0
    assert "SASL_SSL, dp" in ended.out
    assert "hunter2" not in ended.out
    assert "t0ken" not in ended.out
