"""What comes with files of instruments in one body: the files, whose they are, and what no file says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from http import HTTPStatus
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData, UploadFile

from serving.http.bodies import check_file_type
from serving.http.errors import ProblemError, clean
from surrogate.campaign.files import DETAILS
from surrogate.errors import InvalidInput
from surrogate.instruments.source import InstrumentFile, check_file
from surrogate.report.apart import check_name
from surrogate.wire.problems import Fault

MULTIPART = "multipart/form-data"
#: Most files and other fields of one body.
MAX_FILES, MAX_FIELDS = 32, 160
FILE, WRITTEN, REFERENCE, NOTE = "file", "written", "reference_cycle", "note"
#: A field that is called like a suggestion holds what belongs to it: ``s4``.
_SUGGESTION = re.compile(r"s[1-9]\d{0,8}")
_MEANINGS = {
    "thickness": "Of the pellet, with its unit: 0.95 mm.",
    "diameter": "Of the pellet: 10.00 mm.",
    "area": "Of the pellet instead of its diameter: 0.785 cm2.",
    "mass": "Of the active material: 12.3 mg.",
    "temperature": "Of a spectrum whose file does not say it: 25 °C.",
}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """Files and resistances with the suggestion that each is addressed to, ``None`` where its name has to say it."""

    files: tuple[tuple[str | None, InstrumentFile], ...] = ()
    written: tuple[tuple[str | None, str], ...] = ()
    details: Mapping[str, list[str]] = field(default_factory=dict)
    reference_cycle: int | None = None
    note: str | None = None


def body_schema(*, rows: bool) -> dict[str, Any]:
    """The body for the OpenAPI document; with ``rows`` files may belong to several suggestions."""
    per_row = " For one of several rows: s4=…, and the field may be repeated." if rows else ""
    properties: dict[str, Any] = {
        FILE: {"type": "array", "items": {"type": "string", "format": "binary"}, "maxItems": MAX_FILES},
        WRITTEN: {"type": "string", "description": "A resistance instead of a file: R = 83 Ω, 0.95 mm, ⌀ 10 mm."},
        **{name: {"type": "string", "description": _MEANINGS[name] + per_row} for name in DETAILS},
        REFERENCE: {"type": "integer", "minimum": 1, "description": "That retention is relative to."},
    }
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    description = "Files of instruments: spectra of impedance and records of cyclers."
    if rows:
        properties[NOTE] = {"type": "string", "maxLength": 2000, "description": "Your own words about the values."}
        schema["additionalProperties"] = {"type": "string", "format": "binary"}
        description += " The name of a file carries the id of its suggestion, or the field is called like it: s4."
    content = {MULTIPART: {"schema": schema}}
    return {"requestBody": {"required": True, "description": description, "content": content}}


async def read_upload(request: Request, *, rows: bool) -> Upload:
    """Read the body of a request that brings files of instruments.

    Args:
        request: The request.
        rows: Whether the files may belong to several suggestions.

    Raises:
        ProblemError: 415 for another media type, 422 for a field that there is not.
    """
    hint = f"Send Content-Type: {MULTIPART}, with each file as a field called {FILE}."
    check_file_type(request, [MULTIPART], f"The body has to be {MULTIPART}.", hint)
    return await upload_of(await request.form(max_files=MAX_FILES, max_fields=MAX_FIELDS), rows=rows)


async def upload_of(form: FormData, *, rows: bool) -> Upload:
    """Read the fields of a form by their names, and close it.

    Args:
        form: Files among its fields.
        rows: Whether the files may belong to several suggestions.

    Raises:
        ProblemError: 422 for a field that there is not.
    """
    files: list[tuple[str | None, InstrumentFile]] = []
    texts: dict[str, list[str]] = {}
    names = (FILE, WRITTEN, *DETAILS, REFERENCE, *((NOTE,) if rows else ()))
    try:
        for name, part in form.multi_items():
            suggestion = name if rows and _SUGGESTION.fullmatch(name) else None
            if suggestion is None and (name not in names or (name == FILE) != isinstance(part, UploadFile)):
                raise _unknown(name, names)
            if isinstance(part, UploadFile):
                files.append((suggestion, check_file(check_name(part.filename or ""), await part.read())))
            elif part.strip():
                texts.setdefault(name, []).append(part.strip())
    finally:
        await form.close()
    written = [(None if name == WRITTEN else name, name) for name in texts if name == WRITTEN or name not in names]
    return Upload(
        files=tuple(files),
        written=tuple((suggestion, text) for suggestion, name in written for text in texts[name]),
        details={name: texts[name] for name in DETAILS if name in texts},
        reference_cycle=_whole(_only(texts, REFERENCE)),
        note=_only(texts, NOTE),
    )


def only_details(upload: Upload) -> dict[str, str | None]:
    """What is said of the one pellet or the cells; raises :class:`InvalidInput` where something is said twice."""
    return {name: _only(upload.details, name) for name in DETAILS}


def _only(fields: Mapping[str, list[str]], name: str) -> str | None:
    texts = fields.get(name, [])
    if len(texts) > 1:
        raise InvalidInput(f"The {name} is given more than once.", hint="Give it once.")
    return texts[0] if texts else None


def _whole(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:10]) < 10**6):
        raise InvalidInput(f"'{clean(text, limit=20)}' is no cycle.", hint="Cycles are counted from 1.")
    return int(text)


def _unknown(name: str, names: tuple[str, ...]) -> ProblemError:
    unknown = clean(name, limit=60)
    near = get_close_matches(unknown, names, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(names)}."
    fault = Fault(pointer="", code="unknown_field", message=f"There is no field named '{unknown}' here.", hint=hint)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, fault.message, errors=[fault])
