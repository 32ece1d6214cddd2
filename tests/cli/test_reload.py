"""SIGHUP: boards, targets and promises as the file says now, without a restart; a wrong file changes nothing."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.desk import Desk, wait_for

BEFORE = """
[queue.billing]
title = "Billing"
[board.sales]
title = "Sales"
tiles = ["waiting"]
"""
TOLD_WHILE_IT_STARTS = """
import os, signal, sys
from streams.cli import main, process

there = process.with_inputs_there

async def told(config):
    os.kill(os.getpid(), signal.SIGHUP)
    return await there(config)

process.with_inputs_there = told
sys.exit(main(sys.argv[1:]))
"""
IN_FORCE = "\ndeskpulse_config_last_reload_successful 1.0\n"


@pytest.mark.slow
def test_a_signal_makes_it_read_its_configuration_again(tmp_path: Path):
    with Desk(tmp_path, "embedded://log", BEFORE) as desk:
        site = desk.instance("run", "r1")
        text = site.config.read_text()
        site.start()

        def board() -> Any:
            return json.loads(site.ask(site.http, "/api/v1/board").body)

        def says(written: str, said: str) -> None:
            before = site.log().count(said)
            site.config.write_text(written)
            site.program.signal(signal.SIGHUP)
            wait_for(said, lambda: site.log().count(said) > before, 20)

        first = board()
        assert (first["title"], first["queues"][0]["title"]) == ("Sales", "Billing")
        now = text.replace('"Sales"', '"Sold"').replace('"Billing"', '"Bills"').replace('["waiting"]', '["waiting", "abandon_rate"]')
        says(f'{now}\n[target.abandon_rate]\nbetter = "low"\nwarn = 0.05\n', "in force now: queue, targets, boards")
        changed = board()
        assert (changed["title"], changed["queues"][0]["title"]) == ("Sold", "Bills")
        assert changed["tiles"]["abandon_rate"]["warn"] == 0.05
        assert changed["layout"] != first["layout"]

        assert IN_FORCE in site.page()
        says(now.replace("tiles", "tilse"), "the configuration stays as it was: ")
        assert board() == changed
        assert IN_FORCE not in site.page()
        for _ in range(2):  # as long as it waits
            says(f'{now}\n[limits]\nlateness = "3d"\n', "what needs a restart: limits\n")
        assert IN_FORCE in site.page()

        now = now.replace('"Bills"', '"Invoices"')
        says(f'{now}\n[[sla]]\nfirst_response = "3h"\n', "what needs a restart: queue, sla\n")
        assert board()["queues"][0]["title"] == "Bills"
        says(now, "in force now: queue\n")
        assert board()["queues"][0]["title"] == "Invoices"
        assert site.end() == 0
        assert "Traceback" not in site.log()


@pytest.mark.slow
@pytest.mark.parametrize("command", ["run", "board", "worker"])
def test_a_signal_that_comes_while_it_starts_is_heeded_once_it_listens(tmp_path: Path, command: str):
    with Desk(tmp_path, "embedded://log", BEFORE) as desk:
        if command == "board":
            desk.call("topics", "create")
        site = desk.instance(command, "r1")
        python, _, _, *arguments = site.program.argv
        site.program.argv = [python, "-c", TOLD_WHILE_IT_STARTS, *arguments]
        site.start()
        wait_for("it reads again", lambda: "the configuration was read again: nothing new" in site.log(), 20)
        assert site.end() == 0
        assert "Traceback" not in site.log()
