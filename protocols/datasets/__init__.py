"""Data sets of the four papers, and the user's own.

================  ======  ===================  =================================================
name              kind    training / test      comes from
================  ======  ===================  =================================================
``digits``        images  1437 / 360           scikit-learn, embedded (the default)
``mnist``         images  60000 / 10000        ``$SNN_DATA/mnist`` or downloaded
``fashion-mnist`` images  60000 / 10000        ``$SNN_DATA/fashion-mnist`` or downloaded
``cifar-10``      images  50000 / 10000        ``$SNN_DATA/cifar-10`` or downloaded
``n-mnist``       events  60000 / 10000        ``$SNN_DATA/n-mnist``, a subset is welcome
``auslan``        series  1710 / 855           ``$SNN_DATA/auslan``
``pedestrian``    images  1509 / 631           ``$SNN_DATA/pedestrian``
a path            images  the user's           a ``.npz`` file or a folder of class folders
================  ======  ===================  =================================================

``SNN_DATA`` is an environment variable which names a folder with one folder per set.
"""

from protocols.datasets.catalogue import NAMES, kind_of, load
from protocols.datasets.classes import drawn_classes, only_classes
from protocols.datasets.dataset import Dataset, Description
from protocols.datasets.images import has_colours, image_file
from protocols.datasets.splits import hold_out

__all__ = [
    "NAMES", "Dataset", "Description", "drawn_classes", "has_colours", "hold_out", "image_file",
    "kind_of", "load", "only_classes",
]
