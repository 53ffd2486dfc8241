"""Names of a package that are loaded when they are used, so that importing the package costs nothing."""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers understand it, without the cost of importing typing
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any


def lazy_names(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for ``package``.

    Args:
        package: The ``__name__`` of the package.
        homes: Each module with the names that the package offers from it, separated by spaces; ``public=name`` where
            the package calls it otherwise.
    """
    home_of: dict[str, tuple[str, str]] = {}
    for module, names in homes.items():
        for public, _, name in (entry.partition("=") for entry in names.split()):
            home_of[public] = module, name or public

    def load_name(name: str) -> Any:
        from importlib import import_module

        if name not in home_of:
            raise AttributeError(f"module '{package}' has no attribute '{name}'")
        module, attribute = home_of[name]
        return getattr(import_module(module), attribute)

    return load_name, lambda: sorted(home_of)
