"""What the audit says of a world, for tests that plant a fault in it."""

from typing import Any

from ops.audit import AuditReport, audit
from tests.ops.world import World


def judge(world: World, **scope: Any) -> AuditReport:
    return audit(world.records, world.bank, world.payslips, **scope)


def culprits(world: World, **scope: Any) -> set[str]:
    return {finding.culprit for finding in judge(world, **scope).findings}


def found(world: World) -> set[str]:
    """The findings as they are printed."""
    return {str(finding) for finding in judge(world).findings}
