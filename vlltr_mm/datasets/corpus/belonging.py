"""Whether the text of a source belongs to the classes."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from .base import SourceText
from .class_names import comparable_name, unmatched_hint
from .naming import NameFinder

_READ = 30  # sentences of a class in which names are looked for
# Different classes that texts have to name in place of their own, as a number
# and of all texts. In order, articles and descriptions of public corpora have
# at most 0.14.
_FEWEST = 4
_SHARE = 0.4


def misfit(text: SourceText, classes: Sequence[str]) -> str | None:
    """Say why the text of a source is not that of the classes.

    Args:
        text (SourceText): of any source but prompts.
        classes (Sequence[str]): C class names.

    Returns:
        str | None: what does not belong together and what to do; None where
        text and classes may belong together.
    """
    checks = (_no_text, _other_names) + (
        (_half_without, _ends_early, _same_text, _other_order) if text.numbered else (_same_text,)
    )
    return next((found for check in checks if (found := check(text, classes))), None)


def _no_text(text: SourceText, classes: Sequence[str]) -> str | None:
    if any(text.sentences) or text.unknown:
        return None
    return (
        f'{text.origin} has no sentence for any of {len(classes)} classes; fill it, or remove it '
        'from sources'
    )


def _other_names(text: SourceText, classes: Sequence[str]) -> str | None:
    """As many entries and classes, at least two, have no counterpart as have one."""
    without = [label for label, own in enumerate(text.sentences) if not own]
    unmatched = min(len(text.unknown), len(without))
    matched = len(classes) - len(without)
    if not unmatched or (matched and unmatched < max(2, matched)):
        return None
    names = [classes[label] for label in without]
    return (
        f'{text.origin} has text for {matched} of {len(classes)} classes, and '
        f'{len(text.unknown)} entries of unknown classes, such as {text.unknown[:3]}; '
        f'there is none for {names[:3]}: {unmatched_hint(text.unknown, names, len(classes))}'
    )


def _half_without(text: SourceText, classes: Sequence[str]) -> str | None:
    having = sum(map(bool, text.sentences))
    if 2 * having > len(classes) or len(classes) - having < 2:
        return None
    return (
        f'{text.origin} has text for {having} of {len(classes)} classes only; complete it, or name '
        'that of these classes (text of a few classes can be given by name, with JsonDescriptions)'
    )


def _ends_early(text: SourceText, classes: Sequence[str]) -> str | None:
    """All classes up to one have text, and then none of several."""
    having = [bool(own) for own in text.sentences]
    end = having.index(False) if False in having else len(having)
    rest = len(classes) - end
    if rest < 2 or 20 * rest < len(classes) or any(having[end:]):
        return None
    return (
        f"{text.origin} ends at class {end - 1} '{classes[end - 1]}', there are {len(classes)} "
        'classes; complete it, or name that of these classes'
    )


def _same_text(text: SourceText, classes: Sequence[str]) -> str | None:
    """More than half of the classes have one and the same text."""
    owners = defaultdict(dict)  # classes of one name may share their text
    for label, own in enumerate(text.sentences):
        if own:
            owners[tuple(own)].setdefault(comparable_name(classes[label]).casefold(), label)
    names = {name for own in owners.values() for name in own}
    labels = [*max(owners.values(), key=len, default={}).values()]
    if len(labels) < 2 or 2 * len(labels) <= len(names):
        return None
    return (
        f'{text.origin} has the same text for {len(labels)} of {len(classes)} classes, such as '
        f"{labels[0]} '{classes[labels[0]]}' and {labels[1]} '{classes[labels[1]]}', "
        f'{text.sentences[labels[0]][0][:60]!r}; get the text of each class again'
    )


def _other_order(text: SourceText, classes: Sequence[str]) -> str | None:
    """Texts name another class each, and not their own.

    A text stands for the class that it names most often, by the number of
    texts that name it: common words such as "can" and "orange" are classes of
    some data sets. Where text is in order few name another class alone, and
    these agree in a few classes; the more different ones they stand for, the
    more the order is another.
    """
    named = _count_names(text.sentences, classes)
    spread = Counter(label for times in named.values() for label in times)
    stands = {}
    for label, times in named.items():
        if label not in times:
            other = max(times, key=lambda name: (times[name] / spread[name], -name))
            stands.setdefault(other, label)
    having = sum(map(bool, text.sentences))
    if len(stands) < max(_FEWEST, _SHARE * having):
        return None
    other, label = min(stands.items(), key=lambda pair: (spread[pair[0]], pair[1]))
    own = sum(label in times for label, times in named.items())
    return (
        f'{text.origin} is in another order than the classes: the text of class {label} '
        f"'{classes[label]}' names {other} '{classes[other]}', and so on, {own} of {having} texts "
        'name their own class; bring it into the order of the classes'
    )


def _count_names(texts: Sequence[Sequence[str]], classes: Sequence[str]) -> dict[int, Counter]:
    """Return how often the text of each class that names any names which, label → times."""
    finder, counts = NameFinder(classes), {}
    for label, own in enumerate(texts):
        times = Counter(name for _, _, name in finder.places(' '.join(own[:_READ])))
        if times:
            counts[label] = times
    return counts
