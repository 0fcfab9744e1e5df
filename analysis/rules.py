"""When accuracy is measured: the four rules by which every run and every table reports it."""

RULES = {
    "end": "end of the run",
    "last_test": "last test before the end",
    "best_test": "best of the tests (selects on the test set)",
    "held_out": "held-out choice, tested once",
}
