"""Command line of `protocols.diehl_cook_sl.protocol`."""

from protocols.cli import imports, prepare_process

prepare_process()

with imports():
    from protocols.diehl_cook_sl.protocol import PROTOCOL
    from protocols.runs.command import main

if __name__ == "__main__":
    main(PROTOCOL)
