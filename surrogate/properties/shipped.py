"""The properties that come with the product.

The spreads of the simulator are assumed, from the residuals of calibrated and held-out numbers; they are priors, which
the measurements of a campaign overrule.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from surrogate.properties.property import Property, Scale, SimulatorSpread, Subject

_CAPACITY_HINT = "Is it per gram of active material? An areal capacity or a capacity per cell needs the loading."

# fmt: off
SHIPPED: Mapping[str, Property] = MappingProxyType(
    {
        p.name: p
        for p in (
            Property(
                name="ionic_conductivity", label="Ionic conductivity", symbol="σ", unit="S/cm", ucum="S/cm",
                scale=Scale.LOG10, subject=Subject.ELECTROLYTE, lower=1e-18, upper=0.1, between_papers=0.55,
                meaning="Total ionic conductivity of the pressed or sintered powder at the measurement temperature.",
                outside_hint="Above 0.1 S/cm no sulfide is known: are these mS/cm in a column of S/cm?",
                aliases=(
                    "conductivity", "sigma", "σ", "ionische leitfähigkeit", "ionenleitfähigkeit", "leitfähigkeit",
                    "conductivité ionique", "イオン伝導度", "イオン伝導率", "conductivité", "离子电导率", "电导率",
                ),
                example=4.2e-4, claim="conducts better",
                simulator=SimulatorSpread(typical=1e-4, simulated=0.6, silent=1.5),
            ),
            Property(
                name="first_discharge_capacity", label="First discharge capacity", symbol="Q_dis", unit="mAh/g",
                ucum="mA.h/g", scale=Scale.LINEAR, subject=Subject.CELL, lower=0.0, upper=4000.0, between_papers=40.0,
                meaning="Capacity of the first discharge per gram of active material.",
                outside_hint=_CAPACITY_HINT,
                aliases=(
                    "initial discharge capacity", "discharge capacity", "entladekapazität", "首次放电容量",
                    "初回放電容量", "放電容量",
                ),
                example=1350.0, claim="delivers more on its first discharge",
                simulator=SimulatorSpread(typical=200.0, simulated=120.0, silent=300.0),
            ),
            Property(
                name="first_charge_capacity", label="First charge capacity", symbol="Q_chg", unit="mAh/g",
                ucum="mA.h/g", scale=Scale.LINEAR, subject=Subject.CELL, lower=0.0, upper=4000.0, between_papers=40.0,
                meaning="Capacity of the first charge per gram of active material.",
                outside_hint=_CAPACITY_HINT,
                aliases=(
                    "initial charge capacity", "charge capacity", "ladekapazität", "首次充电容量",
                    "初回充電容量", "充電容量",
                ),
                example=1290.0, claim="takes more on its first charge",
                simulator=SimulatorSpread(typical=200.0, simulated=120.0, silent=300.0),
            ),
            Property(
                name="capacity_retention", label="Capacity retention", symbol="R", unit="%", ucum="%",
                scale=Scale.LINEAR, subject=Subject.CELL, lower=0.0, upper=150.0, between_papers=5.0,
                meaning="Capacity after the stated number of cycles as a share of the reference cycle's capacity; "
                "above 100 % where capacity grows.",
                outside_hint="Retention is a percentage of the reference cycle, between 0 and 150.",
                aliases=("retention", "kapazitätserhalt", "容量保持率", "容量維持率"),
                example=92.0, claim="keeps more of its capacity",
                simulator=SimulatorSpread(typical=80.0, simulated=12.0, silent=20.0),
            ),
            Property(
                name="activation_energy", label="Activation energy", symbol="Ea", unit="eV", ucum="eV",
                scale=Scale.LINEAR, subject=Subject.ELECTROLYTE, lower=0.05, upper=2.0, between_papers=0.075,
                meaning="Arrhenius activation energy of ion conduction, the slope of ln(σT). A source that fitted ln σ "
                "prints 0.026 eV less; few say which they fitted.",
                outside_hint="Is it in kJ/mol? Give it with that unit; 1 eV is 96.485 kJ/mol.",
                aliases=("ea", "aktivierungsenergie", "活化能", "活性化エネルギー"),
                example=0.36, simulator=SimulatorSpread(typical=0.33, simulated=0.05, silent=0.08),
            ),
            Property(
                name="electronic_conductivity", label="Electronic conductivity", symbol="σ_el", unit="S/cm",
                ucum="S/cm", scale=Scale.LOG10, subject=Subject.ELECTROLYTE, lower=1e-16, upper=1e4, between_papers=0.7,
                meaning="Electronic conductivity from direct-current polarisation.",
                example=1e-8, claim="conducts electrons better",
            ),
        )
    }
)
# fmt: on
