"""Where two plays came to other states: whose journal says what the other's does not."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from itertools import zip_longest

from proofs.invariants import Evidence, Store
from proofs.invariants.evidence import effects
from shared.digests import canonical_json


def name_differences(services: Collection[str], calm: Evidence, wild: Evidence) -> Iterator[str]:
    """Of these services each aggregate with the first row that is not the same in both plays."""
    for service in sorted(services):
        ones, others = _told(calm.stores[service]), _told(wild.stores[service])
        for key in sorted({*ones, *others}):
            pairs = zip_longest(ones.get(key, ()), others.get(key, ()), fillvalue="nothing")
            for one, other in pairs:
                if one != other:
                    yield f"{service} {key}: {other} instead of {one}"
                    break


def _told(store: Store) -> dict[str, list[str]]:
    """Kind and key → what its journal says, in order, without the instants."""
    found = defaultdict(list)
    for row in sorted(effects(store), key=lambda row: row["version"]):
        said = f"{row['type']} {canonical_json(row['event'])}"
        found[f"{row['kind']}/{row['key']}"].append(said)
    return found
