"""Who left, what was paid beyond her last day, and what became of it. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from ops.audit import AuditReport
from ops.demo.checks import Check, named
from ops.demo.client import Json
from ops.demo.people import Applicant
from ops.demo.words import Words
from ops.trace import Told
from shared.events.policy import CohortPolicy
from shared.money import month_of

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Leavers:
    """Of those who began. `ended_by_city`: their host was suspended. `paid_beyond_krw`: by the
    bank's rows, more than the audit finds them entitled to; the other won are payroll's.
    """

    interns: int
    at_once: int
    found_late: int
    ended_by_city: int
    declined: int
    paid_beyond_krw: int
    claims: int
    claimed_krw: int
    recovered_krw: int
    outstanding_krw: int
    with_case: int

    @property
    def left(self) -> int:
        return self.at_once + self.found_late + self.ended_by_city


@dataclass(frozen=True)
class Evidence:
    """Of one cohort: what was drawn, by person, what the services say, and the audit's lines.
    `late` are those of whom the topics say that a pay day had passed when it became known.
    """

    drawn: Mapping[str, Applicant]
    words: Words
    audit: AuditReport
    cohort_id: str
    late: frozenset[str]

    @property
    def left(self) -> set[str]:
        return {p["person_id"] for p in self.words.placements if p["status"] == "withdrew"}

    @property
    def ended_by_city(self) -> set[str]:
        left = [p for p in self.words.placements if p["status"] == "withdrew"]
        return {p["person_id"] for p in left if p["ended_by"] == "city"}

    @property
    def offered(self) -> Counter[str]:
        """Cases by person, of those that were opened because she left."""
        cases = self.words.cases
        return Counter(case["person_id"] for case in cases if case["after"] == "leaving")

    def is_drawn_late(self, person_id: str) -> bool:
        applicant = self.drawn.get(person_id)
        return bool(applicant and applicant.leaving and applicant.leaving.is_found)

    def sum_of(self, what: str) -> Counter[str]:
        """The audit's won by person: `paid_krw`, `entitled_krw`."""
        sums: Counter[str] = Counter()
        for line in self.audit.lines:
            if line.cohort_id == self.cohort_id:
                sums[line.person_id] += getattr(line, what)
        return sums


def found_late(told: Iterable[Told], cohort_id: str, policy: CohortPolicy) -> frozenset[str]:
    """Whose leaving was recorded after the pay day of the month of her last day."""
    return frozenset(
        one.key
        for one in told
        if one.name == "InternWithdrew"
        and one.body["cohort_id"] == cohort_id
        and one.recorded_on > policy.pay_date(month_of(one.effective_on - ONE_DAY))
    )


def count_leavers(evidence: Evidence) -> Leavers:
    words, left, by_city = evidence.words, evidence.left, evidence.ended_by_city
    late = (left - by_city) & evidence.late
    paid, entitled = evidence.sum_of("paid_krw"), evidence.sum_of("entitled_krw")
    overall = words.payroll["overall"]
    return Leavers(
        interns=sum(p["status"] != "declined" for p in words.placements),
        at_once=len(left - by_city - late),
        found_late=len(late),
        ended_by_city=len(by_city),
        declined=sum(p["status"] == "declined" for p in words.placements),
        paid_beyond_krw=sum(max(0, paid[who] - entitled[who]) for who in left),
        claims=len(words.claims),
        claimed_krw=overall["overpaid_krw"],
        recovered_krw=overall["recovered_krw"],
        outstanding_krw=overall["outstanding_krw"],
        with_case=len(left & evidence.offered.keys()),
    )


def check_leavers(evidence: Evidence) -> Iterator[Check]:
    yield _check_who_left(evidence)
    yield _check_money(evidence)
    yield _check_claims(evidence)
    yield _check_repaid(evidence)
    yield _check_offered(evidence)


def _check_who_left(evidence: Evidence) -> Check:
    """Of the women who were drawn to leave, those who had begun by then."""
    began = {
        p["person_id"]: p["starts_on"]
        for p in evidence.words.placements
        if p["status"] != "declined"
    }
    should = {
        person
        for person, applicant in evidence.drawn.items()
        if person in began
        and applicant.leaving
        and began[person] < applicant.leaving.leaves_on.isoformat()
    }
    missing = sorted(should - evidence.left)
    says = f"{len(should)} left by themselves, {len(missing)} of them are at work{named(missing)}"
    return Check("who left", not missing, says)


def _check_money(evidence: Evidence) -> Check:
    """What payroll made out, less what it claims, is what she is entitled to, person by person."""
    made_out = _by_person(evidence.words.payslips, "net_krw")
    claimed = _by_person(evidence.words.claims, "amount_krw")
    entitled = evidence.sum_of("entitled_krw")
    wrong = [
        f"{who}: ₩{made_out[who]:,} less ₩{claimed[who]:,}, entitled to ₩{entitled[who]:,}"
        for who in sorted(evidence.left)
        if made_out[who] - claimed[who] != entitled[who]
    ]
    says = f"{len(evidence.left)} leavers, {len(wrong)} keep more or less{named(wrong)}"
    return Check("no won after leaving but as a claim", not wrong, says)


def _check_claims(evidence: Evidence) -> Check:
    """Who said so at once was paid nothing beyond her last day; who was found out, was. By payroll,
    by the topics' two dates, and by what was drawn.
    """
    claimed = {claim["person_id"] for claim in evidence.words.claims}
    drawn = {person for person in evidence.left if evidence.is_drawn_late(person)}
    wrong = sorted((claimed ^ evidence.late) | (drawn ^ evidence.late))
    says = f"claims on {len(claimed)}, found out late {len(evidence.late)}{named(wrong)}"
    return Check("pay stops on the day", not wrong, says)


def _check_repaid(evidence: Evidence) -> Check:
    """By the bank's own rows, by payroll, and by what they were drawn to pay back."""
    drawn = sum(
        int(claim["amount_krw"] * applicant.leaving.repaid)
        for claim in evidence.words.claims
        if (applicant := evidence.drawn.get(claim["person_id"])) and applicant.leaving
    )
    payroll = evidence.words.payroll["overall"]["recovered_krw"]
    bank = evidence.sum_of("recovered_krw").total()
    says = f"₩{bank:,} at the bank, ₩{payroll:,} at payroll, ₩{drawn:,} by those who pay"
    return Check("paid back", bank == payroll == drawn, says)


def _check_offered(evidence: Evidence) -> Check:
    """One case each, and none for anybody else."""
    left, offered = evidence.left, evidence.offered
    wrong = [f"{who} has none" for who in sorted(left - offered.keys())]
    wrong += [f"{who} has {n}" for who, n in sorted(offered.items()) if n > 1]
    wrong += [f"{who} did not leave" for who in sorted(offered.keys() - left)]
    says = f"{len(left & offered.keys())} of {len(left)} leavers have a case{named(wrong)}"
    return Check("leavers are offered counseling", not wrong, says)


def _by_person(papers: Iterable[Json], amount: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for paper in papers:
        sums[paper["person_id"]] += paper[amount]
    return sums
