"""Runs for programs that import nothing of the suite, such as the notebooks of `analysis`.

    python -m protocols.api train_once runs/mine '{"protocol": "stbp", "epochs": 2}'
    python -m protocols.api measure_pairing runs/mine-pairing
    python -m protocols.api measure_angles runs/mine '{"samples": 500}'

Each calls the function of that name of `protocols.api` with the directory and these keywords. What is
finished stays as it is.
"""

from protocols.cli import Parser, clear_errors, imports, prepare_process

prepare_process()

import argparse
import inspect
import json

with imports():
    from models.errors import SuiteError
    from protocols import api

PROGRAM = "api"
FUNCTIONS = ("train_once", "measure_pairing", "measure_angles")


def arguments(argv: list[str] | None = None) -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(prog=f"python -m protocols.{PROGRAM}", description=__doc__,
                    formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("function", choices=FUNCTIONS)
    parser.add_argument("directory", metavar="RUN_DIR")
    parser.add_argument("keywords", nargs="?", default="{}", metavar="JSON",
                        help="an object: the function's arguments by name")
    return parser.parse_args(argv)


def main(argv: list[str] | None = None) -> None:
    """Command line."""
    with clear_errors(PROGRAM):
        options = arguments(argv)
        try:
            keywords = json.loads(options.keywords)
        except json.JSONDecodeError as error:
            raise SuiteError(f"the third argument is no JSON: {error}") from None
        if not isinstance(keywords, dict):
            raise SuiteError("the third argument is no JSON object, such as '{\"epochs\": 2}'")
        function = getattr(api, options.function)
        try:
            given = inspect.signature(function).bind(options.directory, **keywords)
        except TypeError as error:
            raise SuiteError(f"{options.function}: {error}") from None
        function(*given.args, **given.kwargs)


if __name__ == "__main__":
    main()
