"""What a training run does, read from TOML: kind, folds, trials, seed and hyper-parameters, per property.

The file gives defaults for all properties at the top and what one property does differently under
``[properties.NAME]``; the command line overrides both. A key or a value that cannot be right is a
:class:`ConfigError` that names the file, the key and the nearest known names.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from surrogate.errors import ConfigError, InvalidInput, Unavailable
from surrogate.execution.checks import check_seed, is_whole
from surrogate.properties import MODELLED

DEFAULT_CONFIG = Path(__file__).parent / "configs" / "default.toml"

#: Whole numbers of a plan with the smallest sensible value of each.
_LOWEST = {"folds": 2, "trials": 0, "search_folds": 2}
_KEYS = ("kind", "seed", *_LOWEST, "physics", "learning_curve", "without", "hyperparameters")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How one property is trained and judged.

    ``folds`` of whole papers give the reported error; ``trials`` settings per estimator are searched, each judged on
    ``search_folds`` of whole papers inside the rows that may be seen; ``hyperparameters`` are by estimator.
    With ``physics`` models see what the simulator says, where it has something to say of the property. With
    ``learning_curve`` the evaluation is repeated with fewer papers to learn from. ``without`` names the tables of the
    data package that are left out.
    """

    property: str
    kind: str = "stack"
    folds: int = 10
    seed: int = 0
    trials: int = 0
    search_folds: int = 5
    physics: bool = True
    learning_curve: bool = False
    without: tuple[str, ...] = ()
    hyperparameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        from surrogate.models import KINDS
        from surrogate.models.hyperparameters import check

        for name, lowest in _LOWEST.items():
            value = getattr(self, name)
            if not is_whole(value) or value < lowest:
                raise ConfigError(
                    f"{name} is {value!r}; it must be a whole number of at least {lowest}.",
                    hint="Give such a number, or leave it out.",
                )
        check_seed(self.seed)
        for name in ("physics", "learning_curve"):
            if type(getattr(self, name)) is not bool:
                raise ConfigError(f"{name} is {getattr(self, name)!r}; it must be true or false.")
        if isinstance(self.without, str) or not all(isinstance(name, str) for name in self.without):
            raise ConfigError(f"without is {self.without!r}; it must be a list of tables.", hint='Write ["glasses"].')
        object.__setattr__(self, "without", tuple(self.without))
        if self.kind not in KINDS:
            raise _unknown("kind", str(self.kind), KINDS)
        check(self.hyperparameters)

    def as_dict(self) -> dict[str, Any]:
        """Plain types, for tables and JSON."""
        return asdict(self)


def read_plan(property: str, config: Path | None = None, **overrides: Any) -> Plan:
    """Read how a property is to be trained.

    Args:
        property: Name of the property.
        config: A TOML file; ``None`` for :data:`DEFAULT_CONFIG`.
        overrides: Fields of :class:`Plan` from the command line, which win over the file; ``None`` overrides nothing.

    Raises:
        ConfigError: For a mistake; with the name of the file where it is one of the file.
    """
    path = config or DEFAULT_CONFIG
    content = _read(path)
    own = content.pop("properties", {}).get(property, {})
    hyperparameters = {**content.pop("hyperparameters", {})}
    for estimator, settings in own.pop("hyperparameters", {}).items():
        hyperparameters[estimator] = {**hyperparameters.get(estimator, {}), **settings}
    stated = {name: value for name, value in overrides.items() if value is not None}
    try:
        plan = Plan(property=property, hyperparameters=hyperparameters, **{**content, **own})
    except InvalidInput as problem:
        raise ConfigError(f"{path}, {property}: {problem.message}", hint=problem.hint) from None
    try:
        return replace(plan, **stated)
    except ConfigError as problem:
        message = f"{problem.message[0].upper()}{problem.message[1:]}"
        raise ConfigError(message, hint=problem.hint) from None


def _read(path: Path) -> dict[str, Any]:
    """The file as nested tables whose keys are all known."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except IsADirectoryError:
        raise Unavailable(f"'{path}' is a folder, not a configuration file.", hint="Give the file in it.") from None
    except FileNotFoundError:
        raise Unavailable(f"There is no configuration file '{path}'.", hint=f"Start from {DEFAULT_CONFIG}.") from None
    except OSError as problem:
        raise Unavailable(
            f"The configuration file '{path}' cannot be read: {problem.strerror}.", hint="Check the path."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{path} is not TOML: {problem}.") from None
    _check_keys(path, content, (*_KEYS, "properties"))
    for name, own in _table(path, content, "properties").items():
        if name not in MODELLED:
            raise _unknown("property", name, MODELLED, where=f"{path}, [properties]: ")
        within = f"properties.{name}"
        _check_keys(path, _table(path, content["properties"], name, "properties"), _KEYS, where=f"[{within}]")
        _check_estimators(path, own, within)
    _check_estimators(path, content)
    return content


def _check_estimators(path: Path, content: Mapping[str, Any], within: str = "") -> None:
    tables = _table(path, content, "hyperparameters", within)
    for name in tables:
        _table(path, tables, name, ".".join(filter(None, [within, "hyperparameters"])))


def _table(path: Path, content: Mapping[str, Any], key: str, within: str = "") -> Mapping[str, Any]:
    """The table ``key`` of ``content``, which stands under ``within`` in the file; empty where there is none."""
    table, full = content.get(key, {}), ".".join(filter(None, [within, key]))
    if not isinstance(table, Mapping):
        raise ConfigError(
            f"{path}: '{full}' is {table!r}; it must be a table.", hint=f"Write [{full}] on its own line."
        )
    return table


def _check_keys(path: Path, content: Mapping[str, Any], allowed: Iterable[str], where: str = "") -> None:
    for key in content:
        if key not in allowed:
            raise _unknown("key", key, allowed, where=f"{path}{', ' + where if where else ''}: ")


def _unknown(kind: str, name: str, allowed: Iterable[str], where: str = "") -> ConfigError:
    """The error for a name that is not in the list, with the nearest ones as the way out."""
    names = list(allowed)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"Known: {', '.join(names)}."
    return ConfigError(f"{where}there is no {kind} named '{name}'.", hint=hint)
