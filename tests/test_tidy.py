"""The rules of the house, checked on the source text: which way imports point, what the core may not touch, how long a file may be."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.tools import ROOT

# Package -> the packages of ours that it may import beside itself. What stands lower knows nothing of what stands above.
BELOW = {
    "schemas": set(),
    "streams.errors": set(),
    "streams.release": set(),
    "streams.core": {"schemas", "streams.errors"},
    "streams.config": {"schemas", "streams.errors", "streams.core"},
    "streams.runtime": {"schemas", "streams.errors", "streams.core", "streams.config"},
    "streams.outputs": {"schemas", "streams.errors", "streams.core", "streams.config"},
    "streams.sources": {"schemas", "streams.errors"},
    "streams.app": {
        "schemas", "streams.errors", "streams.release", "streams.core", "streams.config", "streams.runtime", "streams.outputs",
    },
    "streams.service": {
        "schemas", "streams.errors", "streams.release", "streams.core", "streams.config", "streams.runtime", "streams.outputs",
        "streams.app",
    },
    "streams.cli": {
        "schemas", "streams.errors", "streams.release", "streams.core", "streams.config", "streams.runtime", "streams.outputs",
        "streams.app", "streams.service", "streams.sources",
    },
    "streams.testing": {"schemas", "streams.errors", "streams.core", "streams.config", "streams.runtime", "streams.outputs", "streams.app"},
}  # fmt: skip

# What decides is called with events and a number for the time. It has no clock, no chance, no world, and nobody to wait for.
PURE = ("schemas", "streams.core")
WORLD = {
    "aiohttp", "aiokafka", "asyncio", "concurrent", "faust", "http", "io", "kafka", "logging", "mode", "multiprocessing", "os", "pathlib",
    "prometheus_client", "random", "secrets", "select", "signal", "socket", "sqlite3", "subprocess", "sys", "tempfile", "threading", "time",
    "urllib", "uuid", "warnings",
}  # fmt: skip
CLOCKS = {"now", "utcnow", "today"}
WORLDLY_CALLS = {"open", "print", "input"}

LINES_WISHED, LINES_MAX = 400, 450
NO_NOUNS = re.compile(r"^_?(utils?|helpers?|common|misc)$")
NO_CLASSES = re.compile(r"(Manager|Handler|Helper|Util|Utils)$")

# Where any error may be caught, and how often: the outermost loop, and what hands the error on to it.
CATCHES_ALL = {
    "streams/cli/__init__.py": 1,  # one line on stderr and exit code 70
    "streams/runtime/faust_app.py": 1,  # the agent: Faust would go on behind what it failed on, so the worker ends
    "streams/runtime/checkpoint.py": 2,  # whoever started the checkpoint gets the error; a partition is given up in any case
}

PAGE_COLUMNS = 200

# Locks, docs and build files work behind any mirror and on any machine.
ADDRESSES = re.compile(
    r"pypi\.org|[p]ythonhosted|repo1?\.maven|maven\.org/maven2|registry\.(npmjs|yarnpkg)|deb\.debian\.|crates\.io|proxy\.golang|docker\.io"
    r"|--(extra-)?index[-]url|--find[-]links|--trusted[-]host|/opt/[w]heels|/[w]ork/|/[r]oot/"
)


@cache
def tracked() -> list[Path]:
    """Every file that is or is about to be in the repository, relative to its root."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [Path(name) for name in sorted(names) if name and (ROOT / name).is_file()]


def modules(*packages: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.parts[0] in packages]


def tree(path: Path) -> ast.Module:
    return ast.parse((ROOT / path).read_text(), str(path))


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_in(module: str, package: str) -> bool:
    return module == package or module.startswith(package + ".")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full name of all it imports, wherever in the file: `from streams import core` gives streams.core."""
    package = name_of(path) if path.name == "__init__.py" else name_of(path).rpartition(".")[0]
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*above, base] if base else above)
            # The names themselves count where they may be modules; else the module they come from says enough.
            yield from ((node.lineno, f"{base}.{alias.name}" if base in {"streams", "schemas"} else base) for alias in node.names)


def none_of(complaints: list[str]) -> None:
    assert not complaints, "\n" + "\n".join(complaints)


def test_imports_point_one_way():
    complaints = []
    for path in modules("schemas", "streams"):
        module = name_of(path)
        if module == "streams":
            none_of([f"{path}:{line} imports {name}: it stands above everything" for line, name in imports(path) if is_in(name, "streams")])
            continue
        own = next((package for package in BELOW if is_in(module, package)), None)
        assert own is not None, f"{path} belongs to no package of BELOW: say there what it may import"
        for line, name in imports(path):
            ours = is_in(name, "streams") or is_in(name, "schemas")
            if ours and name != "streams" and not any(is_in(name, allowed) for allowed in BELOW[own] | {own}):
                complaints.append(f"{path}:{line} imports {name}: {own} may use {', '.join(sorted(BELOW[own])) or 'nothing of ours'}")
    none_of(complaints)


def test_the_core_knows_no_clock_no_chance_and_no_world():
    complaints = []
    for path in modules("schemas", "streams"):
        if not any(is_in(name_of(path), package) for package in PURE):
            continue
        complaints += [f"{path}:{line} imports {name}" for line, name in imports(path) if name.split(".")[0] in WORLD]
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await | ast.AsyncFor | ast.AsyncWith):
                complaints.append(f"{path}:{node.lineno} waits")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS:
                complaints.append(f"{path}:{node.lineno} asks a clock: .{node.func.attr}()")
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WORLDLY_CALLS:
                complaints.append(f"{path}:{node.lineno} touches the world: {node.func.id}()")
    none_of(complaints)


def test_everything_is_called_by_a_noun():
    complaints = [
        f"{path}: {part} says nothing"
        for path in modules("schemas", "streams")
        for part in path.with_suffix("").parts
        if NO_NOUNS.match(part)
    ]
    complaints += [
        f"{path}:{node.lineno} class {node.name}: find the noun"
        for path in modules("schemas", "streams", "tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ClassDef) and NO_CLASSES.search(node.name)
    ]
    none_of(complaints)


def test_every_module_begins_by_saying_what_it_is():
    none_of([
        f"{path} has no docstring"
        for path in modules("schemas", "streams")
        if (ROOT / path).read_text().strip() and not ast.get_docstring(tree(path))
    ])  # fmt: skip


def test_files_are_short():
    complaints = []
    for path in modules("schemas", "streams", "tests"):
        lines = len((ROOT / path).read_text().splitlines())
        if lines > LINES_MAX:
            complaints.append(f"{path} has {lines} lines, {LINES_MAX} at most: it is probably two rooms in one")
        elif lines > LINES_WISHED:
            warnings.warn(f"{path} has {lines} lines and grows towards {LINES_MAX}", stacklevel=1)
    none_of(complaints)


def catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether it takes any error and does not raise it again at its end."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    names = {kind.id for kind in kinds if isinstance(kind, ast.Name)}
    last = handler.body[-1]
    raises_again = isinstance(last, ast.Raise) and last.exc is None
    return not raises_again and (handler.type is None or bool(names & {"Exception", "BaseException"}))


def test_only_the_outermost_loop_catches_everything():
    complaints = []
    for path in modules("schemas", "streams"):
        lines = [node.lineno for node in ast.walk(tree(path)) if isinstance(node, ast.ExceptHandler) and catches_all(node)]
        if len(lines) > CATCHES_ALL.get(str(path), 0):
            complaints.append(f"{path} catches any error in lines {lines}: name the ones it can do something about")
    none_of(complaints)


def test_tests_use_no_mocks_and_the_product_uses_no_tests():
    complaints = [
        f"{path}:{line} imports {name}: pass a number, a list or a MemoryLog"
        for path in modules("tests", "streams")
        for line, name in imports(path)
        if is_in(name, "unittest.mock")
    ]
    complaints += [
        f"{path}:{line} imports {name}"
        for path in modules("schemas", "streams")
        for line, name in imports(path)
        if name.split(".")[0] in {"tests", "pytest", "hypothesis"} and not is_in(name_of(path), "streams.testing")
    ]
    none_of(complaints)


def test_no_file_names_a_registry_or_this_machine():
    complaints = []
    for path in tracked():
        try:
            text = (ROOT / path).read_text()
        except UnicodeDecodeError:
            continue
        complaints += [
            f"{path}:{number} {found.group()}" for number, line in enumerate(text.splitlines(), 1) if (found := ADDRESSES.search(line))
        ]
    none_of(complaints)


def test_lines_of_pages_are_no_wider_than_a_screen():
    """Tables are as wide as they are, and so is what is made of the catalogue."""
    none_of(
        [
            f"{path}:{number} has {len(line)} columns"
            for path in tracked()
            if path.suffix == ".md" and path != Path("docs/kpis.md")
            for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
            if len(line) > PAGE_COLUMNS and not line.lstrip().startswith("|")
        ]
    )


def test_make_help_lists_all_that_can_be_made():
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    said = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sorted(line.split()[0] for line in said.splitlines()) == sorted(phony[1].split())


@pytest.mark.parametrize("way", [["-m", "streams.cli"], ["-c", "import sys; from streams.cli import main; sys.exit(main())"]])
def test_it_refuses_to_run_without_its_assertions(way):
    """They are what ends a worker before it writes a wrong sum."""
    done = subprocess.run([sys.executable, "-O", *way, "catalogue"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2, done
    assert "-O" in done.stderr
