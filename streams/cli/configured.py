"""`-c site.toml`, the same in every command that reads the configuration."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from streams.config import Config, load


def config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", type=Path, metavar="site.toml", help="the configuration; without it: the defaults")


def configuration(args: argparse.Namespace) -> Config:
    """The configuration that the arguments and the environment name. Raises ConfigError."""
    return load(args.config, os.environ)
