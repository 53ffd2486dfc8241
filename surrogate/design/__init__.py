"""From a wish to recipes: design space, objective, planner, inverse design. Nothing heavy is imported here."""
