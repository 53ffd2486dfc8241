"""How numbers, quantities, intervals, effects and tables are written for people.

Command line, pages and report write with the same functions. A value comes before the name of what it is a value of, so
that each function is also a filter of a template: ``{{ median | quantity("ionic_conductivity") }}``.
"""

from surrogate.text.characters import check_text, is_plain, visible
from surrogate.text.numbers import counted, in_percent, number, number_with_powers, percent, percent_in_full
from surrogate.text.plain import in_json_types
from surrogate.text.quantities import (
    describe_setting,
    effect,
    error_unit,
    quantity,
    relative_spread,
    setting,
    span,
    spoken,
)
from surrogate.text.tables import print_csv, print_table

__all__ = [
    "check_text",
    "counted",
    "describe_setting",
    "effect",
    "error_unit",
    "in_json_types",
    "in_percent",
    "is_plain",
    "number",
    "number_with_powers",
    "percent",
    "percent_in_full",
    "print_csv",
    "print_table",
    "quantity",
    "relative_spread",
    "setting",
    "span",
    "spoken",
    "visible",
]
