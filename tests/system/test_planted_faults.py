"""Each check of the demo turns red on a planted fault, and names the culprit.

The faults are planted in a real run's topics, bank file and store: a small cohort's, whose
checks were all met before.
"""

import shutil
from pathlib import Path

import pytest

from examples.statistics_office import compute
from ops.audit import audit
from ops.bank import read_bank_file
from tests.ops.world import of_the_office
from tests.small_cohort import Played

pytestmark = [pytest.mark.system, pytest.mark.timeout(600)]


def test_a_payslip_taken_from_the_store_is_named(small_cohort: Played) -> None:
    robbery = small_cohort.robbery
    assert robbery.before.is_clean

    assert not robbery.after.is_clean
    assert robbery.payslip_id in {finding.culprit for finding in robbery.after.findings}
    assert robbery.verify["differences"] == [
        {"kind": "payslips", "key": robbery.payslip_id, "problem": "not in the store"}
    ]


def test_an_application_fewer_on_the_topic_is_named(small_cohort: Played) -> None:
    records = of_the_office(small_cohort.records)
    honest = compute(records)
    assert honest.problems == ()

    type_ = ("ce_type", b"womanup.intake.ApplicationSubmitted.v1")
    lost = next(r for r in records if type_ in [tuple(h) for h in r.headers])
    fewer = compute([r for r in records if r is not lost])

    assert lost.key is not None
    assert lost.key.decode() in str(fewer.problems)
    assert fewer.figures != honest.figures


def test_a_won_more_in_the_bank_s_file_is_named(small_cohort: Played, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    shutil.copy(small_cohort.logs / "bank.csv", file)
    honest = read_bank_file(file)
    victim = honest[3]
    lines = file.read_text().splitlines(keepends=True)
    old, new = str(victim.amount_krw), str(victim.amount_krw + 1)
    altered = [x.replace(f",{old},", f",{new},") if victim.order_id in x else x for x in lines]
    file.write_text("".join(altered))
    payslips = small_cohort.payslips

    assert audit(small_cohort.records, honest, payslips).is_clean

    report = audit(small_cohort.records, read_bank_file(file), payslips)
    assert report.difference_krw == 1
    assert victim.order_id in {finding.culprit for finding in report.findings}
