"""The compiled core: what may be in it, what it lacks where it cannot be built, and that it does the same as the sources."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.compiled import COPY, build, is_fresh, lacking, modules
from tests.parts import WANTING
from tests.tools import ROOT

SUITE = [
    "cases",
    "clocks",
    "panes",
    "test_shard.py",
    "test_shard_properties.py",
    "test_vectors.py",
    "test_vectors_of_cases.py",
    "test_report.py",
]
BUILT = pytest.mark.xdist_group("compiled")  # once for all of them
LONG = "three_times or shuffled"
"""Words of tests that are left out: they read each recorded log more than once."""


def classes(path: Path) -> Iterator[ast.ClassDef]:
    return (node for node in ast.walk(ast.parse((ROOT / path).read_text())) if isinstance(node, ast.ClassDef))


def bases(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}


def test_no_struct_is_compiled():
    """It would lose what stands behind its bases, without a word: `array_like=True`, and so the form of its rows."""
    for path in modules():
        for node in classes(path):
            assert not node.keywords, f"{path}:{node.lineno} {node.name}"
            assert "Struct" not in bases(node), f"{path}:{node.lineno} {node.name}"


def test_what_inherits_from_a_compiled_class_is_compiled():
    """Or it cannot be made at all: that comes up when it is, not when it is imported."""
    compiled = {node.name for path in modules() for node in classes(path) if not bases(node) & {"Protocol", "NamedTuple"}}
    for path in (found.relative_to(ROOT) for found in (ROOT / "streams").rglob("*.py")):
        if path not in modules():
            for node in classes(path):
                assert not bases(node) & compiled, f"{path}:{node.lineno} {node.name}: its module belongs into HOT of deploy/compiled.py"


def test_a_machine_without_a_compiler_is_told_what_it_lacks(tmp_path):
    command = [sys.executable, "deploy/compiled.py", str(tmp_path / "copy")]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, "CC": "no-such-cc"}, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (3, "")
    assert "the core cannot be compiled here for want of a C compiler, no-such-cc (apt-get install gcc libc6-dev)" in done.stderr
    assert not (tmp_path / "copy").exists()


def wheel(directory: Path, **env: str) -> list[str]:
    """Builds one; the names of what is in it, its own first."""
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(directory)],
        cwd=ROOT,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (path,) = directory.glob("*.whl")
    return [path.name, *zipfile.ZipFile(path).namelist()]


@pytest.mark.parametrize("asked", [{}, {"HATCH_BUILD_HOOK_ENABLE_CUSTOM": "true", "CC": "no-such-cc"}])
def test_a_wheel_is_plain_python_unless_asked_for_and_possible(tmp_path, asked):
    name, *files = wheel(tmp_path, **asked)
    assert name.endswith("-py3-none-any.whl")
    assert "streams/core/shard.py" in files
    assert not [file for file in files if file.endswith(".so")]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compiled core of these sources: that of `make compiled` where it is there."""
    if lacks := lacking():
        pytest.skip(f"{WANTING}the compiled core for want of {', '.join(lacks)}")
    if is_fresh(COPY):
        return COPY
    made = tmp_path_factory.mktemp("compiled")
    build(made)
    return made


def python(packages: Path, *arguments: str) -> str:
    """What it prints where it imports from `packages`, and tests from here. It has to end well."""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(dict.fromkeys((str(packages), str(ROOT))))}
    done = subprocess.run([sys.executable, "-P", *arguments], cwd=ROOT, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-3000:]
    return done.stdout


@pytest.mark.slow
@BUILT
def test_it_is_told_which_core_runs(copy: Path):
    assert python(copy, "-m", "streams.cli", "--version").endswith(", core compiled\n")
    assert python(ROOT, "-m", "streams.cli", "--version").endswith(", core plain\n")


@pytest.mark.slow
@BUILT
def test_it_writes_the_same_rows_to_the_byte(copy: Path):
    """So workers of both kinds may share the partitions of one log."""
    plain, compiled = (python(packages, "-m", "tests.deploy.rows_written").split() for packages in (ROOT, copy))
    assert (plain[0], compiled[0]) == ("plain", "compiled")
    assert plain[1:] == compiled[1:]


@pytest.mark.slow
@BUILT
def test_the_tests_of_the_core_hold_for_it(copy: Path):
    path = f"pythonpath={copy} {ROOT}"
    options = ["-q", "-o", path, "-p", "tests.deploy.compiled_core", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", f"not ({LONG})"]
    said = python(copy, "-m", "pytest", *options, *(f"tests/core/{name}" for name in SUITE))
    assert " passed" in said
