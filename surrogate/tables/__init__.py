"""Tables that people send, text or workbook: opened with care, split into cells, every cell read for what it says."""
