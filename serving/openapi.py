"""``python -m serving.openapi``: the OpenAPI document as committed in ``docs/reference/openapi.json``."""

from __future__ import annotations

import json

from serving.app import routed_app


def document() -> str:
    """The document as text, the same on every machine."""
    return json.dumps(routed_app().openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"


if __name__ == "__main__":
    print(document(), end="")
