"""What can be counted in Python files without running them: lines, names, callers, imports, docstrings."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

Function = ast.FunctionDef | ast.AsyncFunctionDef
Definition = Function | ast.ClassDef

#: Tokens that make no line a line of code.
_SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)
#: A heading of Google style (``Args:``), or of numpy style (``Parameters`` above a line of dashes).
_SECTION = re.compile(
    r"^\s*(?:(?:Args|Arguments|Returns|Yields|Raises|Attributes):|(?:Parameters|Returns|Yields|Raises|Attributes)\n\s*-{3,})",
    re.MULTILINE,
)
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Module:
    """One Python file of a checkout: its dotted ``name``, its ``text`` and its place ``path`` below the root."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The file, parsed."""
        return ast.parse(self.text)

    @cached_property
    def functions(self) -> list[Function]:
        """All functions and methods, nested ones too."""
        return [node for node in ast.walk(self.tree) if isinstance(node, Function)]

    @cached_property
    def n_lines(self) -> int:
        """All lines."""
        return len(self.text.splitlines())

    @cached_property
    def n_code_lines(self) -> int:
        """Lines that hold code: no blank line, no comment, no docstring."""
        tokens = tokenize.generate_tokens(io.StringIO(self.text).readline)
        lines = {n for t in tokens if t.type not in _SILENT for n in range(t.start[0], t.end[0] + 1)}
        return len(lines - self._docstring_lines)

    @property
    def _docstring_lines(self) -> set[int]:
        texts = filter(None, map(find_docstring, [self.tree, *self._definitions]))
        return {n for text in texts for n in range(text.lineno, (text.end_lineno or text.lineno) + 1)}

    @property
    def _definitions(self) -> Iterator[Definition]:
        return (node for node in ast.walk(self.tree) if isinstance(node, Definition))

    @cached_property
    def bindings(self) -> list[str]:
        """Every name that the file binds: variables, arguments, functions, classes; leading underscores dropped."""
        names = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.append(node.id)
            elif isinstance(node, ast.arg):
                names.append(node.arg)
            elif isinstance(node, Definition):
                names.append(node.name)
        return [name.strip("_") for name in names]

    @cached_property
    def words(self) -> set[str]:
        """Every word of the code: of names, attributes, keywords and texts, but not of docstrings and comments."""
        docstrings = {id(text) for text in map(find_docstring, [self.tree, *self._definitions]) if text}
        words: set[str] = set()
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                words |= set(_WORD.findall(node.value))
            for field in ("id", "attr", "arg", "name", "module"):
                text = getattr(node, field, None)
                words |= set(_WORD.findall(text)) if isinstance(text, str) else set()
        return words

    @cached_property
    def public_names(self) -> list[str]:
        """Functions and classes at the top level; none where they, the module or a package above begin with ``_``."""
        if any(part.startswith("_") and part != "__main__" for part in self.name.split(".")):
            return []
        return [n.name for n in self.tree.body if isinstance(n, Definition) and not n.name.startswith("_")]

    @cached_property
    def declared_names(self) -> list[str]:
        """The names that the file lists in ``__all__``; empty where it has none or computes it."""
        for node in self.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
                return [str(text.value) for text in ast.walk(node) if isinstance(text, ast.Constant)]
        return []


def read_modules(root: Path, packages: Iterable[str]) -> list[Module]:
    """Read the Python files of a checkout in the order of their names.

    Args:
        root: The folder of the checkout.
        packages: Folders below it.
    """
    modules = []
    for package in packages:
        for file in sorted((root / package).rglob("*.py")):
            path = file.relative_to(root)
            name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            modules.append(Module(name, path, file.read_text(encoding="utf-8")))
    return modules


def find_docstring(node: ast.AST) -> ast.Constant | None:
    """The docstring of a module, class or function, with its place; None where it has none."""
    body = getattr(node, "body", None)
    if isinstance(body, list) and body and isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        return body[0].value if isinstance(body[0].value.value, str) else None
    return None


def count_body_lines(function: Function) -> int:
    """Lines from the first statement after the docstring to the end."""
    body = function.body[1:] if find_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def count_arguments(function: Function) -> int:
    """Arguments of ``function`` but for ``self`` and ``cls``."""
    a = function.args
    names = [arg.arg for arg in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if arg]
    return len(names) - (names[:1] in (["self"], ["cls"]))


def has_sections(function: Function) -> bool:
    """Whether the docstring has a section of arguments, of what comes back or of errors."""
    text = find_docstring(function)
    return text is not None and _SECTION.search(str(text.value)) is not None


def find_one_caller_functions(modules: Iterable[Module]) -> list[tuple[Module, Function]]:
    """The private functions and methods that exactly one function, or one module body, refers to.

    References are matched by name within the file, and elsewhere where the name is imported from it; the function
    itself does not count, nor does a decorated one, which its decorator may hand on.
    """
    modules = list(modules)
    importers: Counter[tuple[str, str]] = Counter()
    for module in modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.ImportFrom) and node.module:
                importers.update((node.module, alias.name) for alias in node.names)
    alone = []
    for module in modules:
        callers = _find_callers(module)
        for function in module.functions:
            if _is_private(function) and not function.decorator_list:
                places = callers.get(function.name, set()) - {id(function)}
                if len(places) + importers[module.name, function.name] == 1:
                    alone.append((module, function))
    return alone


def find_interface(modules: Iterable[Module]) -> set[tuple[str, str]]:
    """The names that a package offers to others in fact: (package, name), imported or read from outside of it."""
    modules = list(modules)
    names = {module.name for module in modules}
    return {
        (package_of(home), name)
        for module in modules
        for home, name in _find_references(module, names)
        if package_of(home) != package_of(module.name)
    }


def package_of(name: str) -> str:
    """The package of a module: the second folder of the library and of the service, the first of everything else."""
    return ".".join(name.split(".")[: 2 if name.startswith(("surrogate.", "serving.")) else 1])


def _find_references(module: Module, names: set[str]) -> Iterator[tuple[str, str]]:
    """(Module, name) of what ``module`` imports, or reads from a module that it imports."""
    imported: dict[str, str] = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in names:
                    imported[alias.asname or alias.name] = full
                else:
                    yield node.module, alias.name
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported:
            yield imported[node.value.id], node.attr


def _is_private(function: Function) -> bool:
    return function.name.startswith("_") and not function.name.startswith("__")


def _find_callers(module: Module) -> Mapping[str, set[int]]:
    """Name → the outermost functions or methods (or the module, as 0) that refer to it."""
    callers: dict[str, set[int]] = {}

    def visit(node: ast.AST, owner: int) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Name | ast.Attribute) and isinstance(child.ctx, ast.Load):
                callers.setdefault(child.id if isinstance(child, ast.Name) else child.attr, set()).add(owner)
            visit(child, id(child) if owner == 0 and isinstance(child, Function) else owner)

    visit(module.tree, 0)
    return callers


def find_modules_in_cycles(modules: Iterable[Module]) -> set[str]:
    """The modules that import themselves, on whatever way, when they are imported.

    Imports inside functions and under ``TYPE_CHECKING`` run later or never, so they do not count.
    """
    modules = list(modules)
    names = {module.name for module in modules}
    edges = {module.name: set(_imported_at_once(module, names)) for module in modules}
    return {name for name in names if name in _reached_from(edges[name], edges)}


def _reached_from(starts: set[str], edges: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = list(starts)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += edges[name]
    return reached


def _imported_at_once(module: Module, names: set[str]) -> Iterator[str]:
    for node in _statements_run_on_import(module.tree.body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                if full in names:
                    yield full
                elif node.module in names:
                    yield node.module


def _statements_run_on_import(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, Function) or (
            isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test)
        ):
            continue
        yield statement
        for block in ("body", "orelse", "finalbody"):
            yield from _statements_run_on_import(getattr(statement, block, []))
