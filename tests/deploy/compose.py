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


def site(directory: Path, token: str) -> Path:
    """The configuration that all of ours mount, with the secret where it is on this machine, and the state beside it."""
    mounted = {dict(volume.split(":")[1::-1] for volume in service["volumes"])[SITE] for service in ours().values()}
    assert len(mounted) == 1
    text = (DEPLOY / mounted.pop()).read_text()
    for service in ours().values():
        assert service["secrets"] == ["deskpulse_token"]
    for inside, here in (("/run/secrets/deskpulse_token", directory / "token"), ("/var/lib/deskpulse/", directory)):
        assert inside in text
        text = text.replace(inside, f"{here}/" if inside.endswith("/") else str(here))
    (directory / "token").write_text(token)
    (directory / "site.toml").write_text(text)
    return directory / "site.toml"


def argv(service: str, configuration: Path, *more: str) -> list[str]:
    """Its command, with its configuration where that is on this machine."""
    command = [str(configuration) if word == SITE else word for word in ours()[service]["command"]]
    assert str(configuration) in command
    return [sys.executable, "-m", "streams.cli", *command, *more]


def health_check(service: str, port: int) -> Sequence[str]:
    """What would be asked in its container, of the process at `port`."""
    how, *words = ours()[service]["healthcheck"]["test"]
    assert how == "CMD"
    return [{"python": sys.executable}.get(word, word.replace(":8601/", f":{port}/")) for word in words]
