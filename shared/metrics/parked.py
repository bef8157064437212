"""The rows of the table that are about what is parked: apart because the table is long."""

from shared.metrics.metric import Alert, Metric

PARKED_KINDS = ("failed", "waits", "behind")

PARKED = Metric(
    "womanup_parked",
    "gauge",
    "Parked records by kind: failed; waits for a fact; behind another. Counted up to 10,000.",
    "`failed` is above 0: a person's stream stands still until somebody acts. `waits` stays for "
    "long: the fact it waits for may be lost.",
    labels={"kind": PARKED_KINDS},
    alerts=(
        Alert(
            "RecordsFailed", 'max by (service) (womanup_parked{kind="failed"}) > 0', 1, "page",
            "{{ $labels.service }} has parked {{ $value }} records that failed",
            "a-record-failed-what-now",
        ),
        Alert(
            "RecordsWait", 'max by (service, kind) (womanup_parked{kind!="failed"}) > 0', 30,
            "ticket", "{{ $labels.service }} has had records parked as {{ $labels.kind }} for "
            "half an hour", "something-is-parked-what-now",
        ),
    ),
)  # fmt: skip

PARKED_SECONDS = Metric(
    "womanup_parked_failed_age_seconds",
    "gauge",
    "Age of the oldest record that is parked as failed, since it was first parked; 0 when there "
    "is none.",
    "It passes a day: a person has waited that long. Before a pay day, sooner.",
)

PARKED_ACTS = Metric(
    "womanup_parked_acts_total",
    "counter",
    "What operators did about parked records and aggregates set aside: released as they were; "
    "mended, with another body; discarded. The journal says who and why.",
    "`discarded` rises and nobody knows why: `python -m ops parked acts` names them.",
    labels={"kind": ("released", "mended", "discarded")},
)

TAKING_STOPPED = Metric(
    "womanup_taking_stopped",
    "gauge",
    "1 while this instance takes no records, because more are parked as failed than the setting "
    "`…_PARKED_FAILED_MAX` allows.",
    "It is 1: a fault is parking record after record; no news is taken until that number is down.",
    alerts=(
        Alert(
            "TakingStopped", "max by (service) (womanup_taking_stopped) > 0", 0, "page",
            "{{ $labels.service }} takes no more records: too many are parked as failed",
            "a-service-has-stopped-taking-records-too-much-is-parked",
        ),
    ),
)  # fmt: skip
