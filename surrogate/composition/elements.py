"""The 103 elements that a composition may hold: symbol, standard atomic mass, Pauling electronegativity, order.

Owned here so that reading a formula costs no heavy import. Masses in g/mol and electronegativities are those that
pymatgen 2026.10 distributes (IUPAC standard atomic weights; mass number of the longest-lived isotope where IUPAC gives
none; Pauling scale, '-' where undefined). A test compares every row with pymatgen. Dummy species, deuterium and
elements beyond lawrencium are not in the table and therefore never read.
"""

from __future__ import annotations

from typing import Final

_TABLE: Final = """
H 1.00794 2.2; He 4.002602 -; Li 6.941 0.98; Be 9.012182 1.57; B 10.811 2.04; C 12.0107 2.55; N 14.0067 3.04;
O 15.9994 3.44; F 18.9984032 3.98; Ne 20.1797 -; Na 22.98976928 0.93; Mg 24.305 1.31; Al 26.9815386 1.61;
Si 28.0855 1.9; P 30.973762 2.19; S 32.065 2.58; Cl 35.453 3.16; Ar 39.948 -; K 39.0983 0.82; Ca 40.078 1;
Sc 44.955912 1.36; Ti 47.867 1.54; V 50.9415 1.63; Cr 51.9961 1.66; Mn 54.938045 1.55; Fe 55.845 1.83;
Co 58.933195 1.88; Ni 58.6934 1.91; Cu 63.546 1.9; Zn 65.409 1.65; Ga 69.723 1.81; Ge 72.64 2.01;
As 74.9216 2.18; Se 78.96 2.55; Br 79.904 2.96; Kr 83.798 3; Rb 85.4678 0.82; Sr 87.62 0.95; Y 88.90585 1.22;
Zr 91.224 1.33; Nb 92.90638 1.6; Mo 95.94 2.16; Tc 98.0 1.9; Ru 101.07 2.2; Rh 102.9055 2.28; Pd 106.42 2.2;
Ag 107.8682 1.93; Cd 112.411 1.69; In 114.818 1.78; Sn 118.71 1.96; Sb 121.76 2.05; Te 127.6 2.1;
I 126.90447 2.66; Xe 131.293 2.6; Cs 132.9054519 0.79; Ba 137.327 0.89; La 138.90547 1.1; Ce 140.116 1.12;
Pr 140.90765 1.13; Nd 144.242 1.14; Pm 145.0 1.13; Sm 150.36 1.17; Eu 151.964 1.2; Gd 157.25 1.2;
Tb 158.92535 1.1; Dy 162.5 1.22; Ho 164.93032 1.23; Er 167.259 1.24; Tm 168.93421 1.25; Yb 173.04 1.1;
Lu 174.967 1.27; Hf 178.49 1.3; Ta 180.94788 1.5; W 183.84 2.36; Re 186.207 1.9; Os 190.23 2.2; Ir 192.217 2.2;
Pt 195.084 2.28; Au 196.966569 2.54; Hg 200.59 2; Tl 204.3833 1.62; Pb 207.2 2.33; Bi 208.9804 2.02;
Po 210.0 2; At 210.0 2.2; Rn 220.0 2.2; Fr 223.0 0.7; Ra 226.0 0.9; Ac 227.0 1.1; Th 232.03806 1.3;
Pa 231.03588 1.5; U 238.02891 1.38; Np 237.0 1.36; Pu 244.0 1.28; Am 243.0 1.3; Cm 247.0 1.3; Bk 247.0 1.3;
Cf 251.0 1.3; Es 252.0 1.3; Fm 257.0 1.3; Md 258.0 1.3; No 259.0 1.3; Lr 262.0 1.3
"""
_ROWS: Final = tuple(entry.split() for entry in _TABLE.replace("\n", " ").split(";"))

ATOMIC_MASS_G_PER_MOL: Final[dict[str, float]] = {symbol: float(mass) for symbol, mass, _ in _ROWS}
ELECTRONEGATIVITY: Final[dict[str, float | None]] = {
    symbol: None if value == "-" else float(value) for symbol, _, value in _ROWS
}
SYMBOLS: Final[frozenset[str]] = frozenset(ATOMIC_MASS_G_PER_MOL)

ALKALI: Final[tuple[str, ...]] = ("Li", "Na", "K", "Rb", "Cs")
CHALCOGENS: Final[tuple[str, ...]] = ("S", "Se", "Te", "O")
HALOGENS: Final[tuple[str, ...]] = ("F", "Cl", "Br", "I")


def _rank(symbol: str) -> tuple[int, float]:
    """Place of an element in a formula of this field: Li, alkali, cations, P, N, S, Se, Te, O, halogens."""
    for group, members in ((0, ALKALI), (2, ("P",)), (3, ("N",)), (4, CHALCOGENS), (5, HALOGENS)):
        if symbol in members:
            return group, float(members.index(symbol))
    value = ELECTRONEGATIVITY[symbol]
    return 1, 9.0 if value is None else value


# Position of each symbol in a printed formula: alkali first, other cations by rising electronegativity, then P, the
# chalcogens, and the halogens by falling electronegativity; equal electronegativities keep the atomic number's order.
FORMULA_ORDER: Final[dict[str, int]] = {symbol: i for i, symbol in enumerate(sorted(ATOMIC_MASS_G_PER_MOL, key=_rank))}
