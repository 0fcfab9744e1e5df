"""Command line of `protocols.diehl_cook_sl.protocol`."""

from protocols.cli import prepare_process

prepare_process()

from protocols.diehl_cook_sl.protocol import PROTOCOL
from protocols.runs.command import main

if __name__ == "__main__":
    main(PROTOCOL)
