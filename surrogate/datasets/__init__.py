"""Tables ↔ measurements: the literature, OBELiX, simulations; splits by paper; checks of the tables.

:func:`load` gives what a model of one property learns from; ``load_electrolytes``, ``load_electrodes`` and
``load_obelix`` give everything a table holds, ``load_own`` all of a table of the user's own, :func:`load_held_out` what
can be judged in a table of others; :func:`check` lists every fault of a data folder.
"""

from surrogate.datasets.citation import bibtex, cite, terms_of
from surrogate.datasets.findings import Finding, find
from surrogate.datasets.held_out import HeldOut, load_held_out
from surrogate.datasets.loading import (
    left_out,
    load,
    load_all,
    load_companions,
    load_electrodes,
    load_electrolytes,
    load_own,
    load_trained,
    sha256_of,
)
from surrogate.datasets.obelix import load_obelix, obelix_rows
from surrogate.datasets.package import DATA, Column, Resource, read_package
from surrogate.datasets.splits import (
    Fold,
    Spread,
    balanced_parts,
    between_papers,
    check_once,
    leave_one_paper_out,
    paper_folds,
    paper_name,
    without_duplicates,
)
from surrogate.datasets.tables import Row, Table, read_table, scan_table
from surrogate.datasets.validation import Checked, check, check_tables
from surrogate.errors import Fault

__all__ = [
    "DATA",
    "Checked",
    "Column",
    "Fault",
    "Finding",
    "Fold",
    "HeldOut",
    "Resource",
    "Row",
    "Spread",
    "Table",
    "balanced_parts",
    "between_papers",
    "bibtex",
    "check",
    "check_once",
    "check_tables",
    "cite",
    "find",
    "leave_one_paper_out",
    "left_out",
    "load",
    "load_all",
    "load_companions",
    "load_electrodes",
    "load_electrolytes",
    "load_held_out",
    "load_obelix",
    "load_own",
    "load_trained",
    "obelix_rows",
    "paper_folds",
    "paper_name",
    "read_package",
    "read_table",
    "scan_table",
    "sha256_of",
    "terms_of",
    "without_duplicates",
]
