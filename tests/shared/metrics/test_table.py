"""The one table: each metric once, nothing in it that could name a person, all of it answerable."""

import re
from collections.abc import Iterable, Iterator

import pytest

from ops.processes import ROOT
from shared.metrics import Alert, Metric, table
from shared.metrics.table import METRICS

LABELS = {"topic", "outcome", "kind", "cause", "method", "route", "status"}
"""Reviewed one by one: each has few values, none of which says whom it is about."""


def faults(metrics: Iterable[Metric]) -> Iterator[str]:
    seen: set[str] = set()
    for metric in metrics:
        if metric.name in seen:
            yield f"{metric.name} is there twice"
        seen.add(metric.name)
        if metric.labels.keys() - LABELS:
            yield f"{metric.name} has a label that nobody has reviewed"
        if (metric.kind == "counter") != metric.name.endswith("_total"):
            yield f"{metric.name}: counters end in _total, and nothing else does"
        if (metric.kind == "histogram") != bool(metric.buckets):
            yield f"{metric.name}: histograms have buckets, and nothing else has"
        if len(metric.says) < 20 or len(metric.worry) < 20:
            yield f"{metric.name} does not say what it is and when to worry"


def test_every_metric_is_there_once_and_says_when_to_worry() -> None:
    assert len(METRICS) > 20
    assert list(faults(METRICS)) == []


@pytest.mark.parametrize(
    "planted",
    [
        table.PARKED,
        Metric("womanup_seen", "gauge", "x" * 20, "y" * 20, labels={"person_id": ()}),
        Metric("womanup_seen_total", "gauge", "x" * 20, "y" * 20),
        Metric("womanup_seen", "counter", "x" * 20, "y" * 20),
        Metric("womanup_seen", "histogram", "x" * 20, "y" * 20),
        Metric("womanup_seen", "gauge", "x" * 20, ""),
    ],
)
def test_a_planted_fault_in_the_table_is_found(planted: Metric) -> None:
    assert len(list(faults((*METRICS, planted)))) == 1


def alerts() -> list[Alert]:
    return [alert for metric in METRICS for alert in metric.alerts]


def test_every_alert_has_a_name_of_its_own_and_an_answer_in_the_runbook() -> None:
    names = [alert.name for alert in alerts()]
    headings = re.findall(r"^## (.+)$", (ROOT / "docs/runbook.md").read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", h.lower()).replace(" ", "-") for h in headings}

    assert len(set(names)) == len(names)
    assert {alert.question for alert in alerts()} - anchors == set()
