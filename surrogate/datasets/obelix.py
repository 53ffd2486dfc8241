"""OBELiX: measured room-temperature conductivities with composition and structure, no processing.

Therrien et al., Digital Discovery (2026), 10.1039/D5DD00441A, CC-BY 4.0. Only the training split is bundled; the
official test file has the same columns and is read with :func:`load_obelix` from its path.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from surrogate.candidate.cell import Protocol
from surrogate.candidate.measurement import CENSORING_SIGNS, Candidate, Censoring, Measurement, Source, Tier
from surrogate.candidate.recipe import ROOM_TEMPERATURE_C, Electrolyte
from surrogate.composition import parse_composition
from surrogate.datasets.package import DATA, resource
from surrogate.datasets.splits import paper_name
from surrogate.datasets.tables import SEE_CHECK, Row, as_it_stands, composition_fault, parse_bound, read_table
from surrogate.errors import TableError

#: Compositions that the table misprints: row → what the cited paper has (Li2CdCl4 with Z = 8 holds sixteen lithium).
CORRECTIONS: Mapping[str, str] = MappingProxyType({"r5y": "Li16.0Cd8.0Cl32.0"})

_COMPOSITION = "True Composition"


def obelix_rows(path: str | Path | None = None) -> list[Row]:
    """The typed rows with space group and lattice, for benchmarks that use the structure; else :func:`load_obelix`."""
    described = resource("obelix")
    if path is None:
        rows = read_table(DATA / described.path, described, hint=SEE_CHECK)
    else:
        path = Path(path)
        described, _ = as_it_stands(path, described)
        rows = read_table(path, described)
    faults = [fault for row in rows if (fault := composition_fault(row, described.columns[_COMPOSITION])) is not None]
    if faults:
        raise TableError(faults, hint=SEE_CHECK if path is None else "")
    return rows


def load_obelix(path: str | Path | None = None) -> list[Measurement]:
    """One conductivity per row of the table at ``path`` (default: the bundled training split), in the file's order.

    A table of others may lack columns that may be empty, and have others, which are left alone. Raises
    :class:`TableError` that lists every fault.
    """
    return [obelix_measurement(row) for row in obelix_rows(path)]


def obelix_measurement(row: Row) -> Measurement:
    """The conductivity of one row; ``<1E-10`` becomes the bound 1e-10 with :attr:`Censoring.BELOW`, ``>1E-3`` the
    bound 1e-3 with :attr:`Censoring.ABOVE`.

    Rows that the curators compared with the paper a second time (``Checked``) are tier B, the others C.
    """
    identifier = row.text("ID") or ""
    value, sign = parse_bound(row.text("Ionic conductivity (S cm-1)") or "")
    formula = CORRECTIONS.get(identifier, row.text(_COMPOSITION) or "")
    doi = row.text("DOI")
    return Measurement(
        property="ionic_conductivity",
        value=value,
        candidate=Candidate(
            subject=Electrolyte(composition=parse_composition(formula)),
            protocol=Protocol(temperature_c=ROOM_TEMPERATURE_C),
        ),
        source=Source(
            row_id=f"obelix-{identifier}",
            paper=paper_name(doi or f"obelix-{identifier}"),
            doi=doi,
            reference="OBELiX, 10.1039/D5DD00441A",
        ),
        tier=Tier.B if row.number("Checked") else Tier.C,
        censoring=CENSORING_SIGNS.get(sign, Censoring.EXACT),
    )
