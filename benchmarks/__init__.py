"""What was promised, measured: `python -m benchmarks.NAME`."""
