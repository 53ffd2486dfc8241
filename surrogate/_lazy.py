"""Names of a package that are loaded when they are used, so that importing the package costs nothing."""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers understand it, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def lazy_names(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for a package, with the names that it imports under ``if TYPE_CHECKING``."""
    homes: dict[str, tuple[str, str]] = {}

    def find_homes() -> dict[str, tuple[str, str]]:
        if not homes:
            import ast
            import sys

            spec: Any = sys.modules[package].__spec__
            tree = ast.parse(spec.loader.get_source(package))  # of a file in a folder or in an archive
            imports = (node for block in tree.body if isinstance(block, ast.If) for node in block.body)
            homes.update(  # at once, so that another thread sees all of them or none
                {
                    alias.asname or alias.name: (node.module, alias.name)
                    for node in imports
                    if isinstance(node, ast.ImportFrom) and node.module is not None
                    for alias in node.names
                }
            )
        return homes

    def load_name(name: str) -> Any:
        from importlib import import_module

        if name.startswith("__") or name not in find_homes():
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module, attribute = homes[name]
        return getattr(import_module(module), attribute)

    return load_name, lambda: sorted(find_homes())
