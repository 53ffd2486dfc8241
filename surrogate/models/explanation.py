"""Why a prediction is what it is: how far each part of the description moved it from a usual member of its group.

The effect of a part is its Shapley value (Shapley 1953; Strumbelj & Kononenko, J. Mach. Learn. Res. 11, 1 (2010)): the
mean change when the part is put in place of that of a measured row of the same family or chemistry, over every order in
which the parts can be put in. Parts are few, so the sum runs over all subsets and nothing is sampled; effects add up to
the distance between the prediction and the start. An effect is what the *model* has learnt, not a law of nature.

A part acts in two ways: on what the members have learnt of it, and on what the simulator says. How much of the distance
came from the simulator is told apart: it is what is lost when the members are told what it says of the other rows.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from math import factorial
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from surrogate.candidate.columns import ElectrolyteColumns
from surrogate.candidate.measurement import Candidate, Measurement
from surrogate.errors import InvalidInput
from surrogate.models.encoding import View, group_of
from surrogate.models.surrogate import Surrogate
from surrogate.models.targets import reference
from surrogate.models.training_set import paper_weights
from surrogate.properties import Property, Scale, Subject

Array = NDArray[np.float64]

#: Rows that a candidate is compared with, spread over the papers of its group.
BACKGROUND = 16
#: What a candidate of a group that nobody has measured is compared with.
ALL_GROUPS: Mapping[Subject, str] = MappingProxyType(
    {Subject.ELECTROLYTE: "all families", Subject.CELL: "all chemistries"}
)
#: The part that the reference cycle of a retention belongs to, which is no feature.
CYCLES = "current and cycles"
#: The part of what the simulator alone reads of a mill.
MILLING = "milling"
#: What is explained together, by the beginnings of the names of its features; the first part also stands for the group.
PARTS: Mapping[Subject, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        Subject.ELECTROLYTE: {
            "composition": ("composition.",),
            MILLING: ("recipe.mill", "recipe.ball_to_powder", "recipe.wet_milling", "recipe.remilled"),
            "heat treatment": ("recipe.heat_", "recipe.atmosphere"),
            "route and solvent": ("recipe.route", "recipe.solvent"),
            "form and pellet": ("recipe.form", "recipe.densification", "recipe.pressure"),
            "measurement temperature": ("protocol.",),
        },
        Subject.CELL: {
            "active material": (
                "electrode.theoretical_capacity",
                "electrode.starts_lithiated",
                "electrode.nickel_fraction",
                "electrode.chemistry",
                "electrode.coat",
                "electrode.single_crystal",
                "electrode.particle",
                "electrode.host",
                "electrode.promoted",
            ),
            "electrolyte": ("electrolyte.", "electrode.electrolyte_conductivity"),
            "fractions and loading": (
                "electrode.active_",
                "electrode.electrolyte_weight_fraction",
                "electrode.additive",
                "electrode.binder",
            ),
            "mixing": ("electrode.milling", "electrode.mixing"),
            "cell and pressure": ("cell.",),
            "voltage window": ("protocol.voltage", "protocol.discharge_first"),
            CYCLES: ("protocol.current", "protocol.c_rate", "protocol.cycles"),
            "temperature": ("protocol.temperature",),
        },
    }
)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """How far one ``part`` of the description moves the prediction: on the scale on which it is explained."""

    part: str
    size: float


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """From the ``start``, what the model says of usual members of the ``group`` (in the unit), to the ``prediction``.

    The group is that of the rows compared with: the candidate's own, or :data:`ALL_GROUPS` where it has no rows.
    ``effects`` are sorted by size and add up on the scale: decades for a property modelled as log10 (an effect of 0.3
    doubles the value), the unit of the property otherwise. ``from_physics`` of their sum came from the simulator.
    ``rows`` measured rows of ``papers`` papers set the start.
    """

    property: Property
    group: str
    start: float
    prediction: float
    effects: tuple[Effect, ...]
    from_physics: float
    rows: int
    papers: int

    @builtins.property
    def in_decades(self) -> bool:
        """Whether effects are in decades rather than in the unit."""
        return self.property.scale is Scale.LOG10

    @builtins.property
    def moved(self) -> float:
        """The sum of the sizes of all effects, whatever their direction; 0 where nothing moves the prediction."""
        return sum(abs(effect.size) for effect in self.effects)

    @builtins.property
    def physics_share(self) -> float:
        """The size of what came from the simulator beside that of what came otherwise, 0 to 1; 0 without it."""
        otherwise = sum(effect.size for effect in self.effects) - self.from_physics
        return abs(self.from_physics) / (abs(self.from_physics) + abs(otherwise)) if self.from_physics else 0.0


def explain(model: Surrogate, candidate: Candidate, measurements: Sequence[Measurement]) -> Explanation:
    """Explain which parts of a candidate move its prediction away from usual members of its family or chemistry.

    Args:
        model: What predicts.
        candidate: What is predicted.
        measurements: Those that the model was trained on (``datasets.load``). The candidate is compared with those of
            its group, at most :data:`BACKGROUND` from as many papers as possible; with all if its group has none.

    Raises:
        InvalidInput: The candidate is of the other subject, or there is nothing to compare with.
    """
    group = group_of(candidate)
    usual = _spread_over_papers([m for m in measurements if group_of(m.candidate) == group])
    if not usual:
        group, usual = ALL_GROUPS[candidate.kind], _spread_over_papers(measurements)
    if not usual:
        raise InvalidInput(
            f"An explanation of {model.property.name} compares with measured rows, and none were given.",
            hint="Give datasets.load(property), the rows the model was trained on.",
        )
    view = model.encoding.view([candidate, *(m.candidate for m in usual)], materials=False)
    columns = _places_of_parts(model)
    parts = {part: indices for part, indices in columns.items() if _differs(part, indices, view)}
    values = _values(model, view, parts)
    sizes = _shapley(values, len(parts))
    effects = [Effect(part=part, size=float(size)) for part, size in zip(parts, sizes, strict=True)]
    ends = values[[0, -1]]
    ends = np.power(10.0, ends) if model.property.scale is Scale.LOG10 else ends
    return Explanation(
        property=model.property,
        group=group,
        start=float(ends[0]),
        prediction=float(ends[1]),
        effects=tuple(sorted(effects, key=lambda effect: -abs(effect.size))),
        from_physics=_from_physics(model, view, values[-1]),
        rows=len(usual),
        papers=len({m.source.paper for m in usual}),
    )


def importance(model: Surrogate, measurements: Sequence[Measurement], seed: int = 0) -> dict[str, float]:
    """Measure how much a model heeds each part of a description, the most important first.

    A part is put in place of that of another measured row, drawn at random; its importance is how far the prediction
    moves, averaged over rows with papers weighted equally. This says what the model uses, not whether that is right.

    Args:
        model: What predicts.
        measurements: Those that the model was trained on.
        seed: Of the drawing.

    Returns:
        Importance by part, as effects are measured: decades, or the unit of the property.
    """
    view = model.encoding.view([m.candidate for m in measurements], materials=False)
    parts, own = _places_of_parts(model), np.arange(len(measurements))
    drawn = np.random.default_rng(seed).permutation(len(own))
    weights = paper_weights(np.unique([m.source.paper for m in measurements], return_inverse=True)[1])
    unchanged = _medians_of_mixed(model, view, parts, own, {})
    moved = {part: np.abs(_medians_of_mixed(model, view, parts, own, {part: drawn}) - unchanged) for part in parts}
    sizes = {part: float(np.average(distance, weights=weights)) for part, distance in moved.items()}
    return dict(sorted(sizes.items(), key=lambda entry: -entry[1]))


def _places_of_parts(model: Surrogate) -> dict[str, NDArray[np.int64]]:
    """The places among the features of a model of those of each part."""
    subject = model.property.subject
    part_of_column = np.array([part_of(name, subject) for name in model.encoding.names])
    return {part: np.flatnonzero(part_of_column == part) for part in PARTS[subject]}


def part_of(feature: str, subject: Subject) -> str:
    """The part that a feature belongs to."""
    return next(part for part, begins in PARTS[subject].items() if feature.startswith(begins))


#: The columns of a candidate that are named otherwise than the features that come of them.
_FEATURE_OF_COLUMN: Mapping[Subject, Mapping[str, str]] = MappingProxyType(
    {
        Subject.ELECTROLYTE: {"composition": "composition.", "temperature_c": "protocol.temperature_c"},
        Subject.CELL: {
            "active_material": "electrode.chemistry",
            "coating": "electrode.coated",
            "active_particle_kind": "electrode.single_crystal",
            "active_host": "electrode.host",
            "promoter": "electrode.promoted",
            "active_particle_size_um": "electrode.particle_size",
            "electrolyte_family": "electrolyte.",
            "electrolyte_phosphorus_mol_per_g": "electrolyte.",
            "mixing_time_min": "electrode.mixing",
            "mixing_speed_rpm": "electrode.mixing",
            "counter_electrode": "cell.",
            "negative_to_positive_ratio": "cell.",
            "separator_thickness_um": "cell.",
            "fabrication_pressure_mpa": "cell.",
            "stack_pressure_mpa": "cell.",
            "first_step": "protocol.discharge_first",
            "reference_cycle": "protocol.cycles",
            **{
                name: f"protocol.{name}"
                for name in (
                    "voltage_min_v", "voltage_max_v", "current_ma_per_g", "current_ma_per_cm2", "c_rate", "cycles",
                    "temperature_c",
                )
            },
        },
    }
)  # fmt: skip


def _part_of(column: str, subject: Subject) -> str:
    """The part that a column of a candidate (:mod:`surrogate.candidate.columns`) belongs to."""
    beginning = "recipe" if subject is Subject.ELECTROLYTE else "electrode"
    return part_of(_FEATURE_OF_COLUMN[subject].get(column, f"{beginning}.{column}"), subject)


def _differs(part: str, columns: NDArray[np.int64], view: View) -> bool:
    """Whether any row it is compared with has another value: a part that never differs has no effect."""
    if _is_first(part) and len(np.unique(view.group)) > 1:
        return True
    X = view.X[:, columns]
    if part == CYCLES and view.reference_cycle is not None:
        X = np.column_stack([X, view.reference_cycle])
    if part == MILLING and isinstance(view.columns, ElectrolyteColumns):
        X = np.column_stack([X, view.columns.ball_to_powder_ratio, view.columns.mill.codes])
    return not bool(np.all((X[1:] == X[0]) | (np.isnan(X[1:]) & np.isnan(X[0]))))


def _is_first(part: str) -> bool:
    """Whether a part is the identity of the candidate, with which group and theoretical capacity change."""
    return any(part == next(iter(parts)) for parts in PARTS.values())


def _values(model: Surrogate, view: View, parts: Mapping[str, NDArray[np.int64]]) -> Array:
    """The worth of every subset of the parts, (2^parts,), for Shapley values.

    It is the mean prediction over the usual rows, each with the parts of the subset taken from the candidate. Bit k of
    the position tells whether part k is the candidate's.
    """
    usual, subsets = len(view.X) - 1, np.arange(2 ** len(parts))
    usual_rows = np.tile(np.arange(1, usual + 1), len(subsets))
    # Of which row each part of a mixed candidate is, (2^parts · usual,): 0 is the candidate's own.
    rows = {part: np.where(np.repeat(subsets >> k & 1, usual) == 1, 0, usual_rows) for k, part in enumerate(parts)}
    medians = _medians_of_mixed(model, view, parts, usual_rows, rows).reshape(len(subsets), usual)
    return np.asarray(medians.mean(axis=1))


def _medians_of_mixed(
    model: Surrogate,
    view: View,
    parts: Mapping[str, NDArray[np.int64]],
    own: NDArray[np.int64],
    rows: Mapping[str, NDArray[np.int64]],
) -> Array:
    """Predictions (k,), as they are explained, for candidates whose parts come from different rows of a view.

    Args:
        model: What predicts.
        view: The candidates that parts are taken from.
        parts: The places of the features of each part.
        own: Of which row of the view a mixed candidate is where nothing else is said, (k,).
        rows: Of which row each of its parts is, (k,) by part.
    """
    X = view.X[own]
    for part, places in rows.items():
        X[:, parts[part]] = view.X[np.ix_(places, parts[part])]
    identity = next((places for part, places in rows.items() if _is_first(part)), own)
    subject = model.property.subject
    picked = None if view.columns is None else view.columns.pick(lambda name: rows.get(_part_of(name, subject), own))
    mixed = View(
        X=X,
        group=view.group[identity],
        material=np.full(len(X), -1),
        reference=np.ones(len(X)) if picked is None else reference(model.property, picked),
        reference_cycle=None if view.reference_cycle is None else view.reference_cycle[rows.get(CYCLES, own)],
        columns=picked,
    )
    return _scaled(model.property, model.medians(mixed))


def _from_physics(model: Surrogate, view: View, prediction: float) -> float:
    """The part of ``prediction`` (on the scale) that comes through the simulator; 0 for a model without one.

    It is the difference to the mean prediction with the simulated values of the usual rows.
    """
    if model.simulator is None:
        return 0.0
    own, inputs = np.split(model.inputs(view), [1])
    inputs[:, :-1] = own[:, :-1]
    usual = len(inputs)
    alone = View(
        X=np.repeat(view.X[:1], usual, axis=0),
        group=np.repeat(view.group[:1], usual),
        material=np.full(usual, -1),
        reference=np.repeat(view.reference[:1], usual),
        reference_cycle=None if view.reference_cycle is None else np.repeat(view.reference_cycle[:1], usual),
    )
    return float(prediction - _scaled(model.property, model.medians(alone, inputs)).mean())


def _shapley(values: Array, parts: int) -> Array:
    """Shapley values (parts,) of a game given by the worth of every subset (2^parts,)."""
    subsets = np.arange(len(values))
    size = np.array([bin(subset).count("1") for subset in subsets])
    weight = np.array([factorial(s) * factorial(max(parts - s - 1, 0)) / factorial(parts) for s in range(parts + 1)])
    shares = np.empty(parts)
    for number in range(parts):
        without = subsets[(subsets >> number & 1) == 0]
        shares[number] = (weight[size[without]] * (values[without | 1 << number] - values[without])).sum()
    return shares


def _spread_over_papers(measurements: Sequence[Measurement]) -> list[Measurement]:
    """At most :data:`BACKGROUND` rows: the first of every paper, then the second of every paper, and so on."""
    papers: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        papers.setdefault(measurement.source.paper, []).append(measurement)
    rounds = zip_longest(*(papers[name] for name in sorted(papers)))
    return [m for dealt in rounds for m in dealt if m is not None][:BACKGROUND]


def _scaled(prop: Property, values: Array) -> Array:
    """Values as they are explained: decades where the property is modelled in decades, else the unit."""
    return np.asarray(np.log10(values)) if prop.scale is Scale.LOG10 else values
