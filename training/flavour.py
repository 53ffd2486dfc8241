"""A stored model described to MLflow, so that its users can load it there as a function from a table to a table.

The code of that function is :mod:`surrogate.models.table_function`; nothing is pickled, and nothing of ours reads what
is written here.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surrogate.models import table_function
from surrogate.properties import get_property
from surrogate.version import __version__

#: The description itself, the packages, the environment, and an example as a table and as a request.
MLMODEL, REQUIREMENTS, ENVIRONMENT = "MLmodel", "requirements.txt", "python_env.yaml"
EXAMPLE, REQUEST = "input_example.json", "serving_input_example.json"


def describe_flavour(
    folder: Path, property: str, example: Mapping[str, Any], *, run_id: str, path: str
) -> dict[str, Any]:
    """Write the description of a model as a ``python_function`` beside the model.

    Args:
        folder: Holds the artifact; files are added to it.
        property: Name of the property.
        example: Settings of a candidate that the model takes.
        run_id: The run that made the model.
        path: Where the folder will lie in that run.

    Returns:
        What the run is to say of its model.
    """
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, Schema

    table = {"columns": list(example), "data": [list(example.values())]}
    python = {"python": platform.python_version(), "dependencies": [f"-r {REQUIREMENTS}"]}
    contents = {EXAMPLE: table, REQUEST: {"dataframe_split": table}, ENVIRONMENT: python}  # JSON is YAML
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content), "utf-8")
    (folder / REQUIREMENTS).write_text(f"sulfide-surrogate=={__version__}\n", "utf-8")
    prop = get_property(property)
    answered = Schema([ColSpec(kind, name) for name, kind in table_function.ANSWERED.items()])
    model = Model(
        artifact_path=path,
        run_id=run_id,
        # No columns of the input: MLflow would drop those that are not named, and a slip in a name would stay unseen.
        signature=ModelSignature(outputs=answered),
        saved_input_example_info={
            "artifact_path": EXAMPLE,
            "serving_input_path": REQUEST,
            "type": "dataframe",
            "pandas_orient": "split",
        },
        metadata={"property": property, "unit": prop.unit, "subject": prop.subject.value},
    )
    model.add_flavor(
        "python_function",
        loader_module=table_function.__name__,
        python_version=platform.python_version(),
        env={"virtualenv": ENVIRONMENT},
    )
    model.save(str(folder / MLMODEL))
    described: dict[str, Any] = model.get_tags_dict()
    return described
