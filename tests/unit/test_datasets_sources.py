"""Who reported a value, who quoted it, and how both are cited."""

from __future__ import annotations

import re

import pytest

from surrogate.datasets import bibtex, cite, load_all, terms_of
from surrogate.datasets.citation import authors_of, sources_of
from surrogate.datasets.sources import read_citation, source_of
from surrogate.datasets.tables import Row
from surrogate.datasets.works import read_words
from surrogate.errors import UnknownName

ALL = load_all()
SOURCES = {m.source.row_id: m.source for m in ALL}


@pytest.mark.parametrize(
    ("text", "reported", "quoted_in"),
    [
        ("Shin et al., Sci. Rep. 4, 5572 (2014)", "Shin et al., Sci. Rep. 4, 5572 (2014)", None),
        ("Kato (2016), refs. 16,41 of Wu (2016)", "Kato (2016)", "Wu (2016)"),
        ("Choi et al., 166, A5193, cited in Dunham (2023)", "Choi et al., 166, A5193", "Dunham (2023)"),
        ("ref. 63 of Wu (2021)", None, "Wu (2021)"),
        ("work cited in Table 4.1 of Zhou, dissertation (2021)", None, "Zhou, dissertation (2021)"),
        ("Sn-LGPS electrolyte, work cited in Zhang (2019)", None, "Zhang (2019)"),
        ("SI ref 1 (Jung 2020) as tabulated in the SI of Du (2022)", "Jung 2020", "Du (2022)"),
        ("reference sample of Ni (2022)", "reference sample of Ni (2022)", None),
    ],
)
def test_a_citation_is_taken_apart_into_who_reported_and_who_quoted(text, reported, quoted_in):
    quotation = read_citation(text)
    assert (quotation.reported, quotation.quoted_in) == (reported, quoted_in)


def test_the_doi_belongs_to_the_work_that_reported_the_value():
    quoted = SOURCES["SE0259"]
    assert (quoted.doi, quoted.quoted_in_doi) == ("10.1038/nmat3066", "10.1016/j.apmt.2022.101692")
    unnamed = SOURCES["SE0363"]
    assert (unnamed.doi, unnamed.quoted_in_doi) == (None, "10.1002/adma.202000751")


def test_no_quoted_value_carries_the_doi_of_the_work_that_quotes_it():
    assert [s.row_id for s in SOURCES.values() if s.doi and s.doi == s.quoted_in_doi] == []


def test_where_a_value_was_read_is_provenance_and_no_reference():
    assert SOURCES["E2-0156"].read_from.startswith("SciGlass")
    assert not [s.row_id for s in SOURCES.values() if "GitHub" in (s.reference or "")]


def test_words_without_an_end_are_read_at_once():
    assert read_words(f"Kato et al., J. A{'a' * 10_000}; 3, 12 (2016)").journal is None
    assert read_words(f"Kato et al., J. {'Chem. ' * 1_000}3, 12 (2016)").journal is not None


def test_a_value_is_cited_with_its_work_and_the_one_that_quotes_it():
    text = cite(SOURCES["SE0018"])
    assert "Kato" in text
    assert "doi:10.1038/nenergy.2016.30; as quoted in Song et al." in text
    entries = bibtex([SOURCES["SE0018"], SOURCES["SE0018"]])
    assert entries.count("@article{") == 2
    assert "journal = {Nat. Energy}" in entries
    assert "note = {values quoted in Nano Lett. 20, " in entries
    assert "note = {quotes values of Nat. Energy 1, " in entries


def test_no_citation_names_a_doi_twice():
    for source in SOURCES.values():
        dois = re.findall(r"10\.\d{4,}/[^\s,;)]+", cite(source).lower())
        assert len(dois) == len(set(dois))


def test_bibtex_takes_the_family_of_an_author_for_the_family():
    assert "author = {Jang, G.-J. and others}" in bibtex([SOURCES["C2-JNG23-01"]])
    assert "author = {Z. Liu and others}" in bibtex([SOURCES["SE0304"]])


@pytest.mark.parametrize("row_id", list(SOURCES)[::37])
def test_every_row_can_be_cited(row_id):
    source = SOURCES[row_id]
    assert len(cite(source)) > 5
    assert source.doi is None or source.doi.lower() in bibtex([source])


def test_nothing_is_invented_for_a_work_that_is_not_known():
    entries = bibtex([source_of(Row(table="t", line=2, cells={"doi": "10.1000/unknown", "record_id": "x"}))])
    assert "author" not in entries
    assert "title" not in entries
    assert "year" not in entries


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Seino, Y.; Ota, T.", ("Seino, Y.", "Ota, T.")),
        ("K. Arbi, W. Bucheli, R. Jimenez", ("K. Arbi", "W. Bucheli", "R. Jimenez")),
        ("Doux, J.-M., Nguyen, H., & Meng, Y. S.", ("Doux, J.-M.", "Nguyen, H.", "Meng, Y. S.")),
        ("Kim D. et al.", ("Kim D.", "others")),
        ("", ()),
    ],
)
def test_lists_of_authors_are_parted_however_they_are_written(text, names):
    assert authors_of(text) == names


def test_a_row_that_is_not_there_is_named_with_the_nearest():
    with pytest.raises(UnknownName, match="SE0259"):
        sources_of(["SE02590"], ALL)


def test_the_notice_of_a_licence_goes_with_its_rows_and_no_others():
    with_notice = {s.row_id for s in SOURCES.values() if s.notice and "SciGlass" in s.notice}
    assert with_notice
    assert all(SOURCES[row].read_from.startswith("SciGlass") for row in with_notice)
    assert SOURCES["SE0001"].notice is None


def test_every_row_says_under_what_terms_its_value_may_be_used():
    assert all(source.licence for source in SOURCES.values())
    facts, glass = terms_of(SOURCES["SE0001"]), terms_of(SOURCES["E2-0156"])
    assert facts.startswith("Facts (numbers and conditions)")
    assert "Apache License 2.0" in facts
    assert "Open Database License" in glass
    assert "own" in terms_of(source_of(Row(table="t", line=2, cells={"record_id": "x"})))


def test_a_row_is_found_however_it_is_capitalised():
    assert [source.row_id for source in sources_of(["se0259", "SE0259"], ALL)] == ["SE0259"]


def test_a_row_that_is_not_there_is_refused_in_a_sentence_with_the_nearest():
    with pytest.raises(UnknownName, match=r"no row named 'NOPE1'\. The neighbours of a prediction") as far:
        sources_of(["NOPE1"], ALL)
    with pytest.raises(UnknownName, match=r"Did you mean .*SE02") as near:
        sources_of(["SE025X"], ALL)
    assert max(len(str(far.value)), len(str(near.value))) < 200
    assert str(near.value).count(" or ") <= 2
