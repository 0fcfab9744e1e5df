"""Runs side by side: the calls that they make at the same time go to their network as one.

Each run is a thread with a learner, checkpoints and a directory of its own, as if it were alone.
Its learner asks here for compiled networks. Runs whose networks are equal share one. A call waits
until every other run has made one too; then networks that are alike show the samples of all their
callers as replicas (`models.devices.compiled_network.CompiledNetwork.replicas`). On a GPU networks
are alike if they differ in numbers of their equations alone: they are one kernel. So a run need not
be at the same sample, in the same phase or of the same length as the others, may learn by other
numbers, and has the bits that it has alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from models.devices.shared_networks import SharedNetworks
from models.errors import SuiteError
from models.shared.cpu_time import cpu_seconds
from protocols.cli import import_brian2
from protocols.runs.protocol import Protocol
from protocols.runs.run import run
from protocols.runs.settings import RunSettings

if TYPE_CHECKING:
    from models.devices.compiled_network import CompiledNetwork, Records


@dataclass(frozen=True)
class Replica:
    """One of the runs side by side.

    Attributes
    ----------
    settings : RunSettings
    out : Path
        Run directory.
    command : str
        For its summary.
    resume : bool
        Continue from the directory's checkpoint, if there is one.
    name : str
        Begins what is said of it; by default its seed.
    """

    settings: RunSettings
    out: Path
    command: str = ""
    resume: bool = False
    name: str = ""

    @property
    def title(self) -> str:
        """Its name."""
        return self.name or f"seed {self.settings.seed}"


def run_together(protocol: Protocol, replicas: Sequence[Replica], quiet: bool = False
                 ) -> list[dict]:
    """Make several runs side by side.

    Parameters
    ----------
    protocol : Protocol
    replicas : sequence of Replica
        With directories of their own.
    quiet : bool
        Say nothing but warnings.

    Returns
    -------
    list of dict
        Their summaries.

    Raises
    ------
    SuiteError
        If some failed, once all others are done; with what the first of them said.
    """
    # The runs' threads cannot import it.
    import_brian2()
    together = Together(len(replicas))
    found = [None] * len(replicas)

    def make(place: int) -> None:
        replica = replicas[place]
        member = Member(together, replica.title)
        try:
            found[place] = run(protocol, replica.settings, replica.out, replica.command,
                               replica.resume, quiet, member)
        except BaseException as error:
            found[place] = error
        finally:
            together.leave(member)

    threads = [threading.Thread(target=make, args=(place,)) for place in range(len(replicas))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException:  # KeyboardInterrupt above all
        together.stop()
        for thread in threads:
            thread.join()
        raise
    return _summaries(replicas, found)


def _summaries(replicas, found):
    """What the runs returned, or an error that tells of all that failed."""
    failed = [(replica.title, error) for replica, error in zip(replicas, found)
              if isinstance(error, BaseException)]
    for _, error in failed:
        if not isinstance(error, SuiteError):
            raise error
    if failed:
        title, error = failed[0]
        raise SuiteError(f"{len(failed)} of {len(replicas)} runs failed; {title}: {error}")
    return found


class Together:
    """Where runs meet.

    Parameters
    ----------
    runs : int
        How many there are; each ends by `leave`.

    Attributes
    ----------
    networks : models.devices.shared_networks.SharedNetworks
    """

    def __init__(self, runs: int):
        self.runs = runs
        self.networks = SharedNetworks()
        self._running = runs
        self._calls = []
        self._meeting = threading.Condition()
        self._stopped = False

    def show(self, member: Member, network: CompiledNetwork, states: Sequence[dict],
             stimuli: Sequence[dict]) -> list[tuple[dict, Records]]:
        """Call a network, once or several times, when every run has made a call.

        Raises
        ------
        SuiteError
            As the network does for these arguments alone.
        KeyboardInterrupt
            If the runs are stopped meanwhile.
        """
        calls = [_Call(member, network, state, given) for state, given in zip(states, stimuli)]
        with self._meeting:
            self._calls += calls
            self._serve_if_all_wait()
            while not all(call.served for call in calls):
                if self._stopped:
                    raise KeyboardInterrupt
                self._meeting.wait()
        for call in calls:
            if call.error is not None:
                raise call.error
        return [call.result for call in calls]

    def leave(self, member: Member) -> None:
        """End a run: the others wait for it no longer."""
        with self._meeting:
            self._running -= 1
            self._calls = [call for call in self._calls if call.member is not member]
            self._serve_if_all_wait()

    def stop(self) -> None:
        """Interrupt all runs at their next call."""
        with self._meeting:
            self._stopped = True
            self._meeting.notify_all()

    def _serve_if_all_wait(self) -> None:
        """Answer the calls, if each run that has not ended has made one."""
        if self._stopped or not self._calls:
            return
        if len({id(call.member) for call in self._calls}) < self._running:
            return
        calls = self._calls
        self._calls = []
        together = {}
        for call in calls:
            together.setdefault(call.likeness, []).append(call)
        for alike in together.values():
            _serve(alike)
        self._meeting.notify_all()


class _Call:
    """What a run asks of a network, and the answer."""

    def __init__(self, member, network, state, stimuli):
        self.member = member
        self.network = network
        self.state = state
        self.stimuli = stimuli
        self.likeness = network.likeness
        self.served = False
        self.result = None
        self.error = None


def _serve(calls):
    """Answer calls of networks that can be shown together."""
    try:
        results = calls[0].network.replicas(
            [call.state for call in calls], [call.stimuli for call in calls],
            [call.network for call in calls])
    except SuiteError:
        # It does not say whose fault it is: the others are to go on.
        for call in calls:
            try:
                call.result = call.network(call.state, call.stimuli)
            except SuiteError as error:
                call.error = error
    except BaseException as error:
        for call in calls:
            call.error = error
    else:
        for call, result in zip(calls, results):
            call.result = result
    for call in calls:
        call.served = True


class Member:
    """A run's place among those side by side: what stands for devices and clock of its own.

    Parameters
    ----------
    together : Together
    title : str
        Begins what is said of the run.
    """

    def __init__(self, together: Together, title: str = ""):
        self.title = title
        self._together = together

    def compile_network(self, build: Callable, device: str = "cpp_standalone",
                        label: str = "compiled", precision: str = "float64", threads: int = 1,
                        announce: Callable[[str], None] | None = None) -> SharedNetwork:
        """As `models.devices.compile_network`, for this run."""
        network = self._together.networks(build, device, label, precision, threads, announce)
        return SharedNetwork(self, self._together, network)

    def cpu_seconds(self) -> float:
        """An equal share of the processor seconds of all runs."""
        return cpu_seconds() / self._together.runs


class SharedNetwork:
    """A compiled network as one of the runs sees it; its calls wait for those of the others.

    Parameters
    ----------
    member : Member
    together : Together
    network : models.devices.compiled_network.CompiledNetwork
    """

    def __init__(self, member: Member, together: Together, network: CompiledNetwork):
        self._member = member
        self._together = together
        self._network = network

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __call__(self, state: dict, stimuli: dict) -> tuple[dict, Records]:
        """As of a compiled network."""
        return self.replicas([state], [stimuli])[0]

    def replicas(self, states: Sequence[dict], stimuli: Sequence[dict]
                 ) -> list[tuple[dict, Records]]:
        """As of a compiled network; those of other runs are shown beside them."""
        return self._together.show(self._member, self._network, states, stimuli)
