"""Command line of `protocols.glsnn.protocol`."""

from protocols.cli import imports, prepare_process

prepare_process()

with imports():
    from protocols.glsnn.protocol import PROTOCOL
    from protocols.runs.command import main

if __name__ == "__main__":
    main(PROTOCOL)
