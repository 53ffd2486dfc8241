"""What a campaign holds as it is sent: records as the models of the wire."""

from __future__ import annotations

from surrogate.campaign.records import MeasurementRecord
from surrogate.properties import get_property
from surrogate.wire.campaigns import MeasurementRecordOutput


def write_measurement(record: MeasurementRecord) -> MeasurementRecordOutput:
    """A told result as it is sent."""
    prop = record.result.property
    unit = None if prop is None else get_property(prop).unit
    fields = {**vars(record.result), **vars(record), "unit": unit}
    return MeasurementRecordOutput.model_validate(fields, extra="ignore")
