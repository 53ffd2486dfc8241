"""Wu et al., J. Mater. Chem. A 4, 15266 (2016), doi 10.1039/c6ta05439k: cell-level energy density.

Design numbers of Table 1 and section 3. The paper does not print the capacity of graphite and the voltage of the
liquid cell: 360 mAh/g and 3.6 V, the values of common use, give its 264 Wh/kg and 640 Wh/L. Its Table 2 prints nm where
the text means um, and one foil is printed 10 mm thick; both are read as um.
"""

from surrogate.physics.parameters.base import Parameter

_PAPER = "10.1039/c6ta05439k"
CALIBRATION_PAPERS: tuple[str, ...] = ()  # nothing of the paper was fitted


def _p(name: str, value: float, unit: str, source: str, status: str = "quoted") -> Parameter:
    return Parameter(name=f"wu2016.{name}", value=value, unit=unit, status=status, source=f"{_PAPER}, {source}")  # type: ignore[arg-type]


CATHODE_CAPACITY = _p("cathode_capacity", 200.0, "mAh/g NCA", "section 3")
CELL_VOLTAGE = _p("cell_voltage", 3.6, "V", "section 3 (used for both cells)")
GRAPHITE_CAPACITY = _p("graphite_capacity", 360.0, "mAh/g", "not printed; common value", "assumed")
LITHIUM_CAPACITY = _p("lithium_capacity", 3861.0, "mAh/g", "not printed; Faraday's law", "assumed")
ANODE_EXCESS = _p("anode_excess", 0.20, "-", "section 3")

DENSITY = {
    "NCA": _p("density.nca", 4.7, "g/cm3", "Table 1"),
    "carbon": _p("density.carbon", 2.2, "g/cm3", "Table 1"),
    "binder": _p("density.binder", 1.8, "g/cm3", "Table 1"),
    "graphite": _p("density.graphite", 2.2, "g/cm3", "Table 1"),
    "lithium": _p("density.lithium", 0.54, "g/cm3", "Table 1"),
    "polypropylene": _p("density.polypropylene", 0.95, "g/cm3", "Table 1"),
    "liquid": _p("density.liquid", 1.1, "g/cm3", "Table 1"),
    "LLZO": _p("density.llzo", 5.0, "g/cm3", "section 3"),
    "LATP": _p("density.latp", 3.0, "g/cm3", "section 3"),
    "LGPS": _p("density.lgps", 2.0, "g/cm3", "section 3"),
    "aluminium": _p("density.aluminium", 2.70, "g/cm3", "not printed; handbook", "assumed"),
    "copper": _p("density.copper", 8.96, "g/cm3", "not printed; handbook", "assumed"),
}
LIQUID_CATHODE = {"NCA": 0.95, "carbon": 0.02, "binder": 0.03}  # Table 1, weight fractions
LIQUID_ANODE = {"graphite": 0.95, "binder": 0.05}  # Table 1
SOLID_CATHODE = {"NCA": 0.80, "carbon": 0.05, "electrolyte": 0.15}  # Table 1, for an electrolyte of 5 g/cm3
SOLID_CATHODE_ELECTROLYTE_DENSITY = 5.0
LIQUID_CATHODE_POROSITY, LIQUID_ANODE_POROSITY, LIQUID_SEPARATOR_POROSITY = 0.40, 0.30, 0.50  # Table 1
SOLID_CATHODE_POROSITY, SOLID_ANODE_POROSITY = 0.10, 0.10  # Table 1
LIQUID_SEPARATOR_UM = 25.0
ALUMINIUM_UM, COPPER_UM = 10.0, 5.0  # section 3; halved and removed in the modified cell
LIQUID_LOADING_MG_CM2, SOLID_LOADING_MG_CM2 = 15.0, 19.5  # both 60 um thick
