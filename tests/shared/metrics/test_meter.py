"""A service's numbers as Prometheus reads them."""

from prometheus_client.parser import text_string_to_metric_families

from shared.metrics import Metrics, table
from shared.metrics.table import METRICS


def families(metrics: Metrics) -> dict[str, dict[tuple[str, ...], float]]:
    """By series name: the values by their labels' values, in the order of their names."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(metrics.text().decode()):
        for sample in family.samples:
            key = tuple(value for _, value in sorted(sample.labels.items()))
            found.setdefault(sample.name, {})[key] = sample.value
    return found


def test_what_has_known_labels_begins_at_zero_so_that_the_first_is_an_increase() -> None:
    found = families(Metrics("payroll"))

    assert found["womanup_events_total"]["failed", "payroll"] == 0
    assert found["womanup_relay_sent_total"] == {("payroll",): 0}
    assert "womanup_http_requests_total" not in found


def test_what_is_looked_up_is_absent_until_it_is_known_and_after_it_is_not() -> None:
    metrics = Metrics("payroll")

    assert "womanup_parked" not in families(metrics)

    metrics.show(table.PARKED, 3, kind="failed")
    metrics.show(table.OUTBOX_ROWS, 0)
    metrics.forget(table.OUTBOX_ROWS, table.LAG_SECONDS)

    assert families(metrics)["womanup_parked"] == {("failed", "payroll"): 3}
    assert "womanup_outbox_rows" not in families(metrics)


def test_every_series_says_which_service_it_is_of_and_two_services_count_apart() -> None:
    payroll, intake = Metrics("payroll"), Metrics("intake")
    payroll.add(table.RELAY_SENT, 5)
    payroll.observe(table.BATCH_RECORDS, 7)

    assert payroll.value(table.RELAY_SENT) == 5
    assert intake.value(table.RELAY_SENT) == 0
    assert payroll.value(table.BATCH_RECORDS, "_sum") == 7
    names = {name for name, series in families(payroll).items() if series}
    assert all(
        sample.labels["service"] == "payroll"
        for family in text_string_to_metric_families(payroll.text().decode())
        for sample in family.samples
    )
    assert not [n for n in names if n.endswith("_created")]


def test_nothing_is_said_that_is_not_in_the_table() -> None:
    families_said = text_string_to_metric_families(Metrics("payroll").text().decode())

    assert {f.name for f in families_said} <= {m.name.removesuffix("_total") for m in METRICS}
