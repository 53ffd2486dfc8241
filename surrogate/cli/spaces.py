"""`surrogate spaces`: which spaces there are, what is in one, and the same space as a laboratory has it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from surrogate.cli import options

if TYPE_CHECKING:
    from surrogate.space.changing import SpaceChanges
    from surrogate.space.design_space import DesignSpace
    from surrogate.space.variables import Value


def spaces(
    name: Annotated[str | None, typer.Argument(help="A ready-made space or a TOML file, to see what is in it.")] = None,
    without: options.WithoutOption = None,
    fix: options.FixOption = None,
    at_most: options.AtMostOption = None,
    at_least: options.AtLeastOption = None,
    batch_mass: options.BatchMassOption = None,
    price: options.PriceOption = None,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """List the ready-made design spaces, or write one with all it holds and who says so, changed or as it is.

    What is written is a file of its own: 'surrogate spaces argyrodite --without Ge > mine.toml'.
    """
    from surrogate.cli import output
    from surrogate.errors import InvalidInput

    changes = read_changes(without, fix, at_most, at_least, batch_mass, price)
    if name is not None:
        output.space(open_space(name, changes), format.value)
    elif changes is not None:
        raise InvalidInput("No space is named that could be changed.", hint="Write 'surrogate spaces argyrodite …'.")
    else:
        output.spaces(format.value)


def open_space(source: str, changes: SpaceChanges | None) -> DesignSpace:
    """A ready-made space or one from a file, with the changes of the command line."""
    from surrogate.space.changing import change_space
    from surrogate.space.ready import load_space

    space = load_space(source)
    return space if changes is None else change_space(space, changes)


def read_changes(
    without: Sequence[str] | None,
    fix: Sequence[str] | None,
    at_most: Sequence[str] | None,
    at_least: Sequence[str] | None,
    batch_mass: str | None,
    price: Sequence[str] | None,
) -> SpaceChanges | None:
    """What the options of a command change in its space; ``None`` where they change nothing."""
    if not (without or fix or at_most or at_least or batch_mass or price):
        return None
    from surrogate.cli.read import name_value_pairs
    from surrogate.space.changing import SpaceChanges
    from surrogate.units import parse_quantity

    return SpaceChanges(
        without=tuple(part for text in without or () for part in re.split(r"[\s,;]+", text) if part),
        fix={name: _value(name, text) for name, text in name_value_pairs(fix or (), _AS_IN).items()},
        at_most={name: _number(name, text) for name, text in name_value_pairs(at_most or (), _AS_IN).items()},
        at_least={name: _number(name, text) for name, text in name_value_pairs(at_least or (), _AS_IN).items()},
        batch_mass_g=None if batch_mass is None else parse_quantity(batch_mass, "g", name="batch mass"),
        prices_per_g={
            name: _number(name, text) for name, text in name_value_pairs(price or (), "Write Li2S=4.2.").items()
        },
    )


_AS_IN = "Write heat_treatment_temperature_c=500 or Ge=0.2."


def _value(name: str, text: str) -> Value:
    from surrogate.candidate.fields import FIELDS
    from surrogate.candidate.spellings import read_option

    field = FIELDS.get(name)
    if name in ("halide", "dopant") or (field is not None and not field.number):
        return read_option(name, text, field.options) if field is not None and field.options else text
    return _number(name, text)


def _number(name: str, text: str) -> float:
    from surrogate.candidate.fields import FIELDS
    from surrogate.candidate.spellings import read_stated_number
    from surrogate.cli.notes import say
    from surrogate.units import parse_quantity, unit_of

    remarks: list[str] = []
    field = FIELDS.get(name)
    is_setting = field is not None and field.number
    value = (
        read_stated_number(field, text, remarks)
        if field is not None and is_setting
        else parse_quantity(text, unit_of(name), name=name, notes=remarks)
    )
    say(remarks)
    return value
