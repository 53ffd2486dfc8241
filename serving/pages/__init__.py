"""The site at ``/``: pages that a server writes, for people; the same functions as the interface for programs.

Forms are generated from the schemas of the requests, answers come from what ``/v1`` answers with, and work runs in the
same places with the same limits. There is nothing here that a program could not do through ``/v1``.
"""
