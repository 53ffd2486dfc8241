"""Which code made a result: a resumed run must not mix the numbers of two versions."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

import surrogate


@cache
def source_version(*packages: str) -> str:
    """Version of the product and a hash of the Python sources of these packages (not of those below them)."""
    digest = hashlib.sha256()
    for package in packages:
        files = [item for item in resources.files(package).iterdir() if item.name.endswith(".py")]
        for item in sorted(files, key=lambda file: file.name):
            digest.update(f"{package}/{item.name}".encode() + b"\0" + item.read_bytes())
    return f"{surrogate.__version__}+{digest.hexdigest()[:12]}"
