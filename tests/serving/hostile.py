"""Requests that no well-meaning client sends, and the answer each has to get. None of them may end in a 500."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from serving.http import examples

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
        "nonsense type": {"Content-Type": "/;;;=" + MARKER},
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
        "key called as a branch of the schema": json.dumps(predict(str=1, body=2, SpaceInput=3)).encode(),
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


def _explanations() -> list[Hostile]:
    asked = {
        "nine items": predict(items=predict()["items"] * 9),
        "papers many": predict(papers=10**9),
        "papers negative": predict(papers=-1),
        "papers fraction": predict(papers=2.5),
        "a level": predict(level=0.9),
        "property unknown": predict(properties=["../../etc/passwd"]),
        "item array": predict(items=[[MARKER]]),
        "composition of markup": predict(items=[{"electrolyte": {"composition": f"<script>{MARKER[:3]}</script>"}}]),
    }
    return [
        Hostile(name=f"explain: {name}", status=422, path="/v1/explain", body=json.dumps(body).encode())
        for name, body in asked.items()
    ] + [
        Hostile(name="explain: cut off", status=400, path="/v1/explain", body=b'{"items":[{"electrolyte":'),
        Hostile(name="GET /v1/explain", status=405, method="GET", path="/v1/explain", headers={}),
    ]


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


def own_space(**changes: Any) -> dict[str, Any]:
    asked: dict[str, Any] = json.loads(json.dumps(examples.SUGGEST["own_space"]["value"]))
    asked["space"].update(changes)
    return asked


def _variable(**described: Any) -> dict[str, Any]:
    return own_space(variables={"milling_time_h": described})


def _mixture(**bounds: Any) -> dict[str, Any]:
    return own_space(composition={"kind": "mixture", "precursors": bounds})


def _spaces() -> list[Hostile]:
    limit = "milling_time_h <= 50"
    asked = {
        "a step of 5e-324": _variable(low=0, high=1, step=5e-324),
        "a range of 1e308": _variable(low=-1e308, high=1e308),
        "a range outside the possible": _variable(low=5000, high=6000),
        "bounds the wrong way round": _variable(low=9, high=1),
        "options for a number": _variable(options=["a", "b"]),
        "a setting nobody knows": own_space(variables={"__class__": {"low": 0, "high": 1}}),
        "a rule of letters": own_space(limits=[{"rule": "a" * 200}]),
        "a rule of brackets": own_space(limits=[{"rule": "(" * 150 + " <= 1"}]),
        "a rule of code": own_space(limits=[{"rule": "__import__('os') <= 1"}]),
        "a rule that nothing keeps": own_space(limits=[{"rule": "milling_time_h <= 1"}]),
        "a condition on nothing": own_space(limits=[{"rule": limit, "when": {"nothing": ["a"]}}]),
        "fifty-one rules": own_space(limits=[{"rule": limit}] * 51),
        "one precursor": _mixture(Li2S=[0, 1]),
        "a fraction of 1e308": _mixture(Li2S=[0, 1e308], P2S5=[0, 1]),
        "fractions above one": _mixture(Li2S=[0.9, 1], P2S5=[0.9, 1]),
        "a precursor nobody can read": _mixture(LPS=[0, 1], P2S5=[0, 1]),
        "one bound": _mixture(Li2S=[0.5], P2S5=[0, 1]),
        "a balance of 1e-300 g": own_space(weighing={"resolution_mg": 1, "batch_mass_g": 1e-300}),
        "hotter than the sun": own_space(fixed={"temperature_c": 1e308}),
        "a cell without a cell": own_space(subject="cell"),
        "nothing to vary": own_space(variables={}, composition=None),
        "a file": {**own_space(), "space": "../../../etc/passwd"},
        "a unit to compute": {**own_space(), "objective": "ionic_conductivity >= 1 9^9^9^9"},
        "an infinite wish": {**own_space(), "objective": "reach 1e400 ionic_conductivity"},
        "an infinite weight": {**own_space(), "objective": "minimise process_time_h weight 1e400"},
        "five hundred and one pending": {**own_space(), "pending": [{"electrolyte": {"composition": "S"}}] * 501},
        "a pool of a million": {**own_space(), "pool": 10**6},
        "a negative seed": {**own_space(), "seed": -1},
        "a seed of forty digits": {**own_space(), "seed": 10**40},
    }
    return [
        Hostile(name=f"space: {name}", status=422, path="/v1/suggest", body=json.dumps(body).encode())
        for name, body in asked.items()
    ]


def _designs() -> list[Hostile]:
    good = {"space": "argyrodite", "targets": "ionic_conductivity >= 1 mS/cm"}
    asked = {
        "no wish": {"space": "argyrodite"},
        "a wish in another unit": {**good, "targets": "ionic_conductivity >= 1 mAh/g"},
        "a wish to compute": {**good, "targets": "ionic_conductivity >= 1 9^9^9^9"},
        "a wish without end": {**good, "targets": "ionic_conductivity >= 1e999 S/cm"},
        "eleven wishes": {**good, "targets": ["maximise ionic_conductivity"] * 11},
        "no recipe": {**good, "recipes": 0},
        "a million recipes": {**good, "recipes": 10**6},
        "a search nobody knows": {**good, "search": "tea leaves"},
        "a seed of forty digits": {**good, "seed": 10**40},
        "a measured value without unit": {
            **good,
            "measured": [{"electrolyte": {"composition": "Li6PS5Cl"}, "values": {"ionic_conductivity": 1e-3}}],
        },
    }
    return [
        Hostile(name=f"design: {name}", status=422, path="/v1/design", body=json.dumps(body).encode())
        for name, body in asked.items()
    ]


def _campaigns() -> list[Hostile]:
    new = {"name": "x", "space": "argyrodite", "objective": "maximise ionic_conductivity"}
    bodies = {
        "id of a path": {**new, "id": "../x"},
        "id of markup": {**new, "id": "<b>"},
        "blank name": {**new, "name": "   "},
        "name with an escape": {**new, "name": "\u001b[31mred"},
        "lease without end": {**new, "lease_h": 1e300},
        "space of a file": {**new, "space": "/etc/passwd.toml"},
    }
    long = {**JSON, "Idempotency-Key": "k" * 101}
    found = [
        Hostile(name=f"campaign: {name}", status=422, path="/v1/campaigns", body=json.dumps(body).encode())
        for name, body in bodies.items()
    ]
    found.append(
        Hostile(name="endless key", status=422, path="/v1/campaigns", body=json.dumps(new).encode(), headers=long)
    )
    found += [
        Hostile(name=f"GET {path}", status=status, method="GET", path=path, headers={})
        for path, status in {
            "/v1/campaigns/..%2f..%2fetc": 404,
            "/v1/campaigns/%27%20OR%201=1--": 404,
            "/v1/campaigns/%00": 404,
            "/v1/campaigns/" + "c" * 65: 422,
            "/v1/campaigns?limit=-1": 422,
            "/v1/campaigns?limit=1e9": 422,
            "/v1/campaigns?limit=" + "9" * 5000: 422,
        }.items()
    ]
    return found


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


CORPUS = [
    *_malformed(),
    *_media_types(),
    *_wrong_values(),
    *_explanations(),
    *_compositions(),
    *_spaces(),
    *_designs(),
    *_campaigns(),
    *_addresses(),
    *_sizes(),
]
