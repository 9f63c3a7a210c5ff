"""The dialogue: what is unsealed, one thing after the other; what several keys are made of is asked for once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from hydrogitops.model import UserError

from .dialogue import Ask
from .orders import Outcome, made_of
from .parts import Answers, Identity, Part, Recipe, key_of, recipes
from .place import Value, check, check_certificate, put, replaceable
from .targets import Repository, Target
from .values import NEWLINE, doubt, generate, refuse_empty, stripped

LATER = "leave it for later"
CHANCE = "generate one that nobody sees"

Say = Callable[[Outcome], None]


@dataclass(slots=True)
class Walked:
    """What became of a walk. `left`: nobody gave a value; `refused`: titles and reasons of what could not be sealed."""

    left: list[Target] = field(default_factory=list)
    refused: list[tuple[Target, str]] = field(default_factory=list)


@dataclass(slots=True)
class _Asked:
    answers: Answers = field(default_factory=Answers)
    told: Mapping[Identity, Part] = field(default_factory=dict)
    """Parts by the words of what is composed of them, which say more than the name of a key."""
    skipped: set[Identity] = field(default_factory=set)
    remarks: list[str] = field(default_factory=list)


def walk(
    repository: Repository,
    environment: str,
    wanted: Sequence[Target],
    ask: Ask,
    at: datetime,
    *,
    say: Say,
    replace: bool = False,
    named: bool = False,
) -> Walked:
    """Ask for the values of the targets in order, and seal each as soon as all that it is made of is known, together
    with every other unsealed key that is made of the same. What is sealed stays so if the walk is broken off.

    `replace`: sealed keys made of the same are sealed anew with them. `named`: somebody asked for this one key, so
    leaving it out is no answer, and a refusal ends it all.
    """
    check_certificate(repository, environment, at)
    every = recipes(repository.view(environment), repository.targets(environment))
    open_ = {key_of(one) for one in wanted} | {key for key, one in every.items() if replace or replaceable(one.target)}
    told = {part.identity: part for one in every.values() if one.composed and not one.lacking for part in one.parts}
    asked, walked = _Asked(told={} if named else told), Walked()
    done: set[str] = set()
    said: set[str] = set()
    for target in wanted:
        recipe = every[key_of(target)]
        if key_of(target) in done:
            continue
        try:
            _check(repository, recipe, at)
        except UserError as refusal:
            if named:
                raise
            walked.refused.append((target, refusal.message))
            continue
        if not _ask_all(recipe, ask, asked, named=named):
            walked.left.append(target)
            continue
        batch = [target]
        for key, other in every.items():
            mine = key in open_ and key not in done and key != key_of(target)
            if mine and asked.answers.uses(other) and asked.answers.complete(other):
                try:
                    _check(repository, other, at)
                except UserError as refusal:
                    walked.refused.append((other.target, refusal.message))
                    done.add(key)
                    continue
                batch.append(other.target)
        result = put(repository, [Value(one, asked.answers.make(every[key_of(one)])) for one in batch], at)
        done.update(map(key_of, batch))
        new = [remark for remark in result.remarks if remark not in said]
        said.update(new)
        say(Outcome(tuple(batch), result.files, (*asked.remarks, *new)))
        asked.remarks.clear()
    _say_rest(every, done, open_, say)
    walked.left = [one for one in walked.left if key_of(one) not in done]
    return walked


def _say_rest(every: Mapping[str, Recipe], done: set[str], open_: set[str], say: Say) -> None:
    """Sealed keys that hold an older value of what was sealed now, or have to hold the same."""
    sealed = [every[key].target for key in done if key in open_]
    remarks = [line for one in sealed for line in made_of(every, every[key_of(one)], sealed)]
    typed = {part.identity for one in sealed if every[key_of(one)].composed for part in every[key_of(one)].parts}
    for key, recipe in every.items():
        if key not in open_ and not recipe.composed and recipe.parts[0].identity in typed:
            remarks.append(f"{recipe.target.title} was sealed before: see that it is the value that was given now")
    if remarks:
        say(Outcome((), (), tuple(dict.fromkeys(remarks))))


def unsealed(targets: Iterable[Target]) -> list[Target]:
    """The targets in whose place nothing of worth stands."""
    return [one for one in targets if replaceable(one)]


def _check(repository: Repository, recipe: Recipe, at: datetime) -> None:
    if recipe.lacking:
        raise UserError(
            f"{recipe.target.title} cannot be composed: {recipe.lacking}",
            "answer that first, or give the whole value on standard input",
        )
    check(repository, [recipe.target], at, replace=True)


def _ask_all(recipe: Recipe, ask: Ask, asked: _Asked, *, named: bool) -> bool:
    """Ask for the parts that are not known yet; whether all are known then. Where one is left for later, so are those
    that were asked for with it: a name without its password is nothing to seal."""
    known = asked.answers.given
    missing = [part for part in recipe.parts if part.identity not in known]
    given: dict[Identity, bytes] = {}
    for part in missing:
        hidden = named and not recipe.composed
        value = None
        if part.identity not in asked.skipped:
            value = _ask(asked.told.get(part.identity, part), ask, asked, named=named, hidden=hidden)
        if value is None:
            asked.skipped.update(one.identity for one in missing)
            return False
        given[part.identity] = value
    known.update(given)
    return True


def _ask(part: Part, ask: Ask, asked: _Asked, *, named: bool, hidden: bool) -> bytes | None:
    """The value of a part; None where a person leaves it for later. `named`: they may not."""
    shown = part.open and not hidden
    while True:
        text = ask.text(part.question, part.default) if shown else ask.hidden(part.question)
        given = stripped(text.encode("utf-8", "surrogateescape"))
        if not given.plaintext:
            if named:
                refuse_empty(given)
            if shown or (part.known is not None and not part.known.alphabet):
                return None
            return generate(part.known) if ask.choose(f"{part.question} is empty", (LATER, CHANCE)) == CHANCE else None
        doubtful = doubt(given.plaintext, part.known)
        if doubtful and not ask.confirm(f"The value is doubtful: {doubtful}. Take it all the same?"):
            continue
        if given.stripped:
            asked.remarks.append(f"{part.question}: {NEWLINE}")
        return given.plaintext
