"""Facts and standings become sums by cell and time."""
