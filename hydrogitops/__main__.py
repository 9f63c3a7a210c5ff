"""The program. `--version` answers before anything else is imported; all else is `cli.root`."""

import os
import sys


def main() -> int:
    """Run the command line of this process; the exit code."""
    if sys.argv[1:] == ["--version"]:
        from . import __version__

        print(f"hydrogitops {__version__}")  # noqa: T201
        return 0
    for name in ("stdout", "stderr"):
        # A closed stream is no stream at all; what nobody wants to read may go where nothing is kept.
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    try:
        from .cli.root import run
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)  # noqa: T201
        return 130
    import gc

    # What is read is needed to the end: looking for garbage meanwhile, and once more at exit, is an eighth of a run.
    gc.set_threshold(50_000, 20, 100)
    try:
        return run(sys.argv[1:])
    finally:
        gc.freeze()


if __name__ == "__main__":
    if not sys.flags.safe_path:
        # `python -m` takes modules from the working directory first: from the repository that is judged.
        del sys.path[0]
    sys.exit(main())
