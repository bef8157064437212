"""`python -m ops metrics`: the page, the alert rules and the dashboard, made from the one table.

So what a person reads, what Prometheus alerts on and what Grafana draws are what the services
count, or a test fails.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import typer
import yaml

from ops.processes import ROOT
from shared.metrics.metric import Alert, Metric
from shared.metrics.table import METRICS

PAGE = "docs/metrics.md"
RULES = "ops/observability/alerts.yml"
DASHBOARD = "ops/observability/grafana/dashboards/womanup.json"
PANEL_WIDTH, PANEL_HEIGHT, GRID_WIDTH = 8, 7, 24
DATASOURCE = {"type": "prometheus", "uid": "womanup"}

HEAD = """\
# Metrics

Made by `python -m ops metrics` from [the table](../shared/metrics/table.py); `make test` fails when
it is stale.

Every service answers `GET /metrics` in Prometheus' text format.
Labels are services, topics, kinds, outcomes and routes as they are declared: never an id, a path or
a name.
What is counted in the store or at Kafka is looked up at most once in 3 s and for at most 4 s;
while one of the two is away its numbers are absent, `womanup_store_up` or `womanup_log_up` is 0,
and the rest is answered.
Two instances of a service show the same of what both see, so a query over the store or the log
takes `max by (service)`; what an instance counts by itself is a `sum`.

In containers, with [Prometheus](../ops/observability/prometheus.yml), the
[rules](../ops/observability/alerts.yml) below and a
[dashboard](../ops/observability/grafana/dashboards/womanup.json):

```bash
COMPOSE_PROFILES=observability make up
```

Prometheus is at `http://127.0.0.1:9090` (`WOMANUP_PROMETHEUS_PORT`), Grafana at
`http://127.0.0.1:3000` (`WOMANUP_GRAFANA_PORT`), read only and without a login: they are published
on this machine alone.
**Not tried with the images**: they could not be pulled where this was built.
Tests check the files by their text: each rule and panel is parsed as PromQL, names only what is in
the table, with labels that it has.
Nothing sends an alert anywhere yet: Prometheus shows what fires at `/alerts`; an Alertmanager is
yours to add.
"""


def command() -> None:
    """Write docs/metrics.md, the alert rules and the dashboard anew."""
    changed = differences()
    for name in changed:
        path = ROOT / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(build()[name])
    typer.echo("\n".join(changed) or "nothing to change")


def differences() -> list[str]:
    """Those files that are not what the table says."""
    return [
        name
        for name, text in build().items()
        if not (ROOT / name).is_file() or (ROOT / name).read_text() != text
    ]


def build(metrics: tuple[Metric, ...] = METRICS) -> dict[str, str]:
    """Every file that is made, by its path."""
    return {
        PAGE: "\n".join([HEAD, *_page(metrics)]),
        RULES: _rules(metrics),
        DASHBOARD: json.dumps(_dashboard(metrics), indent=2, ensure_ascii=False) + "\n",
    }


def query(metric: Metric) -> str:
    """What a panel draws of a metric: how it moves, by service and by its own labels."""
    by = ", ".join(["service", *(label for label in metric.labels if label != "status")])
    match metric.kind:
        case "counter":
            return f"sum by ({by}) (rate({metric.name}[5m]))"
        case "histogram":
            rates = f"sum by ({by}, le) (rate({metric.name}_bucket[5m]))"
            return f"histogram_quantile(0.95, {rates})"
        case "gauge" if not metric.is_ours:
            return metric.name
        case "gauge":
            scale = " * 1000" if metric.name.endswith("_timestamp_seconds") else ""
            function = "min" if metric.name.endswith("_up") else "max"
            return f"{function} by ({by}) ({metric.name}){scale}"


def _page(metrics: tuple[Metric, ...]) -> Iterator[str]:
    yield "## What there is\n"
    yield "| metric | kind, labels | what it says | worry when |\n|---|---|---|---|"
    for m in metrics:
        labels = "".join(f", `{name}`" for name in m.labels)
        yield f"| `{m.name}` | {m.kind}{labels} | {m.says} | {m.worry} |"
    yield "\nEach series of ours also has the label `service`.\n"
    yield "## What alerts\n"
    yield "`page` wants somebody now, `ticket` somebody today.\n"
    yield "| alert | severity | when it has held for | what to do |\n|---|---|---|---|"
    for alert in _alerts(metrics):
        when = alert.when.replace("|", "&#124;")
        minutes = f"{alert.minutes} min" if alert.minutes else "at once"
        link = f"[runbook](runbook.md#{alert.question})"
        yield f"| `{alert.name}` | {alert.severity} | {minutes}: `{when}` | {link} |"
    yield ""


def _alerts(metrics: tuple[Metric, ...]) -> Iterator[Alert]:
    yield from (alert for metric in metrics for alert in metric.alerts)


def _rules(metrics: tuple[Metric, ...]) -> str:
    rules = [_rule(alert) for alert in _alerts(metrics)]
    text: str = yaml.safe_dump(
        {"groups": [{"name": "womanup", "rules": rules}]}, sort_keys=False, width=1000
    )
    return f"# Made by `python -m ops metrics` from shared/metrics/table.py.\n{text}"


def _rule(alert: Alert) -> Mapping[str, Any]:
    return {
        "alert": alert.name,
        "expr": alert.when,
        "for": f"{alert.minutes}m",
        "labels": {"severity": alert.severity},
        "annotations": {
            "summary": alert.says,
            "runbook": f"docs/runbook.md#{alert.question}",
        },
    }


def _dashboard(metrics: tuple[Metric, ...]) -> Mapping[str, Any]:
    return {
        "uid": "womanup",
        "title": "Woman-Up",
        "description": "Made by `python -m ops metrics` from shared/metrics/table.py.",
        "tags": ["womanup"],
        "timezone": "Asia/Seoul",
        "schemaVersion": 39,
        "version": 1,
        "editable": False,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": []},
        "panels": [_panel(n, metric) for n, metric in enumerate(metrics)],
    }


def _panel(n: int, metric: Metric) -> Mapping[str, Any]:
    across = GRID_WIDTH // PANEL_WIDTH
    is_day = metric.name.endswith("_timestamp_seconds")
    legend = ["service" if metric.is_ours else "instance", *metric.labels]
    target = {
        "refId": "A",
        "expr": query(metric),
        "legendFormat": " ".join(f"{{{{{name}}}}}" for name in legend if name != "status"),
        "datasource": DATASOURCE,
    }
    return {
        "id": n + 1,
        "type": "stat" if is_day else "timeseries",
        "title": _title(metric),
        "description": f"{metric.says} Worry when: {metric.worry}",
        "datasource": DATASOURCE,
        "gridPos": {
            "x": n % across * PANEL_WIDTH,
            "y": n // across * PANEL_HEIGHT,
            "w": PANEL_WIDTH,
            "h": PANEL_HEIGHT,
        },
        "fieldConfig": {"defaults": {"unit": _unit(metric), "min": 0}, "overrides": []},
        "targets": [target],
    }


def _title(metric: Metric) -> str:
    name = metric.name.removeprefix("womanup_").removesuffix("_total").replace("_", " ")
    return {"counter": f"{name} per second", "histogram": f"{name}, 95th percentile"}.get(
        metric.kind, name
    )


def _unit(metric: Metric) -> str:
    if metric.name.endswith("_timestamp_seconds"):
        return "dateTimeAsIso"
    if metric.name.endswith("_seconds"):
        return "s"
    return "cps" if metric.kind == "counter" else "short"
