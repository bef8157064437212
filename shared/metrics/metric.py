"""What one row of the table says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["counter", "gauge", "histogram"]


@dataclass(frozen=True, slots=True)
class Alert:
    """A rule for Prometheus: `when`, in PromQL, holds for `minutes`.

    `question` is where the runbook answers it.
    """

    name: str
    when: str
    minutes: int
    severity: Literal["page", "ticket"]
    says: str
    question: str


@dataclass(frozen=True, slots=True, eq=False)
class Metric:
    """`labels`: each with all its values where they are known, so that they begin at 0.

    `worry` is for a person who looks at the number; `alerts` are for one who sleeps.
    """

    name: str
    kind: Kind
    says: str
    worry: str
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    buckets: tuple[float, ...] = ()

    @property
    def is_ours(self) -> bool:
        """Or one that Prometheus makes itself."""
        return self.name.startswith("womanup_")
