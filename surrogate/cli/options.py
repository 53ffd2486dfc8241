"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from surrogate.planner.planners import OFFERED, SIMULATOR_HELP, WITHOUT_PRIOR_HELP

#: The store of campaigns where no other is named.
STORE = "campaigns.db"


class Format(StrEnum):
    """How an answer is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


ModelsOption = Annotated[
    Path | None,
    typer.Option(
        "--models", help="Folder of trained models, one per property (default: models/ if it holds some, else ours)."
    ),
]
FormatOption = Annotated[Format, typer.Option("--format", help="How the answer is written to stdout.")]
PlannerOption = Annotated[str, typer.Option(help=f"How recipes are chosen: {OFFERED}.")]
GivenOption = Annotated[
    Path | None,
    typer.Option(
        "--given",
        help="CSV with 1 to 200 rows that your laboratory measured itself: settings, and columns such as "
        "ionic_conductivity_s_per_cm. They shift and sharpen the predictions.",
    ),
]
EncodingOption = Annotated[str | None, typer.Option(help="Encoding of a text file, such as gb18030 or mac_roman.")]
SimulatorOption = Annotated[bool, typer.Option("--simulator", help=SIMULATOR_HELP)]
WithoutPriorOption = Annotated[bool, typer.Option("--without-prior", help=WITHOUT_PRIOR_HELP)]
SettingsArgument = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="NAME=VALUE",
        help="What is known, as NAME=VALUE with an optional unit: milling_time_h=20 'temperature_c=300 K'. "
        "See 'surrogate settings'.",
    ),
]

WithoutOption = Annotated[
    list[str] | None,
    typer.Option("--without", help="Leave out elements, precursors or options of the space: Ge,Si."),
]
FixOption = Annotated[
    list[str] | None,
    typer.Option("--fix", metavar="NAME=VALUE", help="Give a setting of the space one value; may be repeated."),
]
AtMostOption = Annotated[
    list[str] | None,
    typer.Option(
        "--at-most", metavar="NAME=VALUE", help="Bound a setting or an element of the space from above; repeatable."
    ),
]
AtLeastOption = Annotated[
    list[str] | None,
    typer.Option("--at-least", metavar="NAME=VALUE", help="Bound a setting or an element from below; repeatable."),
]
BatchMassOption = Annotated[str | None, typer.Option("--batch-mass", help="What is weighed in for one recipe, in g.")]
PriceOption = Annotated[
    list[str] | None,
    typer.Option("--price", metavar="PRECURSOR=VALUE", help="Price of a precursor per g; may be repeated."),
]

CompositionArgument = Annotated[
    str | None, typer.Argument(help="Composition in any notation, e.g. Li6PS5Cl or 75Li2S-25P2S5.")
]
FileOption = Annotated[
    Path | None, typer.Option("--file", help="CSV with one candidate a row, columns named as settings.")
]
PropertyOption = Annotated[list[str] | None, typer.Option("--property", help="Only this property; may be repeated.")]
SpaceOption = Annotated[str, typer.Option("--space", help="Ready-made space or a TOML file; see 'surrogate spaces'.")]
LevelOption = Annotated[float, typer.Option(help="Probability that the interval holds.")]
SeedOption = Annotated[int, typer.Option(help="Same seed, same answer.", min=0)]
BatchOption = Annotated[int, typer.Option("--batch", "-q", help="How many recipes.", min=1, max=100)]
PoolOption = Annotated[int, typer.Option(help="Feasible recipes that are compared.", min=16)]
MinDistanceOption = Annotated[
    float, typer.Option(help="How different the recipes of a batch must be; 0.3 is clearly another.", min=0.0)
]
StoreOption = Annotated[str, typer.Option("--store", help="Campaign store: a file or a database URL.")]
CampaignArgument = Annotated[str, typer.Argument(metavar="campaign", help="Id of the campaign.")]
