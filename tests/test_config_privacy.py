"""`[privacy] pseudonymise` in site.toml: whose ids, the key in a file of its own, and what is refused."""

from __future__ import annotations

from pathlib import Path

from tests.test_config import complaints_of, config_of

BOTH = 'privacy = { pseudonymise = ["customer_id", "agent_id"], key_file = "key" }'
KEY = "0123456789abcdef0123456789abcdef"


def test_nobody_is_replaced_where_nothing_is_said():
    assert config_of("").privacy.pseudonyms() is None


def test_the_key_comes_from_its_file_or_the_environment(tmp_path: Path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    from_file = config_of(BOTH, base=tmp_path).privacy.pseudonyms()
    from_environment = config_of('privacy.pseudonymise = ["customer_id"]', {"DESKPULSE_PSEUDONYM_KEY": KEY}).privacy.pseudonyms()
    assert from_file is not None
    assert from_environment is not None
    assert from_file.of("u1") == from_environment.of("u1") == from_file.of_customer("u1")


def test_without_a_key_it_says_how_to_make_one():
    (complaint,) = complaints_of('privacy.pseudonymise = ["customer_id"]')
    assert complaint.startswith("site.toml: privacy.key_file is not set: pseudonymise needs it, or DESKPULSE_PSEUDONYM_KEY:")
    assert "`openssl rand -hex 32`" in complaint


def test_a_key_in_the_file_itself_is_refused_and_not_repeated():
    (complaint,) = complaints_of(f'privacy = {{ pseudonymise = ["agent_id"], key = "{KEY}" }}')
    assert "a secret does not belong here" in complaint
    assert KEY not in complaint


def test_a_key_that_can_be_guessed_is_refused(tmp_path: Path):
    (tmp_path / "key").write_text("short")
    (complaint,) = complaints_of(BOTH, base=tmp_path)
    assert "at least 16 characters" in complaint


def test_a_key_without_a_use_and_a_field_that_is_no_person_are_refused(tmp_path: Path):
    (tmp_path / "key").write_text(KEY)
    assert "has no use without pseudonymise" in complaints_of('privacy.key_file = "key"', base=tmp_path)[0]
    assert "expected one of customer_id, agent_id" in complaints_of('privacy.pseudonymise = ["queue"]')[0]


def test_the_key_shows_itself_nowhere(tmp_path: Path):
    (tmp_path / "key").write_text(KEY)
    config = config_of(BOTH, base=tmp_path)
    assert KEY not in repr(config) + repr(config.privacy.pseudonyms())
