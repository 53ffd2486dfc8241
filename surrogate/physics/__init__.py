"""Physics of sulfide cells: electrolyte, composite electrode, half cell, fade, energy density.

``chain.simulate`` runs the links on candidates; each link is a module that works alone on arrays. The numbers, with
their standing and source, are in ``parameters``.
"""
