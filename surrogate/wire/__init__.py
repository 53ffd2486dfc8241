"""The one schema of what is asked and answered, in pydantic models whose field names carry their units.

HTTP, the client, ``--format json``, stored answers and the OpenAPI document are all made of it.
"""
