"""Which features go where: estimators choose their columns by the grammar of the names, never by position."""

from __future__ import annotations

from collections.abc import Sequence

#: What a material or an electrode *is*; the rest is how it was made, built and tested.
_IDENTITY = ("composition.", "electrode.")
#: How the names of what the simulator says begin.
PHYSICS = "physics."
#: Raw material for trees, too many and too alike for a distance.
_BULKY = ("composition.magpie.", "composition.fraction.", "composition.family.")


def identity_columns(names: Sequence[str]) -> list[int]:
    """What the candidate is: composition descriptors, or the electrode."""
    return [i for i, name in enumerate(names) if name.startswith(_IDENTITY) and not name.startswith(_BULKY)]


def process_columns(names: Sequence[str]) -> list[int]:
    """How it was made and tested: recipe, cell, protocol."""
    return [i for i, name in enumerate(names) if not name.startswith((*_IDENTITY, PHYSICS))]


def physics_columns(names: Sequence[str]) -> list[int]:
    """What the simulator says."""
    return [i for i, name in enumerate(names) if name.startswith(PHYSICS)]


def smooth_columns(names: Sequence[str]) -> list[int]:
    """Everything a network reads: identity with atomic fractions, process, and physics."""
    fractions = [i for i, name in enumerate(names) if name.startswith("composition.fraction.")]
    return sorted({*identity_columns(names), *fractions, *process_columns(names), *physics_columns(names)})
