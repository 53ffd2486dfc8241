"""What travels over the wire: pydantic models whose field names carry their units.

They know the library's nouns only as enumerations; :mod:`serving.conversion` turns them into nouns and back.
"""
