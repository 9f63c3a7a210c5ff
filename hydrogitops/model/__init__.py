"""What all rooms speak of. Plain data; imports nothing of the project."""

from .documents import Broken, Document, Note, SourceFile
from .errors import UserError
from .findings import (
    SEVERITIES,
    Coverage,
    Edit,
    Fault,
    Finding,
    Fix,
    Occurrence,
    Policy,
    Related,
    RelatedPlace,
    Replacement,
    Scope,
    Severity,
    Subject,
    Suggestion,
    Unseen,
)
from .objects import (
    AppliedObject,
    Container,
    Environment,
    EnvVar,
    Evidence,
    JvmLaunch,
    LaunchText,
    Layer,
    Patch,
    Piece,
    Pool,
    Profile,
    Release,
    Role,
    SealedSecret,
    Workload,
)
from .places import At, Field, ObjectRef, Part, Place, Route, Span
from .report import Report

__all__ = [
    "SEVERITIES", "AppliedObject", "At", "Broken", "Container", "Coverage", "Document", "Edit", "EnvVar", "Environment",
    "Evidence", "Fault", "Field", "Finding", "Fix", "JvmLaunch", "LaunchText", "Layer", "Note", "ObjectRef", "Occurrence", "Part",
    "Patch", "Piece", "Place", "Policy", "Pool", "Profile", "Related", "RelatedPlace", "Release", "Replacement", "Report", "Role", "Route", "Scope",
    "SealedSecret", "Severity", "SourceFile", "Span", "Subject", "Suggestion", "Unseen", "UserError", "Workload",
]  # fmt: skip
