"""Reading of the option words of a JVM in the VM's order: what each flag ends with, which words stop the VM.

After HotSpot arguments.cpp parse_each_vm_init_arg of 8u272 and 11.0.13, and what the VMs 17.0.9, 21.0.8 and 25.0.2
answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from hydrogitops.jvm import numbers, xx_words
from hydrogitops.jvm.launcher import Passed, launch
from hydrogitops.jvm.settings import Failure, Options, Warned
from hydrogitops.jvm.words import Word, Words

_IGNORE = "IgnoreUnrecognizedVMOptions"
# JDK 8 reads variables into a buffer of this many bytes and this many words (arguments.cpp, 8u272).
_BUFFER_8 = 1024
_WORDS_8 = 64
_SIZES = {
    "-Xmx": ("MaxHeapSize",),
    "-Xms": ("MinHeapSize", "InitialHeapSize"),
    "-Xmn": ("MaxNewSize", "NewSize"),
}
_EXACT = frozenset(
    {
        *("-Xnoclassgc", "-Xbatch", "-native", "-Xrs", "-Xmixed", "-Xcomp", "-Xcheck:jni", "--enable-preview"),
        *("-Xshare:on", "-Xshare:auto", "-Xshare:off", "-Xverify", "-Xverify:all", "-Xverify:remote"),
        *("vfprintf", "exit", "abort"),
    }
)
_PREFIXES = (
    *("-verbose", "-Xbootclasspath/a:", "-Xrun", "--add-reads=", "--add-exports=", "--add-opens=", "--add-modules="),
    *("--limit-modules=", "--module-path=", "--upgrade-module-path=", "--patch-module=", "-agentlib:", "-agentpath:"),
    "-javaagent:",
)
_PREFIXES_8 = (
    *("-verbose", "-Xbootclasspath:", "-Xbootclasspath/a:", "-Xbootclasspath/p:", "-Xrun", "-agentlib:", "-agentpath:"),
    *("-javaagent:", "-Xnoclassgc", "-Xbatch", "-Xoss", "-native", "-Xsqnopause", "-Xrs", "-Xusealtsigs", "-Xoptimize"),
    *("-Xprof", "-Xconcurrentio", "-Xmixed", "-Xcomp", "-Xshare:on", "-Xshare:auto", "-Xshare:off", "-Xdebug"),
    *("-Xnoagent", "-Xboundthreads", "vfprintf", "exit", "abort"),
)
_CHOICES = {
    "--finalization=": (21, ("enabled", "disabled")),
    "--sun-misc-unsafe-memory-access=": (25, ("allow", "warn", "debug", "deny")),
    "--illegal-native-access=": (25, ("allow", "warn", "deny")),
}
_ASSERTIONS = re.compile(r"-(?:ea|da|enableassertions|disableassertions)(?::.*)?|-(?:esa|dsa)", re.DOTALL)
_SYSTEM_ASSERTIONS = ("-enablesystemassertions", "-disablesystemassertions")
_RATIO = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LOG_FILE_8 = re.compile(r"(?:[0-9A-Za-z._-]|%[pt])*")
_LEAST_STACK_8 = 1000
_MOST_STACK = 2**30


class Variable(NamedTuple):
    """The text of an environment variable and its words."""

    text: str
    words: Words


def read(arguments: Words, variables: Mapping[str, Variable], jdk: int) -> Options:
    """Read JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS, the command line and _JAVA_OPTIONS; the last value of a flag counts."""
    options = Options(jdk)
    tool = _variable(options, variables, "JAVA_TOOL_OPTIONS")
    command: list[Passed] = []
    launched = variables.get("JDK_JAVA_OPTIONS")
    if launched is not None and jdk > 8:
        _launch(options, _variable(options, variables, "JDK_JAVA_OPTIONS"), command, in_variable=True)
    elif launched is not None and launched.words.words:
        options.unread.append(("JDK_JAVA_OPTIONS", 0, len(launched.text)))
    options.words += arguments.words
    _launch(options, arguments.words, command, in_variable=False)
    last = _variable(options, variables, "_JAVA_OPTIONS")
    if jdk == 8:
        ignoring = _ignoring(passed.text for passed in command if passed.text.startswith("-XX:"))
    else:
        ignoring = _ignoring([word.text for word in tool] + [p.text for p in command] + [word.text for word in last])
    for word in tool:
        _vm_word(options, word.text, word, ignoring=ignoring, command_line=False)
    for passed in command:
        if passed.deprecated:
            options.warned.append(Warned(passed.word, passed.word.text, ignored=False))
        _vm_word(options, passed.text, passed.word, ignoring=ignoring, command_line=True)
    if jdk == 11:
        _main_thread(options, command)
    if jdk == 8:
        ignoring = options.on(_IGNORE)
    for word in last:
        _vm_word(options, word.text, word, ignoring=ignoring, command_line=False)
    return options


def _main_thread(options: Options, command: list[Passed]) -> None:
    """The launcher of 11 gives the main thread the last -Xss as it stands: with 0 it overflows at once."""
    stacks = [passed for passed in command if passed.text.startswith("-Xss")]
    if stacks and numbers.size(stacks[-1].text[4:], 11) == 0:
        detail = "with a stack of 0 the main thread of JDK 11 overflows"
        options.failures.append(Failure("contradiction", stacks[-1].word, "-Xss", detail=detail))


def _variable(options: Options, variables: Mapping[str, Variable], name: str) -> tuple[Word, ...]:
    variable = variables.get(name)
    if variable is None:
        return ()
    words = variable.words.words
    if options.jdk == 8:
        if len(variable.text.encode(errors="surrogatepass")) >= _BUFFER_8:
            options.unread.append((name, 0, len(variable.text)))
            return ()
        if len(words) > _WORDS_8:
            options.unread.append((name, words[_WORDS_8].start, words[-1].end))
            words = words[:_WORDS_8]
    options.words += words
    at = variable.words.open_quote
    if at is not None:
        options.failures.append(Failure("open-quote", Word(variable.text[at:], name, at, len(variable.text))))
    return words


def _launch(options: Options, words: Iterable[Word], command: list[Passed], *, in_variable: bool) -> None:
    for result in launch(words, options.jdk, in_variable=in_variable):
        if isinstance(result, Passed):
            command.append(result)
        else:
            options.failures.append(Failure(result.why, result.word))


def _ignoring(texts: Iterable[str]) -> bool:
    ignoring = False
    for text in texts:
        if text.endswith(_IGNORE) and text.startswith("-XX:") and len(text) == len(_IGNORE) + 5:
            ignoring = text[4] == "+"
    return ignoring


def _vm_word(options: Options, text: str, word: Word, *, ignoring: bool, command_line: bool) -> None:
    """One word that reaches the VM."""
    if text.startswith("-XX:"):
        xx_words.take(options, text[4:], word, ignoring=ignoring, command_line=command_line)
    elif text.startswith("-X"):
        if not _x_word(options, text, word) and not _other(options, text, word) and not ignoring:
            options.failures.append(Failure("unknown-option", word))
    elif text.startswith("-D"):
        _property(options, text[2:], word)
    elif not _other(options, text, word) and not ignoring:
        options.failures.append(Failure("unknown-option", word))


def _x_word(options: Options, text: str, word: Word) -> bool:
    """The -X words that carry sizes, set flags or end the VM; False for what is not among them."""
    jdk = options.jdk
    flags = _SIZES.get(text[:4])
    if flags is not None:
        size = numbers.size(text[4:], jdk)
        if size is None or (size < 1 and text[:4] != "-Xms"):
            options.failures.append(Failure("bad-size", word, text[:4], text[4:]))
        else:
            for flag in flags:
                options.set(flag, size, word, command_line=True)
    elif text.startswith("-Xss"):
        _stack(options, text[4:], word)
    elif text.startswith("-Xmaxjitcodesize"):
        xx_words.take(options, f"ReservedCodeCacheSize={text[16:]}", word, ignoring=False, command_line=True)
    elif text.startswith(("-Xmaxf", "-Xminf")):
        _free_ratio(options, text, word)
    elif text == "-Xint" or (jdk == 8 and text.startswith("-Xint") and not text.startswith("-Xinternalversion")):
        options.compiles = False
    elif text in ("-Xinternalversion", "-Xshare:dump"):
        options.failures.append(Failure("exits", word))
    elif text.startswith("-Xlog") and jdk > 8 and not text.startswith("-Xloggc:"):
        from hydrogitops.jvm import log_option  # few options are -Xlog, and imports count

        found = log_option.fault(text[5:], jdk)
        if found is not None:
            options.failures.append(
                Failure("exits", word) if found == "help" else Failure("bad-value", word, "-Xlog", text[5:], found)
            )
    elif text.startswith("-Xloggc:"):
        _log_file(options, text[8:], word)
    else:
        if text in ("-Xmixed", "-Xcomp"):
            options.compiles = True
        return _collector_word(options, text, word)
    return True


def _collector_word(options: Options, text: str, word: Word) -> bool:
    jdk = options.jdk
    names = ("-Xconcgc", "-Xnoconcgc") if jdk <= 11 else ()
    if jdk == 8 and text.startswith(("-Xincgc", "-Xnoincgc")):
        options.set("CMSIncrementalMode", text.startswith("-Xincgc"), word, command_line=True)
        options.set("UseConcMarkSweepGC", text.startswith("-Xincgc"), word, command_line=True)
        if text.startswith("-Xincgc"):
            options.warned.append(Warned(word, "-Xincgc", ignored=False))
        return True
    if text in names or (jdk == 8 and text.startswith(names)):
        options.set("UseConcMarkSweepGC", text.startswith("-Xconcgc"), word, command_line=True)
        if jdk > 8:
            options.warned.append(Warned(word, text, ignored=False))
        return True
    return False


def _stack(options: Options, value: str, word: Word) -> None:
    """-Xss: bytes, kept as kilobytes rounded up; JDK 8 lets it wrap as a 32-bit number."""
    size = numbers.size(value, options.jdk)
    if size is None or (size < _LEAST_STACK_8 if options.jdk == 8 else size > _MOST_STACK):
        options.failures.append(Failure("bad-size", word, "-Xss", value))
        return
    if options.jdk == 8:
        size &= 2**32 - 1
        size -= 2**32 if size >= 2**31 else 0
    options.set("ThreadStackSize", -(-size // 1024), word, command_line=True)


def _free_ratio(options: Options, text: str, word: Word) -> None:
    flag = "MaxHeapFreeRatio" if text.startswith("-Xmaxf") else "MinHeapFreeRatio"
    percent = float(text[6:]) * 100 if _RATIO.fullmatch(text[6:]) else None
    if percent is None:
        options.failures.append(Failure("bad-value", word, text[:6], text[6:]))
    elif -1 < percent < 101:
        options.set(flag, int(percent), word, command_line=True)
    else:
        options.failures.append(Failure("out-of-range", word, text[:6], text[6:], "0 to 1"))


def _log_file(options: Options, path: str, word: Word) -> None:
    if options.jdk > 8:
        options.warned.append(Warned(word, "-Xloggc", ignored=False))
        return
    name = path.rsplit("/", 1)[-1]
    if not _LOG_FILE_8.fullmatch(name) or name.count("%p") > 1 or name.count("%t") > 1:
        options.failures.append(
            Failure("bad-value", word, "-Xloggc", path, "a file name has letters, digits, . _ - and one %p and %t")
        )


def _property(options: Options, text: str, word: Word) -> None:
    name, _, value = text.partition("=")
    if options.jdk > 8 and name in ("java.ext.dirs", "java.endorsed.dirs") and value not in ("", '""'):
        options.failures.append(Failure("removed-option", word, f"-D{name}", value))
        return
    if name == "java.compiler" and options.jdk <= 17 and value.casefold() in ("", "none"):
        options.compiles = False
    options.properties[name] = (value, word)


def _other(options: Options, text: str, word: Word) -> bool:
    """Words that bear on neither heap nor start; False where this VM doesn't know the word."""
    jdk = options.jdk
    if text.startswith(("-agentlib:jdwp", "-Xrunjdwp")):
        options.agents.append(word)
    if _ASSERTIONS.fullmatch(text) or text in _SYSTEM_ASSERTIONS:
        return True
    if text.startswith("-Xverify"):
        if text == "-Xverify:none" and jdk >= 17:
            options.warned.append(Warned(word, "-Xverify:none", ignored=False))
        return text in ("-Xverify", "-Xverify:all", "-Xverify:remote", "-Xverify:none")
    if jdk == 8:
        return text.startswith(_PREFIXES_8) or text == "-Xcheck:jni"
    if text.startswith(("-Xbootclasspath:", "-Xbootclasspath/p:")):
        options.failures.append(Failure("removed-option", word, text.partition(":")[0]))
        return True
    if text.startswith("--patch-module=") and "=" not in text[15:]:
        return False
    if text in _EXACT or text.startswith(_PREFIXES):
        return True
    return _by_version(options, text, word)


def _by_version(options: Options, text: str, word: Word) -> bool:
    jdk = options.jdk
    if text == "-Xdebug":
        if jdk >= 25:
            options.warned.append(Warned(word, text, ignored=False))
        return True
    if text == "-Xprof":
        options.warned.append(Warned(word, text, ignored=True))
        return True
    if text.startswith("--illegal-access="):
        if jdk >= 17:
            options.warned.append(Warned(word, "--illegal-access", ignored=True))
        return jdk >= 17 or text[17:] in ("permit", "warn", "debug", "deny")
    if text.startswith("--enable-native-access="):
        return jdk >= 17
    for prefix, (first, values) in _CHOICES.items():
        if text.startswith(prefix):
            return jdk >= first and text[len(prefix) :] in values
    return (text == "-Xnoagent" and jdk <= 21) or (text == "-Xconcurrentio" and jdk == 11)
