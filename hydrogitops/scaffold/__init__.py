"""Writing a GitOps repository: answers completed and checked, a plan made of them, the plan put on disk in one move."""

from .repository import Created, new

__all__ = ["Created", "new"]
