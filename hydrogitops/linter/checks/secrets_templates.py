"""Checks on the templates of a SealedSecret: what they name has to be there, and they hold no credential themselves."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING

from hydrogitops.linter.inputs import Parameters, SecretView
from hydrogitops.linter.sealed_values import TEMPLATE_DATA, fault_at
from hydrogitops.model import Fault, Field, Related
from hydrogitops.secrets.plaintext import known_secret, literal, names_credential, random_text
from hydrogitops.source.shapes import node

if TYPE_CHECKING:
    from hydrogitops.secrets.templates import Refusal, Template, Use

    _Problem = tuple[Use | Refusal, str, str]
    """The spot in the template, what is wrong there, and the way out."""


def template_data(view: SecretView, parameters: Parameters) -> Iterator[Fault]:
    """A template that cannot be parsed, that names a key which is not there, or that holds a credential."""
    data = node(view.secret.object.data, TEMPLATE_DATA)
    if not isinstance(data, Mapping):
        return
    # Few secrets have templates; what reads them is large.
    from hydrogitops.secrets.templates import read

    # Newer controllers offer a template the plain texts beside it, too.
    keys = frozenset((*view.secret.keys, *data))
    for key, text in data.items():
        if not isinstance(text, str):
            continue
        template = read(text)
        problems: list[_Problem] = [*_refused(template, keys), *_absent(template, keys)]
        if problems:
            yield _fault(view, key, text, problems)
        if _holds_credential(key, text, template):
            message = "holds what looks like a credential in plain text; whoever reads the repository has it"
            way = f'rotate it, seal the new one, and name its key: {{{{ index . "{key}" }}}}'
            yield fault_at(view, (*TEMPLATE_DATA, key), _of(key, message), "in plain text", mild="warning", way=way)


def _refused(template: Template, keys: Collection[str]) -> Iterator[_Problem]:
    """Why the controller cannot parse it."""
    for one in template.refusals:
        if one.kind == "dash":
            name = _near(one.text, keys)
            yield one, f"writes .{one.text}, where a dash ends the name", f'write {{{{ index . "{name}" }}}}'
        elif one.kind == "function":
            yield (
                one,
                f"calls {one.text}, which the controller does not have",
                "do without it; sprig's others are there",
            )
        else:
            yield one, f"does not parse: {one.text}", "correct it"


def _absent(template: Template, keys: Collection[str]) -> Iterator[_Problem]:
    """Keys that it names and that are not there: the Secret gets `<no value>`, and that counts as success."""
    for use in template.uses:
        name = ".".join(use.keys)
        if len(use.keys) > 1:
            # No value is a map: this fails even where its first name is a key.
            words = f'{{{{ index . "{_near(name, keys)}" }}}}'
            yield use, f"names .{name}, and no key has others below it", f"write {words}"
        elif not use.tolerated and name not in keys:
            near = get_close_matches(name, sorted(keys), n=1)
            way = f"{near[0]} is meant, or seal {name}" if near else f"seal {name}, or correct the name"
            yield use, f"names {name}, which is not among the keys", way


def _near(name: str, keys: Collection[str]) -> str:
    return name if name in keys else next(iter(get_close_matches(name, sorted(keys), n=1)), name)


def _holds_credential(key: str, text: str, template: Template) -> bool:
    if any(known_secret(one) for one in template.literals):
        return True
    if template.uses or "{{" in text:
        return False
    return (names_credential(key) and literal(text, key)) or random_text(text, key)


def _fault(view: SecretView, key: str, text: str, problems: list[_Problem]) -> Fault:
    """One fault a template, whatever is wrong in it; where it has several lines, each spot is related."""
    route = (*TEMPLATE_DATA, key)
    related = tuple(
        Related(Field(view.secret.object.ref, route, (spot.start, spot.end)), words)
        for spot, words, _ in problems
        if "\n" in text.strip()
    )
    said = dict.fromkeys(words for _, words, _ in problems)
    ways = dict.fromkeys(way for _, _, way in problems)
    message = _of(key, "; ".join(said))
    return fault_at(view, route, message, "this template", related=related, way="; ".join(ways))


def _of(key: str, message: str) -> str:
    return f"the template of {key} {message}"
