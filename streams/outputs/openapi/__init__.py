"""`/api/v1/openapi.json`: what the API takes and gives, for programs. Names come from the catalogue."""

from __future__ import annotations

from typing import Final

from streams.outputs.access import COOKIE
from streams.outputs.openapi.form import Schema
from streams.outputs.openapi.paths import PATHS
from streams.outputs.openapi.schemas import SCHEMAS

SECURITY: Final = {
    "token": {"type": "http", "scheme": "bearer"},
    "link": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of a link to a board: it reads, and writes nothing."},
}


def openapi_document(version: str) -> Schema:
    """OpenAPI 3.1. version: of the program."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "deskpulse", "version": version, "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"}},
        "security": [{}, {"token": []}, {"link": []}],
        "paths": PATHS,
        "components": {"schemas": SCHEMAS, "securitySchemes": SECURITY},
    }
