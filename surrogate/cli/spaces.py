"""`surrogate spaces`: which spaces there are, what is in one, and the same space as a laboratory has it."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from dataclasses import astuple, dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli import options

if TYPE_CHECKING:
    from surrogate.space.changing import SpaceChanges
    from surrogate.space.design_space import DesignSpace
    from surrogate.space.variables import Value


@dataclass(frozen=True, kw_only=True)
class SpaceOptions:
    """What a command changes in its space, as it was typed; :func:`with_space_options` makes an option of each."""

    without: options.WithoutOption = None
    fix: options.FixOption = None
    at_most: options.AtMostOption = None
    at_least: options.AtLeastOption = None
    batch_mass: options.BatchMassOption = None
    price: options.PriceOption = None

    @property
    def are_stated(self) -> bool:
        """Whether any of them was typed."""
        return any(astuple(self))

    def open_space(self, source: str) -> DesignSpace:
        """A ready-made space or one from a file, with the changes."""
        from surrogate.space.ready import load_space

        return self.change(load_space(source))

    def change(self, space: DesignSpace) -> DesignSpace:
        """The space with the changes; the same where nothing was typed."""
        from surrogate.space.changing import change_space

        return change_space(space, self.read()) if self.are_stated else space

    def read(self) -> SpaceChanges:
        """The changes, with numbers and units read."""
        from surrogate.cli.read import name_value_pairs
        from surrogate.space.changing import SpaceChanges
        from surrogate.units import parse_quantity

        def numbers(pairs: list[str] | None, hint: str = _AS_IN) -> dict[str, float]:
            return {name: _number(name, text) for name, text in name_value_pairs(pairs or (), hint).items()}

        mass = self.batch_mass
        return SpaceChanges(
            without=tuple(part for text in self.without or () for part in re.split(r"[\s,;]+", text) if part),
            fix={name: _value(name, text) for name, text in name_value_pairs(self.fix or (), _AS_IN).items()},
            at_most=numbers(self.at_most),
            at_least=numbers(self.at_least),
            batch_mass_g=None if mass is None else parse_quantity(mass, "g", name="batch mass"),
            prices_per_g=numbers(self.price, "Write Li2S=4.2."),
        )


UNCHANGED = SpaceOptions()


def with_space_options(command: Callable[..., None]) -> Callable[..., None]:
    """A command whose argument ``changes`` is typed as the options of :class:`SpaceOptions`, in its place.

    typer makes options of the signature of a command alone, so the signature is written here.
    """
    names = [field.name for field in fields(SpaceOptions)]
    changes = inspect.signature(SpaceOptions, eval_str=True).parameters
    signature = inspect.signature(command, eval_str=True)
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        if parameter.name == "changes":
            parameters += [p.replace(kind=parameter.kind) for p in changes.values()]
        else:
            parameters.append(parameter)

    @wraps(command)
    def typed(**arguments: Any) -> None:
        command(changes=SpaceOptions(**{name: arguments.pop(name) for name in names}), **arguments)

    typed.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return typed


@with_space_options
def spaces(
    name: Annotated[str | None, typer.Argument(help="A ready-made space or a TOML file, to see what is in it.")] = None,
    changes: SpaceOptions = UNCHANGED,
    format: options.FormatOption = options.Format.TABLE,
) -> None:
    """List the ready-made design spaces, or write one with all it holds and who says so, changed or as it is.

    What is written is a file of its own: 'surrogate spaces argyrodite --without Ge > mine.toml'.
    """
    from surrogate.cli import output
    from surrogate.errors import InvalidInput

    if name is not None:
        output.space(changes.open_space(name), format.value)
    elif changes.are_stated:
        raise InvalidInput("No space is named that could be changed.", hint="Write 'surrogate spaces argyrodite …'.")
    else:
        output.spaces(format.value)


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
    value = (
        read_stated_number(field, text, remarks)
        if field is not None and field.number
        else parse_quantity(text, unit_of(name), name=name, notes=remarks)
    )
    say(remarks)
    return value
