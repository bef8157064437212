"""What is made of the table of metrics, and the files beside it: true to the table, and readable.

Prometheus and Grafana could not be run where this was built, and there is no promtool: so the rules
are parsed by a PromQL parser of PyPI, and names and labels are compared with the table.
"""

import json
from collections.abc import Iterator
from typing import Any

import promql_parser as promql
import pytest
import yaml

from ops.metrics import DASHBOARD, RULES, build, differences, query
from ops.processes import ROOT
from shared.metrics.metric import Alert, Metric
from shared.metrics.table import METRICS, PARKED

OBSERVABILITY = ROOT / "ops/observability"
TARGET_LABELS = {"job", "instance"}  # Prometheus puts these on whatever it scrapes


def test_what_is_made_is_what_the_table_says() -> None:
    assert differences() == [], "stale: run `.venv/bin/python -m ops metrics`"


def series() -> dict[str, set[str]]:
    """Every series that a service or Prometheus has, with its labels."""
    found: dict[str, set[str]] = {}
    for metric in METRICS:
        labels = {*metric.labels, *TARGET_LABELS} | ({"service"} if metric.is_ours else set())
        match metric.kind:
            case "histogram":
                found[f"{metric.name}_bucket"] = {*labels, "le"}
                found[f"{metric.name}_sum"] = found[f"{metric.name}_count"] = labels
            case _:
                found[metric.name] = labels
    return found


def faults(expression: str) -> Iterator[str]:
    """What Prometheus would refuse, or take and never answer."""
    try:
        root = promql.parse(expression)
    except ValueError as error:
        yield f"no PromQL: {error}"
        return
    known = series()
    selected: set[str] = set()
    grouped: set[str] = set()

    def visit(node: promql.Expr) -> None:
        if isinstance(node, promql.VectorSelector):
            selected.add(str(node.name))
            grouped.update(m.name for m in node.matchers.matchers)
        if isinstance(node, promql.AggregateExpr) and node.modifier:
            grouped.update(node.modifier.labels)

    promql.walk(root, pre_visit=visit)
    if unknown := sorted(selected - known.keys()):
        yield f"there is no {', '.join(unknown)}"
        return
    there = set[str]().union(*(known[name] for name in selected))
    yield from (f"no label {label} on {sorted(selected)}" for label in sorted(grouped - there))
    if not selected:
        yield "asks for nothing"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((ROOT / RULES).read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((ROOT / DASHBOARD).read_text())["panels"]
    return found


def test_every_rule_is_promql_over_what_there_is() -> None:
    assert len(rules()) > 10
    assert {r["alert"]: list(faults(r["expr"])) for r in rules()} == {
        r["alert"]: [] for r in rules()
    }
    assert all(r.keys() == {"alert", "expr", "for", "labels", "annotations"} for r in rules())


def test_every_panel_is_promql_over_what_there_is_and_every_metric_has_one() -> None:
    asked = {panel["title"]: panel["targets"][0]["expr"] for panel in panels()}

    assert len(asked) == len(METRICS)
    assert {title: list(faults(e)) for title, e in asked.items()} == {t: [] for t in asked}
    assert len({panel["id"] for panel in panels()}) == len(panels())


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ("max by (service) (womanup_lag_minutes) > 2", "there is no womanup_lag_minutes"),
        ("womanup_transaction_seconds > 2", "there is no womanup_transaction_seconds"),
        ("max by (person_id) (womanup_parked) > 0", "no label person_id on ['womanup_parked']"),
        ('womanup_parked{colour="failed"} > 0', "no label colour on ['womanup_parked']"),
        ("max by (service) (womanup_parked > 0", "no PromQL"),
        ("rate(womanup_events_total) > 0", "no PromQL"),
        ("vector(1) > 0", "asks for nothing"),
    ],
)
def test_a_planted_fault_in_an_expression_is_found(planted: str, fault: str) -> None:
    (found,) = faults(planted)

    assert found.startswith(fault)


def test_a_planted_metric_and_a_planted_alert_make_the_files_stale() -> None:
    alert = Alert("Seen", "womanup_seen > 0", 1, "page", "seen", "lag-grows-what-now")
    seen = Metric("womanup_seen", "gauge", "What was seen.", "It is above 0.", alerts=(alert,))
    stale = build((*METRICS, seen))

    assert all(stale[name] != text for name, text in build().items())
    assert "womanup_seen > 0" in stale[RULES]


def test_a_gauge_that_two_instances_see_alike_is_not_added_up() -> None:
    assert query(PARKED) == "max by (service, kind) (womanup_parked)"


def test_prometheus_asks_every_service_and_reads_the_rules_that_are_mounted() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    config = yaml.safe_load((OBSERVABILITY / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    ((targets,),) = ([s["targets"] for s in job["static_configs"]],)
    mounts = dict(m.split(":")[:2][::-1] for m in compose["prometheus"]["volumes"])

    assert job["job_name"] == "womanup"  # as in the alert on `up`
    assert targets == [f"{s}:8000" for s in ("intake", "placement", "payroll", "counseling")]
    assert {t.split(":")[0] for t in targets} <= compose.keys()
    assert [mounts[path] for path in config["rule_files"]] == [f"./{RULES}"]
    assert mounts["/etc/prometheus/prometheus.yml"] == "./ops/observability/prometheus.yml"


def test_grafana_is_given_its_datasource_and_its_dashboard() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    mounts = dict(m.split(":")[:2][::-1] for m in compose["grafana"]["volumes"])
    folder = "./ops/observability/grafana"
    (source,) = yaml.safe_load((OBSERVABILITY / "grafana/datasources/womanup.yml").read_text())[
        "datasources"
    ]
    (provider,) = yaml.safe_load((OBSERVABILITY / "grafana/provider.yml").read_text())["providers"]

    assert mounts["/etc/grafana/provisioning/datasources"] == f"{folder}/datasources"
    assert mounts["/etc/grafana/provisioning/dashboards/womanup.yml"] == f"{folder}/provider.yml"
    assert mounts[provider["options"]["path"]] == f"{folder}/dashboards"
    assert (ROOT / DASHBOARD).parent == OBSERVABILITY / "grafana/dashboards"
    assert {p["datasource"]["uid"] for p in panels()} == {source["uid"]}
    assert source["url"] == "http://prometheus:9090"
