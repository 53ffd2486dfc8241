"""Structure features: what they say of a crystal does not depend on how its cell was chosen or written."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks._crystals import (
    Structure,
    share_features,
    share_matrix,
    structure_features,
    structure_matrix,
)
from surrogate.composition import parse_composition
from surrogate.errors import InvalidInput

ARGYRODITE = parse_composition("Li24P4S20Cl4")
NAMES = [feature.name.removeprefix("composition.structure.") for feature in structure_features()]


def cubic(edge: float = 9.86) -> Structure:
    """Li6PS5Cl, F-43m (Kraft et al., J. Am. Chem. Soc. 139, 10909 (2017))."""
    return Structure(
        space_group=216, symbol="F -4 3 m", lengths=(edge, edge, edge), angles=(90.0, 90.0, 90.0), formula_units=4
    )


def described(structure: Structure, content: str = "Li24P4S20Cl4") -> dict[str, float]:
    row = structure_matrix([structure], [parse_composition(content)])[0]
    return dict(zip(NAMES, row.tolist(), strict=True))


def test_a_cubic_argyrodite_is_what_a_crystallographer_would_write() -> None:
    said = described(cubic())
    assert said["space_group"] == 216
    assert (said["system"], said["system.cubic"], said["centring.F"], said["centring.P"]) == (6, 1, 1, 0)
    assert np.exp(said["volume_log"]) == pytest.approx(9.86**3)
    assert np.exp(said["volume_per_atom_log"]) == pytest.approx(9.86**3 / 52)
    assert said["mixed_sites"] == 0
    assert described(cubic(), "Li22P4S18Cl6")["mixed_sites"] == 0
    assert described(cubic(), "Li21.6P4S17.6Cl6.4")["mixed_sites"] == 1


@given(edge=st.floats(3.0, 30.0), times=st.integers(1, 4))
def test_densities_do_not_depend_on_the_choice_of_cell(edge: float, times: int) -> None:
    one = cubic(edge)
    more = Structure(
        space_group=216, symbol="F", lengths=(edge * times, edge, edge), angles=one.angles, formula_units=4 * times
    )
    a, b = described(one), described(more, f"Li{24 * times}P{4 * times}S{20 * times}Cl{4 * times}")
    for name in ("volume_per_atom_log", "volume_per_anion_log", "lithium_density_log", "free_volume_per_atom"):
        assert a[name] == pytest.approx(b[name], abs=1e-9)


def test_the_volume_of_a_skewed_cell_is_the_triple_product() -> None:
    hexagonal = Structure(
        space_group=194, symbol="P 63/m m c", lengths=(3.0, 3.0, 5.0), angles=(90.0, 90.0, 120.0), formula_units=2
    )
    assert hexagonal.volume == pytest.approx(45.0 * np.sqrt(3) / 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"space_group": 0},
        {"space_group": 231},
        {"lengths": (0.0, 5.0, 5.0)},
        {"lengths": (float("nan"), 5.0, 5.0)},
        {"angles": (60.0, 60.0, 150.0)},
        {"formula_units": 0.0},
    ],
)
def test_what_no_crystal_has_is_refused(wrong: dict[str, object]) -> None:
    right = {"space_group": 1, "symbol": "P 1", "lengths": (5.0,) * 3, "angles": (90.0,) * 3, "formula_units": 1.0}
    with pytest.raises(InvalidInput):
        Structure(**{**right, **wrong})  # type: ignore[arg-type]


def test_shares_are_a_unit_vector_whatever_the_amounts() -> None:
    shares = share_matrix([ARGYRODITE, parse_composition("Li6PS5Cl")])
    assert shares.shape == (2, len(share_features()))
    assert np.allclose((shares**2).sum(axis=1), 1.0)
    assert np.allclose(shares[0], shares[1])


def test_nothing_has_the_same_columns_as_something() -> None:
    assert structure_matrix([], []).shape == (0, len(structure_features()))
