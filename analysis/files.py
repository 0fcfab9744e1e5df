"""Files, read and written so that whatever is wrong with one is told in a line."""

import json
import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError, MissingData


def damaged(path: Path, reason: object) -> AnalysisError:
    """The error for a file that cannot be used, for a reason in words or another error."""
    words = " ".join(str(reason).split()).rstrip(".")
    return AnalysisError(f"{path}: {words}; mend the file, run the protocol again, or remove the "
                         "file to skip its figures")


def need_file(path: Path) -> None:
    """Refuse what cannot be read: a pipe, for one, would keep its reader waiting for ever.

    Raises
    ------
    MissingData
        Nothing is there.
    AnalysisError
        It is no regular file.
    """
    if not path.exists():
        raise MissingData(f"{path.name} is absent")
    if not path.is_file():
        raise damaged(path, "is no regular file")


def read_text(path: Path) -> str:
    """Contents of a text file in UTF-8.

    Raises
    ------
    MissingData
        The file is absent.
    AnalysisError
        It cannot be read.
    """
    need_file(path)
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, error) from error


def read_json(path: Path) -> Any:
    """Contents of a JSON file; errors are those of `read_text`."""
    def refuse(constant: str) -> None:
        raise ValueError(f"holds {constant}")

    text = read_text(path)
    try:
        return json.loads(text, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"not JSON ({error})") from error


def read_toml(path: Path) -> dict[str, Any]:
    """Contents of a TOML file; errors are those of `read_text`."""
    text = read_text(path)
    try:
        return tomllib.loads(text)
    # Numbers of thousands of digits are a ValueError, brackets in brackets a RecursionError.
    except (ValueError, RecursionError) as error:
        raise damaged(path, f"not TOML ({error})") from error


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that an interruption leaves the old one in place.

    Raises
    ------
    AnalysisError
        It cannot be written.
    """
    # Through a link, which stays one. A loop of links is an OSError later, not an error here.
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        if target.exists():
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise AnalysisError(f"{path}: {error.strerror or error}; check the path, its permissions "
                            "and the free disk space") from error
