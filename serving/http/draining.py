"""How a worker leaves without failing anyone: it says so first, goes on for a while, ends when nobody comes any more.

On SIGTERM ``/readyz`` turns to 503 at once, so that balancers which ask it send new requests elsewhere, and everything
else is answered as before for ``SURROGATE_DRAIN_S`` seconds; then the server stops listening and finishes what is at
work. A proxy that does not ask (nginx) learns from refusals: a request that it marks as repeatable is answered 502
during that time, which it takes to another replica; see ``deploy/nginx.conf``. Nothing else is ever answered 502, so
that what is the matter with one request (no model, no store, too slow: 503) is not taken for a replica that is gone.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from http import HTTPStatus
from types import FrameType

from starlette.datastructures import Headers

log = logging.getLogger("serving.http.draining")

#: Set by a proxy on a request that it will send elsewhere when it is refused.
REPEATABLE = "x-repeatable"
#: Answered to such a request by a replica that is leaving or starting: another one has to be asked.
ASK_ANOTHER = HTTPStatus.BAD_GATEWAY


class Drain:
    """Whether this worker is on its way out; ``drain_s`` is how long that takes, 0 for not at all."""

    def __init__(self, drain_s: float = 0.0) -> None:
        self._drain_s = drain_s
        self._over = False
        self.active = False

    def arm(self) -> None:
        """From now on SIGTERM begins the draining; what it did before follows when that is over."""
        if self._drain_s <= 0 or threading.current_thread() is not threading.main_thread():
            return
        previous = signal.getsignal(signal.SIGTERM)

        def leave(number: int, frame: FrameType | None) -> None:
            if self._over and callable(previous):
                previous(number, frame)
            elif not self.active:  # a group of processes is told more than once
                self.active = True
                timer = threading.Timer(self._drain_s, self._end)
                timer.daemon = True
                timer.start()
                log.info("draining", extra={"fields": {"seconds": self._drain_s}})

        signal.signal(signal.SIGTERM, leave)

    def refuses(self, headers: Headers) -> bool:
        """Whether a request with these headers should go to another replica."""
        return self.active and REPEATABLE in headers

    def _end(self) -> None:
        self._over = True
        os.kill(os.getpid(), signal.SIGTERM)
