"""Settings of series of readings, shared by the protocols of Shrestha et al. (2019)."""

from dataclasses import dataclass

from models.errors import SuiteError
from protocols import datasets
from protocols.emstdp.series import FRAMINGS, SCALINGS, SeriesForm
from protocols.runs.declaration import setting
from protocols.runs.settings import RunSettings, declarations

SERIES = ("signs", "signs_draw", "frames", "framing", "scaling")
"""Settings that do nothing to images."""
FORM = SeriesForm()


@dataclass(frozen=True)
class SeriesSettings(RunSettings):
    """Which signs are learned, and as what intensities (section 4.4)."""

    signs: int = setting(0, "series", "classes that take part, drawn at random (0: all)",
                         at_least=0)
    signs_draw: int = setting(0, "series", "which draw of them", role="procedure", at_least=0)
    frames: int = setting(FORM.frames, "series", "frames that the network sees of a sample",
                          at_least=1, at_most=10**5)
    framing: str = setting(FORM.framing, "series", "of the whole sample, interpolated (resampled), "
                           "or its first ones", role="procedure", choices=FRAMINGS)
    scaling: str = setting(FORM.scaling, "series", "what becomes 0 and 1: each reading's "
                           "percentiles 1 and 99 in the training samples, or its range",
                           role="procedure", choices=SCALINGS)
    noise: float = setting(0.0, "training", "standard deviation of the noise that training samples "
                           "get in each presentation, as a share of the full intensity",
                           role="procedure", at_least=0, at_most=10)

    @property
    def series_form(self) -> SeriesForm:
        """How series become intensities."""
        return SeriesForm(self.frames, self.framing, self.scaling)

    def select(self, dataset: datasets.Dataset) -> datasets.Dataset:
        """The signs that take part.

        Shrestha et al. do not say which 50 of the 95 signs theirs were.

        Raises
        ------
        SuiteError
            If there are fewer; if the samples are no series and the settings of series others than
            their defaults, as those of a preset are.
        """
        if dataset.kind != "series":
            known = declarations(self)
            changed = [name for name in SERIES if getattr(self, name) != known[name].default]
            self._refuse_beside(dataset.kind, changed)
            return dataset
        if not self.signs:
            return dataset
        return datasets.drawn_classes(dataset, self.signs, self.signs_draw)

    def refuse_given(self, base: RunSettings, given: dict) -> None:
        """Refuse settings of series beside a set of another kind, and a draw of all signs."""
        kind = datasets.kind_of(self.dataset)
        if kind != "series":
            self._refuse_beside(kind, [name for name in SERIES if name in given])
        if not self.signs and "signs_draw" in given:
            raise SuiteError("--signs-draw chooses some of the signs, but all take part: give "
                             "--signs too, or leave it out")

    def _refuse_beside(self, kind: str, names: list[str]) -> None:
        """Refuse settings of series beside samples that are none."""
        if names:
            raise SuiteError(f"--{names[0].replace('_', '-')} is a setting of series, but "
                             f"{self.dataset} holds {kind}: leave it out, or choose a preset and a "
                             "--dataset that go together")
