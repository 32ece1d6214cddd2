"""The programs that tests need beside Python, and where they are on this machine."""

from __future__ import annotations

import random
import shutil
import socket
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
CACHE = ROOT / ".cache"

# How the reason of a skip begins that is right in CI too: recorded data is kept outside of the repository.
NO_DATA = "no recorded data beside the repository"


class Tool(NamedTuple):
    """A program of the system. `package` is Debian's name of what brings it."""

    names: tuple[str, ...]
    package: str

    def find(self) -> str | None:
        """The path of the first name found on PATH, None where the machine has none."""
        return next((path for name in self.names if (path := shutil.which(name))), None)

    def path(self) -> str:
        """As find(). Raises FileNotFoundError, which says what to install."""
        if (path := self.find()) is None:
            raise FileNotFoundError(f"{self.names[0]} not found: apt-get install {self.package}")
        return path


JAVA = Tool(("java",), "default-jre-headless")
MAVEN = Tool(("mvn",), "maven")
PROMETHEUS = Tool(("prometheus",), "prometheus")
PROMTOOL = Tool(("promtool",), "prometheus")
ALERTMANAGER = Tool(("prometheus-alertmanager", "alertmanager"), "prometheus-alertmanager")
AMTOOL = Tool(("amtool",), "prometheus-alertmanager")
CHROMIUM = Tool(("chromium", "chromium-browser", "google-chrome"), "chromium")
COMPILER = Tool(("gcc", "cc"), "gcc libc6-dev")
SYSTEMD_ANALYZE = Tool(("systemd-analyze",), "systemd")

# The part of the suite a marker stands for -> the programs without which it cannot run.
PARTS = {
    "kafka": (JAVA, MAVEN),
    "prometheus": (PROMETHEUS, PROMTOOL),
    "alertmanager": (PROMETHEUS, PROMTOOL, ALERTMANAGER, AMTOOL),
    "browser": (CHROMIUM,),
    "systemd": (SYSTEMD_ANALYZE,),
    "compiler": (COMPILER,),
}


def missing(part: str) -> list[Tool]:
    """The programs of a part that this machine lacks; empty where it can run."""
    return [tool for tool in PARTS[part] if tool.find() is None]


def free_port() -> int:
    """A loopback port nobody listens on, below the range the kernel gives to clients.

    Inside that range a client that keeps trying a stopped server's port can be given the very same port as its own: it is
    then connected to itself, and the server cannot come back.
    """
    ports = list(range(20_000, 30_000))
    random.SystemRandom().shuffle(ports)
    for port in ports:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no free port on 127.0.0.1 between 20000 and 30000")


def calls_and_tickets_alone(prefix: str) -> str:
    """A line of a site.toml whose topics begin with `prefix`; the other inputs are turned off."""
    others = ", ".join(f'{topic} = ""' for topic in ("agents", "surveys", "customers", "articles", "finance"))
    return f'topics = {{ calls = "{prefix}calls", tickets = "{prefix}tickets", {others} }}'
