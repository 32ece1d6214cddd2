from __future__ import annotations

import json

from schemas.asyncapi import documents
from tests.cli.calling import deskpulse


def test_all_documents_are_one_object():
    ended = deskpulse("schemas")
    assert ended.code == 0
    assert json.loads(ended.out) == {file: json.loads(text) for file, text in documents().items()}


def test_one_document_is_printed_as_it_is_kept():
    for name in ("calls", "calls.schema.json"):
        assert deskpulse("schemas", name) == (0, documents()["calls.schema.json"], "")


def test_documents_are_written_where_they_differ(tmp_path):
    folder = tmp_path / "new" / "schemas"
    first = deskpulse("schemas", "--write", folder)
    assert first.code == 0
    assert {path.name: path.read_text() for path in folder.iterdir()} == documents()
    assert deskpulse("schemas", "--write", folder) == (0, "", "")
    (folder / "asyncapi.json").write_text("{}")
    assert deskpulse("schemas", "--write", folder).out == f"wrote {folder / 'asyncapi.json'}\n"


def test_an_unknown_document_is_told_with_those_there_are():
    ended = deskpulse("schemas", "robots")
    assert ended.code == 2
    assert ended.err.startswith('deskpulse: there is no document "robots": known are ')
