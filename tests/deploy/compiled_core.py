"""A plugin for pytest that holds a run to the compiled core: `-p tests.deploy.compiled_core`."""

from __future__ import annotations

import sys
from importlib.machinery import ExtensionFileLoader

from deploy.compiled import modules


def pytest_sessionfinish() -> None:
    """Raises AssertionError where a module of it came from its source, or from nowhere: then nothing was tested."""
    for path in modules():
        module = sys.modules[".".join(path.with_suffix("").parts)]
        assert module.__spec__ is not None
        assert isinstance(module.__spec__.loader, ExtensionFileLoader), module
