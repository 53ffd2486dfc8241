"""One request at a time, repeated where that is safe."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from surrogate.client.files import Part
from surrogate.client.plain import plain
from surrogate.client.problems import error_of, is_busy, problem_of
from surrogate.errors import InvalidInput, SurrogateError, Unavailable

if TYPE_CHECKING:
    import httpx

#: Between attempts: twice as long each time, or as long as the service asks for, but never longer than this.
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 30.0
#: Longest idempotency key that the service takes.
MAX_KEY = 100


class Transport:
    """Sends requests; raises what the service refuses as errors of the library.

    A request is repeated when the service is busy or not ready, and after a broken connection when repeating it cannot
    do anything twice: reading, computing, and whatever carries an idempotency key.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None,
        timeout_s: float,
        attempts: int,
        transport: httpx.BaseTransport | None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        headers = {"Accept": "application/json", "User-Agent": "sulfide-surrogate"}
        if key is not None:
            if not (key.isascii() and key.isprintable()):
                raise InvalidInput("The key holds a character that no key has.", hint="Copy it again, whole.")
            headers["Authorization"] = f"Bearer {key}"
        self._client: httpx.Client = _import_httpx().Client(
            base_url=url.rstrip("/"), headers=headers, timeout=timeout_s, transport=transport
        )
        self._attempts = attempts
        self._sleep = sleep

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, **query: Any) -> Any:
        """The JSON at ``path``."""
        return self._read(self.send("GET", path, query=query))

    def compute(self, path: str, body: Mapping[str, Any]) -> Any:
        """The answer to a question that changes nothing."""
        return self._read(self.send("POST", path, body=body))

    def store(self, path: str, body: Mapping[str, Any], *, key: str | None = None) -> Any:
        """The answer to a request that writes; it carries a key, so that it is carried out once however often sent."""
        headers = {"Idempotency-Key": uuid4().hex if key is None else _check_sendable(key)}
        return self._read(self.send("POST", path, body=body, headers=headers))

    def _read(self, answer: httpx.Response) -> Any:
        content = _read_json(answer)
        if content is None:
            raise Unavailable(
                f"What answers at {self._client.base_url} is not the service: it sends no JSON.",
                hint="Give the address of the service alone, as in http://127.0.0.1:3000.",
            )
        return content

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
        content: bytes | None = None,
        parts: Sequence[Part] | None = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool = True,
    ) -> httpx.Response:
        """Send a request and return the answer, which is a success; the class says what is repeated and raised.

        Args:
            method: Of HTTP.
            path: Below the address of the service.
            query: Parameters; those that are None are left out.
            body: Sent as JSON.
            content: Sent as it is.
            parts: Sent as the fields of a form, files among them.
            headers: Further headers.
            repeatable: Whether a request may be sent again when its answer was lost.
        """
        httpx = _import_httpx()
        body = None if body is None else plain(body)
        parameters = {name: value for name, value in (query or {}).items() if value is not None}
        for attempt in range(1, self._attempts + 1):
            last = attempt == self._attempts
            wait_s = min(FIRST_WAIT_S * 2 ** (attempt - 1), LONGEST_WAIT_S)
            try:
                answer = self._client.request(
                    method, path, params=parameters, json=body, content=content, files=parts, headers=headers
                )
            except httpx.TransportError as error:
                unsent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
                if last or isinstance(error, httpx.UnsupportedProtocol) or not (repeatable or unsent):
                    raise _explain_no_answer(self._client.base_url, error) from error
            else:
                if answer.is_success:
                    return answer
                problem = problem_of(answer.status_code, answer.headers, _read_json(answer))
                if last or not is_busy(problem):
                    raise error_of(problem) from problem
                wait_s = min(max(wait_s, problem.retry_after_s or 0.0), LONGEST_WAIT_S)
            self._sleep(wait_s)
        raise AssertionError("the last attempt returns or raises")


def _check_sendable(key: str) -> str:
    """An idempotency key as a header can carry it; what it cannot would look like a service that is out of reach."""
    if not (key.isascii() and key.isprintable() and 1 <= len(key) <= MAX_KEY and key == key.strip()):
        raise InvalidInput(
            f"{key[:40]!r} cannot be an idempotency key.",
            hint=f"Use 1 to {MAX_KEY} letters, digits and signs of ASCII, without a space at either end.",
        )
    return key


def _explain_no_answer(url: object, error: Exception) -> SurrogateError:
    if isinstance(error, _import_httpx().UnsupportedProtocol):
        return InvalidInput(f"'{url}' is no address of a service.", hint="Begin it with http:// or https://.")
    return Unavailable(
        f"The service at {url} cannot be reached ({type(error).__name__}).",
        hint="Is it running? 'make serve' starts it on this machine.",
    )


def _read_json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None


def _import_httpx() -> Any:
    try:
        import httpx
    except ImportError:
        raise Unavailable(
            "The client of the service needs httpx.", hint="Install it with: pip install 'sulfide-surrogate[client]'."
        ) from None
    return httpx
