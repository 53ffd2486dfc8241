"""Which code this is: a resumed run must not mix the numbers of two versions."""

from __future__ import annotations

from functools import cache

__version__ = "0.1.0"


@cache
def source_version(*packages: str) -> str:
    """Version of the product and a hash of the Python sources of these packages (not of those below them)."""
    import hashlib
    from importlib import resources

    digest = hashlib.sha256()
    for package in packages:
        files = [item for item in resources.files(package).iterdir() if item.name.endswith(".py")]
        for item in sorted(files, key=lambda file: file.name):
            digest.update(f"{package}/{item.name}".encode() + b"\0" + item.read_bytes())
    return f"{__version__}+{digest.hexdigest()[:12]}"
