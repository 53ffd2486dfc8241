"""Design spaces: what a laboratory can set, mix and weigh, the limits of it with their sources, and ready-made ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.space.changing import SpaceChanges, change_space
    from surrogate.space.chemistry import Argyrodite, Mixture
    from surrogate.space.design_space import DesignSpace, Pool
    from surrogate.space.ready import load_space, parse_space
    from surrogate.space.rules import Region, Rule
    from surrogate.space.variables import Choice, Number, Table
    from surrogate.space.weighing import Balance
    from surrogate.space.writing import space_to_plain, space_to_toml

__all__ = [
    "Argyrodite",
    "Balance",
    "Choice",
    "DesignSpace",
    "Mixture",
    "Number",
    "Pool",
    "Region",
    "Rule",
    "SpaceChanges",
    "Table",
    "change_space",
    "load_space",
    "parse_space",
    "space_to_plain",
    "space_to_toml",
]

__getattr__, __dir__ = lazy_names(__name__)
