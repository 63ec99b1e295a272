"""All that the page shows of a corpus, as JSON values."""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np

from ...datasets.corpus.statistics import sentence_key
from ...version import __version__
from ..checks.corpus import CorpusReport
from ..reporting.selection import shorten
from .confusing import common_names, confused_pairs, shared_pairs
from .selection import Selection

_MOST_SENTENCES = 400_000  # of all classes, so that the page stays small
_FEWEST = 10  # of a class, however many classes there are
_PAIRS = 200
_OTHERS = 8  # classes that a sentence is shared with, by name
_LISTED = 100  # classes without text, by name


class _Sentences:
    """What is known of the S sentences, class after class.

    offsets: (C+1,), the first sentence of each class. sources: (S,). cut,
    repeats, shared, naming: (S,) bool. first: where a sentence repeats one of
    its class, the position of that. owners: sentence → all classes that have
    it, where these are several.
    """

    def __init__(self, report: CorpusReport, sources: list[list[int]]):
        counts = report.stats.counts
        self.offsets = np.concatenate([[0], np.cumsum(counts)])
        self.labels = np.repeat(np.arange(len(counts)), counts)
        self.sources = np.array([s for own in sources for s in own], dtype=np.int64)
        self.tokens = report.stats.token_lengths
        self.cut = self.tokens > report.limit
        labels_of, keys, self.first = defaultdict(list), [], {}
        for label, own in enumerate(report.text.sentences):
            seen = {}
            for place, key in enumerate(map(sentence_key, own)):
                earlier = seen.setdefault(key, place)
                if earlier == place:
                    labels_of[key].append(label)
                else:
                    self.first[len(keys)] = earlier
                keys.append(key)
        self.owners = {i: labels_of[key] for i, key in enumerate(keys) if len(labels_of[key]) > 1}
        self.distinct = [labels for labels in labels_of.values() if len(labels) > 1]
        self.repeats = self._mask(self.first)
        self.shared = self._mask(self.owners)
        starts = self.offsets.tolist()
        self.naming = self._mask(
            starts[label] + place for label, own in enumerate(report.naming) for place in own
        )

    def _mask(self, places) -> np.ndarray:
        mask = np.zeros(len(self.labels), dtype=bool)
        mask[list(places)] = True
        return mask

    def per_class(self, mask: np.ndarray) -> list[int]:
        """Count the sentences of each class that a mask (S,) has."""
        return np.bincount(self.labels[mask], minlength=len(self.offsets) - 1).tolist()


def gather(report: CorpusReport, title: str, selection: Selection | None = None) -> dict:
    """Gather all that the page shows.

    Args:
        report (CorpusReport): from ``check_corpus``.
        title (str): of the page.
        selection (Selection, optional): what is kept. Defaults to None,
            unknown.

    Returns:
        dict: JSON values for ``render_page``.
    """
    names, sources = report.source_groups
    classes = _told_apart(report.classes)
    known = _Sentences(report, sources)
    common = common_names(report.naming)
    kept = None if selection is None else selection.ranks.numpy() > 0
    return dict(
        title=title,
        version=__version__,
        summary=_summary(report, classes, known),
        sources=_source_rows(names, known, selection),
        selection=selection and _selection_facts(selection),
        common=[[classes[label], *rest] for label, *rest in common],
        classes=dict(
            names=classes,
            counts=report.stats.counts.tolist(),
            sources=[known.per_class(known.sources == s) for s in range(len(names))],
            tokens=_medians(known),
            **{
                key: known.per_class(getattr(known, key))
                for key in ('cut', 'repeats', 'shared', 'naming')
            },
            kept=None if kept is None else known.per_class(kept),
        ),
        pairs=confused_pairs(
            shared_pairs(known.distinct, len(classes)),
            report.naming,
            {label for label, *_ in common},
            _PAIRS,
        ),
        details=_details(report, known, selection),
    )


def _told_apart(classes: Sequence[str]) -> list[str]:
    """Return the names; where classes share one, with their labels."""
    times = Counter(classes)
    return [name if times[name] == 1 else f'{name} ({label})' for label, name in enumerate(classes)]


def _summary(report: CorpusReport, classes: Sequence[str], known: _Sentences) -> dict:
    """Return the figures that the terminal prints, too."""
    stats = report.stats
    return dict(
        num_classes=len(report.classes),
        num_sentences=len(known.labels),
        least=int(stats.counts.min()),
        most=int(stats.counts.max()),
        median=float(np.median(stats.counts)),
        limit=report.limit,
        num_cut=stats.num_cut,
        num_repeated=stats.num_repeated,
        num_shared=stats.num_shared,
        num_different=len(stats.shared),
        num_naming=int(known.naming.sum()),
        problems=list(report.problems),
        notes=list(report.notes),
        missing=[[classes[c], why] for c, why in [*report.missing.items()][:_LISTED]],
        num_missing=len(report.missing),
    )


def _source_rows(names: Sequence[str], known: _Sentences, selection: Selection | None) -> list:
    """Return what is known of each source."""
    rows, total = [], max(len(known.labels), 1)
    for place, name in enumerate(names):
        own = known.sources == place
        number = int(own.sum())
        row = dict(
            name=name,
            number=number,
            share=100 * number / total,
            classes=len(np.unique(known.labels[own])),
            tokens=float(np.median(known.tokens[own])) if number else None,
            **{
                key: int((getattr(known, key) & own).sum())
                for key in ('cut', 'repeats', 'shared', 'naming')
            },
        )
        if selection is not None:
            kept, first = selection.ranks.numpy() > 0, selection.cut_off.numpy()
            for key, mask in (('kept', kept), ('cut_off', first)):
                row[key] = int((mask & own).sum())
                row[f'{key}_share'] = 100 * row[key] / number if number else None
                row[f'{key}_part'] = 100 * row[key] / max(int(mask.sum()), 1)
        rows.append(row)
    return rows


def _selection_facts(selection: Selection) -> dict:
    kept, first = selection.ranks > 0, selection.cut_off
    return dict(
        rule=selection.rule,
        origin=selection.origin,
        num_anchors=selection.num_anchors,
        kept=int(kept.sum()),
        same=int((kept & first).sum()),
        scored=bool((~selection.losses.isnan()).any()),
        notes=selection.notes,
    )


def _medians(known: _Sentences) -> list[float | None]:
    """Return the median token length of each class."""
    ends = known.offsets.tolist()
    return [
        float(np.median(known.tokens[start:stop])) if stop > start else None
        for start, stop in zip(ends, ends[1:])
    ]


def _details(report: CorpusReport, known: _Sentences, selection: Selection | None) -> dict:
    """Return label → the sentences of a class, and the names of their origins.

    A sentence is [its number in the class, text, place in ``origins``, tokens,
    what ``_remarks`` returns]. Of classes with more sentences than the page
    has room for, those without remarks are left out first.
    """
    extra = _selected(selection)
    room = max(_FEWEST, _MOST_SENTENCES // len(report.classes))
    details = {}
    for label, own in enumerate(report.text.sentences):
        start, origins, rows = int(known.offsets[label]), {}, []
        named = report.naming[label]
        for place, text in enumerate(own):
            more = _remarks(known, label, start + place, named.get(place))
            if extra is not None:
                more |= extra[start + place]
            origin = report.text.origins[label][place]
            origin = origins.setdefault(origin, len(origins))
            rows.append([place + 1, shorten(text), origin, int(known.tokens[start + place]), more])
        if len(rows) > room:
            rows = sorted(sorted(rows, key=lambda row: not row[4])[:room])
        details[label] = dict(
            origins=[report.text.origin_names[origin] for origin in origins],
            total=len(own),
            sentences=rows,
        )
    return details


def _remarks(known: _Sentences, label: int, i: int, named: tuple[int, ...] | None) -> dict:
    """Return what is to be said of a sentence, by letters.

    ``s``: some of the other classes that have it, ``n``: how many do; ``o``:
    classes that it names; ``r``: which sentence of its class it repeats,
    counted from 1; ``c``: it is cut.
    """
    more = {}
    if i in known.owners:
        owners = known.owners[i]
        more['s'] = [other for other in owners[: _OTHERS + 1] if other != label][:_OTHERS]
        more['n'] = len(owners) - 1
    if named is not None:
        more['o'] = list(named[:_OTHERS])
    if i in known.first:
        more['r'] = known.first[i] + 1
    if known.cut[i]:
        more['c'] = 1
    return more


def _selected(selection: Selection | None) -> list[dict] | None:
    """Return of each sentence its rank ``k``, its L_lin ``l``, and ``f`` if Cut-Off keeps it."""
    if selection is None:
        return None
    found = []
    columns = selection.ranks, selection.losses, selection.cut_off
    for rank, loss, first in zip(*(column.tolist() for column in columns)):
        more = {'k': rank} if rank else {}
        if not math.isnan(loss):
            more['l'] = round(loss, 3)
        if first:
            more['f'] = 1
        found.append(more)
    return found
