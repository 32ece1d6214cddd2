"""The configuration: what a file says becomes one frozen object, and what it cannot say is told with key, value and way out."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from schemas.lengths import duration_text
from schemas.values import DAY_MS, HOUR_MS, MINUTE_MS
from streams.config import Config, KafkaLog, Secret, WrongConfig, load, read
from streams.errors import ConfigError


def config_of(toml: str, environ: dict[str, str] | None = None, base: Path | None = None) -> Config:
    return read(tomllib.loads(toml), file="site.toml", environ={"TZ": "UTC", **(environ or {})}, base=base)


def complaints_of(toml: str, environ: dict[str, str] | None = None, base: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(WrongConfig) as raised:
        config_of(toml, environ, base)
    return raised.value.complaints


# What is wrong -> all that is said about it.
WRONG = [
    # values
    ("queue.billing.target = 80", "queue.billing.target is 80: write 0.80"),
    ("queue.billing.target = 99.5", "queue.billing.target is 99.5: write 0.995"),
    ("queue.billing.target = -0.1", "queue.billing.target is -0.1: expected a ratio from 0 to 1, such as 0.80"),
    ("queue.billing.target = true", "queue.billing.target is true: expected a ratio from 0 to 1, such as 0.80"),
    ('queue.billing.target = "80 %"', 'queue.billing.target is "80 %": expected a ratio from 0 to 1, such as 0.80'),
    ('interval_minutes = "30"', 'interval_minutes is "30": expected one of 15, 30, 60'),
    ("interval_minutes = 20", "interval_minutes is 20: expected one of 15, 30, 60"),
    ('reset = "25:00"', 'reset is "25:00": expected a time of day as "HH:MM", such as "04:00"'),
    ("reset = 04:00:00", 'reset is 04:00:00: expected a time of day as "HH:MM", such as "04:00"'),
    ('clock = "walk"', 'clock is "walk": expected one of wall, event: did you mean wall?'),
    (
        'zone = "europe/vilnus"',
        'zone is "europe/vilnus": expected the name of an IANA time zone, such as "Europe/Riga": did you mean Europe/Vilnius?',
    ),
    ('zone = "+02:00"', 'zone is "+02:00": expected the name of an IANA time zone, such as "Europe/Riga"'),
    ("checkpoint_interval = 0", "checkpoint_interval is 0: expected 50ms to 1m"),
    ('app = "desk pulse"', 'app is "desk pulse": expected 1 to 200 of the characters A-Z a-z 0-9 . _ -'),
    ('site = "a\\nb"', 'site is "a\\nb": expected a text of at most 64 characters on one line'),
    (
        'queue.billing.channel = "telephone"',
        (
            'queue.billing.channel is "telephone": expected one of phone, chat, email, form, social, sms, video, messaging, forum, other: '
            "did you mean phone?"
        ),
    ),
    (
        'queue.billing.channel = "fax"',
        'queue.billing.channel is "fax": expected one of phone, chat, email, form, social, sms, video, messaging, forum, other',
    ),
    ("queue.billing.threshold_seconds = 0", "queue.billing.threshold_seconds is 0: expected seconds as a number from 1 to 86400"),
    ('queue.billing.threshold_seconds = "20s"', 'queue.billing.threshold_seconds is "20s": expected seconds as a number from 1 to 86400'),
    (
        'limits.lateness = "7 days"',
        'limits.lateness is "7 days": expected a length of time such as "90s", "10m", "24h" or "7d", or seconds without quotes',
    ),
    (
        'limits.lateness = "10y"',
        'limits.lateness is "10y": expected a length of time such as "90s", "10m", "24h" or "7d", or seconds without quotes',
    ),
    ("limits.lateness = 0", "limits.lateness is 0: expected 1m to 365d"),
    ("limits.keep.calls = 0.5", "limits.keep.calls is 0.5: expected 1m to 3650d"),
    ("limits.partitions = 0", "limits.partitions is 0: expected a whole number from 1 to 1024"),
    ("limits.partitions = 4.0", "limits.partitions is 4.0: expected a whole number from 1 to 1024"),
    ('limits = "7d"', 'limits is "7d": expected a table [limits]'),
    ("backlog.after = 5", "backlog.after is 5: expected 1m to 3650d"),
    ('metrics.windows = "today"', 'metrics.windows is "today": expected a list, such as ["today", "interval"]'),
    ("http.port = 8600", "http.port is not a known key: known here: address, token_file, insecure, links_file"),
    # keys that belong together
    (
        "queue.billing = { threshold_seconds = 20, short_abandon_seconds = 25 }",
        "queue.billing.short_abandon_seconds is 25: it may not pass threshold_seconds, 20 here",
    ),
    (
        "queue.billing.short_abandon_seconds = 30",
        "queue.billing.short_abandon_seconds is 30: above 20, the default threshold: set threshold_seconds too",
    ),
    (
        "queue.billing.threshold_seconds = 3",
        "queue.billing.threshold_seconds is 3: below 5, the default short abandon: set short_abandon_seconds too",
    ),
    (
        'target.abandon_rate = { better = "low", warn = 0.10, crit = 0.05 }',
        'target.abandon_rate.crit is 0.05: with better = "low" it lies above warn, 0.1 here',
    ),
    ("target.abandon_rate.warn = 0.1", 'target.abandon_rate.better is not set: say which values are good: better = "low" or "high"'),
    (
        'target.abandon_rat = { better = "low", warn = 0.1 }',
        "target.abandon_rat: there is no such KPI: did you mean abandon_rate?",
    ),
    ('target.abandon_rate = { better = "low", warn = 5 }', "target.abandon_rate.warn is 5: write 0.05"),
    ('target.abandon_rate.better = "low"', "target.abandon_rate.warn is not set: a target needs warn, crit or both"),
    ('topics.calls = "tickets"', "topics.tickets is not set: calls and tickets need a topic each"),
    (
        "topics = { calls = '', tickets = '', agents = '', surveys = '', customers = '', articles = '', finance = '' }",
        'topics.calls is "": all topics are turned off: name one at least',
    ),
    ('topics.calls = "dead-letters"', 'topics.calls is "dead-letters": the program itself writes to that topic: choose another'),
    ('app = "x"\ntopics.tickets = "x-panes"', 'topics.tickets is "x-panes": the program itself writes to that topic: choose another'),
    ('metrics.address = "127.0.0.1:8600"', "metrics.address is that of http.address, port 8600: each needs its own"),
    # addresses and logs
    (
        'http.address = "0.0.0.0:8600"',
        'http.address is "0.0.0.0:8600": a public address needs token_file (or DESKPULSE_TOKEN), or insecure = true',
    ),
    ('http.address = "[::]:80"', 'http.address is "[::]:80": a public address needs token_file (or DESKPULSE_TOKEN), or insecure = true'),
    ("http.address = 8600", 'http.address is 8600: expected "host:port", such as "127.0.0.1:8600"'),
    ('http.address = "localhost:99999"', 'http.address is "localhost:99999": expected "host:port", such as "127.0.0.1:8600"'),
    ('log = "kafka:9092"', 'log is "kafka:9092": expected "embedded:///PATH" or "kafka://HOST:PORT"'),
    ('log = "kafka://a:1,,b"', 'log is "kafka://a:1,,b": expected "kafka://HOST:PORT", more brokers after commas'),
    # Kafka
    (
        "kafka.security = 'SASL_SSL'\nkafka.mechanism = 'PLAIN'\nkafka.username = 'u'",
        'kafka.password_file is not set: security = "SASL_SSL" needs it, or DESKPULSE_KAFKA_PASSWORD',
    ),
    ('kafka.username = "u"', 'kafka.username has no use with security = "PLAINTEXT": write SASL_SSL, or take it out'),
    (
        'kafka.security = "sasl_ssl"',
        'kafka.security is "sasl_ssl": expected one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL: did you mean SASL_SSL?',
    ),
    # privacy
    ("privacy.min_group = 0", "privacy.min_group is 0: expected a whole number from 1 to 1000"),
    ('privacy.per_agent = "yes"', 'privacy.per_agent is "yes": expected true or false, without quotes'),
    # keys
    ('limits.latness = "7d"', 'limits.latness = "7d" is not a known key: did you mean limits.lateness?'),
    ('aap = "x"', 'aap = "x" is not a known key: did you mean app?'),
    ("worker.threads = 4", "worker.threads = 4 is not a known key: known here: name, processes"),
    (
        'log = "kafka://a"\nworker.processes = 0',
        'worker.processes is 0: expected a whole number from 1 to 256, or "auto": one per core',
    ),
    ("worker.processes = 2", "worker.processes is 2: an embedded log has one writer: take it out, or keep the log in a Kafka"),
    ('worker.processes = "auto"', 'worker.processes is "auto": an embedded log has one writer: take it out, or keep the log in a Kafka'),
    ("queue.billing.theshold = 20", "queue.billing.theshold = 20 is not a known key: did you mean queue.billing.threshold_seconds?"),
    ('queue."a b".titel = "A"', 'queue."a b".titel = "A" is not a known key: did you mean queue."a b".title?'),
    ('currency = "eur"', 'currency is "eur": expected three capital letters, such as "EUR"'),
    ("limits.repeat_days = 31", "limits.repeat_days is 31: expected a whole number from 1 to 30"),
    ('limits.keep.customers = "90d"', 'limits.keep.customers is "90d": they are never forgotten: take it out'),
]


@pytest.mark.parametrize(("toml", "said"), WRONG, ids=[toml for toml, _ in WRONG])
def test_what_is_wrong_is_said_with_file_key_value_and_way_out(toml, said):
    assert complaints_of(toml) == (f"site.toml: {said}",)


def test_every_complaint_is_said_and_the_message_is_the_first_with_the_number_of_others():
    with pytest.raises(ConfigError) as raised:
        config_of("interval_minutes = 7\nlimits.partitions = 0\nqueue.a.target = 80")
    assert str(raised.value) == "site.toml: interval_minutes is 7: expected one of 15, 30, 60 (and 2 more: `deskpulse check` says all)"


def test_without_a_file_everything_has_its_default():
    config = load(None, {"TZ": "Europe/Riga", "HOME": "/h"})
    assert (config.app, config.interval_minutes, config.reset_minutes, config.checkpoint_interval_ms) == ("deskpulse", 30, 0, 1000)
    assert (config.http.host, config.http.port, config.metrics.port) == ("127.0.0.1", 8600, 8601)
    assert config.zone.key == "Europe/Riga"
    assert config.limits.keep_tickets_ms == 90 * DAY_MS


def test_the_example_of_the_specification_is_read_where_this_release_has_it(tmp_path):
    (tmp_path / "kafka-password").write_text("pw\n")
    (tmp_path / "token").write_text("tk\n")
    (tmp_path / "ca.pem").write_text("pem\n")
    config = config_of(
        """
        log = "kafka://a:9092,b"
        app = "dp"
        site = "riga"
        zone = "Europe/Riga"
        reset = "04:30"
        interval_minutes = 15
        checkpoint_interval = 0.25
        clock = "event"
        http = { address = "0.0.0.0:80", token_file = "token" }
        metrics = { address = "[::1]:9000", windows = ["today", "interval", "today"], cuts = ["site"] }
        currency = "SEK"
        topics = { calls = "c", tickets = "t", surveys = "" }
        backlog.after = "36h"
        worker = { name = "w1", processes = "auto" }
        [kafka]
        security = "SASL_SSL"
        mechanism = "SCRAM-SHA-512"
        username = "dp"
        password_file = "kafka-password"
        ca_file = "ca.pem"
        [queue.billing]
        title = "Billing"
        channel = "voice"
        threshold_seconds = 20
        short_abandon_seconds = 2.5
        target = 0.80
        [target.abandon_rate]
        better = "low"
        warn = 0.05
        crit = 0.10
        [limits]
        lateness = "1d12h"
        keep = { calls = "48h", articles = "1d" }
        left_after = "365d"
        visit = { chat = "12h" }
        talk = 3600
        """,
        base=tmp_path,
    )
    assert config.log == KafkaLog(brokers=("a:9092", "b:9092"))
    assert (config.reset_minutes, config.checkpoint_interval_ms, config.metrics.windows) == (270, 250, ("today", "interval"))
    assert (config.metrics.host, config.http.token, config.kafka.password) == ("::1", Secret("tk"), Secret("pw"))
    assert config.kafka.ca_file == tmp_path / "ca.pem"
    (queue,) = config.queues
    assert (queue.channel, queue.threshold_ms, queue.short_abandon_ms, queue.target) == ("phone", 20_000, 2_500, 0.8)
    assert config.backlog.after == 36 * HOUR_MS
    assert (config.currency, list(config.topics.in_log.values())) == ("SEK", ["c", "t", "agents", "customers", "articles", "finance"])
    assert config.limits.keep_ms == {
        "calls": 2 * DAY_MS, "tickets": 90 * DAY_MS, "surveys": 7 * DAY_MS, "articles": DAY_MS, "finance": 7 * DAY_MS,
    }  # fmt: skip
    limits = config.limits
    assert (limits.lateness_ms, limits.keep_calls_ms, limits.keep_tickets_ms) == (36 * HOUR_MS, 2 * DAY_MS, 90 * DAY_MS)
    assert (limits.left_after_ms, config.policy().left_after_ms, config_of("limits.left_after = ''").limits.left_after_ms) == (
        365 * DAY_MS, 365 * DAY_MS, 0,
    )  # fmt: skip
    assert (limits.visit_ms, limits.visit_chat_ms, limits.talk_ms) == (4 * HOUR_MS, 12 * HOUR_MS, HOUR_MS)


def test_the_policy_has_the_thresholds_and_limits_of_the_file():
    policy = config_of(
        "queue.a.threshold_seconds = 30\nqueue.b.short_abandon_seconds = 0\nlimits.visit = '1h'\nlimits.wrap_up = '5m'"
    ).policy()
    assert policy.threshold_ms("a", "phone") == 30_000
    assert (policy.threshold_ms("b", "chat"), policy.short_abandon_ms("b"), policy.short_abandon_ms("a")) == (60_000, 0, 5_000)
    assert (policy.visit_limit_of("phone"), policy.visit_limit_of("chat"), policy.wrap_up_limit_ms) == (HOUR_MS, DAY_MS, 5 * MINUTE_MS)


def test_a_token_or_a_word_opens_a_public_address():
    assert config_of('http.address = "0.0.0.0:80"', {"DESKPULSE_TOKEN": "t"}).http.host == "0.0.0.0"
    assert config_of('http = { address = "0.0.0.0:80", insecure = true }').http.insecure


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'app = "x', "not TOML: unterminated string (at end of document)"),
        (b"app = x", "not TOML: invalid value (at line 1, column 7)"),
        (b'app = "\xff"', "byte 7 is not UTF-8: save it as UTF-8"),
    ],
)
def test_a_file_that_is_no_toml_is_told_with_the_place(tmp_path, content, said):
    file = tmp_path / "site.toml"
    file.write_bytes(content)
    with pytest.raises(WrongConfig) as raised:
        load(file, {})
    assert str(raised.value) == f"{file}: {said}"


def test_a_file_that_is_not_there_is_an_error_of_use(tmp_path):
    with pytest.raises(ConfigError, match="there is no such file"):
        load(tmp_path / "nix.toml", {})
    with pytest.raises(ConfigError, match="cannot read it: Is a directory"):
        load(tmp_path, {})


@pytest.mark.parametrize(("length_ms", "written"), [(0, "0d"), (1, "1ms"), (90_000, "90s"), (HOUR_MS, "1h"), (7 * DAY_MS, "7d")])
def test_lengths_are_written_as_they_are_read(length_ms, written):
    assert duration_text(length_ms) == written


def test_single_agents_are_seen_only_where_the_site_says_so():
    assert (config_of("").privacy.per_agent, config_of("").privacy.min_group, config_of("").policy().per_agent) == (False, 5, False)
    config = config_of("privacy = { per_agent = true, min_group = 8 }")
    assert config.policy().per_agent
    assert config.privacy.min_group == 8
