"""The text of all sources, judged together."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from mmengine.registry import DefaultScope
from mmpretrain.registry import TASK_UTILS

from ...utils.validation import is_unicode, shown
from .base import SourceText
from .belonging import misfit
from .class_names import check_class_names
from .clip_tokens import ClipTokenizer

_END_MARKS = ' .!?…'


def build_sources(sources: Sequence) -> list:
    """Build the sources that are configs.

    Raises:
        ValueError: if there is none, or one is no source.
    """
    if isinstance(sources, (str, dict)) or not hasattr(sources, '__len__') or not len(sources):
        raise ValueError(
            f"sources is {shown(sources)}; give a list such as [dict(type='PromptTemplates')]."
        )
    # Ours are found whatever scope an earlier runner of this process had.
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        built = [TASK_UTILS.build(s) if isinstance(s, dict) else s for s in sources]
    for index, source in enumerate(built):
        if not hasattr(source, 'is_prompts'):
            raise ValueError(
                f'sources[{index}] is {shown(sources[index])}; give a config such as '
                "dict(type='PromptTemplates'), or a CorpusSource."
            )
    return built


def gather_text(
    classes: Sequence[str], sources: Sequence, tokenizer=None, drop_repeated: bool = False
) -> SourceText:
    """Read all sources and judge what they have together.

    A class without text is a fault. So is a source whose text does not belong
    to the classes (``misfit``), even where prompts give every class text.
    Entries of unknown classes and classes without text in a source are notes
    then, and without prompts the former are a fault, too.

    Args:
        classes (Sequence[str]): C class names.
        sources (Sequence[dict | CorpusSource]): the sources.
        tokenizer (optional): from ``build_tokenizer``; sentences in which it
            finds nothing are dropped. Defaults to None, CLIP's.
        drop_repeated (bool): leave out what repeats an earlier sentence of
            its class, see ``sentence_key``. Defaults to False.

    Returns:
        SourceText: the sentences of each class, prompts first, and where each
        comes from; a corpus where there is no fault.

    Raises:
        FileNotFoundError: if a source has no file at all.
        ValueError: if there is no source, or a file cannot be understood.
    """
    tokenizer = tokenizer or ClipTokenizer()
    check_class_names(classes, tokenizer.is_blank)
    ordered = sorted(build_sources(sources), key=lambda source: not source.is_prompts)
    texts = [_read(source, classes, tokenizer) for source in ordered]
    sentences = [sum(own, []) for own in zip(*(t.sentences for t in texts))]
    missing = {
        label: '; '.join(t.missing[label] for t in texts if label in t.missing)
        for label, own in enumerate(sentences)
        if not own
    }
    names, origins = _join_origins(texts)
    joined = SourceText(sentences, missing, origin_names=names, origins=origins)
    _judge(joined, ordered, texts, classes)
    return without_repeats(joined) if drop_repeated else joined


def sentence_key(sentence: str) -> str:
    """Return what two sentences share that differ in white space, case and end mark only.

    Examples:
        >>> sentence_key(' It  FLIES. ') == sentence_key('it flies!')
        True
    """
    words = ' '.join(unicodedata.normalize('NFC', sentence).casefold().split())
    return words.rstrip(_END_MARKS) or words


def without_repeats(text: SourceText) -> SourceText:
    """Return the first of the sentences of each class that are the same.

    Args:
        text (SourceText): with ``origins``.

    Returns:
        SourceText: the others counted in ``num_dropped``.
    """
    sentences, origins = [], []
    for own, where in zip(text.sentences, text.origins):
        first: dict[str, int] = {}
        for place, sentence in enumerate(own):
            first.setdefault(sentence_key(sentence), place)
        sentences.append([own[place] for place in first.values()])
        origins.append([where[place] for place in first.values()])
    num_dropped = sum(map(len, text.sentences)) - sum(map(len, sentences))
    return replace(text, sentences=sentences, origins=origins, num_dropped=num_dropped)


def _judge(
    joined: SourceText, sources: Sequence, texts: Sequence[SourceText], classes: Sequence[str]
):
    """Add what cannot be used, and what to warn of, of all sources."""
    missing = joined.missing
    joined.faults += [
        f"Class {label} '{classes[label]}' has no sentence ({reasons}); {len(missing)} of "
        f'{len(classes)} classes have none. Give them text, or add '
        "dict(type='PromptTemplates') to sources."
        for label, reasons in [*missing.items()][:1]
    ]
    for source, text in zip(sources, texts):
        alien = None if source.is_prompts else misfit(text, classes)
        joined.faults += [f'{fault}.' for fault in [*text.faults, *filter(None, [alien])]]
        joined.notes += text.notes
        if text.unknown and not alien:
            stray = (
                f'{text.origin} has {len(text.unknown)} entries of unknown classes, such as '
                f'{text.unknown[:3]}; rename or remove them'
            )
            if sources[0].is_prompts:
                joined.notes.append(stray)
            else:
                joined.faults.append(f"{stray}, or add dict(type='PromptTemplates') to sources.")
        thin = [label for label in text.missing if label not in missing]
        if thin:
            joined.notes.append(
                f"{text.missing[thin[0]]} (class {thin[0]} '{classes[thin[0]]}'); {len(thin)} of "
                f'{len(classes)} classes rely on the other sources'
            )


def _join_origins(texts: Sequence[SourceText]) -> tuple[list[str], list[list[int]]]:
    """Return the names of all origins, and that of each sentence of each class."""
    places: dict[str, int] = {}
    joined = [[] for _ in texts[0].sentences]
    for text in texts:
        for own, more in zip(joined, text.origins):
            own += [places.setdefault(text.origin_names[i], len(places)) for i in more]
    return list(places), joined


def _read(source, classes: Sequence[str], tokenizer) -> SourceText:
    """Read a source; drop sentences in which the tokenizer finds nothing.

    Raises:
        ValueError: if it does not return a list of texts for each class.
    """
    text, name = source.read(classes), type(source).__name__
    if not isinstance(text, SourceText) or len(text.sentences) != len(classes):
        raise ValueError(
            f'{name}.read returned {shown(text)}; it must return a SourceText with a list of '
            f'sentences for each of {len(classes)} classes.'
        )
    names, given = _origins(text, name)
    sentences, origins, missing = [], [], dict(text.missing)
    for label, own in enumerate(text.sentences):
        if not all(isinstance(s, str) for s in own) or not _is_text(''.join(own)):
            bad = next(s for s in own if not isinstance(s, str) or not _is_text(s))
            raise ValueError(
                f"{name}, class {label} '{classes[label]}': {shown(bad)} is no text; correct it."
            )
        kept = [i for i, s in enumerate(own) if not tokenizer.is_blank(s)]
        sentences.append([own[i] for i in kept])
        origins.append([given[label][i] for i in kept])
        if not kept:
            missing.setdefault(label, f'{name} has no sentence')
    return replace(
        text,
        sentences=sentences,
        missing=missing,
        origin=text.origin or name,
        origin_names=names,
        origins=origins,
    )


def _origins(text: SourceText, name: str) -> tuple[list[str], list[list[int]]]:
    """Return the origins that a source names, or that of all its sentences.

    Raises:
        ValueError: if there is not one for each sentence.
    """
    if text.origins is None:
        known = text.origin not in (None, name)
        return [f'{name}: {text.origin}' if known else name], [[0] * len(s) for s in text.sentences]
    names, count = list(text.origin_names), len(text.origin_names)
    fit = list(map(len, text.origins)) == list(map(len, text.sentences)) and all(
        isinstance(i, int) and 0 <= i < count for own in text.origins for i in own
    )
    bad = [n for n in names if not isinstance(n, str) or not _is_text(n)]
    if bad or not fit:
        raise ValueError(
            f'{name}.read returned origins that are no position in its {count} origin_names for '
            'each sentence; give one for each, or leave origins out.'
            if not bad
            else f'{name}.read returned the origin {shown(bad[0])}, no text; correct origin_names.'
        )
    return names, text.origins


def _is_text(text: str) -> bool:
    return '\0' not in text and is_unicode(text)


def gather_sentences(
    classes: Sequence[str], sources: Sequence, tokenizer=None, drop_repeated: bool = False
) -> tuple[list[list[str]], str | None]:
    """Read all sources as ``gather_text`` does, and raise the faults.

    Returns:
        tuple[list[list[str]], str | None]: the sentences of each class, and
        what the user should be warned of.

    Raises:
        ValueError: if there is a fault.
    """
    text = gather_text(classes, sources, tokenizer, drop_repeated)
    text.check()
    return text.sentences, text.warning
