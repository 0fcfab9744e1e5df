"""Command line of `protocols.stbp.protocol`."""

from protocols.cli import imports, prepare_process

prepare_process()

with imports():
    from protocols.runs.command import main
    from protocols.stbp.protocol import PROTOCOL

if __name__ == "__main__":
    main(PROTOCOL)
