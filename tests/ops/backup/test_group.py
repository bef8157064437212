"""Rewinding: to the backup's offsets, and to the beginning where it has none."""

from typing import Any, cast

import pytest

from ops.backup.group import Group, GroupActive, rewound

A, B = ("womanup.intake.v1", 0), ("womanup.intake.v1", 1)


def test_a_partition_that_the_backup_does_not_know_goes_to_its_beginning() -> None:
    assert rewound({A: 9, B: 4}, {A: 7}) == {A: 7, B: 0}
    assert rewound({}, {A: 7}) == {A: 7}


async def test_a_stopped_instance_is_waited_for_and_a_running_one_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ops.backup.group.POLL_SECONDS", 0)
    group = cast("Any", Group.__new__(Group))
    group._name = "payroll"
    leaving = [["payroll-1"], ["payroll-1"], []]

    async def members() -> list[str]:
        return leaving.pop(0) if len(leaving) > 1 else leaving[0]

    group.members = members
    await group.refuse_active(60)

    leaving[:] = [["payroll-1", "payroll-2"]]
    with pytest.raises(GroupActive, match=r"payroll-1, payroll-2.*stop every instance"):
        await group.refuse_active(0)
