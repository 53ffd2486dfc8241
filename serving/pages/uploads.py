"""A sheet that came with a form: the file that was chosen, or the one that comes back with a form that goes on."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import PurePath
from typing import Any

from starlette.datastructures import UploadFile

from serving.http.errors import ProblemError
from serving.http.uploads import SHEETS, Upload
from surrogate.wire.problems import Fault

#: The file comes back with the form that confirms it, in a third more characters, and both have to fit into a body.
MAX_FILE = 1_400_000
_NAME = re.compile(r"[^\w .()-]+")
_ENCODING = re.compile(r"[\w.-]{1,40}", re.ASCII)


async def read_upload(form: Mapping[str, str | UploadFile]) -> Upload:
    """The sheet of a form; 422 where there is none, or it is no sheet by its name or too large."""
    chosen = form.get("file")
    if isinstance(chosen, UploadFile):
        path = PurePath((chosen.filename or "").replace("\\", "/"))
        name, ending, content = path.stem, path.suffix.lower(), await chosen.read()
    else:
        name, ending, content = str(form.get("name", "")), str(form.get("ending", "")), _decoded(form.get("content"))
    if not content:
        raise _refused("No file was chosen, or it is empty.", "Choose the .xlsx or .csv that you filled in.")
    if ending not in SHEETS.values():
        raise _refused("The file is neither an Excel workbook nor CSV.", "Save it as .xlsx or .csv.")
    if len(content) > MAX_FILE:
        raise _refused(f"The file has more than {MAX_FILE // 1000} kB.", "Split it, or use the command line.")
    return Upload(
        name=_NAME.sub(" ", name).strip(" .()-")[:60] or "sheet",
        ending=ending,
        content=content,
        decimal=_decimal(form.get("decimal")),
        encoding=_encoding(form.get("encoding")),
    )


def sent_again(sheet: Upload) -> dict[str, str]:
    """The fields of a form with which a sheet comes back."""
    return {
        "name": sheet.name,
        "ending": sheet.ending,
        "content": base64.b64encode(sheet.content).decode(),
        "decimal": sheet.decimal or "",
        "encoding": sheet.encoding or "",
    }


def _decoded(text: Any) -> bytes:
    try:
        return base64.b64decode(text if isinstance(text, str) else "", validate=True)
    except ValueError:  # binascii.Error, and a plain one for what is not ASCII
        return b""


def _decimal(declared: object) -> str | None:
    """The decimal sign that was chosen; ``None`` leaves it to the file."""
    return str(declared) if declared in (".", ",") else None


def _encoding(declared: object) -> str | None:
    """The encoding that was declared; ``None`` leaves it to the file."""
    return str(declared).strip() if isinstance(declared, str) and _ENCODING.fullmatch(declared.strip()) else None


def _refused(message: str, hint: str) -> ProblemError:
    fault = Fault(pointer="", code="sheet", message=message, hint=hint)
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, message, errors=[fault])
