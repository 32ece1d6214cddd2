"""Stories of the service level."""

from __future__ import annotations

from collections.abc import Mapping

from tests.deploy.alerts.case import Case

FAST, SLOW, BELOW = "DeskpulseServiceLevelBurnFast", "DeskpulseServiceLevelBurnSlow", "DeskpulseServiceLevelBelowTarget"
CELL = {"queue": "billing", "channel": "phone"}
BY_15M, BY_1H = ({**CELL, "severity": "critical", "window": window} for window in ("15m", "1h"))
BY_4H = {**CELL, "severity": "warning", "window": "4h"}


def calls(in_time: str, decided: str = "0+10x600", target: float = 0.8) -> Mapping[str, str]:
    """Counters of one queue, minute by minute."""
    cell = '{queue="billing", channel="phone"}'
    return {
        f"deskpulse_service_level_in_total{cell}": in_time,
        f"deskpulse_service_level_decided_total{cell}": decided,
        f"deskpulse_service_level_target_ratio{cell}": f"{target}x600",
    }


def day(in_time: str, decided: str, is_open: str = "1x600") -> Mapping[str, str]:
    cell = '{queue="billing", channel="phone"}'
    return {
        f"deskpulse_today_service_level_in{cell}": in_time,
        f"deskpulse_today_service_level_decided{cell}": decided,
        f"deskpulse_service_level_target_ratio{cell}": "0.8x600",
        'deskpulse_queue_open{queue="billing"}': is_open,
    }


ONE_BAD_PATCH = "0+10x60 600+3x20 660+10x400"
HALF = "0+5x90 450+10x400"
NEARLY_A_THIRD = "0+7x120 840+10x400"
ONE_MISSED = "0+2x60 121+2x300"
OUTAGE = "0+10x60 600x60 600+10x400"

CASES = (
    Case("seven of ten missed for a while", FAST, calls(ONE_BAD_PATCH), {"78m": [BY_15M]}, ["60m", "66m", "100m"]),
    Case("all missed where 80 % are promised", FAST, calls(OUTAGE), {"76m": [BY_15M], "100m": [BY_15M, BY_1H]}, ["60m", "180m"]),
    Case("half missed for long", FAST, calls(HALF), {"30m": [BY_1H], "89m": [BY_1H]}, ["115m"]),
    Case("all missed where 60 % are promised", FAST, calls(OUTAGE, target=0.6), {"78m": [BY_15M]}, ["60m"]),
    Case("half missed where 99 % are promised", FAST, calls(HALF, target=0.99), {"30m": [BY_15M, BY_1H]}, ["115m"]),
    Case("one of thirty missed where 99 % are promised", FAST, calls(ONE_MISSED, "0+2x400", 0.99), {}, ["62m", "63m", "65m", "90m"]),
    Case("three of ten missed is no emergency", FAST, calls(NEARLY_A_THIRD), {}, ["30m", "90m", "119m"]),
    Case("15 % missed where 80 % are promised", FAST, calls("0+8.5x300"), {}, ["20m", "120m", "290m"]),
    Case("hardly anybody calls, and all are missed", FAST, calls("0x300", "0+0.2x300"), {}, ["20m", "60m", "90m", "240m"]),
    Case("nobody calls", FAST, calls("500x300", "700x300"), {}, ["20m", "240m"]),
    Case("nearly a third missed for two hours", SLOW, calls(NEARLY_A_THIRD), {"60m": [BY_4H], "119m": [BY_4H]}, ["2m", "160m"]),
    Case("15 % missed where 80 % are promised", SLOW, calls("0+8.5x300"), {}, ["20m", "120m", "290m"]),
    Case("one call in ten minutes, all missed", SLOW, calls("0x300", "0+0.1x150"), {}, ["60m", "120m", "150m"]),
    Case(
        "half of today in time, until it closes",
        BELOW,
        day("0+5x600", "0+10x600", "1x30 0x100"),
        {"20m": [{**CELL, "severity": "warning"}]},
        ["10m", "60m"],
    ),
    Case("19 calls are no day", BELOW, day("2x100", "19x100"), {}, ["20m", "90m"]),
    Case("at the target", BELOW, day("0+8x100", "0+10x100"), {}, ["20m", "90m"]),
)
