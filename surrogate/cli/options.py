"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from surrogate.planner.planners import OFFERED, SIMULATOR_HELP


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


ModelsOption = Annotated[Path, typer.Option("--models", help="Folder of trained models, one per property.")]
FormatOption = Annotated[Format, typer.Option("--format", help="How the answer is written to stdout.")]
PlannerOption = Annotated[str, typer.Option(help=f"How recipes are chosen: {OFFERED}.")]
EncodingOption = Annotated[str | None, typer.Option(help="Encoding of a text file, such as gb18030 or mac_roman.")]
SimulatorOption = Annotated[bool, typer.Option("--simulator", help=SIMULATOR_HELP)]
SettingsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME=VALUE",
        help="What is known, as NAME=VALUE with an optional unit: milling_time_h=20 'temperature_c=300 K'. "
        "See 'surrogate settings'.",
    ),
]
