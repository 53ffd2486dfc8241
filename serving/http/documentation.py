"""The documentation page: the OpenAPI document as plain HTML, with no script and nothing fetched from anywhere."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid #bbb; padding-bottom: .2rem; }
h2 code { font-size: 1rem; } h2, p, li, h3 { overflow-wrap: anywhere; }
.scroll { overflow-x: auto; } nav ul { padding-left: 1.2rem; columns: 22rem; }
pre { background: #f4f4f2; padding: .8rem; overflow-x: auto; font-size: .85rem; }
table { border-collapse: collapse; width: 100%; font-size: .85rem; }
th, td { text-align: left; padding: .25rem .6rem; border-bottom: 1px solid #ddd; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  body { background: #161616; color: #e6e6e6; } pre { background: #242424; } th, td, h2 { border-color: #444; }
  a { color: #8ab4f8; }
}
"""

_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
CONTENT_SECURITY_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; frame-ancestors 'none'"


def page(openapi: Mapping[str, Any]) -> str:
    """One HTML page: every operation with its example and answers, then every schema with its fields and units."""
    info = openapi["info"]
    schemas = openapi.get("components", {}).get("schemas", {})
    lines = "".join(
        f"<li><a href='#{_ident(method, path)}'><code>{method.upper()} {escape(path)}</code></a> "
        f"{escape(operation.get('summary', ''))}</li>"
        for path, methods in openapi["paths"].items()
        for method, operation in methods.items()
    )
    parts = [
        "<!doctype html><html lang=en><head><meta charset=utf-8>",
        "<meta name=viewport content='width=device-width, initial-scale=1'>",
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])} <small>{escape(info['version'])}</small></h1>",
        f"<p>{escape(info.get('description', ''))}</p>",
        "<p>The same as data: <a href='/v1/openapi.json'>/v1/openapi.json</a></p>",
        f"<nav aria-label=Operations><ul>{lines}<li><a href='#schemas'>Schemas</a></li></ul></nav>",
        *_operations(openapi["paths"]),
        "<h2 id=schemas>Schemas</h2>",
        *(_schema(name, schema) for name, schema in sorted(schemas.items())),
        "</body></html>",
    ]
    return "\n".join(parts)


def _ident(method: str, path: str) -> str:
    return method + re.sub(r"[^a-z0-9]+", "-", path.lower()).rstrip("-")


def _operations(paths: Mapping[str, Any]) -> Iterator[str]:
    for path, methods in paths.items():
        for method, operation in methods.items():
            yield f"<h2 id='{_ident(method, path)}'><code>{method.upper()} {escape(path)}</code></h2>"
            yield f"<p><strong>{escape(operation.get('summary', ''))}</strong></p>"
            yield f"<p>{escape(operation.get('description', ''))}</p>"
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            for example in body.get("examples", {}).values():
                example_text = json.dumps(example["value"], indent=2, ensure_ascii=False)
                yield f"<p>{escape(example.get('summary', 'Example'))}</p><pre>{escape(example_text)}</pre>"
            answers = operation["responses"].items()
            yield "<p>Answers: " + "; ".join(f"{code} {escape(a['description'])}" for code, a in answers) + "</p>"
            contents = [answer.get("content", {}).get("application/json", {}) for _, answer in answers]
            for content in [body, *contents]:
                yield f"<p>{_type(content['schema'])}</p>" if content else ""


def _schema(name: str, schema: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(field)}</code></td><td>{_type(described)}</td>"
        f"<td>{escape(described.get('x-unit', ''))}</td><td>{_range(described)}</td>"
        f"<td>{escape(described.get('description', ''))}</td></tr>"
        for field, described in schema.get("properties", {}).items()
    )
    head = f"<h3 id='{escape(name)}'>{escape(name)}</h3><p>{escape(schema.get('description', ''))}</p>"
    if "enum" in schema:
        return head + "<p>" + ", ".join(f"<code>{escape(str(v))}</code>" for v in schema["enum"]) + "</p>"
    columns = "<tr><th>field</th><th>type</th><th>unit</th><th>range</th><th>meaning</th></tr>"
    if not rows:
        return head
    region = f"<div class=scroll tabindex=0 role=region aria-label='{escape(name)}'>"
    return f"{head}{region}<table>{columns}{rows}</table></div>"


def _type(described: Mapping[str, Any]) -> str:
    if "$ref" in described:
        name = escape(described["$ref"].rsplit("/", 1)[1])
        return f"<a href='#{name}'>{name}</a>"
    if "anyOf" in described:
        return " or ".join(_type(option) for option in described["anyOf"] if option.get("type") != "null")
    if described.get("type") == "array":
        return f"list of {_type(described.get('items', {}))}"
    return escape(str(described.get("type", "any")))


def _range(described: Mapping[str, Any]) -> str:
    options = described.get("anyOf", [described])
    bounds = [(o.get("minimum"), o.get("maximum")) for o in options if "minimum" in o or "maximum" in o]
    return "; ".join(" – ".join("" if end is None else f"{end:g}" for end in pair) for pair in bounds)
