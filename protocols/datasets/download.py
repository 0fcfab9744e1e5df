"""Downloads whose content is checked before anything reads it."""

import hashlib
import pathlib
import tempfile
from collections.abc import Sequence

import pooch
import requests

from models.errors import SuiteError

CHUNK = 65536
"""Bytes taken at a time; pooch's default of 1 KiB makes large archives slow."""


def check_sha256(path: pathlib.Path, sha256: str) -> None:
    """Raise SuiteError unless the bytes of a file have the SHA-256 ``sha256``."""
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        raise SuiteError(f"{path} is not the published file, its SHA-256 differs")


def fetch(urls: Sequence[str], target: pathlib.Path, sha256: str) -> None:
    """Download a file from the first mirror which serves the published one.

    The SHA-256 is that of the file as it comes: nothing is unpacked or read before it is
    found to be right. A file that fails is deleted; nothing unchecked ever bears the name
    ``target``.

    Parameters
    ----------
    urls : sequence of str
        Mirrors, tried in this order.
    target : pathlib.Path
    sha256 : str
        Of the published file, in hexadecimal digits.

    Raises
    ------
    SuiteError
        If no mirror could be reached or served the published file, or it cannot be written.
    """
    # Accept-Encoding: a server may otherwise have the .gz unpacked on its way.
    downloader = pooch.HTTPDownloader(
        progressbar=True, chunk_size=CHUNK, headers={"Accept-Encoding": "identity"}
    )
    failures = []
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
            unchecked = pathlib.Path(scratch) / target.name
            for url in urls:
                try:
                    downloader(url, unchecked, None)
                    check_sha256(unchecked, sha256)
                except (requests.ConnectionError, requests.Timeout):
                    failures.append(f"{url}: no connection")
                except requests.RequestException as error:
                    failures.append(str(error))
                except SuiteError:
                    failures.append(f"{url}: damaged or not the published file, deleted")
                else:
                    unchecked.replace(target)
                    return
    except OSError as error:
        raise SuiteError(f"cannot write {target} ({error.strerror}): make room there") from error
    raise SuiteError(f"could not download {target.name} ({'; '.join(failures)})")
