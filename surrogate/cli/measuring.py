"""`surrogate measure`: what files of instruments say, and the same for `surrogate tell --file`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from surrogate.cli import notes
from surrogate.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from surrogate.wire.instruments import MeasuredValue

MassOption = Annotated[str | None, typer.Option("--mass", help="Of the active material: '12.3 mg'.")]
ThicknessOption = Annotated[str | None, typer.Option("--thickness", help="Of the pellet: '0.95 mm'.")]
DiameterOption = Annotated[str | None, typer.Option("--diameter", help="Of the pellet: '10 mm'.")]
AreaOption = Annotated[str | None, typer.Option("--area", help="Of the pellet instead of a diameter: '0.785 cm2'.")]
# The same for several suggestions, each with its own.
MassesOption = Annotated[
    list[str] | None,
    typer.Option("--mass", help="Of the active material: '12.3 mg', or 's4=12.3 mg' for one of several."),
]
ThicknessesOption = Annotated[
    list[str] | None, typer.Option("--thickness", help="Of the pellet: '0.95 mm', or 's4=0.95 mm'.")
]
DiametersOption = Annotated[list[str] | None, typer.Option("--diameter", help="Of the pellet: '10 mm', or 's4=10 mm'.")]
AreasOption = Annotated[
    list[str] | None, typer.Option("--area", help="Of the pellet instead of a diameter: '0.785 cm2'.")
]
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
    from surrogate.instruments.paths import measure_files
    from surrogate.wire.instruments import write_reading

    reading = measure_files(
        *files, mass=mass, thickness=thickness, diameter=diameter, area=area, temperature=temperature,
        reference_cycle=reference_cycle,
    )  # fmt: skip
    answer = write_reading(reading)
    if format is Format.JSON:
        print(answer.model_dump_json(indent=2, exclude={"figure_png"}))
    else:
        output.rows([_row(value, format) for value in answer.values], format.value, "values")
    if format is Format.TABLE:
        for value in reading.values:
            print(f"  {value.property}: {value.provenance.describe()}")
        for fact in reading.facts:
            print(f"  {fact}")
    notes.say(reading.warnings, "warning")
    if figure is not None:
        from surrogate.report.instruments import draw

        print(draw(reading, figure), file=sys.stderr)


def _row(value: MeasuredValue, format: Format) -> dict[str, Any]:
    from surrogate.text import quantity, relative_spread

    conditions = {name: getattr(value, name) for name in ("temperature_c", "cycles", "reference_cycle")}
    files = "; ".join(file.name for file in value.provenance.files)
    if format is Format.TABLE:
        return {
            "property": value.property,
            "value": quantity(value.value, value.property),
            "uncertainty": relative_spread(value.value, value.uncertainty, value.property),
            **{name: "" if stated is None else stated for name, stated in conditions.items()},
            "file": files,
        }
    return {
        "property": value.property,
        "value": value.value,
        "unit": value.unit,
        "uncertainty": value.uncertainty,
        **conditions,
        "file": files,
        "sha256": "; ".join(file.sha256 for file in value.provenance.files),
        "instrument": value.provenance.instrument,
        "software": value.provenance.software,
        "assumptions": "; ".join(value.provenance.assumptions),
    }
