"""Dashboards of Grafana, as code: made of the catalogue of KPIs and of the families of `/metrics`.

`make gen` writes `dashboards/*.json` of it. A dashboard is a Page of Cards, plain data; `panel.py` and `dashboard.py` draw it.
"""
