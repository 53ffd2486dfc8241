"""One worked example per operation; the documentation shows them and the tests send them."""

from __future__ import annotations

from typing import Any

ARGYRODITE: dict[str, Any] = {
    "composition": "Li5.5PS4.5Cl1.5",
    "route": "mechanical_milling",
    "milling_time_h": 15,
    "milling_speed_rpm": 500,
    "heat_treatment_temperature_c": 510,
    "heat_treatment_time_h": 7,
    "form": "crystalline",
    "densification": "cold-pressed",
}

SULFUR_CELL: dict[str, Any] = {
    "electrode": {
        "active_material": "Li2S",
        "electrolyte": {"composition": "Li6PS5Cl"},
        "active_weight_fraction": 0.4,
        "electrolyte_weight_fraction": 0.4,
        "additive_weight_fraction": 0.2,
        "additive": "carbon black",
        "mixing_method": "ball_milled",
        "mixing_time_min": 600,
        "mixing_speed_rpm": 500,
        "active_loading_mg_per_cm2": 2.0,
    },
    "counter_electrode": "Li-In",
    "separator": {"composition": "Li6PS5Cl"},
    "stack_pressure_mpa": 50,
}

PROTOCOL: dict[str, Any] = {
    "temperature_c": 25,
    "voltage_min_v": 1.62,
    "voltage_max_v": 3.62,
    "current_ma_per_cm2": 0.1,
    "cycles": 50,
    "reference_cycle": 1,
}

COMPOSITION: dict[str, dict[str, Any]] = {
    "mixture": {"summary": "A mixture in mole per cent", "value": {"composition": "75Li2S·25P2S5"}},
    "variable": {"summary": "A formula with a variable", "value": {"composition": "Li6-xPS5-xCl1+x", "x": 0.5}},
}

PREDICT: dict[str, dict[str, Any]] = {
    "electrolyte": {
        "summary": "Ionic conductivity of an argyrodite",
        "value": {
            "items": [{"id": "batch-7", "electrolyte": ARGYRODITE, "protocol": {"temperature_c": 25}}],
            "properties": ["ionic_conductivity"],
        },
    },
    "cell": {
        "summary": "Capacities and retention of a cell with Li2S",
        "value": {"items": [{"cell": SULFUR_CELL, "protocol": PROTOCOL}], "level": 0.8, "neighbours": 5},
    },
}

EXPLAIN: dict[str, dict[str, Any]] = {
    "electrolyte": {
        "summary": "Why this argyrodite conducts as it does, with the three papers that weigh most",
        "value": {
            "items": [{"id": "batch-7", "electrolyte": ARGYRODITE, "protocol": {"temperature_c": 25}}],
            "properties": ["ionic_conductivity"],
            "papers": 3,
        },
    },
    "cell": {
        "summary": "What moves the capacities and the retention of a cell with Li2S",
        "value": {"items": [{"cell": SULFUR_CELL, "protocol": PROTOCOL}]},
    },
}

SUGGEST: dict[str, dict[str, Any]] = {
    "conductor": {
        "summary": "The next two argyrodites, quickly made and highly conducting",
        "value": {
            "space": "argyrodite",
            "objective": ["maximise ionic_conductivity", "minimise process_time_h"],
            "measured": [
                {
                    "electrolyte": {
                        "composition": "Li5.6PS4.6Cl1.4",
                        "route": "mechanical_milling",
                        "milling_time_h": 10,
                        "milling_speed_rpm": 500,
                        "heat_treatment_temperature_c": 500,
                        "heat_treatment_time_h": 5,
                    },
                    "protocol": {"temperature_c": 25},
                    "values": {"ionic_conductivity_s_per_cm": 0.0062},
                }
            ],
            "batch": 2,
            "seed": 1,
            "planner": "analytic",
            "pool": 512,
        },
    },
    "own_space": {
        "summary": "A glass of three precursors, in a space of your own",
        "value": {
            "space": {
                "name": "iodide glass",
                "subject": "electrolyte",
                "composition": {
                    "kind": "mixture",
                    "precursors": {"Li2S": [0.5, 0.8], "P2S5": [0.15, 0.35], "LiI": [0.0, 0.3]},
                },
                "variables": {"milling_time_h": {"low": 5, "high": 60, "step": 1, "scale": "log"}},
                "fixed": {"route": "mechanical_milling", "form": "glass", "heat_treated": "no", "temperature_c": 25},
            },
            "objective": "maximise ionic_conductivity",
            "batch": 1,
            "planner": "analytic",
            "pool": 256,
        },
    },
}

DESIGN: dict[str, dict[str, Any]] = {
    "conductor": {
        "summary": "Argyrodites above 3 mS/cm, as quickly made as possible",
        "value": {
            "space": "argyrodite",
            "targets": ["ionic_conductivity >= 3 mS/cm", "minimise process_time_h"],
            "recipes": 3,
            "pool": 512,
            "seed": 1,
        },
    },
    "out_of_reach": {
        "summary": "A wish that no recipe is expected to meet: what comes nearest, and what stands in the way",
        "value": {"space": "argyrodite", "targets": "ionic_conductivity >= 80 mS/cm", "recipes": 1, "pool": 256},
    },
}

CAMPAIGN: dict[str, dict[str, Any]] = {
    "argyrodites": {
        "summary": "Highly conducting argyrodites",
        "value": {
            "id": "argyrodites-2026",
            "name": "Argyrodites for the pilot line",
            "space": "argyrodite",
            "objective": ["maximise ionic_conductivity", "minimise process_time_h"],
        },
    }
}
ASK: dict[str, dict[str, Any]] = {
    "two": {"summary": "Two recipes", "value": {"batch": 2, "planner": "analytic", "pool": 512, "assignee": "Ada"}}
}
TELL: dict[str, dict[str, Any]] = {
    "measured": {
        "summary": "One recipe was measured, one failed",
        "value": {
            "results": [
                {
                    "id": "EIS-0117",
                    "suggestion": "s1",
                    "property": "ionic_conductivity",
                    "value": 4.2,
                    "unit": "mS/cm",
                    "note": "cold-pressed, 25 °C",
                },
                {"suggestion": "s2", "status": "failed", "reason": "The ampoule cracked."},
            ],
            "complete": True,
        },
    }
}
CAMPAIGN_CHANGE: dict[str, dict[str, Any]] = {
    "objective": {
        "summary": "Another wish, and six recipes at a time",
        "value": {"objective": "ionic_conductivity >= 5 mS/cm", "batch": 6, "reason": "the pilot line needs no more"},
    }
}
CHANGE: dict[str, dict[str, Any]] = {
    "running": {"summary": "The powder is in the mill", "value": {"state": "running", "assignee": "Ada"}}
}

COMPARE: dict[str, dict[str, Any]] = {
    "electrolyte": {
        "summary": "Is the longer heat treatment worth it?",
        "value": {
            "items": [
                {"electrolyte": ARGYRODITE, "protocol": {"temperature_c": 25}},
                {"electrolyte": {**ARGYRODITE, "heat_treatment_time_h": 20}, "protocol": {"temperature_c": 25}},
            ],
            "properties": ["ionic_conductivity"],
        },
    }
}
