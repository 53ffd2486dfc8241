"""The table of properties: what can be measured, simulated, predicted and asked for.

Everything that needs a unit, a scale, a bound or a label of a property looks here. ``scale`` is the space in which a
property is modelled and in which its errors are additive: decades for conductivities, so that averages are taken of
log10 and never of the value itself (Ohno et al., ACS Energy Lett. 5, 910 (2020), show identical argyrodites spread by a
factor of several between laboratories).

``shipped`` holds those of the product. A lab adds its own in a TOML file (``own``) that the setting
``SURROGATE_PROPERTIES`` names; :data:`PROPERTIES` is both together.
"""

from surrogate.properties.own import OwnProperty
from surrogate.properties.property import Property, Scale, Subject
from surrogate.properties.table import (
    MODELLED,
    PROPERTIES,
    SETTING,
    InForce,
    PropertyTable,
    current_table,
    get_property,
    in_order,
    own_properties,
)

__all__ = [
    "MODELLED",
    "PROPERTIES",
    "SETTING",
    "InForce",
    "OwnProperty",
    "Property",
    "PropertyTable",
    "Scale",
    "Subject",
    "current_table",
    "get_property",
    "in_order",
    "own_properties",
]
