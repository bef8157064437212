"""Rights as data: who may do what, and that nobody may do more."""

from ops.access.rights import CALENDAR, REGISTER, standing_rights, subscriber_rights
from ops.secret_files import ADMIN, SERVICES
from shared.events import TOPICS, topic_of

RIGHTS = standing_rights()


def of(user: str, operation: str, kind: str = "TOPIC") -> set[str]:
    wanted = (user, operation, kind)
    return {r.name for r in RIGHTS if (r.user, r.operation, r.kind) == wanted}


def test_each_topic_is_written_by_its_producer_alone() -> None:
    writers = {(r.name, r.user) for r in RIGHTS if r.operation == "WRITE"}

    assert writers == {(CALENDAR, "clock"), *((topic_of(name), name) for name in SERVICES)}


def test_a_service_reads_what_it_reacts_to_and_its_own() -> None:
    assert of("payroll", "READ") == {topic_of(n) for n in ("intake", "placement", "payroll")}
    assert of("intake", "READ") == {topic_of("intake"), topic_of("placement")}
    assert {of(name, "READ", "GROUP").pop() for name in SERVICES} == set(SERVICES)


def test_the_calendar_alone_is_open() -> None:
    assert of("*", "READ") == {CALENDAR}
    assert {r for r in RIGHTS if r.user == "*" and r.name != CALENDAR} == set()


def test_the_clock_counts_what_it_may_not_read() -> None:
    assert of("clock", "DESCRIBE") == set(TOPICS)
    assert of("clock", "READ") == set()
    assert of("clock", "DESCRIBE", "GROUP") == set(SERVICES)


def test_the_operator_reads_everything_and_writes_nothing() -> None:
    assert of("operator", "READ") == {*TOPICS, REGISTER}
    assert of("operator", "WRITE") == of("operator", "READ", "GROUP") == set()
    assert {r for r in RIGHTS if r.user == ADMIN} == set()  # a super user needs none


def test_a_subscriber_reads_its_topics_in_groups_of_its_name() -> None:
    rights = subscriber_rights("office", ["womanup.payroll.v1"])

    assert sorted(map(str, rights)) == [
        "office may read group office",
        "office may read group office.…",
        "office may read topic womanup.payroll.v1",
    ]
    assert subscriber_rights("office", []) == frozenset()


def test_a_prefix_goes_before_topics_and_groups() -> None:
    names = {r.name for r in standing_rights("t3.") if r.user in SERVICES}

    assert all(name.startswith("t3.") for name in names)
