"""Active materials: what stores the lithium, and how much it can store in theory.

The theoretical capacity is Faraday's law, Q = n·F / (3.6·M) in mAh/g, with n the electrons per formula unit that the
reaction named in the class can take. It is the natural scale of a capacity: sulfur, Li2S and layered oxides differ by a
factor of ten, their utilisation does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from itertools import islice
from types import MappingProxyType
from typing import ClassVar

from surrogate.candidate.field import check_fields, optional, row
from surrogate.composition import Composition, find_composition, parse_composition
from surrogate.composition.charge import balance
from surrogate.composition.notation import parse_plain
from surrogate.composition.typography import unify
from surrogate.composition.typos import MAX_TRIALS, is_sound, undo_typos
from surrogate.errors import CellError, CompositionError

#: Faraday constant, C/mol (CODATA 2018, exact since the SI of 2019).
FARADAY_C_PER_MOL = 96485.33212


class Chemistry(StrEnum):
    """Families of active material, as coarse as their capacities and voltages are alike."""

    SULFUR = "sulfur"
    LITHIUM_SULFIDE = "lithium sulfide"
    METAL_SULFIDE = "metal sulfide"
    LAYERED_SULFIDE = "layered sulfide"
    LAYERED_OXIDE = "layered oxide"
    LITHIUM_RICH_OXIDE = "lithium-rich oxide"
    SPINEL = "spinel"
    OLIVINE = "olivine"
    ALLOY = "alloy"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class ActiveMaterial:
    """One active material: the user's ``text``, its class, and its theoretical capacity in mAh/g (``None``: undefined).

    Make one with :func:`active_material`; give the fields yourself for a material the table does not know.
    """

    GROUP: ClassVar[str] = "Active material of your own"
    text: str = field(metadata=row(
        "text", "active_material", "Active material", "By formula or the field's name; a cell needs it.", "S",
        group="Composite electrode", headers=(
            "cathode active material", "cathode material", "cathode", "cam", "kathode", "aktivmaterial",
            "kathodenmaterial", "matière active", "活性材料", "正极材料", "活物質", "正極活物質",
        ),
    ))  # fmt: skip
    chemistry: Chemistry = field(metadata=row(
        "choice", "active_material_chemistry", "Chemistry of the active material",
        "The class of a material that is not known by its name.", "metal sulfide", choices=Chemistry, rare=True,
    ))  # fmt: skip
    theoretical_capacity_mah_per_g: float | None = optional(
        "number", "theoretical_capacity_mah_per_g", "Theoretical capacity",
        "Of a material that is described by its chemistry.", 400.0, (1.0, 4500.0), rare=True,
    )  # fmt: skip
    starts_lithiated: bool | None = optional(
        "flag", "starts_lithiated", "Starts lithiated",
        "Whether a material that is described by its chemistry holds lithium when the cell is built.", "no", rare=True,
    )  # fmt: skip

    def __post_init__(self) -> None:
        check_fields(self, CellError)

    @property
    def name(self) -> str:
        """The text without what stands in brackets: the name under which cited rows are compared."""
        return re.sub(r"\s+\(.*", "", self.text).strip() or self.text


def theoretical_capacity(formula: str, electrons: float) -> float:
    """Faraday's law in mAh/g: Q = n F / (3.6 M).

    >>> round(theoretical_capacity("S", 2)), round(theoretical_capacity("TiS2", 1))
    (1672, 239)

    Args:
        formula: Of the material, whose molar mass M counts.
        electrons: n, per formula unit.
    """
    return electrons * FARADAY_C_PER_MOL / 3.6 / parse_composition(formula).molar_mass_g_per_mol


@dataclass(frozen=True)
class _Kind:
    """How a class of materials is recognised, and what its reaction takes up; a row of :data:`_KINDS`."""

    pattern: str
    chemistry: Chemistry
    formula: str | None  # None: read from the text
    electrons: float | None  # None: ``per_atom`` for every atom of ``counted``; 0: the capacity is undefined
    starts_lithiated: bool | None
    counted: str = "Li"
    per_atom: float = 1.0


# Pattern, class, formula, electrons, starts lithiated. The first match wins, so the composites that name two materials
# stand before the plain ones.
# fmt: off
_KINDS: tuple[_Kind, ...] = (
    # Two active sulfides in one powder, or a powder with salt in it: its capacity follows from no single reaction.
    _Kind(r"^(Li2S@LiVS2|\d+Li2S-\d+LiVS2|Li2S \+|Li2S\+)", Chemistry.LITHIUM_SULFIDE, None, 0, True),
    _Kind(r"^(\d+Li2S-\d+(CuI|LiI)\b|\d+Li2S-\d+Li6PS5Cl|Li2S\b|(?i:lithium sul(f|ph)ide)\b|\d+Li2S@"
          r"|core-shell Li2S|Li2S@)",
          Chemistry.LITHIUM_SULFIDE, "Li2S", 2, True),
    _Kind(r"^Li2S[\d.]+Se[\d.]+(?![A-Za-z\d])", Chemistry.LITHIUM_SULFIDE, None, 2, True),
    _Kind(r"^S or Li2S", Chemistry.SULFUR, None, 0, None),
    _Kind(r"^(S ?\+|S\d+(\.\d+)?I\b|Se0\.\d+S0\.\d+)", Chemistry.SULFUR, None, 0, False),
    _Kind(r"^((S|S8|SPAN|(?i:sulfur|sulphur))\b(?!\d)|\w+@S$|LPO-ALD-coated S/|MCS-S)",
          Chemistry.SULFUR, "S", 2, False),
    _Kind(r"^TiS2\b", Chemistry.LAYERED_SULFIDE, "TiS2", 1, False),
    # Polysulfides of titanium: three and four lithium per formula unit are the usual reference.
    _Kind(r"^(crystalline |amorphous )?TiS3\b", Chemistry.METAL_SULFIDE, "TiS3", 3, False),
    _Kind(r"^(crystalline |amorphous )?TiS4\b", Chemistry.METAL_SULFIDE, "TiS4", 4, False),
    _Kind(r"^LiTiS2\b", Chemistry.LAYERED_SULFIDE, "LiTiS2", 1, True),
    _Kind(r"^LiVS2\b", Chemistry.LAYERED_SULFIDE, "LiVS2", 1, True),
    _Kind(r"^VS2\b", Chemistry.LAYERED_SULFIDE, "VS2", 1, False),
    _Kind(r"^(FeS2|(?i:pyrite))\b", Chemistry.METAL_SULFIDE, "FeS2", 4, False),
    # A Chevrel phase takes four lithium between its clusters and no more above 1 V.
    _Kind(r"^Mo6S8\b", Chemistry.METAL_SULFIDE, "Mo6S8", 4, False),
    # Conversion to the metal and Li2S, two electrons per sulfur. Tin and antimony alloy with lithium afterwards, so
    # their sulfides are not here.
    _Kind(r"^(?-i:(Fe|Co|Ni|Cu|Mn|Mo|W|V)\d*S\d*)\b", Chemistry.METAL_SULFIDE, None, None, False, "S", 2.0),
    # The same, to titanium, phosphorus and twelve Li2S: 1062 mAh/g, of which Shin & Jung (J. Electrochem. Soc. 161,
    # A154 (2014)) found about 1050.
    _Kind(r"^LiTi2\(PS4\)3(?![A-Za-z\d])", Chemistry.METAL_SULFIDE, "LiTi2(PS4)3", 23, False),
    _Kind(r"^(LiNi0\.5Mn1\.5O4|LNMO)\b", Chemistry.SPINEL, "LiNi0.5Mn1.5O4", 1, True),
    _Kind(r"^(LiMn2O4|LMO)\b", Chemistry.SPINEL, "LiMn2O4", 1, True),
    # Spinels with iron or cobalt beside manganese, charged near 5 V like the one with nickel.
    _Kind(r"^Li(Co|Fe|Cr)[\d.]*Mn[\d.]*O4\b", Chemistry.SPINEL, None, 1, True),
    _Kind(r"^(Li4Ti5O12|LTO)\b", Chemistry.SPINEL, "Li4Ti5O12", 3, False),
    _Kind(r"^(LiFePO4|LFP)\b", Chemistry.OLIVINE, "LiFePO4", 1, True),
    # Li-rich oxides use oxygen redox, so all their lithium can leave: 377 mAh/g for Li1.2Mn0.54Co0.13Ni0.13O2.
    _Kind(r"^(Li1\.[0-9]+\S*O2|Li[(\[]Li\S*O2|Li2Ru\S*O3|Li2MnO3|.*(Li-rich|Mn-rich|LMRO|LRMO|LLO)|LRM\b)",
          Chemistry.LITHIUM_RICH_OXIDE, None, None, True),
    _Kind(r"^LiCoO2\b|^LCO\b", Chemistry.LAYERED_OXIDE, "LiCoO2", 1, True),
    _Kind(r"^LNO\b", Chemistry.LAYERED_OXIDE, "LiNiO2", 1, True),
    _Kind(r"^Li[(\[]?(Ni|Co|Mn)\S*O2", Chemistry.LAYERED_OXIDE, None, 1, True),
    _Kind(r"^(SC-|PC-)?(NCM|NMC|NCA|NCMA|NCWA|Ni[5-9]\d\b|LiNi0\.\d+Co-Mn oxide)"
          r"|^(?i:(ni-rich|high-ni) (nmc|ncm|layered oxide))",
          Chemistry.LAYERED_OXIDE, "LiNi0.8Co0.1Mn0.1O2", 1, True),
    _Kind(r"^FeF3\b", Chemistry.OTHER, "FeF3", 3, False),
    _Kind(r"^(?i:graphite)\b", Chemistry.OTHER, "C6", 1, False),
    _Kind(r"^SeS2\b", Chemistry.OTHER, "SeS2", 6, False),
    _Kind(r"^Se\b", Chemistry.OTHER, "Se", 2, False),
    _Kind(r"^Te\b", Chemistry.OTHER, "Te", 2, False),
    _Kind(r"^(Si|(?i:silicon))\b", Chemistry.ALLOY, "Si", 3.75, False),
    _Kind(r"^Sn\b", Chemistry.ALLOY, "Sn", 4.4, False),
)
# fmt: on

#: Share of the positive charge by which a formula may miss neutrality: rounded metals and lithium excess stay below.
_MAX_CHARGE_SHARE = 0.3
#: The same for sulfides: polysulfides such as TiS4 and CuS4 miss it by far, 'FeS20' by more.
_MAX_CHARGE_SHARE_SULFIDE = 4.0

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
#: Element symbols, amounts and brackets only, typos of amounts included.
_FORMULA_LIKE = re.compile(r"(?:[A-Z][a-z]?|[()\[\]]|[\d.,/oO])+")

#: A formula with its amounts before a remark, and an amount of 1 in it.
_FORMULA_THEN_REMARK = re.compile(r"((?:[A-Z][a-z]?|[()\[\]]|\d+(?:\.\d+)?)+)(\s.*)?", re.DOTALL)
_AMOUNT_OF_ONE = re.compile(r"(?<=[A-Za-z)\]])1(?:\.0+)?(?![\d./,])")

#: The beginning of a formula of a lithium compound; 'Li-rich oxide' is none.
_LITHIUM_FORMULA = re.compile(r"Li[\d.]*[(\[]?[A-Z]")
_LETTER_FOR_ZERO = re.compile(r"O(?=\.\d)")
_CARBON_FOR_COBALT = re.compile(r"CO?(?=[O\d.])")

#: Names that the error message proposes when a material is not recognised.
KNOWN = (
    "S", "Li2S", "TiS2", "FeS2", "LiCoO2", "LiNi0.8Co0.1Mn0.1O2", "LiNi0.5Mn1.5O4", "LiFePO4", "Li4Ti5O12", "Si",
    "graphite",
)  # fmt: skip
#: Names in other languages → the name that is known here.
_IN_OTHER_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("schwefel", "soufre", "azufre", "硫", "硫磺"), "S"),
        **dict.fromkeys(("silizium", "silicium", "硅"), "Si"),
        **dict.fromkeys(("graphit", "石墨"), "graphite"),
    }
)
_OXIDE_NAME = r"(?:NCMA|NMCA|NCWA|NCM|NMC|NCA)"
#: An oxide named in any letters: 'ncm811', 'Nmc 622', 'single crystal NCM83'.
_IN_ANY_LETTERS = re.compile(
    r"((?:sc|pc|(?:single|poly)[ -]?crystal(?:line)?)[ -]+)?"
    rf"({_OXIDE_NAME}|lco|lfp|lto|lmo|lnmo)(?![a-z])(.*)",
    re.IGNORECASE | re.DOTALL,
)
#: Shares with something between them: 'NCM 6:2:2', 'NMC(8/1/1)'.
_PARTED_SHARES = re.compile(rf"({_OXIDE_NAME})[ -]?\(?(\d)[ :/,.-]+(\d)[ :/,.-]+(\d)\)?(?![\d.])(.*)", re.DOTALL)
_DIGITS_OF_SHARES = re.compile(r"(?:SC-|PC-)?(?:NCM|NMC)[ -]?([\dlIO]*\d[\dlIO]*|[\dlIO]*[lIO])(?![A-Za-z])")
#: A particle with its coat: 'LiNbO3@NCM811', 'LNO-coated NCM811'; or the coat last, 'NCM811@LNO'.
_COATED = re.compile(r"(?P<first>[^@()\s]+)(?:\s?@\s?|[- ](?:coated|modified)[ -])(?P<second>[^@()\s]+)(?:\s.*)?")
_OXIDES = frozenset({Chemistry.LAYERED_OXIDE, Chemistry.LITHIUM_RICH_OXIDE, Chemistry.SPINEL, Chemistry.OLIVINE})
#: What is both a coat and, by its name, an active material.
_RATHER_COATS = frozenset({"LNO", "LTO", "Li4Ti5O12"})

#: A layered oxide of nickel, cobalt and manganese whose shares nobody tells: 'NMC', 'SC-NCM (5 µm)'.
_WITHOUT_SHARES = re.compile(r"(?:SC-|PC-)?(?:NCM|NMC)(?:\s*\((?![^)]*(?:Ni|%))[^)]*\))?")


def active_material(text: str, *, without_shares: bool = False) -> ActiveMaterial:
    """Recognise an active material by its formula or the field's abbreviation (what follows in brackets is kept).

    Subscripts are read as plain digits: Li₂S is Li2S. Amounts of 1 are left out: Li1CoO2 is LiCoO2. A formula typed
    in another way (LaTeX, HTML, spaces) is recognised by what it reads as.

    An NCM of which the shares are told in digits that can be none is refused, and so is a name with a coat in it, which
    has a field of its own.

    Args:
        text: What was typed.
        without_shares: Take an NCM of which the shares are not told for one rich in nickel, as in tables of papers;
            otherwise it is refused.

    Raises:
        CellError: The name is not recognised, or stands for several stoichiometries; or the formula is no compound as
            written, and the hint says what was probably meant. Use :class:`ActiveMaterial` itself to describe such a
            material.
    """
    spelled = _leave_out_ones(_write_plainly(text.translate(_SUBSCRIPTS).strip()))
    if not without_shares:
        spelled = _respell(spelled)
        _refuse_coat(text, spelled)
    kind = _find_kind(spelled)
    if kind is None:
        raise _explain_unrecognised(text, spelled)
    if not without_shares:
        _check_shares(text, spelled)
    return ActiveMaterial(
        text=spelled,
        chemistry=kind.chemistry,
        theoretical_capacity_mah_per_g=_compute_capacity(spelled, kind),
        starts_lithiated=kind.starts_lithiated,
    )


def _respell(text: str) -> str:
    """A name in the letters and the language of this table: 'ncm 6:2:2' is NCM622, 'Schwefel' is S."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if plain.casefold() in _IN_OTHER_WORDS:
        return _IN_OTHER_WORDS[plain.casefold()]
    named = _IN_ANY_LETTERS.fullmatch(plain)
    if named is None:
        return text
    particle = {"s": "SC-", "p": "PC-"}.get((named[1] or "")[:1].lower(), "")
    name = named[2].upper() + named[3]
    parted = _PARTED_SHARES.fullmatch(name)
    return particle + (f"{parted[1]}{parted[2]}{parted[3]}{parted[4]}{parted[5]}" if parted else name)


def _refuse_coat(text: str, spelled: str) -> None:
    """Refuse an oxide whose name holds its coat: the models would take it for bare, or the coat for the material."""
    match = _COATED.fullmatch(spelled)
    if match is None:
        return
    parts = [match["first"], match["second"]]
    kinds = {part: _find_kind(_respell(part)) for part in parts}
    oxides = [part for part in parts if (kind := kinds[part]) is not None and kind.chemistry in _OXIDES]
    cores = [part for part in oxides if part not in _RATHER_COATS] or oxides
    if not cores:
        return
    core = cores[-1]
    coat = next(part for part in reversed(parts) if part != core) if len(set(parts)) > 1 else core
    raise CellError(
        f"The active material '{text}' names a coating too.",
        hint=f"Write {core} alone, and {coat} as its coating.",
    )


def _check_shares(text: str, spelled: str) -> None:
    """Refuse an NCM without the shares of its metals, and one with digits that are none."""
    if _WITHOUT_SHARES.fullmatch(spelled):
        raise CellError(
            f"The active material '{text}' stands for several stoichiometries.",
            hint="Write which is meant: NCM111, NCM523, NCM622, NCM811, or the formula.",
        )
    match = _DIGITS_OF_SHARES.match(spelled)
    if match is not None and not _are_shares(match[1]):
        raise CellError(
            f"The digits of '{text}' are no shares of nickel and of two other metals.",
            hint="Write them like NCM811 or NCM85, or the formula, such as LiNi0.9Co0.05Mn0.05O2.",
        )


def _are_shares(digits: str) -> bool:
    """Whether digits are tenths that add up (811, 111), a nickel share with twentieths (955), or percent of nickel."""
    if not digits.isdigit() or len(digits) not in (2, 3):
        return False
    first, *rest = (int(digit) for digit in digits)
    if len(rest) == 1:
        return int(digits) >= _LEAST_NICKEL_PERCENT
    add_up = first + sum(rest) == 10 and first >= max(rest)
    return add_up or (first > 0 and rest == [first, first]) or 10 * first + sum(rest) == 100


#: Lowest nickel of an NCM in percent that is named by two digits.
_LEAST_NICKEL_PERCENT = 30


def _find_kind(spelled: str) -> _Kind | None:
    kinds = (k for k in _KINDS if re.search(k.pattern, spelled, flags=re.IGNORECASE if k.formula is None else 0))
    return next(kinds, None)


def _write_plainly(text: str) -> str:
    """The text; where it is the formula of a compound, without LaTeX, HTML, other typography and spaces."""
    squeezed = re.sub(r"\s+", "", unify(text))
    return squeezed if squeezed != text and is_sound(parse_plain(squeezed)) else text


def _leave_out_ones(text: str) -> str:
    """The text; where it begins with a formula, without amounts of 1. One that is refused as a typo stays for that."""
    match = _FORMULA_THEN_REMARK.fullmatch(text)
    if match is None:
        return text
    formula, remark = match.groups(default="")
    shorter = _AMOUNT_OF_ONE.sub("", formula)
    if shorter == formula:
        return text
    return text if find_composition(formula) is None else shorter + remark


def _explain_unrecognised(text: str, spelled: str) -> CellError:
    proposals = dict.fromkeys(name for name in _guess_formulas(unify(spelled)) if _find_kind(name) is not None)
    question = f"Did you mean {' or '.join(islice(proposals, 2))}? " if proposals else ""
    return CellError(
        f"The active material '{text}' is not recognised.",
        hint=f"{question}Known by name: {', '.join(KNOWN)} and layered oxides by formula; "
        "describe another by active_material_chemistry and theoretical_capacity_mah_per_g beside its name.",
    )


def _guess_formulas(text: str) -> Iterator[str]:
    """What a formula that cannot be read, or is refused as a typo, was probably meant to be, likely ones first."""
    try:
        parse_composition(text)
    except CompositionError as error:
        yield from error.proposals
    yield from (edited for edited in islice(undo_typos(text), MAX_TRIALS) if _may_be_meant(parse_plain(edited)))


@lru_cache(maxsize=1024)
def metals_per_site(material: ActiveMaterial) -> float | None:
    """How many metals beside lithium share the one site of LiMO2; ``None`` where the name is no such formula."""
    if material.chemistry is not Chemistry.LAYERED_OXIDE:
        return None
    composition = find_composition(material.name)
    amounts = {} if composition is None else dict(composition.pairs)
    lithium, oxygen = amounts.pop("Li", 0.0), amounts.pop("O", 0.0)
    return sum(amounts.values()) if (lithium, oxygen) == (1.0, 2.0) else None


def _may_be_meant(amounts: Mapping[str, float] | None) -> bool:
    return is_sound(amounts) or (amounts is not None and len(amounts) > 1 and balance(amounts).is_neutral)


def _compute_capacity(text: str, kind: _Kind) -> float | None:
    """The capacity in mAh/g; ``None`` where no reaction or no formula defines it.

    Raises :class:`CellError` where the formula is refused as a typo, or is far from neutral: its amounts would make a
    capacity of nothing.
    """
    if kind.electrons == 0:
        return None
    if kind.formula is not None and kind.electrons is not None:
        return theoretical_capacity(kind.formula, kind.electrons)
    formula = re.split(r"[\s@;]|,(?!\d)", text.replace("1/3", "0.3333"))[0]
    refusal: CompositionError | None = None
    # Brackets belong to a formula, Li(Ni0.8Co0.1Mn0.1)O2, or to a remark that touches it, LiCoO2(5um).
    for spelled in dict.fromkeys((formula, re.sub(r"(?<=O2)\(.*", "", formula))):
        try:
            composition = parse_composition(spelled)
        except CompositionError as error:
            if error.proposals and _FORMULA_LIKE.fullmatch(spelled):
                raise CellError(
                    f"The active material '{text}' is no compound. {error.message}", hint=error.hint
                ) from None
            refusal = error
            continue
        _check_letters(text, spelled, composition)
        _check_charge(text, composition)
        electrons = kind.per_atom * composition.amount(kind.counted) if kind.electrons is None else kind.electrons
        return theoretical_capacity(spelled, electrons)
    if refusal is not None and _LITHIUM_FORMULA.match(formula):
        readings = ((name, find_composition(name)) for name in _guess_formulas(unify(formula)))
        likely = next((name for name, read in readings if read is not None and is_sound(read.amounts)), None)
        raise CellError(
            f"The active material '{text}' is no compound. {refusal.message}",
            hint=f"Did you mean {likely}?" if likely else refusal.hint,
        )
    return None


def _check_letters(text: str, formula: str, composition: Composition) -> None:
    """Refuse an O for the zero of a decimal, 'LiNiO.8…', and CO for cobalt: both would change the capacity alone."""
    meant = _LETTER_FOR_ZERO.sub("0", formula)
    if composition.amount("C"):
        meant = _CARBON_FOR_COBALT.sub("Co", meant)
    if meant != formula:
        raise CellError(
            f"The active material '{text}' is read with an O that may be a zero or a piece of cobalt.",
            hint=f"Did you mean {meant}?",
        )


def _check_charge(text: str, composition: Composition) -> None:
    charge = composition.balance
    share = _MAX_CHARGE_SHARE_SULFIDE if composition.amount("S") else _MAX_CHARGE_SHARE
    if charge.is_ionic and abs(charge.net) > share * charge.positive:
        raise CellError(
            f"The active material '{text}' is far from charge-neutral: {charge.net:+.3g} e per {composition.formula}.",
            hint="Check its amounts and decimal points, as in LiNi0.8Co0.1Mn0.1O2.",
        )
