"""Reading of one -XX word (HotSpot arguments.cpp parse_argument and process_argument)."""

from __future__ import annotations

import re

from hydrogitops.jvm import flags, numbers
from hydrogitops.jvm.settings import Failure, FailureKind, Options, Value, Warned
from hydrogitops.jvm.words import Word

_BOOLEAN = re.compile(r"[A-Za-z0-9_]{1,255}")
# Sizes that have a reading of their own, which IgnoreUnrecognizedVMOptions doesn't soften: flag → least bytes.
_OWN_SIZES = {"MaxHeapSize": 1, "ReservedCodeCacheSize": 1}
_OWN_SIZES_8 = {
    "MaxHeapSize": 1,
    "ReservedCodeCacheSize": 1,
    "MaxDirectMemorySize": 0,
    "CodeCacheExpansionSize": 4096,
    "TLESize": 1,
    "ParallelGCOldGenAllocBufferSize": 1,
    "ParallelGCToSpaceAllocBufferSize": 1,
    "CMSMarkStackSize": 1,
    "G1MarkStackSize": 1,
    "CMSMarkStackSizeMax": 1,
}
# Words of 1.3 and of early collectors that JDK 8 takes and that bear on nothing here.
_TAKEN_8 = (
    *("+CMSPermGenSweepingEnabled", "-CMSPermGenSweepingEnabled", "+UseGCTimeLimit", "-UseGCTimeLimit"),
    *("MaxTLERatio=", "TLEFragmentationRatio=", "TLEThreadRatio=", "+ResizeTLE", "-ResizeTLE", "+PrintTLE"),
    *("-PrintTLE", "+UseTLE", "-UseTLE", "CMSParPromoteBlocksToClaim=", "ParCMSPromoteBlocksToClaim="),
)
_OTHER_FILES = ("Flags=", "VMOptionsFile=")
# Flags with which the VM prints and ends.
_EXITS = ("+PrintFlagsInitial", "+PrintFlagsRanges")
_MOST_AGE = 16


def take(options: Options, body: str, word: Word, *, ignoring: bool, command_line: bool) -> None:
    """Read what follows "-XX:"; sets the flag, or adds a failure."""
    jdk = options.jdk
    name, equals, value = body.partition("=")
    if equals:
        own = _OWN_SIZES_8 if jdk == 8 else _OWN_SIZES
        if name in own:
            size = numbers.size(value, jdk)
            if size is None or size < own[name]:
                options.failures.append(Failure("bad-size", word, name, value))
            else:
                options.set(name, size, word, command_line=True)
            return
        if name == "MaxTenuringThreshold" and jdk > 8:
            _tenuring(options, value, word)
            return
    if _special(options, body, word):
        return
    failure = _parse(options, body, word, command_line=command_line)
    if failure is None or (jdk == 8 and ignoring):
        return
    _judge(options, failure, body, word, ignoring=ignoring)


def _special(options: Options, body: str, word: Word) -> bool:
    """Words that are matched before flags are looked up; True where that is all."""
    if options.jdk == 8:
        if body.startswith(_TAKEN_8):
            return True
        for sign, other in (("+NeverTenure", "AlwaysTenure"), ("+AlwaysTenure", "NeverTenure")):
            if body.startswith(sign):
                options.set(sign[1:], True, word, command_line=True)
                options.set(other, False, word, command_line=True)
                return True
    elif body in ("+NeverTenure", "+AlwaysTenure"):
        never = body == "+NeverTenure"
        options.set("NeverTenure", never, word, command_line=True)
        options.set("AlwaysTenure", not never, word, command_line=True)
        options.set("MaxTenuringThreshold", _MOST_AGE if never else 0, word, command_line=True)
        return True
    if body == _EXITS[0] or (body == _EXITS[1] and options.jdk > 8):
        options.failures.append(Failure("exits", word))
        return True
    if body.startswith("StartFlightRecording") and body[20:21] in ("", "=", ":"):
        return True
    if body.startswith("NativeMemoryTracking=") and (options.jdk > 8 or word.source == "args"):
        value = body.partition("=")[2]
        if value not in ("off", "summary", "detail"):
            options.failures.append(
                Failure("bad-value", word, "NativeMemoryTracking", value, "it takes off, summary or detail")
            )
            return True
    return body.startswith(_OTHER_FILES[0]) or (options.jdk > 8 and body.startswith(_OTHER_FILES[1]))


def _tenuring(options: Options, value: str, word: Word) -> None:
    age = None if value.startswith("-") else numbers.size(value, options.jdk)
    if age is None:
        options.failures.append(Failure("bad-value", word, "MaxTenuringThreshold", value))
    elif age > _MOST_AGE:
        options.failures.append(Failure("out-of-range", word, "MaxTenuringThreshold", value, f"0 to {_MOST_AGE}"))
    else:
        options.set("MaxTenuringThreshold", age, word, command_line=True)
        options.set("NeverTenure", False, word, command_line=True)
        options.set("AlwaysTenure", age == 0, word, command_line=True)


def _parse(options: Options, body: str, word: Word, *, command_line: bool) -> Failure | None:
    """Set the flag and return nothing, or tell what is wrong with the value of a flag that this JDK would look up."""
    sign = body[:1] if body[:1] in ("+", "-") else ""
    name, equals, value = body[len(sign) :].partition("=")
    reset = bool(equals) and not sign and name.endswith(":")
    if reset:
        name = name[:-1]
    unknown = Failure("unknown-flag", word, name, value)
    if not _BOOLEAN.fullmatch(name):
        return unknown
    flag = flags.find(name, options.jdk)
    if flag is None or flag.kind == "debug-build":
        return unknown
    if flag.kind == "logging":
        if reset or not (sign or equals) or (sign and equals):
            return unknown
        options.warned.append(Warned(word, name, ignored=False))
        return None
    deprecated = flag.deprecated
    if flag.kind == "alias":
        flag = flags.find(flag.real, options.jdk)
        assert flag is not None
    if flag.kind == "obsolete" or (flag.lock and not options.on(flag.lock)):
        return unknown
    taken = _value(options, flag, sign, equals, value, word, reset=reset)
    if isinstance(taken, Failure):
        return taken
    if deprecated == "always" or (deprecated == "on" and taken is True):
        options.warned.append(Warned(word, name, ignored=False))
    options.set(flag.name, taken, word, command_line=command_line)
    return None


def _value(
    options: Options, flag: flags.Flag, sign: str, equals: str, value: str, word: Word, *, reset: bool
) -> Value | Failure:
    bad = Failure("bad-value", word, flag.name, value)
    if flag.kind == "bool":
        return bad if equals or not sign else sign == "+"
    if sign or not equals:
        return bad
    if flag.kind in ("string", "strings"):
        return value
    if reset:
        return bad
    number = (
        numbers.real(value, options.jdk) if flag.kind == "double" else numbers.integer(value, flag.kind, options.jdk)
    )
    if number is None:
        return bad
    if options.jdk > 8 and flag.least is not None and flag.most is not None and not flag.least <= number <= flag.most:
        return out_of_range(flag, word, value)
    return number


def out_of_range(flag: flags.Flag, word: Word, value: str) -> Failure:
    """The failure of a number outside its flag's range."""
    least, most = (None if end is None else f"{end:.16g}" for end in (flag.least, flag.most))
    return Failure("out-of-range", word, flag.name, value, f"{least} to {most}")


def _judge(options: Options, failure: Failure, body: str, word: Word, *, ignoring: bool) -> None:
    """What the VM says of a word that it could not take: ignored, locked, malformed or unknown."""
    jdk = options.jdk
    plain = body[1:] if body[:1] in ("+", "-") else body
    name, equals, value = plain.partition("=")
    flag = flags.find(name, jdk)
    if (flag is not None and flag.kind == "obsolete") or flags.ignored_by_prefix(plain, jdk):
        options.warned.append(Warned(word, name, ignored=True))
        return
    if body.startswith("#"):
        return
    kind: FailureKind
    if flag is None or flag.kind in ("alias", "logging"):
        if not ignoring:
            options.failures.append(Failure("unknown-flag", word, name, value))
        return
    if flag.kind == "debug-build":
        if not ignoring:
            options.failures.append(Failure("debug-build", word, name, value))
        return
    if flag.lock and not options.on(flag.lock):
        options.failures.append(Failure("locked", word, name, value, flag.lock))
        return
    signed = plain is not body
    if flag.kind == "bool" and not signed:
        kind = "missing-sign"
    elif flag.kind != "bool" and signed:
        kind = "unexpected-sign"
    else:
        kind = failure.kind if failure.kind == "out-of-range" else "bad-value"
    detail = failure.detail if kind == "out-of-range" else "" if equals else "no value"
    options.failures.append(Failure(kind, word, name, value, detail))
