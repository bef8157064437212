"""Fakes that ship with the engine: a store in memory, and a bench that drives one service.

The same suite runs on the twin in memory and on real MongoDB: `bench_on` in tests/conftest.py.
"""

from shared.testing.bench import NOW, TEST_SECRET, Bench
from shared.testing.memory import MemorySession, MemoryStore

__all__ = ["NOW", "TEST_SECRET", "Bench", "MemorySession", "MemoryStore"]
