"""Every KPI as data, and the formulas over merged panes."""
