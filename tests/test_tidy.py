"""What the linters cannot say about the repository (CONTRIBUTING.md, "Checks").

Each check is a function of a text or of names, giving a sentence per fault. Below each test of the
repository stands one that plants a fault and sees the check turn red.
"""

import ast
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = ("services/", "shared/", "ops/", "examples/", "proofs/")
SERVICES = ("intake", "placement", "payroll", "counseling")

DOMAIN_IMPORTS = frozenset(
    {"collections", "dataclasses", "datetime", "decimal", "enum", "fractions", "functools"}
    | {"bisect", "hashlib", "heapq", "itertools", "math", "re", "typing", "unicodedata"}
    | {"pydantic", "shared", "services"}  # which of the last two: import-linter's contracts
)
MODULE_LINES_MAX = 300
FUNCTION_LINES_MAX = 50
DRIVER = "shared/mongo/driver.py"
# Where the modules of a folder of tests are; other folders of tests mirror no module.
HOMES = {
    "shared": ("shared",),
    "ops": ("ops", "examples"),  # examples are run from outside, as `ops` is
    "proofs": ("proofs",),
    **{name: (f"services/{name}",) for name in SERVICES},
}
# Of Python, Node, Rust, Go, Java, Docker and Debian; in pieces, so that none is named here either.
REGISTRY_HOSTS = tuple(
    ".".join(pieces)
    for pieces in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("hub", "docker", "com"),
        ("registry-1", "docker", "io"),
        ("ghcr", "io"),
        ("quay", "io"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
    )
)

Faults = Iterator[str]


@cache
def repository() -> dict[str, str]:
    """Every file that is, or would be, committed: its path and its text."""
    command = ("git", "ls-files", "--cached", "--others", "--exclude-standard")
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    names = [name for name in sorted(listing.stdout.splitlines()) if (ROOT / name).is_file()]
    return {name: (ROOT / name).read_text(errors="replace") for name in names}


def files(pattern: str, under: tuple[str, ...] = ("",)) -> list[str]:
    matches = re.compile(pattern).search
    return [name for name in repository() if name.startswith(under) and matches(name)]


def faults(names: Iterable[str], check: Callable[[str], Faults]) -> list[str]:
    return [f"{name}: {fault}" for name in names for fault in check(repository()[name])]


DOMAIN_FILES = r"^services/\w+/domain(\.py$|/.*\.py$)"


# The domain is pure: what import-linter's deny-list cannot know is missing from it.


def foreign_imports(text: str) -> Faults:
    for module in imported(text):
        if module.partition(".")[0] not in DOMAIN_IMPORTS:
            yield f"imports {module or 'its own folder'}"


def imported(text: str) -> Iterator[str]:
    """Absolute names; a relative import gives "", which nothing allows."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, level=level):
                yield (module or "") if level == 0 else ""


def test_domains_import_only_what_is_pure() -> None:
    assert len(files(DOMAIN_FILES)) >= len(SERVICES)
    assert faults(files(DOMAIN_FILES), foreign_imports) == []


@pytest.mark.parametrize(
    "planted", ["import httpx", "from time import time", "from . import cohorts", "import os.path"]
)
def test_a_planted_import_is_found(planted: str) -> None:
    assert list(foreign_imports(f"import math\n\n\ndef f() -> None:\n    {planted}\n"))


# Small enough to be read in one sitting.


def too_long(text: str) -> Faults:
    lines = len(text.splitlines())
    if lines > MODULE_LINES_MAX:
        yield f"{lines} lines: a module over {MODULE_LINES_MAX} becomes a folder of its name"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > FUNCTION_LINES_MAX:
                yield f"{node.name} has {length} lines, at most {FUNCTION_LINES_MAX}"


def test_modules_and_functions_are_short() -> None:
    assert faults(files(r"\.py$", OURS), too_long) == []


def test_a_planted_long_function_and_module_are_found() -> None:
    body = "    x = 1\n"
    longest = f"def f() -> None:\n{body * 49}"

    assert list(too_long(longest)) == []
    assert list(too_long(longest + body)) == ["f has 51 lines, at most 50"]
    assert list(too_long(f"async {longest}{body}"))
    assert list(too_long("x = 1\n" * 300)) == []
    assert list(too_long("x = 1\n" * 301))


# Whoever looks for a module's tests finds them under the same name.


def mirrorless(tests: Iterable[str], modules: Iterable[str]) -> Faults:
    """Tests in the folders of `HOMES` whose module, a file or a folder, is not there."""
    there = set(modules) | {str(parent) for name in modules for parent in Path(name).parents}
    for test in tests:
        home, *inner = Path(test).relative_to("tests").parts
        name = "/".join([*inner[:-1], inner[-1].removeprefix("test_").removesuffix(".py")])
        wanted = [f"{folder}/{name}" for folder in HOMES[home]]
        if not any(path in there or f"{path}.py" in there for path in wanted):
            yield f"{test}: there is no {wanted[0]}.py"


def test_every_test_has_its_module() -> None:
    tests = files(r"/test_\w+\.py$", tuple(f"tests/{folder}/" for folder in HOMES))

    assert list(mirrorless(tests, files(r"\.py$", OURS))) == []


def test_a_planted_test_without_a_module_is_found() -> None:
    modules = ("services/payroll/handlers/paying.py", "shared/bus/inbox.py", "ops/bank.py")
    right = ("tests/payroll/handlers/test_paying.py", "tests/shared/test_bus.py")
    wrong = ("tests/payroll/test_paying.py", "tests/ops/test_banks.py", "tests/intake/test_api.py")

    assert list(mirrorless(right, modules)) == []
    assert len(list(mirrorless(wrong, modules))) == len(wrong)


# Where packages come from is the machine's affair: its mirror, its proxy.


def registry_hosts(text: str) -> Faults:
    yield from (f"names {host}" for host in REGISTRY_HOSTS if host in text.lower())


def test_no_file_names_a_package_registry() -> None:
    assert faults(repository(), registry_hosts) == []


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_a_planted_registry_is_found(host: str) -> None:
    assert list(registry_hosts(f"index-url = https://files.{host.upper()}/simple"))


# What is installed is what was locked, from wherever it comes.


def loose_locks(text: str) -> Faults:
    """A lock's faults: an option that names an index, an address, a version without a hash."""
    for entry in re.split(r"(?<!\\)\n", text):
        words = entry.replace("\\\n", " ").split()
        if not words or words[0].startswith("#"):
            continue
        if "://" in entry or words[0].startswith("-"):
            yield f"{words[0]} names an index or an address"
        elif "==" not in words[0]:
            yield f"{words[0]} has no version"
        elif not any(word.startswith("--hash=sha256:") for word in words):
            yield f"{words[0]} has no hash"


def test_locks_have_hashes_and_no_addresses() -> None:
    locks = files(r"^requirements/\w+\.txt$")

    assert {Path(lock).stem for lock in locks} == {"dev", "ops", *SERVICES}
    assert faults(locks, loose_locks) == []


@pytest.mark.parametrize(
    "planted",
    [
        "rich==15.0.0",
        "rich>=15 \\\n    --hash=sha256:aa",
        "--index-url somewhere",
        "rich @ https://example.com/rich.whl \\\n    --hash=sha256:aa",
    ],
)
def test_a_planted_loose_lock_is_found(planted: str) -> None:
    right = "aiokafka==0.14.0 \\\n    --hash=sha256:bb \\\n    --hash=sha256:cc\n"

    assert list(loose_locks(right)) == []
    assert list(loose_locks(f"{right}{planted}\n{right}"))


# Money is integer won, shares are fractions: a float comes near neither.


def floats(text: str) -> Faults:
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Constant(value=float(value)):
                yield f"line {node.lineno}: the float {value}"
            case ast.Name(id="float"):
                yield f"line {node.lineno}: float"


def test_no_float_comes_near_money() -> None:
    assert faults([*files(DOMAIN_FILES), "shared/money.py"], floats) == []


@pytest.mark.parametrize(
    "planted", ["rate = 0.045", "won = float(x)", "def f(x: float): ...", "1e3"]
)
def test_a_planted_float_is_found(planted: str) -> None:
    assert list(floats(f"half = Fraction(1, 2)\n{planted}\n"))


# Motor's support ends: what has to change then stands in one module (docs/decisions/0003).


def motor_imports(text: str) -> Faults:
    yield from (f"imports {m}" for m in imported(text) if m.partition(".")[0] == "motor")


def test_one_module_imports_motor() -> None:
    assert [*motor_imports(repository()[DRIVER])]
    assert faults([n for n in files(r"\.py$", OURS) if n != DRIVER], motor_imports) == []


@pytest.mark.parametrize("planted", ["import motor", "from motor.motor_asyncio import core"])
def test_a_planted_import_of_motor_is_found(planted: str) -> None:
    assert list(motor_imports(f"def f() -> None:\n    {planted}\n"))


# A document that points to nothing is worse than none.


def links(text: str) -> Iterator[str]:
    """Where a page's links and pictures lead inside the repository, without the part after #."""
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    targets = re.findall(r"\]\(([^)\s]+)\)|(?:src|href|srcset)=\"([^\"]+)\"", prose)
    for target in (one or other for one, other in targets):
        if not re.match(r"[a-z]+:|#", target):
            yield target.partition("#")[0]


def dead_links(page: str, text: str, exists: Callable[[Path], bool]) -> Faults:
    for link in links(text):
        if not exists(Path(page).parent / link):
            yield f"{page}: there is no {link}"


def test_every_link_in_the_documents_leads_somewhere() -> None:
    pages = {name: repository()[name] for name in files(r"\.md$")}
    found = [f for p, text in pages.items() for f in dead_links(p, text, is_in_repository)]

    assert {"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md"} <= pages.keys()
    assert found == []


def is_in_repository(path: Path) -> bool:
    target = (ROOT / path).resolve()
    return target.is_relative_to(ROOT) and target.exists()


def test_a_planted_dead_link_is_found() -> None:
    text = '[a](b.md#c) [d](#e) [f](https://g) ![h](i.svg) <img src="j.svg"> `[k](l.md)`'

    assert list(links(text)) == ["b.md", "i.svg", "j.svg"]
    assert list(dead_links("docs/x.md", text, lambda path: path.name == "b.md")) == [
        "docs/x.md: there is no i.svg",
        "docs/x.md: there is no j.svg",
    ]
    assert not is_in_repository(Path("docs/../../elsewhere"))
