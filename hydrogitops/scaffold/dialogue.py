"""Asking for what is missing, one question at a time, each answer checked when given; never for a secret."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hydrogitops.config import defaults, required
from hydrogitops.config.answers import problems, refuse_wrong
from hydrogitops.config.messages import shown
from hydrogitops.model import UserError

Path = tuple[str | int, ...]

CHOICES: Mapping[tuple[str, ...], tuple[str, Sequence[str]]] = {
    ("engine",): ("What applies this repository", ("argocd", "flux")),
    ("flavour",): (
        "How Argo CD takes it (plain: it inflates the chart; rendered: it applies manifests that lie in git;"
        " eks-capability: likewise, run by AWS)",
        ("plain", "rendered", "eks-capability"),
    ),
    ("registry", "kind"): (
        "Registry that models are pushed to",
        ("dockerhub", "artifactory", "harbor", "ecr", "other", "in-cluster"),
    ),
    ("postgresql", "kind"): ("PostgreSQL", ("rds", "aurora", "external", "in-cluster")),
    ("mongodb", "kind"): ("MongoDB", ("external", "documentdb", "in-cluster")),
    ("storage", "kind"): ("Object store", ("s3", "minio", "other")),
    ("ingress", "kind"): ("Ingress to the user interface", ("none", "alb", "nginx")),
}
"""Decisions that other questions hang on. The default is what `defaults` says."""


@dataclass(frozen=True, slots=True)
class Question:
    """`check` says what is wrong with an answer, the empty text where nothing is. `choices` empty: free text."""

    path: Path
    text: str
    check: Callable[[str], str]
    choices: tuple[str, ...] = ()
    default: str = ""


Ask = Callable[[Question], str]
"""Puts a question to a person and gives the checked answer; KeyboardInterrupt where they had enough."""


def complete(given: Mapping[str, object], ask: Ask, *, allow_open: bool) -> dict[str, object]:
    """`given` with an answer to every question that it left open. With `allow_open` an empty answer stays open.

    UserError before the first question where something that is given is wrong.
    """
    refuse_wrong(given)
    answers: dict[str, Any] = deepcopy(dict(given))
    for path, (text, choices) in CHOICES.items():
        _choose(answers, Question(path, text, lambda _: "", tuple(choices), _usual(path)), ask)
    if answers.get("environments") is None:
        usual = ", ".join(defaults.PROFILES)
        names = ask(Question(("environments",), "Environments, with commas between", _check_names, default=usual))
        _name_environments(answers, names)
    _ask_for_ecr(answers, ask)
    asked: set[Path] = set()
    while question := next(_open(answers, asked, allow_open=allow_open), None):
        asked.add(question.path)
        text = ask(question)
        if text:
            put(answers, question.path, text)
    return answers


def _choose(answers: dict[str, Any], question: Question, ask: Ask) -> None:
    """Decide what isn't decided yet. Flavours are Argo CD's; a section that is no map is the model's to refuse."""
    *sections, last = question.path
    section = _section(answers, tuple(sections))
    flux = question.path == ("flavour",) and answers.get("engine") == "flux"
    if isinstance(section, dict) and section.get(last) is None and not flux:
        section[last] = ask(question)


def _usual(path: tuple[str, ...]) -> str:
    value: Any = defaults.complete({})
    for step in path:
        value = value[step]
    return str(value)


def _ask_for_ecr(answers: dict[str, Any], ask: Ask) -> None:
    """Before anything is typed that a no would be the end of."""
    registry = answers["registry"]
    if not isinstance(registry, dict) or registry.get("kind") != "ecr":
        return
    if registry.get("create_on_push_template") is not None:
        return
    path = ("registry", "create_on_push_template")
    text = "Has this registry a repository creation template for CREATE_ON_PUSH (ECR makes no repository without)"
    if ask(Question(path, text, lambda _: "", ("yes", "no"), "yes")) == "no":
        raise UserError(
            "registry.create_on_push_template: ECR makes no repository on push without a template, and manager pushes"
            " each model to one of its own",
            hint="create one (`aws ecr create-repository-creation-template --applied-for CREATE_ON_PUSH --prefix ROOT`)"
            " or choose another registry, and call `hydrogitops new` again",
        )
    registry["create_on_push_template"] = True


def put(answers: dict[str, Any], path: Path, value: object) -> None:
    """Set what stands at a path, making the maps on the way."""
    _section(answers, path[:-1])[path[-1]] = value


def _section(answers: dict[str, Any], path: Path) -> Any:
    """What stands at a path; a map where there is nothing yet."""
    target: Any = answers
    for step in path:
        if target.get(step) is None:
            target[step] = {}
        target = target[step]
    return target


def in_terminal(question: Question) -> str:
    """Ask on the terminal, with questionary."""
    import questionary

    text = f"{question.text}:"
    if question.choices:
        chosen = questionary.select(text, choices=list(question.choices), default=question.default).unsafe_ask()
    else:
        chosen = questionary.text(
            text, default=question.default, validate=lambda value: question.check(value.strip()) or True
        ).unsafe_ask()
    return str(chosen).strip()


def _open(answers: Mapping[str, Any], asked: set[Path], *, allow_open: bool) -> Iterator[Question]:
    """What is still missing, in order. Computed anew after each answer, because answers decide what is wanted."""
    for path, what in required.missing(defaults.complete(answers)):
        if path in asked or path == ("name",):
            continue
        where = f" ({path[1]})" if path[0] == "environments" else ""
        if path[-1] == "profile":
            yield Question(path, f"Profile{where}", lambda _: "", ("production", "staging", "dev"), "staging")
            continue
        text = f"{what[:1].upper()}{what[1:]}{where}{', empty: not known yet' if allow_open else ''}"
        yield Question(path, text, _check(answers, path, allow_open=allow_open))


def _check(answers: Mapping[str, Any], path: Path, *, allow_open: bool) -> Callable[[str], str]:
    def check(text: str) -> str:
        if not text:
            return "" if allow_open else "an answer is wanted here"
        candidate = deepcopy(dict(answers))
        before = set(problems(candidate, allow_open=True))
        put(candidate, path, text)
        after = problems(candidate, allow_open=True)
        found = [message for at, message in after if at[: len(path)] == path]
        # An answer can be wrong with another one: two environments in one namespace of one cluster.
        others = [f"{shown(at)}: {message}" for at, message in after if (at, message) not in before]
        return "; ".join(found or others)

    return check


def _check_names(text: str) -> str:
    from hydrogitops.config.answer_checks import environment_name

    names = [name.strip() for name in text.split(",")]
    if len(set(names)) < len(names):
        return "each name once"
    return next((problem for problem in map(environment_name, names) if problem), "")


def _name_environments(answers: dict[str, Any], names: str) -> None:
    """Each with the pool of the installation guide; what else it needs is asked for by name."""
    usual: Any = defaults.complete({})["environments"]
    pools = next(iter(usual.values()))["pools"]
    answers["environments"] = {name.strip(): {"pools": deepcopy(pools)} for name in names.split(",")}
