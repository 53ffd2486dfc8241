"""What is looked at before any worker starts: every setting, the places it names, and who will be let in.

It runs where ``bentoml serve`` reads the service, and again in each worker. Whatever is wrong ends the start with one
sentence and exit code 2; a worker that failed instead would be started again for ever.
"""

from __future__ import annotations

import errno
import ipaddress
import os
import secrets
import socket
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, NoReturn

import click

from serving.http.registry import source_for
from serving.http.settings import LAST_PORT, Auth, Settings, positive_int
from surrogate.campaign.database import address_of, open_database
from surrogate.errors import ConfigError, StoreUnavailable, SurrogateError, Unavailable
from surrogate.models import artifact
from surrogate.properties import current_table

#: Exit code of a start that a setting prevents; a supervisor need not try again.
WRONG_SETTING = 2
HOST, PORT, WORKERS, TOKEN = "SURROGATE_HOST", "SURROGATE_PORT", "SURROGATE_WORKERS", "SURROGATE_TOKEN"


class Listening(NamedTuple):
    """Where the service is to listen, and how many processes answer there."""

    host: str
    port: int
    workers: int

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can connect."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def prepare(environment: MutableMapping[str, str] = os.environ) -> tuple[Settings, Listening]:
    """The settings and the address of this start; ends the process when one of them cannot be right.

    The process that starts the workers also sees to the address and, without keys, to a token in ``environment``,
    which the workers inherit.
    """
    try:
        settings = Settings.from_environment(environment)
        listening = Listening(
            host=environment.get(HOST) or "127.0.0.1",
            port=positive_int(environment, PORT, 3000, most=LAST_PORT),
            workers=positive_int(environment, WORKERS, 2),
        )
        current_table()
        _check_places(settings)
        stated = _stated_on_the_command_line(listening)
        if stated is not None:
            _check_models(settings)
            _check_address(stated)
            _see_to_a_token(settings, stated, environment)
            # Make the file of campaigns where there is none, once: workers take a file that is not there for one that
            # is gone. Where it cannot be made the service starts all the same, since predictions need no store.
            address = address_of(settings.campaigns)
            if address.get_backend_name() == "sqlite" and not Path(address.database or "").exists():
                with suppress(StoreUnavailable):
                    open_database(settings.campaigns).close()
    except SurrogateError as error:
        end(error)
    return settings, listening


def end(error: SurrogateError) -> NoReturn:
    """Leave with the sentence of ``error`` and nothing else."""
    print(f"The service does not start: {error}", file=sys.stderr, flush=True)
    raise SystemExit(WRONG_SETTING) from None


def _stated_on_the_command_line(listening: Listening) -> Listening | None:
    """Where ``bentoml serve`` will listen, its options before the variables; ``None`` in any other process."""
    context = click.get_current_context(silent=True)
    if context is None or context.info_name != "serve" or not {"host", "port"} <= context.params.keys():
        return None
    port = context.params["port"] or listening.port
    if not 0 < port <= LAST_PORT:
        raise ConfigError(f"The port is {port}; it must be from 1 to {LAST_PORT}.")
    return listening._replace(host=context.params["host"] or listening.host, port=port)


def _check_places(settings: Settings) -> None:
    """The folders and files that settings name must be there."""
    source_for(settings.models, settings.tracking_uri)
    if settings.data is not None and not settings.data.is_dir():
        raise ConfigError(
            f"SURROGATE_DATA is '{settings.data}', which is no folder.", hint="Give the folder of tables."
        )
    if settings.keys is not None and not settings.keys.parent.is_dir():
        raise ConfigError(
            f"SURROGATE_KEYS is '{settings.keys}', whose folder does not exist.",
            hint="Make it, then 'python -m serving.keys create'.",
        )
    address = address_of(settings.campaigns)
    if address.get_backend_name() == "sqlite" and not Path(address.database or "").absolute().parent.is_dir():
        raise ConfigError(
            f"SURROGATE_CAMPAIGNS is '{address.database}', whose folder does not exist.", hint="Make the folder."
        )


def _check_models(settings: Settings) -> None:
    """A folder of models must be there, and where it holds models one of them at least must be whole.

    A folder that is still empty is allowed: the service waits for its first model and says so.
    """
    if settings.models.startswith("models:/"):
        return
    folder = Path(settings.models)
    if not folder.is_dir():
        raise ConfigError(
            f"SURROGATE_MODELS is '{folder}', which is no folder.",
            hint="Train models with 'python -m training fit', or run 'make demo'.",
        )
    manifests = sorted(folder.glob(f"[!.]*/{artifact.MANIFEST}"))
    if not manifests and (folder / artifact.MANIFEST).is_file():
        raise ConfigError(f"SURROGATE_MODELS is '{folder}', the folder of one model.", hint=f"Give '{folder.parent}'.")
    refusals: list[Unavailable] = []
    for manifest in manifests:
        try:
            artifact.verify(manifest.parent)
        except Unavailable as error:
            refusals.append(error)
        else:
            return
    if refusals:
        raise refusals[0]


def _check_address(listening: Listening) -> None:
    """The address must be one of this machine that nothing else listens on."""
    try:
        family = socket.AF_INET6 if ipaddress.ip_address(listening.host).version == 6 else socket.AF_INET
    except ValueError:
        raise ConfigError(
            f"The host is '{listening.host}', which is no address.", hint="Write 127.0.0.1, or 0.0.0.0 for all."
        ) from None
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((listening.host, listening.port))
            probe.listen(1)
        except OSError as error:
            reason = "is in use" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
            raise ConfigError(
                f"Port {listening.port} of {listening.host} {reason}.", hint=f"Choose another with {PORT}."
            ) from None


def _see_to_a_token(settings: Settings, listening: Listening, environment: MutableMapping[str, str]) -> None:
    """Without keys: on loopback a token for this start, elsewhere no start at all."""
    if settings.auth is Auth.OFF or settings.keys is not None:
        return
    if settings.auth is Auth.ON:
        raise ConfigError("SURROGATE_AUTH is on, but SURROGATE_KEYS names no file of keys.", hint=_MAKE_KEYS)
    if not listening.is_loopback:
        raise ConfigError(
            f"Other machines could connect to {listening.host}, and there are no keys.",
            hint=f"{_MAKE_KEYS} SURROGATE_AUTH=off lets everyone in.",
        )
    if settings.token is None:
        environment[TOKEN] = secrets.token_urlsafe(24)
        host = f"[{listening.host}]" if ":" in listening.host else listening.host
        print(
            f"Open http://{host}:{listening.port}/sign-in?token={environment[TOKEN]}\n"
            "Programs send the same token as 'Authorization: Bearer TOKEN'. It is good until the service stops;\n"
            f"{TOKEN} sets one of your own, SURROGATE_KEYS replaces it by keys.",
            file=sys.stderr,
            flush=True,
        )


_MAKE_KEYS = "Set SURROGATE_KEYS and run 'python -m serving.keys create'."
