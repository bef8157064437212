"""Shares in whole numbers."""

from ops.demo.hosts import share_out


def test_shares_sum_up_to_the_total() -> None:
    assert share_out(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert sum(share_out(7, {8: 58, 6: 39, 4: 3}).values()) == 7
