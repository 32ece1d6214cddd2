"""deploy/compose.yaml as values, and what of it can be run on a machine without containers."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.tools import ROOT

DEPLOY = ROOT / "deploy"
SITE = "/etc/deskpulse/site.toml"


def document(path: Path = DEPLOY / "compose.yaml") -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(path)
    return found


def schema() -> dict[str, Any]:
    """Of compose files, as Docker publishes it; from a package that is not imported, its own needs are not ours."""
    package = importlib.util.find_spec("check_jsonschema")
    assert package is not None
    assert package.submodule_search_locations
    file = Path(package.submodule_search_locations[0]) / "builtin_schemas" / "vendor" / "compose-spec.json"
    found: dict[str, Any] = json.loads(file.read_text())
    return found


def ours() -> dict[str, dict[str, Any]]:
    """Services of our image."""
    return {name: service for name, service in document()["services"].items() if service["image"].startswith("deskpulse:")}


def argv(service: str, *more: str) -> list[str]:
    """Its command, its configuration where that lies in the repository."""
    mounted = dict(volume.split(":")[1::-1] for volume in ours()[service]["volumes"])
    assert set(mounted) == {SITE}
    command = [str(DEPLOY / mounted[word]) if word == SITE else word for word in ours()[service]["command"]]
    return [sys.executable, "-m", "streams.cli", *command, *more]


def health_check(service: str, port: int) -> Sequence[str]:
    """What would be asked in its container, of the process at `port`."""
    how, *words = ours()[service]["healthcheck"]["test"]
    assert how == "CMD"
    return [{"python": sys.executable}.get(word, word.replace(":8601/", f":{port}/")) for word in words]
