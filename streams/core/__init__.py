"""The pure part: no I/O, no clock, no asyncio, no randomness. Time and records come in, rows go out."""
