"""Hypothesis strategies for valid domain objects, shared by all tests.

Each strategy makes only what the library accepts; what it refuses is generated where the refusal is tested.
"""

from __future__ import annotations

from hypothesis import strategies as st

from surrogate.composition import SYMBOLS, Composition, composition_from_amounts, parse_composition

# Compounds that are charge-neutral with usual oxidation states: what electrolytes are weighed in from.
NEUTRAL_PRECURSORS = (
    "Li2S", "P2S5", "LiCl", "LiBr", "LiI", "LiF", "GeS2", "SiS2", "SnS2", "Sb2S5", "Al2S3", "B2S3", "ZnO", "Li2O",
    "P2O5", "Li3N", "LiBH4", "Li3PS4", "Li6PS5Cl", "Li2ZrO3", "La2S3", "MgCl2", "InF3",
)  # fmt: skip


def amounts() -> st.SearchStrategy[float]:
    """Amounts as they are printed: at most four decimals, from 0.001 to 100."""
    return st.integers(min_value=10, max_value=1_000_000).map(lambda ten_thousandths: ten_thousandths / 10_000)


def element_amounts(*, min_size: int = 1, max_size: int = 8) -> st.SearchStrategy[dict[str, float]]:
    """Amounts of any elements, plausible or not."""
    return st.dictionaries(st.sampled_from(sorted(SYMBOLS)), amounts(), min_size=min_size, max_size=max_size)


def precursor_mixtures() -> st.SearchStrategy[list[tuple[str, int]]]:
    """Two to five different neutral precursors with whole mole percentages that add up to 100."""
    names = st.lists(st.sampled_from(NEUTRAL_PRECURSORS), min_size=2, max_size=5, unique=True)
    return names.flatmap(
        lambda chosen: st.lists(
            st.integers(min_value=1, max_value=99), min_size=len(chosen) - 1, max_size=len(chosen) - 1, unique=True
        ).map(lambda cuts: _between_cuts(chosen, sorted(cuts)))
    )


def mixture_text(mixture: list[tuple[str, int]], separator: str = "-") -> str:
    """``[("Li2S", 75), ("P2S5", 25)]`` as ``75Li2S-25P2S5``."""
    return separator.join(f"{percent}{name}" for name, percent in mixture)


def compositions() -> st.SearchStrategy[Composition]:
    """Compositions of the field: argyrodites, Li2S-P2S5 glasses, mixtures of precursors, and arbitrary elements."""
    return st.one_of(
        argyrodites(),
        st.integers(min_value=60, max_value=85).map(lambda li: parse_composition(f"{li}Li2S-{100 - li}P2S5")),
        precursor_mixtures().map(lambda mixture: parse_composition(mixture_text(mixture))),
        element_amounts().map(composition_from_amounts),
    )


def argyrodites() -> st.SearchStrategy[Composition]:
    """Li(6-x)PS(5-x)X(1+x) with X of Cl, Br, I and x from 0 to 0.7."""
    return st.builds(
        lambda halogen, x: parse_composition(f"Li6-xPS5-x{halogen}1+x", x=x),
        st.sampled_from(("Cl", "Br", "I")),
        st.integers(min_value=0, max_value=70).map(lambda hundredths: hundredths / 100),
    )


def _between_cuts(names: list[str], cuts: list[int]) -> list[tuple[str, int]]:
    edges = [0, *cuts, 100]
    return [(name, high - low) for name, low, high in zip(names, edges, edges[1:], strict=False)]
