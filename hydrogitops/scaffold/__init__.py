"""Writing a GitOps repository: answers completed and checked, a plan made of them, the plan put on disk in one move."""

from .answers_file import answers_from
from .repository import Created, new
from .tree import tree

__all__ = ["Created", "answers_from", "new", "tree"]
