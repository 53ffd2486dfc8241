"""Requests that no well-meaning client sends, and the answer each has to get. None of them may end in a 500."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

JSON = {"Content-Type": "application/json"}
#: Stands in bodies where a careless error message would repeat it.
MARKER = "do-not-echo-7f3a"


@dataclass(frozen=True, kw_only=True)
class Hostile:
    name: str
    status: int
    path: str = "/v1/predict"
    method: str = "POST"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))


def predict(**changes: Any) -> dict[str, Any]:
    return {"items": [{"electrolyte": {"composition": "Li6PS5Cl"}}], **changes}


def electrolyte(**fields: Any) -> bytes:
    return json.dumps(predict(items=[{"electrolyte": {"composition": "Li6PS5Cl", **fields}}])).encode()


def cell(**fields: Any) -> bytes:
    return json.dumps(predict(items=[{"cell": {"electrode": {"active_material": "S", **fields}}}])).encode()


def composition(text: Any) -> bytes:
    return json.dumps({"composition": text}).encode()


def raw_item(text: bytes) -> bytes:
    return b'{"items":[{"electrolyte":{"composition":"Li6PS5Cl","milling_time_h":' + text + b"}}]}"


def _malformed() -> list[Hostile]:
    bodies = {
        "empty body": b"",
        "white space": b" \n\t ",
        "not JSON": b"composition=Li6PS5Cl",
        "cut off": b'{"items":[{"electrolyte":{"compos',
        "trailing garbage": b"{} {}",
        "trailing comma": b'{"items":[],}',
        "single quotes": b"{'items':[]}",
        "comment": b'{"items":[] /* none */}',
        "byte order mark": b"\xef\xbb\xbf{}",
        "UTF-16": json.dumps(predict()).encode("utf-16"),
        "broken UTF-8": b'{"items":[{"id":"\xc3\x28"}]}',
        "overlong UTF-8": b'{"items":[{"id":"\xc0\xaf"}]}',
        "lone surrogate": b'{"items":[{"id":"\\ud800"}]}',
        "control character": b'{"items":[{"id":"a\x00b"}]}',
        "deep arrays": b"[" * 100_000 + b"]" * 100_000,
        "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
        "NaN": raw_item(b"NaN"),
        "Infinity": raw_item(b"-Infinity"),
        "hexadecimal": raw_item(b"0x10"),
        "leading zero": raw_item(b"007"),
        "five thousand digits": raw_item(b"9" * 5000),
        "repeated key": b'{"items":[],"items":[]}',
        "many repeated keys": b"{" + b",".join(b'"k%d":0' % (i % 60_000) for i in range(120_000)) + b"}",
        "pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07" + MARKER.encode(),
    }
    return [Hostile(name=name, status=400, body=body) for name, body in bodies.items()]


def _media_types() -> list[Hostile]:
    good = json.dumps(predict()).encode()
    types = {
        "no content type": {},
        "text": {"Content-Type": "text/plain"},
        "form": {"Content-Type": "application/x-www-form-urlencoded"},
        "multipart": {"Content-Type": "multipart/form-data; boundary=x"},
        "XML": {"Content-Type": "application/xml"},
        "pickle by name": {"Content-Type": "application/vnd.bentoml+pickle"},
        "Latin-1": {"Content-Type": "application/json; charset=latin-1"},
        "two types": {"Content-Type": "application/json, text/plain"},
        "compressed": {**JSON, "Content-Encoding": "gzip"},
        "nonsense type": {"Content-Type": "\x01/;;;=" + MARKER},
    }
    return [Hostile(name=f"type: {name}", status=415, body=good, headers=headers) for name, headers in types.items()]


def _wrong_values() -> list[Hostile]:
    bodies = {
        "null": b"null",
        "true": b"true",
        "number": b"42",
        "string": b'"items"',
        "array": b"[]",
        "empty object": b"{}",
        "items null": json.dumps(predict(items=None)).encode(),
        "items object": json.dumps(predict(items={})).encode(),
        "no items": json.dumps(predict(items=[])).encode(),
        "1001 items": json.dumps(predict(items=[{"electrolyte": {"composition": "Li6PS5Cl"}}] * 1001)).encode(),
        "item null": json.dumps(predict(items=[None])).encode(),
        "item array": json.dumps(predict(items=[[MARKER]])).encode(),
        "item without subject": json.dumps(predict(items=[{}])).encode(),
        "item with two subjects": json.dumps(
            predict(items=[{"electrolyte": {"composition": "S"}, "cell": {"electrode": {"active_material": "S"}}}])
        ).encode(),
        "unknown key": json.dumps(predict(**{MARKER: 1})).encode(),
        "key of a megabyte": json.dumps(predict(**{"k" * 1_000_000: 1})).encode(),
        "prototype": json.dumps(predict(__proto__={"admin": True})).encode(),
        "dunder key": electrolyte(__class__="x"),
        "field of another unit": electrolyte(milling_time_min=60),
        "1e999": raw_item(b"1e999"),
        "-1e999": raw_item(b"-1e999"),
        "four hundred digits": raw_item(b"9" * 400),
        "number as text": electrolyte(milling_time_h="10"),
        "true as number": electrolyte(milling_time_h=True),
        "number as flag": electrolyte(heat_treated=1),
        "list as number": electrolyte(milling_time_h=[1]),
        "negative time": electrolyte(milling_time_h=-1),
        "below absolute zero": electrolyte(heat_treatment_temperature_c=-300),
        "route of no list": electrolyte(route=MARKER),
        "contradiction": electrolyte(heat_treated=False, heat_treatment_temperature_c=500),
        "fractions above one": cell(active_weight_fraction=0.9, electrolyte_weight_fraction=0.9),
        "active material unknown": cell(active_material="unobtainium"),
        "active material number": cell(active_material=5),
        "hand-mixed and milled": cell(mixing_method="hand_mixed", milling_time_min=5),
        "level one": json.dumps(predict(level=1.0)).encode(),
        "level text": json.dumps(predict(level="0.9")).encode(),
        "neighbours fraction": json.dumps(predict(neighbours=2.5)).encode(),
        "neighbours many": json.dumps(predict(neighbours=10**9)).encode(),
        "property unknown": json.dumps(predict(properties=["../../etc/passwd"])).encode(),
        "properties empty": json.dumps(predict(properties=[])).encode(),
        "property of cells": json.dumps(predict(properties=["capacity_retention"])).encode(),
        "id too long": json.dumps(predict(items=[{"id": "x" * 1000, "electrolyte": {"composition": "S"}}])).encode(),
        "id number": json.dumps(predict(items=[{"id": 7, "electrolyte": {"composition": "S"}}])).encode(),
    }
    return [Hostile(name=name, status=422, body=body) for name, body in bodies.items()]


def _compositions() -> list[Hostile]:
    texts: dict[str, Any] = {
        "abbreviation": "LPSCl",
        "no amounts": "Li2S-P2S5",
        "variable without value": "Li6-xPS5-xCl1+x",
        "empty": "",
        "spaces": "   ",
        "too long": "Li" * 5000,
        "brackets": "(" * 100 + "Li" + ")" * 100,
        "unbalanced": "((Li2S)0.75(P2S5",
        "huge amount": "Li1e308P1e308S1e308",
        "many digits": "Li" + "9" * 150,
        "right to left": "Li6PS5Cl\u202e",
        "zero width only": "\u200b\u200b",
        "emoji": "🔋6PS5Cl",
        "markup": f"<script>{MARKER}</script>",
        "query": "Li6PS5Cl'; DROP TABLE measurements; --",
        "path": "../../../etc/passwd",
        "format string": "%s%s%s%n{0.__class__}",
        "expression": "__import__('os').system('true')",
        "power tower": "Li9**9**9**9",
        "number": 5,
        "list": ["Li6PS5Cl"],
        "null": None,
    }
    return [
        Hostile(name=f"composition: {name}", status=422, path="/v1/compositions:parse", body=composition(text))
        for name, text in texts.items()
    ]


def _addresses() -> list[Hostile]:
    get = {"/nothing": 404, "/v1": 404, "/v1/": 404, "/v1/schema/": 404, "//v1/schema": 404, "/V1/SCHEMA": 404}
    get |= {
        "/v1/../v1/schema": 404,
        "/v1/%2e%2e/metrics": 404,
        "/v1/measurements/": 404,
        "/v1/measurements/%00": 404,
        "/v1/measurements/..%2f..%2f..%2fetc%2fpasswd": 404,
        "/v1/measurements/%ff%fe": 404,
        "/v1/measurements/" + "x" * 101: 422,
        "/v1/models/" + MARKER: 404,
        "/v1/models/__class__": 404,
        "/v1/docs/../../serving/service.py": 404,
        "/" + "a" * 5000: 404,
    }
    addresses = [
        Hostile(name=f"GET {path[:50]}", status=status, method="GET", path=path, headers={})
        for path, status in get.items()
    ]
    methods = [("GET", "/v1/predict"), ("DELETE", "/v1/predict"), ("POST", "/v1/schema"), ("PUT", "/v1/models")]
    addresses += [Hostile(name=f"{m} {p}", status=405, method=m, path=p, headers={}) for m, p in methods]
    return addresses


def _sizes() -> list[Hostile]:
    return [
        Hostile(name="three megabytes", status=413, body=b"[" + b" " * (3 * 1024 * 1024) + b"]"),
        Hostile(name="said to be a terabyte", status=413, headers={**JSON, "Content-Length": str(10**12)}),
    ]


CORPUS = [*_malformed(), *_media_types(), *_wrong_values(), *_compositions(), *_addresses(), *_sizes()]
