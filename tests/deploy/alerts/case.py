"""One story for promtool: series as time goes on, and who is called when."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

Labels = Mapping[str, str]
SITE = "main"


class Case(NamedTuple):
    """Series get `site` and, where they have none, `instance`; an alert that fires is expected with `site`, unless it says site="".

    series  deskpulse_NAME{...} -> values in promtool's words, one for each step
    fires   when -> what it then fires with, beside its name and kind
    silent  when it does not fire
    step    between two values, and between two evaluations
    """

    story: str
    alert: str
    series: Mapping[str, str]
    fires: Mapping[str, Sequence[Labels]] = {}
    silent: Sequence[str] = ()
    step: str = "1m"

    def resolves(self) -> bool:
        return bool(self.fires) and any(seconds(at) > max(map(seconds, self.fires)) for at in self.silent)

    def test(self) -> dict[str, Any]:
        """A test of promtool."""
        expr = f'count without (alertname, alertstate, kind) (ALERTS{{alertname="{self.alert}", alertstate="firing"}})'
        expected = [(at, list(labels)) for at, labels in self.fires.items()] + [(at, []) for at in self.silent]
        return {
            "name": f"{self.alert}: {self.story}",
            "interval": self.step,
            "input_series": [{"series": _labelled(series), "values": values} for series, values in self.series.items()],
            "promql_expr_test": [
                {
                    "expr": expr,
                    "eval_time": at,
                    "exp_samples": [{"labels": _text({"site": SITE, **found}), "value": 1} for found in all_of_it],
                }
                for at, all_of_it in expected
            ],
        }


def write(cases: Iterable[Case], rules: Path, directory: Path) -> list[Path]:
    """Files for `promtool test rules`, one for each step."""
    by_step: dict[str, list[dict[str, Any]]] = {}
    for case in cases:
        by_step.setdefault(case.step, []).append(case.test())
    files = []
    for step, tests in by_step.items():
        files.append(directory / f"every_{step}.yml")
        # JSON is YAML.
        files[-1].write_text(json.dumps({"rule_files": [str(rules)], "evaluation_interval": step, "tests": tests}))
    return files


def seconds(length: str) -> int:
    return int(length[:-1]) * {"s": 1, "m": 60, "h": 3_600}[length[-1]]


def _labelled(series: str) -> str:
    name, _, labels = series.removesuffix("}").partition("{")
    own = labels.split(",") if labels else []
    names = {label.partition("=")[0].strip() for label in own}
    own += [f'{name}="{value}"' for name, value in (("site", SITE), ("instance", "one")) if name not in names]
    return f"{name}{{{', '.join(own)}}}"


def _text(labels: Labels) -> str:
    return "{" + ", ".join(f'{name}="{value}"' for name, value in sorted(labels.items()) if value) + "}"
