"""Single image files, read with Pillow."""

import os
import pathlib
from collections.abc import Sequence

import numpy as np
from PIL import Image

from models.errors import SuiteError
from protocols.datasets.arrays import as_uint8
from protocols.files import reading, regular_file
from protocols.npz import read_npy

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".ppm", ".webp"}
"""Files of a folder that are taken for images."""

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "PPM", "WEBP")
"""Pillow's names of the formats that are read, whatever the name of the file says. Other
decoders stay shut: that of EPS starts a program, Ghostscript."""


def read_image(path: str | os.PathLike, mode: str = "L") -> np.ndarray:
    """Read an image file as grey values, or as RGB.

    Parameters
    ----------
    path : path-like
    mode : {'L', 'RGB'}
        Colours become grey by ITU-R 601 luma, as Pillow does it.

    Returns
    -------
    ndarray of uint8, shape (height, width) or (height, width, 3)

    Raises
    ------
    SuiteError
        If the file is damaged, is no regular file, is no image of `FORMATS`, is transparent
        or has more than 8 bits a channel.
    """
    advice = f"save it as {', '.join(FORMATS)} or give another one"
    with reading(path, advice), Image.open(regular_file(path), formats=FORMATS) as image:
        # Image.open reads the header only: load finds what is truncated.
        image.load()
        opaque = not image.has_transparency_data or image.convert("RGBA").getextrema()[3][0] == 255
        depth = image.mode
        pixels = np.array(image.convert(mode))
    # Pillow cuts deeper values at 255, most of a 16-bit image would turn white.
    if depth[0] in "IF":
        raise SuiteError(f"{path} has more than 8 bits a pixel: save it with 8 bits")
    if not opaque:
        raise SuiteError(f"{path} has transparent pixels: save it on a plain background")
    return pixels


def has_colours(path: str | os.PathLike) -> bool:
    """Whether an image file that `read_image` reads holds other colours than grey.

    Parameters
    ----------
    path : path-like
    """
    with reading(path), Image.open(regular_file(path), formats=FORMATS) as image:
        if image.mode in ("1", "L", "LA"):
            return False
        channels = np.array(image.convert("RGB"))
    return bool((channels != channels[..., :1]).any())


def resized(pixels: np.ndarray, shape: Sequence[int]) -> np.ndarray:
    """An image of another size, by Pillow's bilinear filter; its sides are scaled each for itself.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (height, width) or (height, width, 3)
    shape : sequence of int
        Height and width to be, and what else follows them.

    Returns
    -------
    ndarray of uint8
    """
    if pixels.shape[:2] == tuple(shape[:2]):
        return pixels
    size = (shape[1], shape[0])
    return np.array(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def image_file(path: str | os.PathLike, image_shape: Sequence[int],
               resize: bool = False) -> np.ndarray:
    """Read one image to be classified.

    Parameters
    ----------
    path : path-like
        An image of one of `FORMATS` or an ``.npy`` array, uint8 or floats as told in
        `protocols.datasets.arrays.as_uint8`.
    image_shape : tuple of int
        Shape the network was trained on: (height, width), then the image is read as grey,
        or (height, width, 3), then as RGB.
    resize : bool
        Bring an image of another height and width to this one.

    Returns
    -------
    ndarray of uint8, shape ``image_shape``

    Raises
    ------
    SuiteError
        If the file is missing, damaged or no regular file, or its shape is not
        ``image_shape``.
    """
    path = pathlib.Path(path)
    image_shape = tuple(image_shape)
    if path.suffix == ".npy":
        image = as_uint8(read_npy(path, "save it again with numpy.save"), str(path))
    else:
        image = read_image(path, "L" if len(image_shape) == 2 else "RGB")
    if resize and image.ndim == len(image_shape):
        image = resized(image, image_shape)
    if image.shape != image_shape:
        raise SuiteError(
            f"{path} has the shape {image.shape}, the network was trained on {image_shape}: "
            "crop it, or give --resize"
        )
    return image
