"""Programs whose arrays begin where a line of the cache begins.

In an array that begins elsewhere, every second vector of 32 bytes lies across two lines, and the
processor reads both. Training in float32 took 0.90 (N = 400) and 0.92 (N = 1600)
of the time for the network of Hao et al., 0.95 to 0.98 for that of Shrestha et al. with 500 neurons
(medians of 9 to 15 turns, which the programs took one after the other on an Intel Xeon). At N = 100
nothing changed.
"""

LINE = 64
"""Bytes of a cache line on x86 and most ARM processors; elsewhere nothing is lost."""

HEADERS = (
    "#include <cstdlib>",
    "#include <new>",
    "void *operator new[](std::size_t bytes)",
    "{",
    "    void *found = nullptr;",
    f"    if (posix_memalign(&found, {LINE}, bytes)) throw std::bad_alloc();",
    "    return found;",
    "}",
    "void operator delete[](void *array) noexcept { std::free(array); }",
)
"""Lines with which a source is to begin: Brian2 makes all arrays by ``new[]``."""
