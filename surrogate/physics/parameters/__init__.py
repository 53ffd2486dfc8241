"""The numbers of the simulator, one module per source; :func:`all_parameters` lists them with their standing."""

from surrogate.physics.parameters.base import NOMINAL, Parameter, ParameterDraw
from surrogate.physics.parameters.registry import all_parameters, calibration_papers, sample_draw

__all__ = ["NOMINAL", "Parameter", "ParameterDraw", "all_parameters", "calibration_papers", "sample_draw"]
