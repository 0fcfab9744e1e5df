"""Command line of `protocols.emstdp_pairing.protocol`."""

from protocols.cli import imports, prepare_process

prepare_process()

with imports():
    from protocols.emstdp_pairing.protocol import MEASUREMENT
    from protocols.runs.measurement import main

if __name__ == "__main__":
    main(MEASUREMENT)
