"""`python -m ops dev`: everything up, the clock in your hand, and lines to paste, until Ctrl-C."""

import asyncio
import json
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ops.city import City, addresses_table, operator_lines, running_city
from ops.issuer import LOUD
from ops.policies import read_policy
from ops.processes import ProcessError, free_ports, run_until_signal
from ops.stack import StackError, running_stack
from ops.stack.command import parts_table
from ops.tokens import ISSUER
from shared.events.policy import CohortPolicy
from shared.ids import derive

POLICY = "2022-h1"
CLOCK = "clock"
CURL = r"curl -s -w '\n'"
Body = dict[str, Any]


def dev(
    logs: Annotated[Path, typer.Option(help="Where logs, the policy and the bank's file go.")] = (
        Path(".run/dev")
    ),
) -> None:
    """Run the stack, the four services, the bank and a clock stepped by hand, until Ctrl-C.

    Prints addresses, documentation pages, and curl lines that take a cohort from its notice to the
    first wage when they are pasted in order.
    """
    console = Console()
    try:
        code = run_until_signal(_dev(console, logs))
    except (StackError, ProcessError) as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False)
        code = 1
    raise typer.Exit(code)


async def _dev(console: Console, logs: Path) -> None:
    def say(text: str) -> None:
        console.print(text, markup=False, highlight=False)

    policy = read_policy(POLICY)
    async with running_stack(say) as stack:
        console.print(parts_table(stack))
        say("starting the four services, the bank and the clock")
        async with running_city(stack, logs) as city:
            clock = await start_clock(city, policy.notice_date - timedelta(days=1))
            policy_file = logs / f"{POLICY}.json"
            policy_file.write_text(json.dumps(policy.model_dump(mode="json"), ensure_ascii=False))
            console.print(addresses_table(city, clock=clock))
            say(LOUD)
            for comment, line in walk(city, clock, policy, policy_file):
                print(f"\n# {comment}\n{line}")  # never wrapped, so that it can be pasted
            print("\n# what an operator asks")
            print(*operator_lines(city), sep="\n")
            print("\nCtrl-C ends it.", flush=True)
            await asyncio.Event().wait()


async def start_clock(city: City, first_day: date) -> str:
    """The simulated clock as a process beside the services; its address."""
    (port,) = free_ports(1)
    services = ",".join(f"{name}={url}" for name, url in city.services.items())
    options = {
        "--kafka": city.stack.kafka,
        "--services": services,
        "--bank": city.bank,
        "--prefix": city.prefix,
        "--first-day": first_day.isoformat(),
        "--port": str(port),
    }
    pairs = [word for option in options.items() for word in option]
    city.processes.start(CLOCK, [sys.executable, "-m", "ops", "clock", "serve", *pairs])
    address = f"http://127.0.0.1:{port}"
    await city.processes.wait_for_url(CLOCK, f"{address}/")
    return address


def walk(
    city: City, clock: str, policy: CohortPolicy, policy_file: Path
) -> Iterator[tuple[str, str]]:
    """Comments and lines to paste in this order; ids are derived, so that all fits together."""
    intake, placement, payroll = (city.services[n] for n in ("intake", "placement", "payroll"))
    cohort_id = derive("coh", policy.title)
    org_id = derive("org", HOST["business_registration_no"].replace("-", ""))
    position_id = derive("pos", org_id, cohort_id, POSITION["title"])
    path = f"/cohorts/{cohort_id}"
    yield "who asks: tokens of the development issuer", f"export {ISSUER}={city.issuer}"
    staff = [f"--role {role}" for role in ("officer", "payroll", "auditor")]
    yield "the office, which has several roles here", f"STAFF=$({token(*staff, '--subject o-1')})"
    yield "a company", f"HOST=$({token('--role host', f'--org {org_id}')})"
    yield "the notice is published today", advance(clock, until=policy.notice_date)
    yield (
        "open the cohort by its policy",
        post(f"{intake}/cohorts", f"@{policy_file}", "cohort", STAFF),
    )
    yield "wait until all have heard of it", advance(clock, until=policy.notice_date)
    yield "a company registers", post(f"{placement}/host-companies", HOST, "host", ITS)
    approval = f"{placement}/host-companies/{org_id}/approvals"
    yield "it is approved", post(approval, {"cohort_id": cohort_id}, "approval", STAFF)
    offer = f"{placement}/host-companies/{org_id}/positions"
    position = {"cohort_id": cohort_id, **POSITION}
    yield "it offers a position", post(offer, position, "position", ITS)
    yield (
        "a person registers; her id is kept in $PERSON",
        f"PERSON=$({post(f'{intake}/people', PERSON, 'person', STAFF)} | {_field('person_id')})",
    )
    yield "her token", f"HER=$({token('--role applicant', '--person $PERSON')})"
    application = {**APPLICATION, "preferred_position_ids": [position_id]}
    yield "she applies", post_as_person(f"{intake}{path}/applications", application, "application")
    yield (
        "until she has been screened, selected and matched",
        advance(clock, until=policy.starts_on),
    )
    yield "how it was decided", get(f"{intake}{path}/selection")
    placements = get(f"{placement}{path}/placements")
    yield (
        "where she works; her placement is kept",
        f"PLACEMENT=$({placements} | {_first('placement_id')})",
    )
    records = get(f"{payroll}{path}/payroll-records")
    yield "her payroll record is kept", f"RECORD=$({records} | {_first('record_id')})"
    account = f"{payroll}/payroll-records/$RECORD/account"
    yield "she gives her account", post(account, ACCOUNT, "account", HERS)
    yield from _first_month(city, clock, policy, path)


def _first_month(
    city: City, clock: str, policy: CohortPolicy, path: str
) -> Iterator[tuple[str, str]]:
    month = f"{policy.starts_on:%Y-%m}"
    placement, payroll = city.services["placement"], city.services["payroll"]
    over_on = (policy.starts_on.replace(day=28) + timedelta(days=4)).replace(day=1)
    yield "the first month", advance(clock, until=over_on)
    sheet = f"{placement}/placements/$PLACEMENT/attendance/{month}"
    for side in ("host", "intern"):
        url, who = f"{sheet}/{side}-confirmation", ITS if side == "host" else HERS
        confirm = post(url, {"absent_on": []}, f"{side}-{month}", who)
        yield f"the {side} confirms it", confirm
    yield "until pay day: the bank pays by itself", advance(clock, until=policy.pay_date(month))
    yield "her payslip, row by row", get(f"{payroll}{path}/payslips")
    yield "where every won is", get(f"{payroll}{path}/payroll")
    yield "does each state equal the fold of its journal?", get(f"{payroll}/verify")
    yield "is everything done, and what day is it?", f"{CURL} {clock}/"


HOST: Body = {
    "business_registration_no": "000-81-00001",
    "name": "워드마인드",
    "region": "seoul",
    "regular_employee_count": 30,
    "is_insured_in_all_schemes": True,
}
POSITION: Body = {"title": "정보기술", "field": "it", "openings": 1, "hours_per_day": 8}
PERSON: Body = {"name": "김보람", "birth_date": "1985-05-05", "phone": "010-0123-4567"}
APPLICATION: Body = {
    "field": "it",
    "residence_region": "seoul",
    "last_employed_on": "2019-12-31",
    "licences": ["information-processing"],
    "career_years": 5,
    "priority_groups": [],
}
ACCOUNT: Body = {"bank_code": "004", "account_number": "123-456-789012", "holder_name": "김보람"}


STAFF, ITS, HERS = "STAFF", "HOST", "HER"
"""The shell's variables for the tokens."""


def token(*options: str) -> str:
    return f"{sys.executable} -m ops token {' '.join(options)}"


def get(url: str) -> str:
    return _curl(url, "", None, STAFF)


def post(url: str, body: Body | str, key: str, who: str) -> str:
    """`body` as JSON, or `@file`. A line that is pasted twice is answered as it was before."""
    text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    return _curl(url, f"-d '{text}'", key, who)


def post_as_person(url: str, body: Body, key: str) -> str:
    """A body that names $PERSON, so quoted for the shell to fill it in."""
    text = json.dumps({"person_id": "$PERSON", **body}, ensure_ascii=False)
    return _curl(url, f'-d "{text.replace(chr(34), chr(92) + chr(34))}"', key, HERS)


def advance(clock: str, *, until: date) -> str:
    return _curl(f"{clock}/advance", f"-d '{json.dumps({'until': until.isoformat()})}'", None, None)


def _curl(url: str, data: str, key: str | None, who: str | None) -> str:
    headers = [
        *(["'content-type: application/json'"] if data else []),
        *([f"'Idempotency-Key: {key}'"] if key else []),
        *([f'"Authorization: Bearer ${who}"'] if who else []),
    ]
    return " ".join([CURL, *(f"-H {header}" for header in headers), *([data] if data else []), url])


def _field(name: str) -> str:
    return _python(f"json.load(sys.stdin)['{name}']")


def _first(name: str) -> str:
    return _python(f"json.load(sys.stdin)['items'][0]['{name}']")


def _python(expression: str) -> str:
    """Picks a value out of an answer with what is here anyway."""
    return f'{sys.executable} -c "import json,sys; print({expression})"'
