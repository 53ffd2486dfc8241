"""Templates, assets and headers of the pages: everything comes from here, nothing from anywhere else.

Templates escape whatever is put into them. The policy that goes with each page forbids scripts and styles inside the
page and anything from another host, so that what a user typed can never run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from serving.http.security import Role, may
from serving.pages import session, words
from surrogate import __version__

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
#: Without a referrer a browser would not say where a form comes from; to other sites it still says nothing.
HEADERS: Mapping[str, str] = MappingProxyType(
    {"Content-Security-Policy": CONTENT_SECURITY_POLICY, "Referrer-Policy": "same-origin"}
)
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


@dataclass(frozen=True, kw_only=True)
class Asset:
    """A file that pages refer to, and the hash of its content that makes its address new when it changes."""

    content: bytes
    media_type: str
    version: str


@cache
def assets() -> Mapping[str, Asset]:
    """Every file of the folder ``static`` by name, read once; no other file can be requested."""
    files = {}
    for file in resources.files("serving.pages").joinpath("static").iterdir():
        ending = "." + file.name.rpartition(".")[2]
        content = file.read_bytes()
        version = hashlib.sha256(content).hexdigest()[:12]
        files[file.name] = Asset(content=content, media_type=_MEDIA_TYPES[ending], version=version)
    return MappingProxyType(files)


def asset(name: str) -> str:
    """The address of an asset."""
    return f"/static/{name}?v={assets()[name].version}"


@cache
def environment() -> Environment:
    """The templates; a name that is not defined is an error instead of an empty place."""
    templates = Environment(
        loader=PackageLoader("serving.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    templates.filters.update(words.FILTERS)
    templates.globals.update(asset=asset, program_version=__version__)
    return templates


def page(request: Request, template: str, *, status: int = 200, **context: Any) -> Response:
    """Render a page with who looks at it, and the token for its forms.

    Args:
        request: That asks for it.
        template: Name of its template.
        status: Of HTTP.
        context: What the template shows.
    """
    key = session.key_of(request)
    text = environment().get_template(template).render(
        path=request.url.path,
        token=session.token(request),
        signed=key,
        may_write=may(key, Role.WRITE),
        **context,
    )  # fmt: skip
    return HTMLResponse(text, status_code=status, headers=dict(HEADERS))
