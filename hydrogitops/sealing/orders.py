"""Sealing without a dialogue: one value that is given, or values by chance."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from hydrogitops.model import UserError

from .parts import Answers, Recipe, key_of, recipes
from .place import Value, check, put, replaceable
from .targets import Repository, Target, find, listed
from .values import NEWLINE, Given, doubt, generate, refuse_empty

Confirm = Callable[[str], bool]
"""Whether a person wants it all the same, told what is doubtful."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was sealed, the files that were written for it, and what is worth saying."""

    sealed: tuple[Target, ...]
    files: tuple[str, ...]
    remarks: tuple[str, ...] = ()


def seal_value(
    repository: Repository,
    environment: str,
    name: str,
    key: str | None,
    given: Given,
    at: datetime,
    *,
    replace: bool = False,
    confirm: Confirm = lambda _: False,
) -> Outcome:
    """Seal one value for one key; no `key` where the object has a single one. UserError for everything refused."""
    target = one_key(repository, environment, name, key)
    check(repository, [target], at, replace=replace)
    refuse_empty(given)
    doubtful = doubt(given.plaintext, target.known.key if target.known is not None else None)
    if doubtful and not confirm(f"the value for {target.title} is doubtful: {doubtful}"):
        raise UserError(f"the value for {target.title}: {doubtful}", "nothing was sealed; --yes seals it as it is")
    done = put(repository, [Value(target, given.plaintext)], at)
    remarks = [f"{target.title}: {NEWLINE}"] if given.stripped else []
    remarks += done.remarks
    every = recipes(repository.view(environment), repository.targets(environment))
    remarks += made_of(every, every[key_of(target)], [target])
    return Outcome((target,), done.files, tuple(remarks))


def seal_generated(
    repository: Repository, environment: str, name: str, key: str | None, at: datetime, *, replace: bool = False
) -> Outcome:
    """Seal values by chance for a key, or for all keys of an object that are not sealed yet, and for every other key
    that repeats them or is composed of them, since nobody will know them afterwards. UserError for what is refused."""
    every = recipes(repository.view(environment), repository.targets(environment))
    found = find(repository, environment, name, key)
    chosen = [one for one in found if key is not None or replace or replaceable(one)]
    plain = [one for one in chosen if not every[key_of(one)].composed]
    if key is not None and not plain:
        raise UserError(f"{chosen[0].title} is composed of other values", f"generate those: {_parts(every, chosen[0])}")
    outside = [one for one in plain if _is_given(every[key_of(one)])]
    plain = [one for one in plain if one not in outside]
    if outside and not plain:
        raise UserError(
            f"{listed([one.title for one in outside])}: somebody outside decides that, so no value by chance fits",
            "seal what you were given: by standard input, --from-env or --from-file",
        )
    if not plain:
        raise UserError(f"{name} has no key that a value could be generated for", "--replace takes sealed ones too")
    check(repository, plain, at, replace=replace)
    answers = Answers()
    for one in plain:
        part = every[key_of(one)].parts[0]
        answers.given.setdefault(part.identity, generate(part.known))
    names = {key_of(one) for one in plain}
    others = [
        recipe.target
        for name_, recipe in every.items()
        if name_ not in names and answers.uses(recipe) and answers.complete(recipe)
    ]
    held = [one for one in others if not replace and not replaceable(one)]
    if held:
        raise UserError(
            f"{listed([one.title for one in held])} {'are' if len(held) > 1 else 'is'} sealed already, and made of the"
            f" value that would be generated for {listed([one.title for one in plain])}",
            "seal the value that is in use, or generate a new one for all with --replace",
        )
    lacking = [
        recipe.target.title
        for name_, recipe in every.items()
        if name_ not in names and answers.uses(recipe) and not answers.complete(recipe)
    ]
    if lacking:
        raise UserError(
            f"{listed(lacking)} {'are' if len(lacking) > 1 else 'is'} composed of it and of values that are not here,"
            " and nobody will know the generated one afterwards",
            f"give them together: hydrogitops seal --env {environment} asks for each value once",
        )
    check(repository, others, at, replace=replace)
    every_one = [*plain, *others]
    done = put(repository, [Value(one, answers.make(every[key_of(one)])) for one in every_one], at)
    remarks = [*done.remarks]
    for one in plain:
        remarks += made_of(every, every[key_of(one)], every_one)
    return Outcome(tuple(every_one), done.files, tuple(dict.fromkeys(remarks)))


def _is_given(recipe: Recipe) -> bool:
    """Whether the contract knows the key, and no alphabet for it: its value is made elsewhere."""
    known = recipe.parts[0].known
    return known is not None and not known.alphabet


def one_key(repository: Repository, environment: str, name: str, key: str | None) -> Target:
    """The target of a key; of the only one, where none is named."""
    found = find(repository, environment, name, key)
    if len(found) > 1:
        keys = [one.key for one in found]
        raise UserError(
            f"{name} has several keys: {listed(keys)}",
            f"say which: hydrogitops seal --env {environment} {name} {keys[0]}",
        )
    return found[0]


def made_of(every: Mapping[str, Recipe], sealed: Recipe, done: Iterable[Target]) -> Sequence[str]:
    """Keys that hold what was just sealed too, and were not sealed with it."""
    if sealed.composed:
        return ()
    names = {key_of(one) for one in done}
    identity = sealed.parts[0].identity
    remarks = []
    for name, recipe in every.items():
        if name in names or identity not in {part.identity for part in recipe.parts}:
            continue
        one = recipe.target
        how = "is composed of it" if recipe.composed else "has to repeat it"
        again = "" if replaceable(one) else " --replace"
        remarks.append(
            f"{one.title} {how}, and was not sealed:"
            f" hydrogitops seal --env {one.environment}{again} {one.written} {one.key}"
        )
    return remarks


def _parts(every: Mapping[str, Recipe], target: Target) -> str:
    """The keys that a composed one is made of, where there are such."""
    identities = {part.identity for part in every[key_of(target)].parts}
    plain = [one.target.title for one in every.values() if not one.composed and one.parts[0].identity in identities]
    return listed(plain) if plain else "there are none; seal it in the dialogue"
