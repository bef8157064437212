"""What a service counts, measures and shows: each metric defined once, with when to worry.

`table` says what there is and what alerts; docs/metrics.md, the alert rules and the dashboard are
made from it (`python -m ops metrics`). `meter` keeps one service's numbers.
"""

from shared.metrics import table
from shared.metrics.meter import Metrics
from shared.metrics.metric import Alert, Metric

__all__ = ["Alert", "Metric", "Metrics", "table"]
