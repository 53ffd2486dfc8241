"""The structure benchmark: what it counts in small files whose figures are known, and a run beside another checkout."""

from __future__ import annotations

import json
from pathlib import Path
from textwrap import dedent

import pytest

from benchmarks._source_code import (
    Module,
    find_interface,
    find_modules_in_cycles,
    find_one_caller_functions,
    has_sections,
)
from benchmarks.structure import count_touched, main, measure_functions, measure_interface, measure_names, measure_size


def module(text: str, name: str = "surrogate.example") -> Module:
    return Module(name, Path(*name.split(".")).with_suffix(".py"), dedent(text).lstrip())


EXAMPLE = '''
    """What the module is for,
    in two lines."""

    # a comment
    TEXT = """one
    two"""


    def read(path, found=None):
        """Read it.

        Args:
            path: Of the file.
        """
        return _open(path)


    def _open(path):
        return _check(path) or _check(path)


    def _check(path):
        return _unused or path


    def _unused():
        def inner():
            return _check
        return inner


    class _Hidden:
        def close(self): ...
'''


def test_blank_lines_comments_and_docstrings_are_no_code():
    assert module(EXAMPLE).n_code_lines == 2 + 2 + 2 + 2 + 4 + 2


def test_a_text_in_code_is_code_however_many_lines_it_has():
    assert module('x = """a\nb\n\nc"""\n').n_code_lines == 4


def test_only_functions_and_classes_without_underscore_are_public():
    assert module(EXAMPLE).public_names == ["read"]
    assert module(EXAMPLE, "surrogate._private.example").public_names == []


def test_a_name_belongs_to_the_interface_when_another_package_imports_or_reads_it():
    home = module("def a(): ...\ndef b(): ...\ndef c(): ...\n", "surrogate.one.home")
    beside = module("from surrogate.one.home import c\n", "surrogate.one.beside")
    away = module("from surrogate.one.home import a\nfrom surrogate.one import home\nhome.b()\n", "surrogate.two.away")
    interface = find_interface([home, beside, away])
    assert interface == {("surrogate.one", "a"), ("surrogate.one", "b")}
    assert measure_interface([home], interface)["interface_names"] == 2


def test_a_function_called_twice_by_one_function_has_one_caller_and_one_of_two_functions_has_two():
    alone = [function.name for _, function in find_one_caller_functions([module(EXAMPLE)])]
    assert alone == ["_open", "_unused"]


def test_an_import_elsewhere_is_a_caller():
    files = [module("def _f(): ...\n", "surrogate.a"), module("from surrogate.a import _f\n", "surrogate.b")]
    assert [function.name for _, function in find_one_caller_functions(files)] == ["_f"]
    assert find_one_caller_functions([*files, module("from surrogate.a import _f\n", "surrogate.c")]) == []


def test_a_circle_is_found_unless_an_import_waits_for_a_call_or_for_a_type_checker():
    a, c = module("from surrogate import b\n", "surrogate.a"), module("import surrogate.a\n", "surrogate.c")
    at_once = module("try:\n    from surrogate.a import f\nfinally: ...\n", "surrogate.b")
    assert find_modules_in_cycles([a, at_once, c]) == {"surrogate.a", "surrogate.b"}
    later = module("def f():\n    import surrogate.a\n", "surrogate.b")
    typed = module("if TYPE_CHECKING:\n    import surrogate.a\n", "surrogate.b")
    assert find_modules_in_cycles([a, later, c]) == find_modules_in_cycles([a, typed, c]) == set()


def test_vague_names_are_counted_wherever_they_are_bound():
    named = measure_names([module("found = 1\nfor said, _found in x: ...\ndef told(given): found.seen\n")])
    assert (named["vague"], named["bindings"], named["vague_synonyms"]) == (5, 5, 0)


@pytest.mark.parametrize(
    ("docstring", "expected"),
    [
        ("Do it.\n\nArgs:\n    a: One.", True),
        ("Do it.\n\nReturns\n-------\nint", True),
        ("Do it with Args: none.", False),
        ("", False),
    ],
)
def test_sections_of_docstrings_are_told_from_sentences(docstring, expected):
    (function,) = module(f"def f(a, b):\n    {docstring!r}\n").functions
    assert has_sections(function) is expected


def test_a_field_is_counted_in_code_and_not_in_docstrings(tmp_path):
    files = [
        module("x.ball_to_powder_ratio", "surrogate.a"),
        module("f('ball_to_powder_ratio > 0')", "surrogate.b"),
        module('"""ball_to_powder_ratio"""\n', "surrogate.c"),
        module("ball_to_powder_ratio = 1", "benchmarks.d"),
    ]
    row = count_touched("a field of a recipe", "this", tmp_path, files)
    assert (row["files"], row["where"]) == (2, "surrogate/a.py, surrogate/b.py")


def test_an_empty_package_has_figures():
    assert measure_size([module("")])["lines"] == 0
    assert measure_functions([module("")])["functions"] == measure_names([module("")])["bindings"] == 0


def test_this_checkout_is_measured_beside_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "surrogate").mkdir()
    (tmp_path / "surrogate" / "one.py").write_text("def one():\n    return 1\n")
    assert main(["--against", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    sizes = {(row["package"], row["checkout"]): row for row in rows if "code_lines" in row and "package" in row}
    assert sizes["surrogate", "other"]["code_lines"] == 2
    assert sizes["surrogate", "this"]["code_lines"] > 10_000
    assert sizes["surrogate", "this"]["modules_in_cycles"] == 0
    costs = {row["to_add"]: row["files"] for row in rows if "to_add" in row and row["checkout"] == "this"}
    assert all(count > 0 for count in costs.values()), "a representative went: name another in CHANGES"


def test_a_folder_that_is_no_checkout_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["--against", str(tmp_path)]) != 0
    assert "is no checkout" in capsys.readouterr().err
