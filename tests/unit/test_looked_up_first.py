"""What a chemist would look up of famous materials is what the models of the package show first."""

from __future__ import annotations

import pytest

from surrogate.candidate.settings import build
from surrogate.datasets import load
from surrogate.models import artifact
from surrogate.models.artifact import SHIPPED
from surrogate.models.measured import find_measured

NAME = "ionic_conductivity"
MILLED = {"route": "solid_state", "heat_treatment_time_h": 8.0, "temperature_c": 25.0}
#: Settings of a candidate, the rows that tell it best, and the highest value that was reported of it, S/cm.
FAMOUS = [
    ({"electrolyte": "Li10GeP2S12", "heat_treatment_temperature_c": 550.0, **MILLED}, {"SE0259"}, 0.012),
    (
        {"electrolyte": "Li9.54Si1.74P1.44S11.7Cl0.3", "heat_treatment_temperature_c": 475.0, **MILLED},
        {"SE0260"}, 0.025,
    ),
    (
        {"electrolyte": "Li6PS5I", "heat_treatment_temperature_c": 550.0, "temperature_c": 30.0},
        {"SE0013", "SE0017"}, 0.0005,
    ),
]  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return artifact.load(SHIPPED / NAME)


@pytest.mark.parametrize(("settings", "rows", "highest"), FAMOUS)
def test_the_rows_of_the_material_itself_come_first_and_say_what_was_measured(settings, rows, highest, model):
    candidate = build(settings)
    (prediction,) = model.predict([candidate], neighbours=3)
    assert rows <= {row.row_id for row in prediction.neighbours}
    own = {
        m.source.row_id
        for m in load(NAME)
        if m.candidate.subject.composition.pairs == candidate.subject.composition.pairs
    }
    count = min(3, len(own))
    assert [row.row_id in own for row in prediction.neighbours[:count]] == [True] * count
    material = find_measured(candidate, [NAME])[NAME]
    assert rows <= {row.row_id for row in material.nearest(candidate, 3)}
    assert max(material.measured.values) == pytest.approx(highest)
