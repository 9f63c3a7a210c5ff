"""Write and judge GitOps repositories that run the Hydrosphere platform on Amazon EKS.

lint       judge a repository
Report     what it gives back: findings, coverage, an exit code
UserError  what a person can mend
"""

from __future__ import annotations

__version__ = "0.1.0"
__all__ = ["Coverage", "Finding", "Report", "UserError", "__version__", "lint"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .linter.front import lint as lint
    from .model import Coverage as Coverage
    from .model import Finding as Finding
    from .model import Report as Report
    from .model import UserError as UserError


def __getattr__(name: str) -> object:
    """Loads a public name when it is first asked for: importing the package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name == "lint":
        from .linter.front import lint

        value: object = lint
    else:
        from . import model

        value = getattr(model, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
