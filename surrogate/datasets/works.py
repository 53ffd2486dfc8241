"""What the words of a table, or a DOI, say of a publication.

Tables print a work in few words, such as "Kato et al., Nat. Energy 1, 16030 (2016)", and publishers write the journal
into their DOIs. Both are read for the bibliography, which has an article wherever somebody said that much.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Journals without a full stop in their name; an abbreviation has one.
_WRITTEN_OUT = re.compile(
    "Solid State Ionics|Electrochemistry|InfoMat|Small|Joule|Matter|Science|Nature|Langmuir|Batteries|Materials|"
    "Energies|Nanomaterials|Batteries & Supercaps|Nano Energy|ACS Nano|Fizika i Khimiya Stekla|Applied Materials Today"
)
# A word begins behind a space, a comma or a full stop and nowhere else, so that no text can be read in many ways.
_ABBREVIATED = re.compile(
    r"(?!.*\b(?:Patent|Abstr|Annual Meeting)\b)"
    r"[A-Z][\w&()]*(?:[A-Za-z&(][\w&()-]*)?\.?(?:(?:[ ,]|(?<=\.))[A-Za-z&(][\w&()-]*\.?)*"
)
_PRINTED = re.compile(
    r"(?P<before>\D.*?)(?: (?P<volume>\d[\d-]*)(?:\(\d+\))?(?:,? pt [I\d]+)?)?(?:, (?P<pages>[A-Za-z]{0,4}\d[\w.-]*))?"
    r" \((?P<year>(?:19|20)\d\d)\)"
)
_SHORT = re.compile(r"(?P<before>[A-Z][\w-]+) (?P<year>(?:19|20)\d\d), (?P<journal>.+)")
_NAME = r"[A-Z][\w'’-]+(?: (?:[A-Z]\.-?)+)?"
_AUTHORS = re.compile(rf"{_NAME}(?:(?:, | and | & ){_NAME})*(?: et al\.)?")
#: How publishers write a journal into a DOI.
_IN_DOI = {
    r"10\.1016/(?:j\.ssi\.|0167-2738\(|s0167-2738\()": "Solid State Ionics",
    r"10\.1016/(?:j\.jpowsour\.|0378-7753\(|s0378-7753\()": "J. Power Sources",
    r"10\.1016/(?:j\.materresbull\.|0025-5408\(|s0025-5408\()": "Mater. Res. Bull.",
    r"10\.1016/(?:j\.jssc\.|0022-4596\(|s0022-4596\()|10\.1006/jssc\.": "J. Solid State Chem.",
    r"10\.1016/(?:j\.jallcom\.|0925-8388\(|s0925-8388\()": "J. Alloys Compd.",
    r"10\.1016/(?:j\.electacta\.|0013-4686\(|s0013-4686\()": "Electrochim. Acta",
    r"10\.1016/j\.ensm\.": "Energy Storage Mater.",
    r"10\.1016/j\.cej\.": "Chem. Eng. J.",
    r"10\.1021/(?:acs\.chemmater\.|cm\d)": "Chem. Mater.",
    r"10\.1021/(?:acs\.inorgchem\.|ic\d)": "Inorg. Chem.",
    r"10\.1021/(?:jacs\.|ja\d)": "J. Am. Chem. Soc.",
    r"10\.1021/acsaem\.": "ACS Appl. Energy Mater.",
    r"10\.1021/acsami\.": "ACS Appl. Mater. Interfaces",
    r"10\.1021/acsenergylett\.": "ACS Energy Lett.",
    r"10\.1021/acs\.nanolett\.": "Nano Lett.",
    r"10\.1021/jp\d": "J. Phys. Chem. B",
    r"10\.1039/\w\dta": "J. Mater. Chem. A",
    r"10\.1039/\w\dcc": "Chem. Commun.",
    r"10\.1039/\w\ddt": "Dalton Trans.",
    r"10\.1039/\w\dra": "RSC Adv.",
    r"10\.1039/\w\dee": "Energy Environ. Sci.",
    r"10\.1002/aenm\.": "Adv. Energy Mater.",
    r"10\.1002/adfm\.": "Adv. Funct. Mater.",
    r"10\.1002/(?:anie|ange)\.": "Angew. Chem. Int. Ed.",
    r"10\.1002/advs\.": "Adv. Sci.",
    r"10\.1002/smll\.": "Small",
    r"10\.1002/chem\.": "Chem. Eur. J.",
    r"10\.1002/zaac\.": "Z. Anorg. Allg. Chem.",
    r"10\.1007/s11581-": "Ionics",
    r"10\.1007/s10008-": "J. Solid State Electrochem.",
    r"10\.1149/(?:1\.2|2\.\d{4}\d{3}jes|1945-7111/)": "J. Electrochem. Soc.",
    r"10\.1038/s41467-": "Nat. Commun.",
}


@dataclass(frozen=True, kw_only=True)
class Printed:
    """What was read in the words of a work; ``whole``: they say nothing besides."""

    authors: tuple[str, ...] = ()
    journal: str | None = None
    year: int | None = None
    volume: str | None = None
    pages: str | None = None
    whole: bool = False


def read_words(words: str | None) -> Printed:
    """Authors, journal, volume, pages and year of a work that a table calls ``words``; nothing where no journal stands.

    >>> read = read_words("Kato et al., Nat. Energy 1, 16030 (2016)")
    >>> read.authors, read.journal, read.volume, read.pages, read.year, read.whole
    (('Kato', 'others'), 'Nat. Energy', '1', '16030', 2016, True)
    >>> read_words("Zhou L., dissertation (Univ. of Waterloo, Nazar group), chapters 5-6").journal
    """
    match, short = _PRINTED.match(words or ""), _SHORT.fullmatch(words or "")
    if short is not None and _is_journal(short["journal"]):
        return Printed(authors=(short["before"],), journal=short["journal"], year=int(short["year"]), whole=True)
    if match is None:
        return Printed()
    *before, journal = match["before"].split(", ")
    if not _is_journal(journal):
        return Printed()
    names = ", ".join(before)
    return Printed(
        authors=_read_authors(names),
        journal=journal,
        year=int(match["year"]),
        volume=match["volume"],
        pages=match["pages"],
        whole=match.end() == len(words or "") and bool(not names or _AUTHORS.fullmatch(names)),
    )


def journal_of(doi: str | None) -> str | None:
    """The journal that a publisher has written into a DOI, where that is known.

    >>> journal_of("10.1016/j.ssi.2010.06.003"), journal_of("10.5281/zenodo.1")
    ('Solid State Ionics', None)
    """
    return next((name for pattern, name in _IN_DOI.items() if re.match(pattern, (doi or "").lower())), None)


def _is_journal(text: str) -> bool:
    if _WRITTEN_OUT.fullmatch(text):
        return True
    return "." in text and not text.endswith("et al.") and _ABBREVIATED.fullmatch(text) is not None


def _read_authors(text: str) -> tuple[str, ...]:
    """The names before a journal; none where they are no names but a description."""
    if not _AUTHORS.fullmatch(text):
        return ()
    names = re.split(r", | and | & ", text.removesuffix(" et al."))
    return (*names, "others") if text.endswith(" et al.") else tuple(names)
