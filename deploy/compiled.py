"""The core as machine code: a copy of the packages with the hot modules of `streams/core` compiled by mypyc beside their sources.

python deploy/compiled.py [build/compiled]      # needs a C compiler, the headers of this Python, mypy and setuptools

Python takes the compiled module where both lie in one folder: who has that folder first on its path runs it, and nobody else notices. The
sources stay plain Python and give the same figures. As a build hook of hatchling it puts what it compiled into the wheel (`make wheel`).
Exit code 3: something that it needs is not there.
"""

from __future__ import annotations

import filecmp
import os
import shlex
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT: Final = Path(__file__).resolve().parent.parent
COPY: Final = ROOT / "build" / "compiled"
PACKAGES: Final = ("streams", "schemas")

HOT: Final = {
    "streams/core": ("shard", "tellings"),
    "streams/core/cases": (
        "kept", "call_state", "visits", "conversations", "unserved", "persons", "calls", "call_contacts",
        "ticket_state", "waits", "resolutions", "ticket_clocks", "business_times", "handovers", "tickets", "ticket_contacts",
        "contacts", "first_contact", "contact_store", "sla_clocks", "due_head", "case", "event_type", "event_log",
        "case_rows", "kind", "agent_kind", "kinds", "store",
    ),
    "streams/core/clocks": ("wheel",),
    "streams/core/panes": ("addition", "standings", "histogram", "slots", "store"),
}  # fmt: skip
"""What runs for each event. Not in here: structs, of which mypyc loses what stands behind the bases (`array_like=True`), so rows would be
others. In here, too: all that inherits from a class in here. tests/deploy/test_compiled.py holds it to both."""

SHARED: Final = "deskpulse__mypyc"
"""The library that all of them share."""

# -O3 makes nothing faster here, and takes longer.
SETUP: Final = """
import sys
from mypyc.build import mypycify
from setuptools import setup
options = ["--config-file=", "--strict", "--ignore-missing-imports", "--explicit-package-bases", "--cache-dir=.making/mypy"]
modules = mypycify([*options, *sys.argv[1:]], opt_level="2", debug_level="0", group_name="deskpulse", target_dir=".making/c")
places = ["--build-temp=.making/objects", "--build-lib=.making/lib"]
setup(name="deskpulse-core", ext_modules=modules, script_args=["--quiet", "build_ext", "--inplace", *places])
"""


def modules() -> list[Path]:
    """The sources of HOT, from the root."""
    return [Path(folder, f"{name}.py") for folder, names in HOT.items() for name in names]


def lacking() -> list[str]:
    """What has to be there for it and is not, each with what brings it."""
    lacks = []
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")[0]
    if shutil.which(compiler) is None:
        lacks.append(f"a C compiler, {compiler} (apt-get install gcc libc6-dev)")
    header = Path(sysconfig.get_paths()["include"], "Python.h")
    if not header.exists():
        lacks.append(f"the headers of this Python, {header} (apt-get install python3-dev)")
    lacks += [f"{name} (make setup)" for name in ("mypy", "setuptools") if find_spec(name) is None]
    return lacks


def is_fresh(copy: Path) -> bool:
    """Whether it was made of these sources, for this Python, and is whole."""
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    made = {copy / f"{SHARED}{suffix}", *((copy / module).with_suffix(suffix) for module in modules())}
    return made == set(built(copy)) and all(
        (copy / path).exists() and filecmp.cmp(ROOT / path, copy / path, shallow=False)
        for package in PACKAGES
        for path in (found.relative_to(ROOT) for found in (ROOT / package).rglob("*"))
        if (ROOT / path).is_file() and "__pycache__" not in path.parts
    )


def build(copy: Path) -> None:
    """Takes some 40 s of a core. Raises CalledProcessError with what the compilers said."""
    shutil.rmtree(copy, ignore_errors=True)
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package, ignore=shutil.ignore_patterns("__pycache__"))
    try:
        command = [sys.executable, "-P", "-c", SETUP, *map(str, modules())]
        subprocess.run(command, cwd=copy, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    finally:
        shutil.rmtree(copy / ".making", ignore_errors=True)


def built(copy: Path) -> Iterator[Path]:
    """The compiled modules, and the library that they share."""
    return copy.rglob(f"*{sysconfig.get_config_var('EXT_SUFFIX')}")


class CompiledWheel(BuildHookInterface[Any]):
    """Enabled by HATCH_BUILD_HOOK_ENABLE_CUSTOM=true alone: who does not ask for it gets plain Python."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if lacks := lacking():
            self.app.display_warning(f"the wheel is plain Python, for want of {' and '.join(lacks)}")
            return
        if not is_fresh(COPY):
            try:
                build(COPY)
            except subprocess.CalledProcessError as error:
                self.app.display_error(error.stdout)
                raise
        build_data["pure_python"] = False
        build_data["infer_tag"] = True
        build_data["force_include"].update({str(path): str(path.relative_to(COPY)) for path in built(COPY)})


def main() -> int:
    copy = Path(sys.argv[1]).absolute() if len(sys.argv) > 1 else COPY
    if lacks := lacking():
        print(f"the core cannot be compiled here for want of {' and '.join(lacks)}; it runs as plain Python", file=sys.stderr)
        return 3
    if is_fresh(copy):
        print(f"{copy} is made of these sources already")
        return 0
    try:
        build(copy)
    except subprocess.CalledProcessError as error:
        print(f"{error.stdout}\nthe core was not compiled: see what mypyc and the C compiler said", file=sys.stderr)
        return 1
    print(f"{copy}: {len(modules())} modules are compiled; to run them: PYTHONPATH={copy} python -P -m streams.cli")
    return 0


if __name__ == "__main__":
    sys.exit(main())
