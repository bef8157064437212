"""The lines that `make dev` prints do what they say when they are pasted."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ops.city import City, running_city
from ops.dev import start_clock, walk
from ops.stack import Stack
from proofs.small import short_policy

pytestmark = [pytest.mark.system, pytest.mark.timeout(180)]


async def test_the_lines_to_paste_take_a_cohort_to_its_first_wage(
    stack: Stack, prefix: str, tmp_path: Path
) -> None:
    policy = short_policy()
    policy_file = tmp_path / "policy.json"
    policy_file.write_text(json.dumps(policy.model_dump(mode="json")))
    async with running_city(stack, tmp_path, prefix=prefix) as city:
        clock = await start_clock(city, policy.notice_date - timedelta(days=1))
        lines = [line for _, line in walk(city, clock, policy, policy_file)]
        answers = await paste(city, lines)

    assert [answer for answer in answers if "code" in answer] == []
    payslips, payroll, verified, at_rest = answers[-4:]
    (payslip,) = payslips["items"]
    assert payslip["status"] == "paid"
    assert payroll["overall"]["paid_krw"] == payslip["net_krw"] > 0
    assert verified["differences"] == []
    assert at_rest["at_rest"] is True


async def paste(city: City, lines: list[str]) -> list[dict[str, Any]]:
    """All into one shell, as a person would; each line that shows an answer shows one line."""
    shell = await asyncio.create_subprocess_exec(
        "bash", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await shell.communicate("\n".join(lines).encode())
    assert city.processes["payroll"].is_running
    return [json.loads(line) for line in output.decode().splitlines() if line]
