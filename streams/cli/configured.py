"""`-c site.toml`, the same in every command that reads the configuration."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import msgspec

from streams.config import Config, load

PORT_MAX = 65535


def config_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-c", "--config", type=Path, metavar="site.toml", help="the configuration; without it: the defaults")


def configuration(args: argparse.Namespace) -> Config:
    """The configuration that the arguments and the environment name. Raises ConfigError."""
    return load(args.config, os.environ)


def port_arguments(parser: argparse.ArgumentParser) -> None:
    """Several processes on one machine can share a configuration."""
    parser.add_argument("--http-port", type=_port, metavar="PORT", help="instead of that of http.address")
    parser.add_argument("--metrics-port", type=_port, metavar="PORT", help="instead of that of metrics.address; 0: any that is free")


def with_ports(config: Config, args: argparse.Namespace) -> Config:
    """The configuration with the ports that the arguments name."""
    http = config.http if args.http_port is None else msgspec.structs.replace(config.http, port=args.http_port)
    metrics = config.metrics if args.metrics_port is None else msgspec.structs.replace(config.metrics, port=args.metrics_port)
    return msgspec.structs.replace(config, http=http, metrics=metrics)


def _port(text: str) -> int:
    port = int(text) if text.isdecimal() else -1
    if not 0 <= port <= PORT_MAX:
        raise argparse.ArgumentTypeError(f"a port is a number from 0 to {PORT_MAX}, not {text}")
    return port
