"""``python -m serving.keys create|list|revoke``: keys for the service, stored as hashes in ``SURROGATE_KEYS``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from serving.http.security import Role, add, describe, new_key, read_keys, revoke
from surrogate.errors import ConfigError, SurrogateError

#: Ten years; leave the end out for a key that is to be revoked by hand.
MAX_DAYS = 3653


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the key itself goes to standard output, once, and nowhere else."""
    options = _parser().parse_args(arguments)
    try:
        path = _path(options.file)
        if options.command == "create":
            expires = None if options.days is None else datetime.now(UTC) + timedelta(days=options.days)
            key, stored = new_key(Role(options.role), note=options.note, expires=expires)
            add(path, stored)
            print(key)
            print(f"Stored the hash of this {options.role} key in {path}; the key is not shown again.", file=sys.stderr)
        elif options.command == "list":
            print(json.dumps(describe(read_keys(path)), indent=2))
        else:
            revoke(path, options.id)
            print(f"Key {options.id} is not accepted any more.", file=sys.stderr)
        sys.stdout.flush()
    except SurrogateError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        print(f"The keys file cannot be used: {error.strerror}. Choose another with --file.", file=sys.stderr)
        return ConfigError.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m serving.keys", description="Keys for the prediction service.")
    parser.add_argument("--file", help="the keys file (default: the variable SURROGATE_KEYS)")
    commands = parser.add_subparsers(dest="command", required=True)
    create = commands.add_parser("create", help="make a key, print it once, store its hash")
    create.add_argument("--role", choices=[role.value for role in Role], default=Role.READ.value)
    create.add_argument("--days", type=_days, help="how long it is accepted (default: until it is revoked)")
    create.add_argument("--note", default="", help="who it is for")
    commands.add_parser("list", help="show the keys without their hashes")
    commands.add_parser("revoke", help="stop accepting a key").add_argument("id")
    return parser


def _days(text: str) -> float:
    days = float(text)
    if not 0.0 < days <= MAX_DAYS:
        raise argparse.ArgumentTypeError(f"{text} is not a number of days up to {MAX_DAYS}")
    return days


def _path(stated: str | None) -> Path:
    path = stated or os.environ.get("SURROGATE_KEYS")
    if not path:
        raise ConfigError("No keys file is given.", hint="Set SURROGATE_KEYS, or give --file.")
    return Path(path)


if __name__ == "__main__":
    raise SystemExit(main())
