"""`-c site.toml`, the same in every command that reads the configuration."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from streams.config import Config


def config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", type=Path, metavar="site.toml", help="the configuration; without it: the defaults")


def configuration(args: argparse.Namespace) -> Config:
    """The configuration that the arguments and the environment name. Raises ConfigError."""
    from streams.config import load

    return load(args.config, os.environ)
