"""`surrogate measure`: what files of instruments say, and the same for `surrogate tell --file`."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from surrogate.campaign import Result
    from surrogate.candidate.measurement import Candidate
    from surrogate.instruments.measuring import Details, Reading, Value

MassOption = Annotated[str | None, typer.Option("--mass", help="Of the active material: '12.3 mg'.")]
ThicknessOption = Annotated[str | None, typer.Option("--thickness", help="Of the pellet: '0.95 mm'.")]
DiameterOption = Annotated[str | None, typer.Option("--diameter", help="Of the pellet: '10 mm'.")]
AreaOption = Annotated[str | None, typer.Option("--area", help="Of the pellet instead of a diameter: '0.785 cm2'.")]
ReferenceOption = Annotated[
    int | None, typer.Option("--reference-cycle", help="That retention is relative to, counted from 1.", min=1)
]


def measure(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Files of instruments, or 'R = 83 Ω, 0.95 mm, ⌀ 10 mm'."),
    ],
    mass: MassOption = None,
    thickness: ThicknessOption = None,
    diameter: DiameterOption = None,
    area: AreaOption = None,
    temperature: Annotated[str | None, typer.Option("--temperature", help="Of the spectrum: '25 °C'.")] = None,
    reference_cycle: ReferenceOption = None,
    figure: Annotated[Path | None, typer.Option("--figure", help="Draw what was read: .png, .svg or .pdf.")] = None,
    format: FormatOption = Format.TABLE,
) -> None:
    """Read spectra of impedance and records of cyclers; print the values with their uncertainty, and store nothing."""
    from surrogate.cli import output
    from surrogate.instruments.measuring import Details

    details = Details(
        mass=mass, thickness=thickness, diameter=diameter, area=area, temperature=temperature,
        reference_cycle=reference_cycle,
    )  # fmt: skip
    reading = read_files(files, details)
    output.rows([_row(value, format) for value in reading.values], format.value, "values")
    if format is Format.TABLE:
        for value in reading.values:
            print(f"  {value.property}: {value.origin.note()}")
        for fact in reading.facts:
            print(f"  {fact}")
    say_warnings(reading)
    if figure is not None:
        from surrogate.report.instruments import draw

        print(draw(reading, figure), file=sys.stderr)


def read_files(files: Sequence[str], details: Details) -> Reading:
    """What the arguments of the command line stand for: a resistance written out, or the path of a file."""
    from surrogate.instruments.measuring import measure as read
    from surrogate.instruments.source import open_file

    written = [text for text in files if "Ω" in text or "ohm" in text.lower().split(",")[0]]
    paths = [Path(text) for text in files if text not in written]
    return read([open_file(path) for path in paths], details, written)


def say_warnings(reading: Reading) -> None:
    """What a person should look at, on standard error."""
    for warning in reading.warnings:
        print(f"warning: {warning}", file=sys.stderr)


def results_of(reading: Reading, suggestion: str, planned: Candidate) -> list[Result]:
    """The values as results of a suggestion, with the conditions that the files state and where they come from."""
    from surrogate.campaign import Result

    return [
        Result(
            property=value.property,
            value=value.value,
            suggestion=suggestion,
            candidate=_under_conditions(value, planned),
            uncertainty=value.uncertainty,
            id=f"{suggestion}/{value.property}/{value.origin.sha256[:16]}",
            source_file=value.origin.file or None,
            note=value.origin.note()[:2000],
        )
        for value in reading.values
    ]


def _under_conditions(value: Value, planned: Candidate) -> Candidate | None:
    """The planned candidate under what the file states; ``None`` where it states nothing."""
    stated: dict[str, Any] = {
        "temperature_c": value.temperature_c,
        "cycles": None if value.cycles is None else float(value.cycles),
        "reference_cycle": value.reference_cycle,
    }
    changes = {name: stated[name] for name in stated if stated[name] is not None}
    if not changes:
        return None
    return replace(planned, protocol=replace(planned.protocol, **changes))


def _row(value: Value, format: Format) -> dict[str, Any]:
    from surrogate.properties import get_property
    from surrogate.properties.property import Scale
    from surrogate.text import quantity

    row: dict[str, Any] = {"property": value.property}
    if format is Format.TABLE:
        spread = value.uncertainty
        scale = get_property(value.property).scale
        part = None if spread is None else spread * math.log(10.0) if scale is Scale.LOG10 else spread / value.value
        row |= {
            "value": quantity(value.value, value.property),
            "uncertainty": "" if part is None else f"{100 * part:.2g} %",
        }
    else:
        row |= {"value": value.value, "unit": get_property(value.property).unit, "uncertainty": value.uncertainty}
    row |= {"temperature_c": value.temperature_c, "cycles": value.cycles, "reference_cycle": value.reference_cycle}
    row |= {
        "file": value.origin.file,
        "sha256": value.origin.sha256[:12] if format is Format.TABLE else value.origin.sha256,
    }
    if format is not Format.TABLE:
        row |= {"instrument": value.origin.instrument, "software": value.origin.software}
        row |= {"assumptions": "; ".join(value.origin.assumptions)}
        return row
    return {name: "" if cell is None else cell for name, cell in row.items()}
