"""Which sentences of a corpus the selection of anchors keeps."""

import math
import os.path as osp
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from ...datasets.corpus.corpus_files import read_meta, write_corpus
from ...models import AnSS, CutOffSelector
from ...structures import AnchorSet, ClassRecord
from ..checks.corpus import CorpusReport
from ..features.choosing import score_sentences
from ..features.feature_set import FeatureSet
from ..reporting.selection import SelectionFile

_APART = 0.01  # of L_lin, beyond which it was made of other images


@dataclass
class Selection:
    """What a rule keeps of the S sentences of a corpus.

    ranks: (S,) int64, 1 for the best anchor of its class, 0 where dropped.
    losses: (S,) L_lin, nan where unknown. cut_off: (S,) bool, what the first
    sentences of each class would be. num_anchors: M. rule: the selector's
    name. origin: the file or folder. notes: what to know.
    """

    ranks: Tensor
    losses: Tensor
    cut_off: Tensor
    num_anchors: int
    rule: str
    origin: str
    notes: list[str] = field(default_factory=list)


class _Corpus:
    """The S sentences of a report, class after class, as ``TextCorpus`` has them.

    Raises:
        ValueError: if the text has a fault.
    """

    def __init__(self, report: CorpusReport):
        report.text.check()
        self.classes = report.classes
        self.sentences = [text for own in report.text.sentences for text in own]
        counts = torch.as_tensor(report.stats.counts)
        self.labels = torch.arange(len(counts)).repeat_interleave(counts)
        with tempfile.TemporaryDirectory() as folder:
            write_corpus(folder, report.classes, report.text, tokenizer=report.tokenizer)
            self.fingerprint = read_meta(folder)['fingerprint']


def find_selection(
    report: CorpusReport, anchors: str | None = None, features: str | None = None
) -> Selection | None:
    """Read what was selected of a corpus, or select from stored features.

    Args:
        report (CorpusReport): of the corpus.
        anchors (str, optional): an ``anchors.safetensors``. The ``.json``
            that a selection writes beside it has the L_lin of all sentences.
        features (str, optional): a folder of ``tools/encode_features.py``.
            Alone it is selected from as the end of stage 1 does; beside
            ``anchors`` it gives the L_lin of all sentences.

    Returns:
        Selection | None: None where neither is given.

    Raises:
        FileNotFoundError: if a file is missing.
        ValueError: if the corpus cannot be used; or if anchors or features
            are of other classes, another corpus or other towers.
    """
    if anchors is None and features is None:
        return None
    chosen = None if anchors is None else AnchorSet.load(anchors)
    stored = None if features is None else FeatureSet.load(features)
    here = ClassRecord(report.classes)
    for made, path in ((chosen, anchors), (stored, features)):
        if made is not None:
            made.record.check_classes(here, path, 'the corpus')
    corpus = _Corpus(report)
    if stored is not None:
        _check_bank(stored, corpus, features)
    if chosen is None:
        return _select(stored, corpus, features)
    _check_anchors(chosen, corpus, anchors)
    found = _selection(chosen.sentence_ids, corpus, anchors, chosen.meta.get('selector'))
    found.losses[chosen.sentence_ids[chosen.mask]] = chosen.losses[chosen.mask].float()
    if stored is not None:
        _score(found, chosen, stored, features)
    elif osp.isfile(osp.splitext(anchors)[0] + '.json'):
        _read_losses(found, corpus, osp.splitext(anchors)[0] + '.json')
    return found


def _check_bank(stored: FeatureSet, corpus: _Corpus, folder: str):
    """Refuse features of other text.

    Raises:
        ValueError: if they are of another corpus, or lack text or anchors.
    """
    if stored.text is None or stored.anchors is None:
        raise ValueError(
            f"'{folder}' has no features of text with anchors; encode them with the text "
            '(tools/encode_features.py).'
        )
    made_for = stored.text.record and stored.text.record.corpus
    _check_fingerprint(made_for, corpus, osp.join(folder, 'text.safetensors'))
    if stored.text.labels.tolist() != corpus.labels.tolist():
        raise ValueError(
            f"'{folder}' has {len(stored.text)} sentences in another order than the corpus, which "
            f'has {len(corpus.labels)}; encode the text again.'
        )


def _check_anchors(chosen: AnchorSet, corpus: _Corpus, path: str):
    """Refuse anchors of other text.

    Raises:
        ValueError: if they are of another corpus, or do not say of which.
    """
    text = chosen.text
    if chosen.record.corpus is not None or text is None:
        _check_fingerprint(chosen.record.corpus, corpus, path)
    ids, labels = chosen.sentence_ids, corpus.labels
    known = ids.clamp(0, len(labels) - 1)
    rows = torch.arange(len(ids)).unsqueeze(1)
    wrong = chosen.mask & ((ids != known) | (labels[known] != rows))
    for label, (own, places) in enumerate(zip(text or (), ids.tolist())):
        here = [corpus.sentences[i] for i in places if 0 <= i < len(labels)]
        wrong[label] |= here != own
    bad = wrong.any(dim=1).nonzero().flatten().tolist()
    if bad:
        raise ValueError(
            f"{path} has anchors of class {bad[0]} '{corpus.classes[bad[0]]}' that are not the "
            'sentences of this corpus; name the corpus that they were selected from, or select '
            'again (tools/select_anchors.py).'
        )


def _check_fingerprint(made_for: str | None, corpus: _Corpus, path: str):
    if made_for != corpus.fingerprint:
        what = 'does not say of which corpus it is' if made_for is None else (
            f'is of another corpus (fingerprint {made_for[:8]}…, this one has '
            f'{corpus.fingerprint[:8]}…)'
        )  # fmt: skip
        raise ValueError(
            f'{path} {what}; name the same classes and sources in the same order, or make it again '
            'of this corpus.'
        )


def _select(stored: FeatureSet, corpus: _Corpus, folder: str) -> Selection:
    """Select from features, as the end of stage 1 does."""
    selector = AnSS(stored.anchors.mask.shape[1])
    losses = score_sentences(stored, stored.text, selector)
    ids = selector.rank(stored.text.labels, len(corpus.classes), losses)
    found = _selection(ids, corpus, folder, 'AnSS')
    found.losses = losses
    return found


def _selection(ids: Tensor, corpus: _Corpus, origin: str, rule: str | None) -> Selection:
    """Return what (C, M) ids keep; no L_lin is known yet."""
    labels = corpus.labels
    first = CutOffSelector(ids.shape[1]).rank(labels, len(corpus.classes))
    ranks = torch.zeros(len(labels), dtype=torch.long)
    place = torch.arange(1, ids.shape[1] + 1).expand_as(ids)
    ranks[ids[ids >= 0]] = place[ids >= 0]
    cut_off = torch.zeros(len(labels), dtype=torch.bool)
    cut_off[first[first >= 0]] = True
    unknown = torch.full((len(labels),), math.nan)
    return Selection(ranks, unknown, cut_off, ids.shape[1], rule or 'a selection', origin)


def _score(found: Selection, chosen: AnchorSet, stored: FeatureSet, folder: str):
    """Fill in the L_lin of all sentences from features of the same tower.

    Raises:
        ValueError: if the tower is another.
    """
    towers = {stored.text.record.tower, chosen.record.tower} - {None}
    if len(towers) > 1:
        raise ValueError(
            f"{found.origin} and '{folder}' are of different text towers; encode the features "
            'with the towers that the anchors were selected with, or leave one of them out.'
        )
    most = chosen.meta.get('max_images_per_class', 50)
    features = replace(stored, anchors=chosen)
    losses = score_sentences(features, stored.text, AnSS(1), most, chosen.meta.get('seed', 0))
    apart = (losses - found.losses).abs()
    if (apart > _APART).any():  # nan where unknown is not
        found.notes.append(
            f'L_lin is of the images in {folder}; in {found.origin} it differs by up to '
            f'{float(apart[~apart.isnan()].max()):.2f}, so that was scored with other images.'
        )
    found.losses = losses


def _read_losses(found: Selection, corpus: _Corpus, path: str):
    """Fill in the L_lin of all sentences from the readable file, where it is of this text."""
    classes = SelectionFile(path).classes
    losses = found.losses.clone()
    fits = len(classes) == len(corpus.classes)
    for label, entry in enumerate(classes if fits else ()):
        known = defaultdict(list)
        for row in entry['sentences']:
            known[row['sentence']].append(row['l_lin'])
        for i in (corpus.labels == label).nonzero().flatten().tolist():
            rest = known[corpus.sentences[i]]
            fits = fits and bool(rest)
            value = rest.pop(0) if rest else None
            # What the anchors say themselves is exact.
            if value is not None and losses[i].isnan():
                losses[i] = value
    if fits:
        found.losses = losses
    else:
        found.notes.append(f'{path} is of other text than the anchors; L_lin is that of these.')
