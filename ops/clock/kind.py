"""Which clock a stack has. Chosen once: days that were made up cannot become real, nor real ones
be stepped.
"""

import os
from enum import StrEnum
from pathlib import Path

from ops.clock.calendar import ClockError


class Kind(StrEnum):
    REAL = "real"
    SIMULATED = "simulated"


def keep_kind(path: Path, asked: Kind | None) -> Kind:
    """The stack's kind, written down the first time: what is asked for, else real. Raises
    `ClockError` when another is asked for later.
    """
    kept = _read(path)
    if kept is None:
        kept = asked or Kind.REAL
        _write(path, kept)
    if asked not in {None, kept}:
        raise ClockError(
            f"this stack's clock is {kept} for life, not {asked}: unset WOMANUP_CLOCK, or begin "
            "anew with empty volumes"
        )
    return kept


def _read(path: Path) -> Kind | None:
    try:
        return Kind(path.read_text().strip())
    except FileNotFoundError:
        return None
    except ValueError:
        raise ClockError(f"{path} does not say real or simulated: mend it") from None


def _write(path: Path, kind: Kind) -> None:
    """Whole or not at all, and there after a power cut: the days that follow rest on it."""
    new = path.with_suffix(".new")
    with new.open("w") as file:
        file.write(f"{kind}\n")
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
