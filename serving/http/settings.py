"""What an operator may set, read from the environment once, when the service starts.

Every variable is optional; a value that cannot be read is refused with the rule instead of being replaced by a default.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from surrogate.errors import ConfigError
from surrogate.models.artifact import models_folder

T = TypeVar("T")


class Auth(StrEnum):
    """What is asked for: keys (on), nothing (off), or (auto) keys where there are any, else the token of the start."""

    AUTO = "auto"
    ON = "on"
    OFF = "off"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything an operator may set.

    ``models`` is a folder of exported artifacts (unless set: ``models``, else the models of the package), or
    ``models:/<name>@<alias>`` with ``{property}`` in the name for a tracking server (``tracking_uri``). ``campaigns``
    is a file, or a URL of SQLite or PostgreSQL. ``threads`` bounds the predictions at work in one worker and ``queue``
    those that wait, ``planning_threads`` and ``planning_queue`` the same for suggestions and, beside them, for
    explanations; who comes later is told to retry. ``token`` opens a service without keys that only this machine can
    connect to.
    """

    models: str = field(default_factory=lambda: str(models_folder()))
    tracking_uri: str | None = None
    data: Path | None = None
    campaigns: str = "campaigns.db"
    keys: Path | None = None
    auth: Auth = Auth.AUTO
    token: str | None = field(default=None, repr=False)
    threads: int = 2
    queue: int = 256
    planning_threads: int = 1
    planning_queue: int = 4
    max_in_flight: int = 512
    max_body_bytes: int = 2 * 1024 * 1024
    timeout_s: float = 60.0
    reload_s: float = 5.0
    drain_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("threads", "planning_threads", "max_in_flight", "max_body_bytes", "timeout_s", "reload_s"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{_VARIABLE[name]} is {getattr(self, name)}; it must be above zero.")
        for name in ("queue", "planning_queue", "drain_s"):
            if getattr(self, name) < 0:
                raise ConfigError(f"{_VARIABLE[name]} is {getattr(self, name)}; it must not be negative.")
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise ConfigError(
                "SURROGATE_TOKEN is no token; it must be 16 to 150 letters, digits, '-' or '_'.",
                hint="Leave it out, and the start makes one.",
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Settings from ``SURROGATE_*`` variables; :class:`ConfigError` names one that is unknown or cannot be read."""
        for variable in environment:
            if variable.startswith("SURROGATE_") and variable not in _NAMES:
                near = get_close_matches(variable, _NAMES, n=1)
                raise ConfigError(
                    f"There is no setting {variable}.",
                    hint=f"Did you mean {near[0]}?" if near else "docs/reference/service.md lists the settings.",
                )
        values = {
            name: _read(variable, environment[variable], _READERS[name])
            for name, variable in _VARIABLE.items()
            if environment.get(variable)
        }
        return cls(**values)  # type: ignore[arg-type]


_READERS: Mapping[str, Callable[[str], object]] = {
    "models": str,
    "tracking_uri": str,
    "data": Path,
    "campaigns": str,
    "keys": Path,
    "auth": Auth,
    "token": str,
    "threads": int,
    "queue": int,
    "planning_threads": int,
    "planning_queue": int,
    "max_in_flight": int,
    "max_body_bytes": int,
    "timeout_s": float,
    "reload_s": float,
    "drain_s": float,
}
_VARIABLE: Mapping[str, str] = {
    **{name: f"SURROGATE_{name.upper()}" for name in _READERS},
    "tracking_uri": "MLFLOW_TRACKING_URI",
}
#: Every variable of this product; those at the end are read by the library, by training, and by the notebooks.
_NAMES = frozenset(_VARIABLE.values()) | {
    f"SURROGATE_{name}"
    for name in ("HOST", "PORT", "WORKERS", "PROPERTIES", "ARTIFACTS", "URL", "KEY", "QUICK", "OUT", "USER")
}
_TOKEN = re.compile(r"[A-Za-z0-9_-]{16,150}")
LAST_PORT = 65_535


def positive_int(environment: Mapping[str, str], variable: str, default: int, *, most: int | None = None) -> int:
    """Read a whole number from one variable, for what has to be known before the service exists.

    Args:
        environment: Variables by name.
        variable: Its name.
        default: Where it is not set.
        most: The highest number, where there is one.

    Raises:
        ConfigError: It is no whole number from 1 to ``most``.
    """
    value = _read(variable, environment[variable], int) if environment.get(variable) else default
    if value <= 0:
        raise ConfigError(f"{variable} is {value}; it must be above zero.")
    if most is not None and value > most:
        raise ConfigError(f"{variable} is {value}; {most} is the most.")
    return value


def _read(variable: str, text: str, reader: Callable[[str], T]) -> T:
    try:
        return reader(text)
    except ValueError:
        raise ConfigError(
            f"{variable} is '{text}', which cannot be read.",
            hint="It has to be auto, on or off." if reader is Auth else "It has to be a number.",
        ) from None
