"""One safety rule and how it is removed; and what is wrong with a list of such."""

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mutant:
    """`old` stands once in `file` (a path inside the repository) and becomes `new`.

    `caught_by` are pytest's node ids, each of which may turn red. `equivalent_because`: why
    nothing can observe that the rule is gone; then it is not tried. `hangs`: without the rule
    something never ends, so a time-out kills. `real`: its tests need Kafka or MongoDB.
    """

    name: str
    rule: str
    file: str
    old: str
    new: str
    caught_by: Sequence[str] = ()
    equivalent_because: str = ""
    hangs: bool = False
    real: bool = False


def mutate(mutant: Mutant, root: Path) -> str:
    """The file's text without the rule. Raises `LookupError` where its text is not there once,
    `SyntaxError` where what is left is no Python.
    """
    text = (root / mutant.file).read_text()
    if text.count(mutant.old) != 1:
        raise LookupError(f"its text stands {text.count(mutant.old)} times in {mutant.file}")
    mutated = text.replace(mutant.old, mutant.new)
    compile(mutated, mutant.file, "exec", dont_inherit=True)
    return mutated


def faults(mutants: Iterable[Mutant], root: Path) -> Iterator[str]:
    """A sentence for each thing that is wrong with the list, naming the mutant."""
    seen: set[str] = set()
    for mutant in mutants:
        if mutant.name in seen:
            yield f"{mutant.name}: named twice"
        seen.add(mutant.name)
        yield from (f"{mutant.name}: {fault}" for fault in _faults(mutant, root))


def _faults(mutant: Mutant, root: Path) -> Iterator[str]:
    try:
        mutate(mutant, root)
    except (LookupError, SyntaxError, OSError) as error:
        yield str(error)
    if bool(mutant.caught_by) == bool(mutant.equivalent_because):
        yield "says neither who catches it nor why nobody can, or both"
    for node in mutant.caught_by:
        if not _is_there(node, root):
            yield f"there is no test {node}"


def _is_there(node: str, root: Path) -> bool:
    """A test function of that name in that file; which of its parameters is pytest's affair."""
    file, _, rest = node.partition("::")
    name = rest.partition("[")[0]
    path = root / file
    if not name or not path.is_file():
        return False
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return any(isinstance(n, kinds) and n.name == name for n in ast.parse(path.read_text()).body)
