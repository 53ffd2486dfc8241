"""``surrogate cite``: how rows of the tables are cited."""

from __future__ import annotations

from typing import Annotated

import typer

from surrogate.cli.options import Format, FormatOption


def cite(
    rows: Annotated[list[str], typer.Argument(metavar="ROW_ID", help="Rows as neighbours name them, e.g. SE0259.")],
    bibtex: Annotated[bool, typer.Option("--bibtex", help="Entries of BibTeX instead of a line each.")] = False,
    format: FormatOption = Format.TABLE,
) -> None:
    """Say who reported a value and who quoted it, as a line of text or as BibTeX."""
    from surrogate.cli import output
    from surrogate.datasets import bibtex as entries_of
    from surrogate.datasets import cite as citation_of
    from surrogate.datasets import load_all, terms_of
    from surrogate.datasets.citation import sources_of

    sources = sources_of(dict.fromkeys(rows), load_all())
    if format is Format.TABLE:
        if bibtex:
            print(entries_of(sources), end="")
        else:
            for source in sources:
                print(f"{source.row_id}: {citation_of(source)}")
                print(f"  {terms_of(source)}")
        return
    cited = [
        {
            "row_id": source.row_id,
            "citation": citation_of(source),
            "doi": source.doi,
            "quoted_in_doi": source.quoted_in_doi,
            "notice": source.notice,
            "license": terms_of(source),
            "bibtex": entries_of([source]),
        }
        for source in sources
    ]
    output.rows(cited, format.value, "citations")
