"""Design spaces: chemistries, variables, rules, weighing, and the ready-made ones."""
