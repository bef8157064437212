"""One service's numbers, in Prometheus' text format.

A registry of its own, not the library's global one: benches run several services in a process.
What is looked up (gauges) is shown only while it is known: a number that nobody could read is
absent, not 0 and not what it was.
"""

from collections.abc import Iterable
from itertools import product
from typing import cast

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from shared.metrics.metric import Metric
from shared.metrics.table import METRICS

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """Counts and observes by the rows of the table; every series says which service it is of."""

    def __init__(self, service: str) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # else a second series for each
        self._service = service
        self._registry = CollectorRegistry()
        self._gauges = _Gauges()
        self._registry.register(self._gauges)
        self._made = {m: _make(m, self._registry) for m in METRICS if m.kind != "gauge"}
        for metric in self._made:
            self._begin_at_zero(metric)

    def add(self, metric: Metric, amount: float = 1, **labels: str) -> None:
        counter = cast("Counter", self._made[metric])
        counter.labels(service=self._service, **labels).inc(amount)

    def observe(self, metric: Metric, value: float, **labels: str) -> None:
        histogram = cast("Histogram", self._made[metric])
        histogram.labels(service=self._service, **labels).observe(value)

    def show(self, metric: Metric, value: float, **labels: str) -> None:
        key = (self._service, *(labels[name] for name in metric.labels))
        self._gauges.known.setdefault(metric, {})[key] = value

    def forget(self, *metrics: Metric) -> None:
        for metric in metrics:
            self._gauges.known.pop(metric, None)

    def value(self, metric: Metric, suffix: str = "", **labels: str) -> float | None:
        """What a scrape would say of this series; None where it would say nothing."""
        labels = {"service": self._service, **labels}
        return self._registry.get_sample_value(f"{metric.name}{suffix}", labels)

    def text(self) -> bytes:
        return generate_latest(self._registry)

    def _begin_at_zero(self, metric: Metric) -> None:
        """So that the first one is an increase, not a series that was never seen before."""
        if all(metric.labels.values()):
            for values in product(*metric.labels.values()):
                self._made[metric].labels(self._service, *values)


class _Gauges(Collector):
    def __init__(self) -> None:
        self.known: dict[Metric, dict[tuple[str, ...], float]] = {}

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for metric, series in self.known.items():
            family = GaugeMetricFamily(metric.name, metric.says, labels=_labels(metric))
            for key, value in series.items():
                family.add_metric(key, value)
            yield family


def _make(metric: Metric, registry: CollectorRegistry) -> Counter | Histogram:
    if metric.kind == "counter":
        return Counter(metric.name, metric.says, _labels(metric), registry=registry)
    return Histogram(
        metric.name, metric.says, _labels(metric), registry=registry, buckets=metric.buckets
    )


def _labels(metric: Metric) -> list[str]:
    return ["service", *metric.labels]
