"""Every metric, once: what it says, when to worry, and what Prometheus alerts on.

Labels are few and bounded: services, topics, kinds, outcomes, routes as they are declared. Never
an id, a path, a name: whoever may look at a dashboard need not be one who may know a person.
Two instances of a service show the same of what both see (store, log): so rules take the `max`.
"""

from shared.metrics import parked
from shared.metrics.metric import Alert, Metric

PARKED_KINDS = parked.PARKED_KINDS
OUTCOMES = ("taken", "rejected", "passed_over", "duplicate", *PARKED_KINDS)

UP = Metric(
    "up",
    "gauge",
    "Prometheus' own: 1 when the target answered the last scrape.",
    "It is 0: the process is down, hangs, or cannot be reached.",
    alerts=(
        Alert(
            "ServiceDown", 'up{job="womanup"} == 0', 2, "page",
            "{{ $labels.instance }} has not answered for 2 minutes", "a-service-refuses-to-start",
        ),
    ),
)  # fmt: skip

STORE_UP = Metric(
    "womanup_store_up",
    "gauge",
    "1 when MongoDB answered this service's last look, within 4 s; at 0 what is counted in the "
    "store is not shown.",
    "It is 0: nothing is stored, so nothing is taken; commands are answered 503.",
    alerts=(
        Alert(
            "StoreAway", "min by (service) (womanup_store_up) == 0", 2, "page",
            "{{ $labels.service }} does not reach its MongoDB", "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

LOG_UP = Metric(
    "womanup_log_up",
    "gauge",
    "1 when Kafka answered this service's last look, within 4 s; at 0 no lag is shown.",
    "It is 0: no news comes and none goes out; commands are still taken.",
    alerts=(
        Alert(
            "LogAway", "min by (service) (womanup_log_up) == 0", 2, "page",
            "{{ $labels.service }} does not reach Kafka", "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

LAG_RECORDS = Metric(
    "womanup_lag_records",
    "gauge",
    "Records of a topic that the service's group has not stored and committed, on all partitions, "
    "also those of an instance that is down.",
    "It grows while events are taken: the service is slower than the news.",
    labels={"topic": ()},
)

LAG_SECONDS = Metric(
    "womanup_lag_seconds",
    "gauge",
    "Age of the oldest record of a topic that is not stored and committed, by Kafka's record "
    "timestamp; 0 when there is none.",
    "It grows by a second a second: nothing is taken at all. A pay day waits for what is behind.",
    labels={"topic": ()},
    alerts=(
        Alert(
            "LagGrows", "max by (service) (womanup_lag_seconds) > 120", 5, "page",
            "{{ $labels.service }} is {{ $value | humanizeDuration }} behind", "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

POLL_AGE = Metric(
    "womanup_poll_age_seconds",
    "gauge",
    "Since this instance last asked Kafka for records; absent while it has no partition.",
    "It passes 30: this instance is not consuming, whatever else it answers.",
    alerts=(
        Alert(
            "NotConsuming", "womanup_poll_age_seconds > 30", 2, "page",
            "{{ $labels.service }} at {{ $labels.instance }} has stopped asking for records",
            "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

EVENTS = Metric(
    "womanup_events_total",
    "counter",
    "Records placed, by outcome: taken; rejected by a rule; passed_over, of a type that is not "
    "handled; duplicate, skipped; failed, waits, behind, parked.",
    "`failed` rises: look at what is parked. `duplicate` rises without a restart: two relays, or "
    "a group that was rewound.",
    labels={"outcome": OUTCOMES},
)

RELEASED = Metric(
    "womanup_released_total",
    "counter",
    "Parked records that ran again, by outcome.",
    "`failed` rises: what was released is not mended.",
    labels={"outcome": ("taken", "rejected", "passed_over", "failed", "waits")},
)

BATCH_RECORDS = Metric(
    "womanup_batch_records",
    "histogram",
    "Records stored by one transaction of the inbox.",
    "It stays at the largest while lag grows: more instances. It stays at 1 under load: batches "
    "are halved, the store refuses something.",
    buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500, 1000),
)

PARKED = parked.PARKED
PARKED_SECONDS = parked.PARKED_SECONDS
PARKED_ACTS = parked.PARKED_ACTS
TAKING_STOPPED = parked.TAKING_STOPPED

SET_ASIDE = Metric(
    "womanup_set_aside",
    "gauge",
    "Aggregates whose sweep failed, by kind. Counted up to 10,000.",
    "It is above 0: what was due for it is not done, time has gone on without it.",
    labels={"kind": ()},
    alerts=(
        Alert(
            "AggregateSetAside", "max by (service, kind) (womanup_set_aside) > 0", 1, "page",
            "{{ $labels.service }} has set {{ $value }} of its {{ $labels.kind }} aside",
            "something-is-parked-what-now",
        ),
    ),
)  # fmt: skip

DUE = Metric(
    "womanup_due",
    "gauge",
    "Aggregates that are due and not done. Counted up to 10,000 a kind.",
    "It stays above 0: the sweep does not get through, and the next day is not entered.",
    alerts=(
        Alert(
            "DueIsNotDone", "max by (service) (womanup_due) > 0", 15, "page",
            "{{ $labels.service }} has had something due for 15 minutes",
            "a-service-stays-on-its-day-what-now",
        ),
    ),
)  # fmt: skip

DAY = Metric(
    "womanup_day_timestamp_seconds",
    "gauge",
    "The day that the service has entered, as its midnight UTC in Unix seconds; absent before the "
    "first.",
    "It is not that of the other services. With a real clock: it is not today's in Seoul.",
    alerts=(
        Alert(
            "DaysApart",
            "max(womanup_day_timestamp_seconds) - min(womanup_day_timestamp_seconds) > 0",
            15, "page", "the services have been on different days for 15 minutes",
            "a-service-stays-on-its-day-what-now",
        ),
    ),
)  # fmt: skip

DAYS_ANNOUNCED = Metric(
    "womanup_days_announced",
    "gauge",
    "Days that are announced and not entered.",
    "It stays above 0: something is due, or a topic is not read to where it ended on that day.",
    alerts=(
        Alert(
            "DaysStandStill", "max by (service) (womanup_days_announced) > 0", 15, "page",
            "{{ $labels.service }} has {{ $value }} days to enter",
            "a-service-stays-on-its-day-what-now",
        ),
    ),
)  # fmt: skip

OUTBOX_ROWS = Metric(
    "womanup_outbox_rows",
    "gauge",
    "Records that are stored and that Kafka has not acknowledged. Counted up to 100,000.",
    "It grows: Kafka is away or slower than the service.",
)

OUTBOX_SECONDS = Metric(
    "womanup_outbox_age_seconds",
    "gauge",
    "Age of the oldest record in the outbox; 0 when there is none.",
    "It passes seconds: nobody else hears what this service has done.",
    alerts=(
        Alert(
            "OutboxStands", "max by (service) (womanup_outbox_age_seconds) > 60", 2, "page",
            "{{ $labels.service }} has not published for {{ $value | humanizeDuration }}",
            "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

RELAY_SENT = Metric(
    "womanup_relay_sent_total",
    "counter",
    "Records that the relay sent and Kafka acknowledged.",
    "It stands still while the outbox has rows.",
)

RELAY_ERRORS = Metric(
    "womanup_relay_errors_total",
    "counter",
    "Sends that were not acknowledged whole; the relay starts over each time.",
    "It rises while `womanup_log_up` is 1: Kafka answers, but refuses what is sent.",
    alerts=(
        Alert(
            "RelayFails", "sum by (service) (increase(womanup_relay_errors_total[10m])) > 5", 5,
            "ticket", "{{ $labels.service }} cannot publish", "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

TRANSACTION_SECONDS = Metric(
    "womanup_transaction_seconds",
    "histogram",
    "From the first try of a transaction to its commit.",
    "The 95th percentile passes 1 s; mongod ends a transaction at 10 s.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    alerts=(
        Alert(
            "TransactionsSlow", "histogram_quantile(0.95, sum by (service, le) "
            "(rate(womanup_transaction_seconds_bucket[5m]))) > 2.5", 10, "ticket",
            "{{ $labels.service }} takes {{ $value | humanizeDuration }} to store",
            "lag-grows-what-now",
        ),
    ),
)  # fmt: skip

TRANSACTION_RETRIES = Metric(
    "womanup_transaction_retries_total",
    "counter",
    "Tries of a transaction after its first: conflict, another one was faster; transient, the "
    "driver ran it again; away, the store did not answer; overdue, it outlived mongod's limit.",
    "`conflict` or `transient` passes a tenth of the transactions: two instances work on the same "
    "aggregates. `overdue` is above 0: batches are too large for this store.",
    labels={"cause": ("conflict", "transient", "away", "overdue")},
)

HTTP_REQUESTS = Metric(
    "womanup_http_requests_total",
    "counter",
    "Requests answered, by route as it is declared, method and status.",
    "A 500 is a fault of ours; many 503 are a store that is away.",
    labels={"method": (), "route": (), "status": ()},
    alerts=(
        Alert(
            "HttpFaults", "sum by (service, route) "
            '(increase(womanup_http_requests_total{status="500"}[10m])) > 0', 0, "ticket",
            "{{ $labels.service }} has a fault at {{ $labels.route }}: its log has the place",
            "where-are-the-logs-of-a-run",
        ),
    ),
)  # fmt: skip

HTTP_SECONDS = Metric(
    "womanup_http_seconds",
    "histogram",
    "From a request's arrival to its answer, by route as it is declared and method.",
    "The 95th percentile of a command passes 1 s.",
    labels={"method": (), "route": ()},
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)

SPANS = Metric(
    "womanup_spans_total",
    "counter",
    "Spans of traces: sent to the collector, or dropped because it was away or too slow.",
    "`dropped` rises: traces have holes. Nothing else suffers.",
    labels={"outcome": ("sent", "dropped")},
)

METRICS: tuple[Metric, ...] = tuple(m for m in list(globals().values()) if isinstance(m, Metric))
"""The registry is this module itself, in its order."""
