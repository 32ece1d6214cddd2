"""Serve page, API and /metrics from what the workers have written; any number of boards show equal figures. Ends by SIGTERM or Ctrl-C.

One of them leads and exports the business families on /metrics; the others take over when it goes.

`deskpulse board link NAME` prints an address for a screen without a keyboard: whoever opens it may read, and nothing else, until it is
revoked. It is shown once, and kept as a hash in http.links_file, which the boards read. `--list` shows what there is, `--revoke ID` ends
one.
"""

from __future__ import annotations

import argparse
import socket
import sys
from typing import Final

from streams.cli.as_json import print_json
from streams.cli.configured import config_argument, configuration, port_arguments, with_ports
from streams.cli.process import serve
from streams.config import Config
from streams.config.values import nearest
from streams.errors import UsageError
from streams.outputs.access import LINK_PATH
from streams.outputs.links import Links, told
from streams.runtime.clock import wall_clock

DAYS_MAX: Final = 3_650
ANYWHERE: Final = ("0.0.0.0", "::")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", choices=("link",), help="an address for a screen; without it: serve")
    parser.add_argument("name", nargs="?", metavar="NAME", help="with link: the board that it shows")
    config_argument(parser)
    port_arguments(parser)
    parser.add_argument(
        "--at", metavar="URL", help="with link: how the board is reached, where not by http.address: https://board.example.com"
    )
    parser.add_argument("--days", type=_days, metavar="N", help="with link: it is good for so long; without it until it is revoked")
    parser.add_argument("--list", action="store_true", help="with link: those that there are")
    parser.add_argument("--revoke", metavar="ID", help="with link: end this one, as --list calls it; who reads by it is cut off")
    parser.add_argument("--json", action="store_true", help="with link: print an object")


def run(args: argparse.Namespace) -> int:
    if args.action == "link":
        config = with_ports(configuration(args), args)
        return _link(args, config, Links(config.http.links, wall_clock))
    given = [option for option in ("at", "days", "list", "revoke", "json") if getattr(args, option)]
    if given:
        raise UsageError(f"--{given[0]} goes with `deskpulse board link`")
    return serve(lambda: with_ports(configuration(args), args), works=False, shows=True, debug=args.debug)


def _link(args: argparse.Namespace, config: Config, links: Links) -> int:
    if sum((args.name is not None, args.list, args.revoke is not None)) != 1:
        raise UsageError("say one of them: deskpulse board link NAME, --list, or --revoke ID")
    if args.list:
        return _list([told(link) for link in links.all()], args.json)
    if args.revoke is not None:
        return _revoke(args, links)
    names = [board.name for board in config.wallboards()]
    if args.name not in names:
        meant = nearest(args.name, names)
        raise UsageError(f'there is no board "{args.name}": ' + (f"did you mean {meant}?" if meant else f"there are: {', '.join(names)}"))
    where = (args.at or _address(config)).rstrip("/")
    if config.http.token is None:
        raise UsageError(f"without http.token_file whoever reaches the board may read: {where}/?board={args.name} needs no link")
    link, word = links.make(args.name, args.days)
    address = f"{where}{LINK_PATH}{word}"
    if args.json:
        print_json({**told(link), "address": address})
    else:
        print(address)
        where_from = f" -c {args.config}" if args.config else ""
        print(f"its id is {link.id}: `deskpulse board link --revoke {link.id}{where_from}` ends it", file=sys.stderr)
    return 0


def _list(links: list[dict[str, str | None]], as_json: bool) -> int:
    if as_json:
        print_json({"links": links})
        return 0
    if not links:
        print("there are none: `deskpulse board link NAME` makes one", file=sys.stderr)
    width = max((len(link["board"] or "") for link in links), default=0)
    for link in links:
        until = f"until {link['until']}" if link["until"] else "until it is revoked"
        print(f"{link['id']}  {link['board']:{width}}  made {link['made']}  {until}")
    return 0


def _revoke(args: argparse.Namespace, links: Links) -> int:
    gone = links.revoke(args.revoke)
    if gone is None:
        meant = nearest(args.revoke, [link.id for link in links.all()])
        raise UsageError(
            f'there is no link "{args.revoke}": ' + (f"did you mean {meant}?" if meant else "see `deskpulse board link --list`")
        )
    if args.json:
        print_json(told(gone))
    else:
        print(f"revoked: {gone.id}, of the board {gone.board}")
    return 0


def _address(config: Config) -> str:
    host = config.http.host if config.http.host not in ANYWHERE else socket.getfqdn()
    return f"http://{f'[{host}]' if ':' in host else host}:{config.http.port}"


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= DAYS_MAX:
        raise argparse.ArgumentTypeError(f"a number of days from 1 to {DAYS_MAX}, not {text}")
    return days
