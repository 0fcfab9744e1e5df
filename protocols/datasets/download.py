"""Downloads whose content is checked before anything reads it."""

import hashlib
import pathlib
import tempfile

import pooch
import requests

from models.errors import SuiteError

CHUNK = 65536
"""Bytes taken at a time; pooch's default of 1 KiB makes large archives slow."""


def check_sha256(content, sha256, source):
    """Raise SuiteError unless ``content`` (bytes-like) has the SHA-256 ``sha256``."""
    if hashlib.sha256(content).hexdigest() != sha256:
        raise SuiteError(f"{source} is not the published file, its SHA-256 differs")


def fetch(urls, target, verify):
    """Download a file from the first mirror which serves the published content.

    The mirrors compress the same content in different ways, so that the SHA-256 is taken of
    the unpacked content (`verify`), not of the file. A file that fails is deleted; nothing
    unchecked ever bears the name ``target``.

    Parameters
    ----------
    urls : sequence of str
        Mirrors, tried in this order.
    target : pathlib.Path
    verify : callable
        Takes the path of the downloaded file, raises SuiteError if its content is bad.

    Raises
    ------
    SuiteError
        If no mirror could be reached or served the published content, or the file cannot
        be written.
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
                    verify(unchecked)
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
