"""Single image files, read with Pillow."""

import os
import pathlib

import numpy as np
from PIL import Image

from models.errors import SuiteError
from protocols.datasets.arrays import as_uint8
from protocols.datasets.files import reading

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".pgm", ".ppm", ".webp"}


def read_image(path, mode="L"):
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
        If the file is damaged, is no image, is transparent or has more than 8 bits a
        channel.
    """
    with reading(path), Image.open(path) as image:
        # Image.open reads the header only: load finds what is truncated.
        image.load()
        opaque = not image.has_transparency_data or image.convert("RGBA").getextrema()[3][0] == 255
        depth, pixels = image.mode, np.array(image.convert(mode))
    # Pillow cuts deeper values at 255, most of a 16-bit image would turn white.
    if depth[0] in "IF":
        raise SuiteError(f"{path} has more than 8 bits a pixel: save it with 8 bits")
    if not opaque:
        raise SuiteError(f"{path} has transparent pixels: save it on a plain background")
    return pixels


def image_file(path, image_shape):
    """Read one image to be classified.

    Parameters
    ----------
    path : path-like
        An image (PNG, JPEG, BMP ...) or an ``.npy`` array, uint8 or floats as told in
        `protocols.datasets.arrays.as_uint8`.
    image_shape : tuple of int
        Shape the network was trained on: (height, width), then the image is read as grey,
        or (height, width, 3), then as RGB.

    Returns
    -------
    ndarray of uint8, shape ``image_shape``

    Raises
    ------
    SuiteError
        If the file is missing or damaged, or its shape is not ``image_shape``.
    """
    path, image_shape = pathlib.Path(os.fspath(path)), tuple(image_shape)
    if path.is_dir():
        raise SuiteError(f"{path} is a folder: give one image file")
    if path.suffix == ".npy":
        with reading(path):
            array = np.load(path, allow_pickle=False)
        if not isinstance(array, np.ndarray):
            raise SuiteError(f"{path} is an .npz of several arrays: save one with numpy.save")
        image = as_uint8(array, str(path))
    else:
        image = read_image(path, "L" if len(image_shape) == 2 else "RGB")
    if image.shape != image_shape:
        raise SuiteError(
            f"{path} has the shape {image.shape}, the network was trained on {image_shape}: "
            f"crop or resize it"
        )
    return image
