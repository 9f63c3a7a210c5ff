"""The words that stop a JVM, as problems: one a word, quoting before words torn apart before everything else."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from hydrogitops.jvm import flags, mending, numbers
from hydrogitops.jvm.problem import OptionProblem, at, shown
from hydrogitops.jvm.settings import Failure, Options
from hydrogitops.jvm.words import Word

_DASHES_AND_BLANKS = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u00a0\u2007\u202f\u200b\u3000\ufeff"
_TYPED = re.compile(
    rf"""['"`;\\\u2018\u2019\u201c\u201d{_DASHES_AND_BLANKS}]|,(?:-|$)|\$[({{A-Za-z_]|\{{\{{|}}}}|^#""",
)
_NEGATIVE = re.compile(r"-[0-9]+(?:\.[0-9]+)?")
_DIGITS = re.compile(r"[0-9]+[kmgtKMGT]?")
_SEVERAL = re.compile(r"[ \t\n]-[XDe]")
_GROUPS = re.compile(r"""['"]|{{|}}""")
_CLOSING = {"'": "'", '"': '"', "{{": "}}"}
_VALUE = re.compile(r"[=:]?[0-9].*", re.DOTALL)
_UNIT = re.compile(r"[kmgtKMGT][iI]?[bB]?")
_PLAIN_FLAG = re.compile(r"(?:-X(?:mx|ms|mn|ss)|-XX:[A-Za-z0-9_]+)[=:]*")
_LAUNCHER_WORD = re.compile(
    r"-(?:server|client|cp|classpath|jar|version|showversion|X|XshowSettings.*|Xdiag|help|noverify|verbosegc|splash:.*)"
    r"|--(?:class-path.*|dry-run|list-modules|show-version|version)|@.+"
)
_SIZE_NAME = re.compile(r"(?:Size|SizeInBytes|Bytes|RAM|SizeLimit)$")
# Up to four digits were hardly meant as bytes.
_STACK_IN_BYTES = re.compile(r"-X?ss0*([1-9][0-9]{0,3})")


def fatal_problems(options: Options) -> list[OptionProblem]:
    """Problems for the words that stop the VM, in no order; wont-start only where no other rule explains the exit."""
    failures: dict[tuple[str, int], Failure] = {}
    for failure in options.failures:
        failures.setdefault((failure.word.source, failure.word.start), failure)
    problems = list(_runs(options, failures))
    problems += [_quoted(failure) or _problem(options, failure) for failure in failures.values()]
    # What the other rules explain is enough to exit, and values may contradict only because of it.
    return [problem for problem in problems if problem.rule != "wont-start"] or problems


def _runs(options: Options, failures: dict[tuple[str, int], Failure]) -> Iterator[OptionProblem]:
    """Problems that cover several words; takes their failures away."""
    by_source: dict[str, list[Word]] = {}
    for word in options.words:
        by_source.setdefault(word.source, []).append(word)
    for source, words in by_source.items():
        if not any(key[0] == source for key in failures):
            continue
        for first, last in _quoted_runs(words):
            run = words[first : last + 1]
            if any((source, word.start) in failures for word in run):
                _drop(failures, run)
                # Quotes around a value with blanks: no quoting brings that through an unquoted variable.
                plain = mending.plain(*run) if run[0].text[0] in "'\"" else ""
                yield _quoting(run[0], run[-1], plain)
        index = 0
        while index < len(words):
            length = _torn(words, index, failures)
            if length > 1:
                run = words[index : index + length]
                _drop(failures, run)
                joined = mending.join(run)
                message = f"the JVM exits: a blank parts {shown(run[0].text)} from its value; write {shown(joined)}"
                yield at(run[0], "size-space", message, fatal=True, suggestion=joined, last=run[-1])
            index += max(length, 1)


def _drop(failures: dict[tuple[str, int], Failure], run: Sequence[Word]) -> None:
    for word in run:
        failures.pop((word.source, word.start), None)


def _quoted_runs(words: list[Word]) -> Iterator[tuple[int, int]]:
    """Words from one that opens a quote, or a template's braces, to the one that closes it: they were meant as one."""
    opened: tuple[int, str] | None = None
    for index, word in enumerate(words):
        for found in _GROUPS.finditer(word.text):
            sign = found.group()
            if opened is None and sign in _CLOSING:
                opened = (index, _CLOSING[sign])
            elif opened is not None and sign == opened[1]:
                if opened[0] < index:
                    yield opened[0], index
                opened = None


def _torn(words: list[Word], index: int, failures: dict[tuple[str, int], Failure]) -> int:
    """How many words from here on are one option that blanks tear apart; 1 where it stands alone."""
    word = words[index]
    failed = [(other.source, other.start) in failures for other in words[index : index + 3]]
    following = [other.text for other in words[index + 1 : index + 3]]
    if not failed[0] or not following:
        return 1
    if word.text in ("-", "-XX:") and not following[0].startswith("-"):
        return 2
    if _PLAIN_FLAG.fullmatch(word.text):
        if following[0] in ("=", ":", ":="):
            return 3 if len(following) > 1 and not following[1].startswith("-") else 2
        if _VALUE.fullmatch(following[0]):
            return 2
    if word.text[-1:].isdigit() and failed[1] and _UNIT.fullmatch(following[0]):
        return 2
    return 1


def _quoted(failure: Failure) -> OptionProblem | None:
    text = failure.word.text
    if failure.kind == "open-quote":
        message = f"the JVM exits: nothing closes the quote {text[:1]} in {failure.word.source}"
        return at(failure.word, "quoting", message, fatal=True)
    if _SEVERAL.search(text):
        message = f"the JVM exits: one argument holds several options: {shown(text)}"
        return at(failure.word, "quoting", message, fatal=True)
    if not _TYPED.search(text):
        return None
    return _quoting(failure.word, failure.word, mending.plain(failure.word))


def _quoting(first: Word, last: Word, plain: str) -> OptionProblem:
    text = first.text
    if "$" in text or "{{" in text:
        message = f"the JVM exits: it gets {shown(text)} as it stands, nothing puts a value in its place"
        return at(first, "quoting", message, fatal=True, last=last)
    found = _TYPED.search(text)
    sign = "a quote" if found is None else _sign(found.group())
    message = f"the JVM exits: {sign} reaches it as part of the word {shown(text)}"
    return at(first, "quoting", message, fatal=True, suggestion=plain, last=last)


def _sign(found: str) -> str:
    if found[:1] in _DASHES_AND_BLANKS:
        return f"a typographic dash or blank (U+{ord(found[0]):04X})"
    names = {",": "a comma", ";": "a semicolon", "\\": "a backslash", "#": "a comment"}
    return names.get(found[:1], "a quote")


def _problem(options: Options, failure: Failure) -> OptionProblem:
    word, text, jdk = failure.word, failure.word.text, options.jdk
    kind = failure.kind
    if kind == "bad-size":
        return _bad_size(options, failure)
    if kind in ("bad-value", "out-of-range"):
        return _bad_value(options, failure)
    if kind == "stack-too-small":
        return _small_stack(word, failure.detail)
    if kind == "initial-over-max":
        most = options.number("MaxHeapSize", 0)
        fix = f"-Xms{numbers.option(most)}" if most and text.startswith("-Xms") else ""
        message = f"the JVM exits: the initial heap of {shown(text)} is above the maximum of {numbers.human(most)}"
        return at(word, "xms-over-xmx", message, fatal=True, suggestion=fix)
    if kind == "collectors":
        if failure.detail == "off":
            message = f"the JVM exits: {shown(text)} turns off the collector it would take, and no other is named"
        else:
            message = f"the JVM exits: {shown(text)} asks for a second garbage collector"
        return at(word, "gc-conflict", message, fatal=True)
    if kind == "locked":
        unlock = f"-XX:+{failure.detail}"
        message = f"the JVM exits: {failure.flag} is locked on JDK {jdk} without {unlock} before it"
        return at(word, "locked-flag", message, fatal=True, suggestion=f"{unlock} {text}")
    if kind in ("unknown-flag", "debug-build", "unknown-option", "removed-option"):
        return _unknown(options, failure)
    return _other(failure)


def _other(failure: Failure) -> OptionProblem:
    word, text = failure.word, failure.word.text
    fix = ""
    if failure.kind == "main-class":
        message = f"the JVM exits: {shown(text)!r} doesn't begin with a dash, so java takes it for the main class"
    elif failure.kind == "exits":
        message = f"the JVM exits: with {shown(text)} it prints and ends, no application runs"
    elif failure.kind == "needs-argument":
        message = f"the JVM exits: nothing follows {shown(text)}"
    elif failure.kind == "not-in-variable":
        message = f"the JVM exits: {shown(text)} is not allowed in {word.source}"
    elif failure.kind == "missing-sign":
        sign = "-" if failure.value.casefold() == "false" else "+"
        fix = f"-XX:{sign}{failure.flag}"
        message = f"the JVM exits: {failure.flag} is switched with + or -: {fix}"
    elif failure.kind == "unexpected-sign":
        fix = f"-XX:{failure.flag}={failure.value}" if failure.value else ""
        message = f"the JVM exits: {failure.flag} takes a value, no + or -"
    else:
        message = f"the JVM exits: {failure.detail}"
    return at(word, "wont-start", message, fatal=True, suggestion=fix)


def _bad_size(options: Options, failure: Failure) -> OptionProblem:
    word, value = failure.word, failure.value
    if value[:1] in ("=", ":"):
        return _separator(failure)
    if value != value.strip():
        return _separator(failure)
    size = numbers.size(value, options.jdk)
    if size is not None and failure.flag == "-Xss" and options.jdk == 8:
        return _small_stack(word, "228k")
    if size is not None:
        limit = "1024m at most" if failure.flag == "-Xss" else "more than 0"
        return at(
            word, "wont-start", f"the JVM exits: {shown(word.text)} is out of range, it must be {limit}", fatal=True
        )
    fix = mending.size(word.text, value)
    message = f"the JVM exits: {_no_size(word, value)}"
    return at(word, "size-syntax", message, fatal=True, suggestion=fix)


def _no_size(word: Word, value: str) -> str:
    if not value:
        return f"{shown(word.text)} has no value"
    if _DIGITS.fullmatch(value):
        return f"{shown(value)} is more than it can count"
    return f"{_shown(value)} is no size to it, only digits and one of k, m, g, t are"


def _shown(value: str) -> str:
    return repr(shown(value)) if value else "nothing"


def _separator(failure: Failure) -> OptionProblem:
    joined = mending.separator(failure.word.text)
    message = f"the JVM exits: {shown(failure.word.text)} has a wrong sign or a blank too many; write {shown(joined)}"
    return at(failure.word, "size-space", message, fatal=True, suggestion=joined)


def _bad_value(options: Options, failure: Failure) -> OptionProblem:
    word, name, value = failure.word, failure.flag, failure.value
    if (value[:1] in ("=", ":") or value != value.strip()) and failure.kind == "bad-value" and name != "-Xlog":
        return _separator(failure)
    flag = flags.find(name, options.jdk)
    if name.endswith("RAMPercentage"):
        if failure.kind == "out-of-range" or (options.jdk > 8 and _NEGATIVE.fullmatch(value)):
            message = f"the JVM exits: {name} must lie between 0 and 100, not {shown(value)}"
            return at(word, "pct-range", message, fatal=True)
        form = "digits, a point and digits" if options.jdk == 8 else "digits, with a point and digits if need be"
        message = f"the JVM exits: {_shown(value)} is no percentage to JDK {options.jdk}, it takes {form}"
        return at(word, "pct-syntax", message, fatal=True, suggestion=mending.percentage(word.text, value))
    if name == "ThreadStackSize" and value[-1:] in numbers.UNITS and failure.kind == "out-of-range":
        message = f"the JVM exits: {name} counts kilobytes, so {shown(value)} is far beyond its range"
        return at(word, "xss-unit", message, fatal=True)
    if failure.kind == "out-of-range":
        message = f"the JVM exits: {name} must be from {failure.detail}, not {shown(value)}"
        return at(word, "wont-start", message, fatal=True)
    if flag is not None and flag.kind == "bool":
        fix = f"-XX:{word.text[4]}{name}" if word.text[4:5] in ("+", "-") else ""
        message = f"the JVM exits: {name} is switched with + or - alone"
        return at(word, "wont-start", message, fatal=True, suggestion=fix)
    if flag is not None and _SIZE_NAME.search(name) and not value.startswith("-"):
        message = f"the JVM exits: {_no_size(word, value)}"
        return at(word, "size-syntax", message, fatal=True, suggestion=mending.size(word.text, value))
    reason = failure.detail or f"{_shown(value)} is no number"
    return at(word, "wont-start", f"the JVM exits at {shown(word.text)}: {reason}", fatal=True)


def _small_stack(word: Word, least: str) -> OptionProblem:
    stack = _STACK_IN_BYTES.fullmatch(word.text)
    if stack is not None:
        fix = f"-Xss{stack.group(1)}k"
        return at(
            word, "xss-unit", f"the JVM exits: {word.text} counts bytes, not kilobytes", fatal=True, suggestion=fix
        )
    message = f"the JVM exits: the stack of {shown(word.text)} is too small, {least} is the least"
    return at(word, "xss-small", message, fatal=True, suggestion="-Xss512k")


def _unknown(options: Options, failure: Failure) -> OptionProblem:
    word, text, jdk = failure.word, failure.word.text, options.jdk
    name = failure.flag
    if failure.kind == "unknown-option":
        if _LAUNCHER_WORD.fullmatch(text) and word.source != "args":
            message = f"the JVM exits: {shown(text)} belongs to the java command, {word.source} is read by the VM"
            return at(word, "wont-start", message, fatal=True)
        if not text.startswith("-"):
            message = f"the JVM exits: {shown(text)!r} doesn't begin with a dash, so it is no option"
            return at(word, "wont-start", message, fatal=True)
        message = f"the JVM exits: JDK {jdk} has no option {shown(text)!r}"
        return at(word, "removed-flag", message, fatal=True, suggestion=mending.option(text))
    if failure.kind == "removed-option":
        return at(word, "removed-flag", f"the JVM exits: JDK {jdk} no longer has {shown(name)}", fatal=True)
    flag = name.rstrip().partition(":")[0]
    if flag != name and flags.find(flag, jdk) is not None:
        joined = mending.separator(text)
        message = f"the JVM exits: {shown(text)} has a wrong sign or a blank too many; write {shown(joined)}"
        return at(word, "size-space", message, fatal=True, suggestion=joined)
    if failure.kind == "debug-build":
        return at(word, "removed-flag", f"the JVM exits: only debug builds of JDK {jdk} have {name}", fatal=True)
    known = [other for other in flags.JDKS if flags.find(name, other) is not None]
    if any(other < jdk for other in known):
        successor = flags.successor(name)
        message = f"the JVM exits: JDK {jdk} no longer has {name}"
        return at(word, "removed-flag", message, fatal=True, suggestion=mending.successor(text, successor))
    if known:
        message = f"the JVM exits: {name} came after JDK {jdk}"
        return at(word, "removed-flag", message, fatal=True)
    near = flags.nearest(name, jdk) if name else None
    hint = f"; {near} is the nearest" if near else ""
    message = f"the JVM exits: JDK {jdk} has no flag {shown(name)!r}{hint}"
    whole = "=" in text or text.startswith(("-XX:+", "-XX:-"))
    return at(
        word, "removed-flag", message, fatal=True, suggestion=text.replace(name, near, 1) if near and whole else ""
    )
