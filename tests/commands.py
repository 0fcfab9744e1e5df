"""Command lines, called in this process."""

import pytest

from protocols.runs.asked import chosen_base, parser_of, settings_of
from protocols.runs.command import main


def one_line(error, program):
    """Assert that standard error holds one line of the program beside warnings; return it."""
    error = "".join(line for line in error.splitlines(keepends=True)
                    if not line.startswith(f"{program}: warning: "))
    assert error.startswith(f"{program}: ") and error.count("\n") == 1, error
    assert "Traceback" not in error
    return error


def refused(capsys, protocol, *words):
    """The one line with which a protocol's command line refuses the words."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        main(protocol, [str(word) for word in words])
    assert stopped.value.code == 2
    return one_line(capsys.readouterr().err, protocol.name)


def asked(protocol, *words):
    """Settings that a command line asks for."""
    words = [str(word) for word in words]
    base = chosen_base(protocol, words)
    return settings_of(protocol, base, parser_of(protocol, base).parse_args(words))[0]
