"""Who reported a value and who quoted it, from the columns of a row.

A table names the work that was read. Where that work quotes another, the value belongs to the other: its citation is
the reference, and the work that was read is where the value was quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from surrogate.candidate.measurement import Source
from surrogate.datasets.tables import Row

# "ref. 63 of Wu et al.", "work cited in Table 4.1 of …", "SI ref 1 (Jung 2020) as tabulated in the SI of …".
_QUOTED = re.compile(
    r"(?:(?:SI )?refs?\.? \d[\d,\- ]*?(?: \((?P<named>[^)]+)\))? (?:of|as tabulated in|as cited in)|"
    r"(?:work |as )?cited in) (?:review,? )?(?:the (?:SI|introduction) of |Table \S+ of )?(?P<where>.+)$"
)
#: What stands before "work cited in …" and is no citation: "Sn-LGPS electrolyte", "N-methylformamide route".
_DESCRIPTION = re.compile(r"(?:electrolyte|route|cells)$|^\S+-doped ")
_DOI_AT_END = re.compile(r",? (?:doi:)?(?P<doi>10\.\d{4,}/\S+?)(?:, Table \S+)?$")


@dataclass(frozen=True, kw_only=True)
class Quotation:
    """A citation taken apart: who ``reported`` the value, as far as the text says, and where it was ``quoted_in``."""

    reported: str | None
    quoted_in: str | None = None
    quoted_in_doi: str | None = None


def read_citation(text: str) -> Quotation:
    """What ``text`` says of who reported a value and who quoted it.

    >>> read_citation("Kato (2016), cited in Song et al., Nano Lett. 20, 4337 (2020)").quoted_in
    'Song et al., Nano Lett. 20, 4337 (2020)'
    """
    quoted = _QUOTED.search(text)
    if quoted is None or text.startswith("abstract of "):  # of which more was read than the quotation
        return Quotation(reported=text)
    where = quoted["where"]
    doi = _DOI_AT_END.search(where)
    before = text[: quoted.start()].rstrip(", ")
    reported = quoted["named"] or (None if not before or _DESCRIPTION.search(before) else before)
    return Quotation(
        reported=reported,
        quoted_in=where[: doi.start()] if doi else where,
        quoted_in_doi=doi["doi"] if doi else None,
    )


def source_of(row: Row) -> Source:
    """Where the value of ``row`` comes from: reported by, quoted in, read from.

    A value whose reporter nobody names is cited as the text has it ("ref. 63 of Wu et al."), without a DOI of its own:
    that of the quoting work would name the wrong paper.
    """
    reference, read_doi, original = row.text("source_ref"), row.text("doi"), row.text("original_doi")
    citation = read_citation(reference or "")
    is_quoted = citation.quoted_in is not None or original is not None
    return Source(
        row_id=row.record_id,
        paper=row.text("paper") or "",
        doi=original or (None if is_quoted else read_doi),
        reference=(citation.reported or (reference if original is None else None)) if is_quoted else reference,
        location=row.text("source_location"),
        duplicate_of=row.text("likely_duplicate_of"),
        quoted_in=citation.quoted_in,
        quoted_in_doi=(read_doi or citation.quoted_in_doi) if is_quoted else None,
        read_from=row.text("retrieved_from"),
    )
