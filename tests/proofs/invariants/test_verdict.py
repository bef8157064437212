from proofs.invariants.verdict import Finding, Look


def test_a_finding_breaks_an_invariant_whatever_it_looked_at() -> None:
    look = Look("order")
    look.found("per_1", "comes twice")
    look.found("per_1", "comes twice")

    verdict = look.verdict()

    assert verdict.says == "broken"
    assert verdict.findings == (Finding("order", "per_1", "comes twice"),)
    assert str(verdict.findings[0]) == "order: per_1 comes twice"


def test_to_have_looked_at_none_is_not_to_have_seen() -> None:
    look = Look("order")
    look.saw("records", 0)

    assert look.verdict().says == "not seen"

    look.saw("records", 2)
    assert look.verdict().says == "met"
    assert look.verdict().looked_at == {"records": 2}
