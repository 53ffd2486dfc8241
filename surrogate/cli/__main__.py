"""So that ``python -m surrogate.cli`` works like the installed command."""

from surrogate.cli.main import app

if __name__ == "__main__":
    app()
