"""Samples shown in chunks to a network that does not learn."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from models.devices.compiled_network import CompiledNetwork, Records


def show_chunks(network: "CompiledNetwork", state: dict, chunks: Sequence[dict], workers: int
                ) -> list["Records"]:
    """Show each chunk from the same state on.

    A device that runs replicas side by side gets all chunks at once. It keeps one copy of what
    no replica changes, such as weights.

    Parameters
    ----------
    network : models.devices.compiled_network.CompiledNetwork
    state : dict
    chunks : sequence of dict
        Stimuli of a call each.
    workers : int
        Calls at a time on other devices.

    Returns
    -------
    list of models.devices.compiled_network.Records
        In the order of the chunks.

    Raises
    ------
    SuiteError
        As of a call.
    """
    if network.side_by_side:
        return [records for _, records in network.replicas([state] * len(chunks), chunks)]

    def show(stimuli):
        return network(state, stimuli)[1]

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(show, chunks))
