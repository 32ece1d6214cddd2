"""From the event to the pager, with the real programs and the files that we hand out: who is called, how soon, and who is not.

One contact centre for each story, all at the same time, on one Prometheus and one Alertmanager. Only intervals and addresses of the files
are replaced.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.deploy.test_alertmanager import amtool
from tests.desk import Desk, Instance, ask, wait_for
from tests.prometheus.alerting import AlertmanagerServer, Hook, Message, prometheus_config
from tests.prometheus.server import PrometheusServer
from tests.tools import calls_and_tickets_alone

pytestmark = [pytest.mark.alertmanager, pytest.mark.slow]

OLD_S, NOTICE_S = 30, 20
"""Data older than that, or a partition without owner for as long, is told within so much more."""
BREACH_S = 15
PROMISED_S = 8


class Centre:
    """One installation; its metrics are scraped under its name."""

    def __init__(self, site: str, directory: Path, log: str, settings: str) -> None:
        self.site = site
        self.desk = Desk(directory / site, log, f'site = "{site}"\n{settings}')

    def start(self, *commands: str, **env: str) -> list[Instance]:
        made = [self.desk.instance(command, f"{command}-{number}", env) for number, command in enumerate(commands)]
        for instance in made:
            instance.launch()
        return made

    @property
    def addresses(self) -> list[str]:
        return [instance.metrics for instance in self.desk.instances]


def on_kafka(site: str, directory: Path, kafka: str, prefix: str) -> Centre:
    own = f"{prefix}{site}-"
    settings = f'app = "{own}app"\n{calls_and_tickets_alone(own)}\n[limits]\npartitions = 4'
    centre = Centre(site, directory, f"kafka://{kafka}", settings)
    centre.desk.call("topics", "create")
    return centre


@pytest.fixture
def hook() -> Iterator[Hook]:
    with Hook() as hook:
        yield hook


def restart(instance: Instance) -> None:
    assert instance.end() == 0, instance.log()[-2000:]
    instance.start()


@pytest.mark.kafka
def test_trouble_pages_in_time_and_what_is_no_trouble_pages_nobody(tmp_path: Path, kafka: str, prefix: str, hook: Hook):
    with ExitStack() as stack:
        lost, kept = (on_kafka(site, tmp_path, kafka, prefix) for site in ("lost", "kept"))
        promised = Centre(
            "promised", tmp_path, f"embedded://{tmp_path / 'log'}", f'[[sla]]\nqueue = "mail"\nfirst_response = "{PROMISED_S}s"'
        )
        for centre in (lost, kept, promised):
            stack.enter_context(centre.desk)
        (lonely, _) = lost.start("worker", "board")
        running = kept.start("worker", "worker", "board", "board")
        (shop,) = promised.start("run", DESKPULSE_TOKEN="secret")
        for instance in (*lost.desk.instances, *running, shop):
            instance.program.wait(instance.is_ready, 60)
        alertmanager = stack.enter_context(AlertmanagerServer(tmp_path / "alertmanager", hook))
        config = prometheus_config({centre.site: centre.addresses for centre in (lost, kept, promised)}, alertmanager.address)
        prometheus = stack.enter_context(PrometheusServer(tmp_path / "prometheus", {}, text=config))
        prometheus.wait_for("count(deskpulse_board_completeness_ratio == 1) == 4", 40)

        created_s = create_ticket(shop)
        lonely.program.kill()
        killed_s = time.time()
        running[0].program.kill()

        breach = page(hook, "promised", "DeskpulseSlaBreached", created_s + PROMISED_S + BREACH_S)
        assert breach.labels["queue"] == "mail"
        assert breach.annotations["description"] == "1 within 2 minutes in mail (email): first_response."
        assert breach.annotations["runbook_url"] == "docs/runbooks/DeskpulseSlaBreached.md"

        running[0].start()
        for instance in running:  # a rolling update
            restart(instance)

        unowned = page(hook, "lost", "DeskpulsePartitionUnowned", killed_s + OLD_S + NOTICE_S)
        assert unowned.annotations["description"] == "4 partitions have no owner: their cases stand still."
        wait_for("its data is told to be old, too", lambda: prometheus.query('ALERTS{alertname="DeskpulseDataStale",site="lost"}'), 10)
        told = amtool("alert", "query", "--inhibited", f"--alertmanager.url=http://{alertmanager.address}")
        assert "DeskpulseDataStale" in told or hook.pages("lost")[0].name == "DeskpulseDataStale", told

        prometheus.wait_for('min by (site) (deskpulse_board_completeness_ratio{site="kept"}) == 1', 30)
        time.sleep(3)  # what would still be on its way
        assert hook.pages("kept") == [], "a takeover and a rolling update are nobody's business"
        assert {one.name for one in hook.pages("promised")} == {"DeskpulseSlaBreached"}
        assert not [one for one in hook.messages if "<" in one.annotations["description"] or not one.annotations["summary"]]


def create_ticket(shop: Instance) -> float:
    """Returns when."""
    at_s = time.time()
    event = {"type": "ticket.created", "id": "e1", "time": round(at_s * 1000), "ticket_id": "t1", "queue": "mail", "channel": "email"}
    assert ask("POST", shop.http, "/api/v1/events", json.dumps(event).encode(), headers=shop.rights).status == 202
    return at_s


def page(hook: Hook, site: str, name: str, until_s: float) -> Message:
    """The first of that name for that site. Fails where it does not come by then."""

    def first() -> Message | None:
        return next((one for one in hook.pages(site) if one.name == name), None)

    wait_for(f"{name} of {site} pages: {[one.labels for one in hook.messages]}", first, until_s - time.time())
    found = first()
    assert found is not None
    print(f"{name} of {site}: {until_s - found.at_s:.1f} s before it was due")
    return found


# --- what Alertmanager makes of alerts -----------------------------------------------------------------------------------------------

STALE = {"alertname": "DeskpulseDataStale", "kind": "program", "severity": "critical"}
WATCHDOG = {"alertname": "DeskpulseWatchdog", "kind": "program", "severity": "info"}
BROKEN = {"alertname": "DeskpulseSlaBreached", "kind": "business", "severity": "critical", "queue": "mail"}


def test_stale_data_mutes_the_business_of_its_site_alone_and_until_it_is_fresh(tmp_path: Path, hook: Hook):
    with AlertmanagerServer(tmp_path, hook) as alertmanager:
        alertmanager.send([STALE | {"site": "riga"}])
        wait_for("stale data pages", lambda: hook.pages("riga"), 20)
        alertmanager.send([BROKEN | {"site": site} for site in ("riga", "liepaja")])
        wait_for("the other site pages", lambda: hook.pages("liepaja"), 20)
        time.sleep(1)
        assert [one.name for one in hook.pages("riga")] == ["DeskpulseDataStale"]
        alertmanager.send([STALE | {"site": "riga"}], over=True)
        wait_for("what was muted and is still so is told", lambda: len(hook.pages("riga")) == 2, 40)
        assert hook.pages("riga")[1].name == "DeskpulseSlaBreached"


def test_out_of_hours_the_program_and_the_watchdog_are_heard_and_the_business_is_not(tmp_path: Path, hook: Hook):
    with AlertmanagerServer(tmp_path, hook, opening="not today") as alertmanager:
        alertmanager.send([BROKEN | {"site": "liepaja"}])
        alertmanager.send([STALE | {"site": "riga"}, WATCHDOG])
        wait_for("the program pages", lambda: hook.pages("riga"), 20)
        wait_for("the watchdog is heard", lambda: [one for one in hook.messages if one.to == "watchdog"], 20)
        time.sleep(3)
        assert hook.pages("liepaja") == []
