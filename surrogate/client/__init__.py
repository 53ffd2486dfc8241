"""A client of the HTTP service, for robots, notebooks and other programs; it needs httpx and no model.

::

    from surrogate.client import SurrogateClient

    with SurrogateClient("http://127.0.0.1:3000") as client:
        (answer,) = client.predict([{"electrolyte": {"composition": "Li6PS5Cl"}}])
        print(answer.properties["ionic_conductivity"].median)

Candidates are written as the documentation of the service (``/v1/docs``) describes them. Answers come as the models of
:mod:`surrogate.wire`, and can be read like the JSON they travel as, too: ``answer["properties"]``. What the service
refuses is raised as the same kind of :class:`~surrogate.errors.SurrogateError` that the library itself raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surrogate._lazy import lazy_names

if TYPE_CHECKING:
    from surrogate.client.campaign import CampaignClient
    from surrogate.client.problems import AccessDenied, ServiceProblem
    from surrogate.client.service import SurrogateClient

__all__ = ["AccessDenied", "CampaignClient", "ServiceProblem", "SurrogateClient"]

__getattr__, __dir__ = lazy_names(__name__)
