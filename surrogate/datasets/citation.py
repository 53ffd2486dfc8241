"""How a value is cited: a line of text and an entry of BibTeX, from the bibliography of the data folder.

Authors, title, journal and year are those of ``bib.csv``, which holds what a text showed; what it does not hold is left
out. A work without a DOI is cited with the words of its row.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from surrogate.candidate.measurement import Measurement, Source
from surrogate.datasets.package import DATA, read_package
from surrogate.datasets.sources import read_citation
from surrogate.datasets.tables import read_table
from surrogate.datasets.works import journal_of, read_words
from surrogate.errors import SurrogateError, UnknownName

#: Name of the table of works in the data package.
BIBLIOGRAPHY = "bibliography"
#: How somebody learns what rows are called.
WHERE_ROWS_ARE_NAMED = "The neighbours of a prediction name rows, and so does the column record_id of the tables."

_INITIALS = r"(?:[A-Z]\.[- ]?)+"
# Some records hold the further authors in front of the title: "Zhou, S.; Page, K.; Melot, B.C. Dependence of …".
_AUTHORS_IN_TITLE = re.compile(rf"^((?:[^;.,]+, {_INITIALS}; )*[^;.,]+, (?:[A-Z]\.-?)+) (?=[A-Z])(.+)$")
_FAMILY_FIRST = re.compile(rf"([^,;&]+, {_INITIALS})(?:, | ?& |, & | and |$)")
_GIVEN_FIRST = re.compile(r"[A-Z]\.[^,]*(?:, [A-Z]\.[^,]*)+")
_INITIALS_LAST = re.compile(rf"^([^.,]*[^\s.,]) ({_INITIALS})$")
_YEAR = re.compile(r"\((?:[^()]*\D)?((?:19|20)\d\d)\)")
_SPECIAL = str.maketrans({"&": r"\&", "%": r"\%", "_": r"\_", "#": r"\#", "{": "(", "}": ")"})


@dataclass(frozen=True, kw_only=True)
class Work:
    """One publication as far as it is known; ``words`` is its citation as a table prints it."""

    doi: str | None = None
    authors: tuple[str, ...] = ()
    title: str | None = None
    journal: str | None = None
    year: int | None = None
    volume: str | None = None
    pages: str | None = None
    words: str | None = None

    @property
    def key(self) -> str:
        """The key of its entry: the DOI, or its words, in lower case with every other character as ``-``."""
        name = f"doi-{self.doi}" if self.doi else f"work-{self.words}"
        return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def cite(source: Source, *, data: Path | None = None) -> str:
    """Write one line for a reader: who reported the value, and where it was seen if another work quotes it.

    Args:
        source: That of a measurement.
        data: The folder with the bibliography; by default the bundled one.
    """
    reported, quoting = works_of(source, data=data)
    if quoting is None:
        return text_of(reported) if reported else source.paper
    if reported is None and read_citation(source.reference or "").quoted_in is not None:
        return text_of(Work(doi=quoting.doi, words=source.reference))
    who = text_of(reported) if reported else source.reference or "A work"
    return f"{who}; as quoted in {text_of(quoting)}"


def terms_of(source: Source) -> str:
    """Under what terms a value may be used: what has to be told of its table, else the licence of the table."""
    return source.notice or source.licence or "A table of your own, which states no licence."


def bibtex(sources: Iterable[Source], *, data: Path | None = None) -> str:
    """Write an entry for each work that sources need, quoting works included, each once and in their order.

    The note of an entry says where the value was quoted, or that the work quotes it.

    Args:
        sources: Those of measurements.
        data: The folder with the bibliography; by default the bundled one.
    """
    return entries_of(works_of(source, data=data) for source in sources)


def entries_of(pairs: Iterable[tuple[Work | None, Work | None]]) -> str:
    """Entries of works that reported values and of those that quote them, as :func:`works_of` gives them, in order."""
    works: dict[str, Work] = {}
    quoting_of: dict[str, dict[str, Work]] = {}
    quoted_by: dict[str, dict[str, Work | None]] = {}
    for reported, quoting in pairs:
        for work in (reported, quoting):
            if work is not None and not (work.key in works and works[work.key].words):
                works[work.key] = work
        if quoting is not None:
            quoted_by.setdefault(quoting.key, {})[reported.key if reported else ""] = reported
            if reported is not None:
                quoting_of.setdefault(reported.key, {})[quoting.key] = quoting
    return "\n".join(
        entry_of(work, _notes(quoting_of.get(key, {}), quoted_by.get(key, {}))) for key, work in works.items()
    )


def _notes(quoting: Mapping[str, Work], quoted: Mapping[str, Work | None]) -> list[str]:
    """What the note of a work says of the works that are ``quoting`` it and of those that are ``quoted`` in it."""
    notes = [f"values quoted in {'; '.join(_place(work) for work in quoting.values())}"] if quoting else []
    if len(quoted) == 1:
        (work,) = quoted.values()
        notes.append(f"quotes values of {_place(work) if work else 'works that it does not name in full'}")
    elif quoted:
        notes.append(f"quotes values of {len(quoted)} works")
    return notes


def _place(work: Work) -> str:
    """A work in few words: where it stands, else its DOI."""
    if work.journal and work.year:
        return f"{' '.join(filter(None, (work.journal, work.volume)))}, {work.pages or work.year}".strip()
    return work.words or f"doi:{work.doi}"


def works_of(source: Source, *, data: Path | None = None) -> tuple[Work | None, Work | None]:
    """Tell the work that reported a value from the one that quotes it where it was seen only there.

    Args:
        source: That of a measurement.
        data: The folder with the bibliography; by default the bundled one.

    Returns:
        Both works; ``None`` for a reporter that nobody names, or only by a name ("Zhang et al."), which is no work that
        one can look up, and for a value that was read where it was reported.
    """
    quoting = None
    if source.quoted_in is not None or source.quoted_in_doi is not None:
        quoting = work_of(source.quoted_in_doi, source.quoted_in, data=data)
    if source.doi is None and quoting is not None:
        words = source.reference or ""
        if not re.search(r"\d", words) or read_citation(words).quoted_in is not None:
            return None, quoting
    return work_of(source.doi, source.reference or (None if source.doi else source.paper), data=data), quoting


def work_of(doi: str | None, words: str | None, *, data: Path | None = None) -> Work:
    """What is known of a work.

    Args:
        doi: Its DOI, if it has one.
        words: What a table calls it.
        data: The folder with the bibliography; by default the bundled one.
    """
    listed = _bibliography(data or DATA).get((doi or "").lower(), Work(doi=doi))
    stated = _YEAR.findall(words or "")
    year = listed.year or (int(stated[-1]) if stated else None)
    return replace(listed, doi=doi.lower() if doi else None, year=year, words=words)


def text_of(work: Work) -> str:
    """``Kato et al., Title, Nat. Energy 1, 16030 (2016), doi:10.1038/nenergy.2016.30``."""
    if work.journal and work.authors:
        place = f"{work.journal} {work.volume}".strip() if work.volume else work.journal
        year = f" ({work.year})" if work.year else ""
        place = f"{place}, {work.pages}{year}" if work.pages else f"{place}{year}"
        several = len(work.authors) > 2 or "others" in work.authors
        parts = [f"{work.authors[0]} et al." if several else " and ".join(work.authors), work.title, place]
    else:
        parts = [work.words, work.title if work.title and work.title not in (work.words or "") else None]
    doi = f"doi:{work.doi}" if work.doi and not any(work.doi in (part or "").lower() for part in parts) else None
    return ", ".join(part for part in (*parts, doi) if part)


def entry_of(work: Work, notes: Sequence[str] = ()) -> str:
    """The BibTeX entry of a work: an article where the bibliography, its words or its DOI tell the journal.

    Args:
        work: As far as it is known.
        notes: What its note says besides.
    """
    read = read_words(work.words)
    journal = work.journal or read.journal or journal_of(work.doi)
    is_told = bool(work.journal and work.authors and work.title) or read.whole
    note = [*([] if is_told or not work.words else [work.words]), *notes]
    fields = {
        "author": " and ".join(map(_with_comma, work.authors or read.authors)) or None,
        "title": f"{{{work.title.translate(_SPECIAL)}}}" if work.title else None,
        "journal": journal,
        "year": str(year) if (year := work.year or read.year) else None,
        "volume": work.volume or read.volume,
        "pages": pages.replace("–", "--").replace("-", "--").replace("----", "--")
        if (pages := work.pages or read.pages)
        else None,
        "doi": work.doi,
        "url": f"https://doi.org/{work.doi}" if work.doi else None,
        "note": "; ".join(note) or None,
    }
    kept = {
        name: value if name in ("doi", "url", "title") else value.translate(_SPECIAL)
        for name, value in fields.items()
        if value
    }
    lines = ",\n".join(f"  {name} = {{{value}}}" for name, value in kept.items())
    return f"@{'article' if journal else 'misc'}{{{work.key},\n{lines}\n}}\n"


def _with_comma(name: str) -> str:
    """A name as BibTeX reads it, which takes the last word for the family unless a comma says otherwise.

    >>> _with_comma("Jang G.-J."), _with_comma("Z. Liu"), _with_comma("others")
    ('Jang, G.-J.', 'Z. Liu', 'others')
    """
    return _INITIALS_LAST.sub(r"\1, \2", name)


def sources_of(row_ids: Iterable[str], measurements: Iterable[Measurement]) -> list[Source]:
    """The source of each of some rows, in their order, each once.

    Capitals do not matter where one row alone is called so.

    Args:
        row_ids: Names of the rows.
        measurements: Where they are looked for.

    Raises:
        UnknownName: A row is not there.
    """
    by_row = {m.source.row_id: m.source for m in measurements}
    sources: dict[str, Source] = {}
    for name in row_ids:
        row_id = name
        if row_id not in by_row:
            near = find_near_rows(row_id, by_row)
            if len(near) != 1 or near[0].casefold() != row_id.casefold():
                raise UnknownName("row", row_id[:60], by_row, meant=near, listed=WHERE_ROWS_ARE_NAMED)
            row_id = near[0]
        sources[row_id] = by_row[row_id]
    return list(sources.values())


def find_near_rows(row_id: str, rows: Iterable[str]) -> list[str]:
    """Up to three rows that are called nearly so: those that differ in capitals alone, else the nearest.

    >>> find_near_rows("se0259", ["SE0259", "SE0258", "jqc"]), find_near_rows("NOPE1", ["SE0259", "jqc"])
    (['SE0259'], [])

    Args:
        row_id: The name.
        rows: Names of all rows.
    """
    folded: dict[str, list[str]] = {}
    for row in rows:
        folded.setdefault(row.casefold(), []).append(row)
    name = row_id.casefold()
    near = [name] if name in folded else get_close_matches(name, folded, n=3, cutoff=0.6)
    return [row for spelling in near for row in folded[spelling]][:3]


def authors_of(text: str) -> tuple[str, ...]:
    """The names in a list of authors, however they are separated; ``others`` stands for "et al.".

    >>> authors_of("Murugan, R., Thangadurai, V., and Weppner, W."), authors_of("Kim D. et al.")
    (('Murugan, R.', 'Thangadurai, V.', 'Weppner, W.'), ('Kim D.', 'others'))
    """
    cut = re.split(r";?,? ?et al\.?", text, maxsplit=1)
    listed = cut[0].strip().removesuffix(";").replace(r"\&", "&").replace(", and ", ", ")
    if ";" in listed:
        names = listed.split(";")
    elif len(_FAMILY_FIRST.findall(listed)) > 1:
        names = _FAMILY_FIRST.findall(listed)
    else:
        names = listed.split(", ") if _GIVEN_FIRST.fullmatch(listed) else re.split(r" & ", listed)
    kept = tuple(name.strip(" ,&") for name in names if name.strip(" ,&"))
    return (*kept, "others") if len(cut) > 1 and kept else kept


@lru_cache(maxsize=4)
def _bibliography(data: Path) -> Mapping[str, Work]:
    """DOI in lower case → what is known of the work; empty where there is no bibliography, as in a wheel."""
    try:
        described = read_package(data)[BIBLIOGRAPHY]
        rows = read_table(data / described.path, described)
    except (SurrogateError, KeyError):
        return {}
    works = {}
    for row in rows:
        authors, title = row.text("authors") or "", row.text("title")
        mixed = _AUTHORS_IN_TITLE.match(title or "")
        if mixed:
            authors, title = f"{authors}; {mixed[1]}", mixed[2]
        doi, year = (row.text("doi") or "").lower(), row.number("year")
        works[doi] = Work(
            doi=doi,
            authors=authors_of(authors),
            title=title,
            journal=row.text("journal"),
            year=int(year) if year else None,
            volume=row.text("volume"),
            pages=row.text("pages"),
        )
    return MappingProxyType(works)
