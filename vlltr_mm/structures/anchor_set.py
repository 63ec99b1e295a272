"""The anchor sentences of every class."""

import math
import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

import torch
from torch import Tensor

from ..utils.files import write_csv, write_json
from ..utils.logit_scale import check_log_scale
from ..utils.validation import check_list, check_tensor
from ..utils.weights_digest import sorted_digest
from .class_record import ClassRecord
from .packed_json import pack_json, unpack_json
from .sentence_origins import unpack_origins
from .tensor_file import load_tensors, save_tensors

_TENSORS = ('feats', 'mask', 'losses', 'sentence_ids')
_RECORDED = ('class_counts', 'corpus', 'tower')  # of the meta


@dataclass
class AnchorSet:
    """At most M anchors for each of C classes, best first.

    Args:
        feats (Tensor): (C, M, D), raw text embeddings, 0 where padded.
        mask (Tensor): (C, M) bool, True = real.
        losses (Tensor): (C, M), L_lin of each anchor, nan where not scored.
        sentence_ids (Tensor): (C, M) int64, index in the corpus, -1 where
            padded.
        logit_scale (float): log s of the model that embedded them.
        classes (Sequence[str]): C names.
        meta (dict): where they come from, JSON values; ``class_counts``,
            ``corpus`` and ``tower`` as in ``ClassRecord``. Defaults to an
            empty dict.
        packed_text (Tensor, optional): the sentences, by ``pack_sentences``.
            Defaults to None, unknown.
        packed_origins (dict, optional): where the sentences of all real
            anchors come from, class after class, by ``pack_origins``.
            Defaults to None, unknown.

    Raises:
        ValueError: if the shapes do not fit together, a feature is not
            finite, or ``logit_scale`` is no logarithm of a scale.
    """

    feats: Tensor
    mask: Tensor
    losses: Tensor
    sentence_ids: Tensor
    logit_scale: float
    classes: Sequence[str]
    meta: dict = field(default_factory=dict)
    packed_text: Tensor | None = None
    packed_origins: dict | None = None

    def __post_init__(self):
        shape = self.feats.shape[:2]
        if (
            self.feats.ndim != 3
            or len(self.classes) != shape[0]
            or any(getattr(self, name).shape != shape for name in _TENSORS[1:])
        ):
            shapes = {n: tuple(getattr(self, n).shape) for n in _TENSORS}
            raise ValueError(
                f'The shapes {shapes} with {len(self.classes)} classes do not '
                'fit; they must be (C, M, D), (C, M), (C, M) and (C, M).'
            )
        check_tensor(self.feats, 'feats of the anchors', axes=3)
        self.logit_scale = check_log_scale(self.logit_scale, 'logit_scale of the anchors')

    @property
    def record(self) -> ClassRecord:
        """What the anchors were made for."""
        known = {key: self.meta.get(key) for key in _RECORDED}
        return ClassRecord(self.classes, logit_scale=self.logit_scale, **known)

    @property
    def digest(self) -> str:
        """A digest of features and mask, 64 hex digits."""
        return sorted_digest(dict(feats=self.feats, mask=self.mask))

    @property
    def text(self) -> list[list[str]] | None:
        """The sentence of every real anchor of each class, best first, where they are known."""
        if self.packed_text is None:
            return None
        return unpack_sentences(self.packed_text, self.mask, 'The anchors')

    @property
    def origins(self) -> list[list[str]] | None:
        """Where the sentence of every real anchor of each class comes from, where it is known."""
        return origins_by_class(self.packed_origins, self.mask, 'The anchors')

    def save(self, path: str):
        """Write the anchors to a ``.safetensors`` file."""
        tensors = {f'anchor_{name}': getattr(self, name) for name in _TENSORS}
        if self.packed_text is not None:
            tensors['anchor_text'] = self.packed_text
        rest = {key: value for key, value in self.meta.items() if key not in _RECORDED}
        if self.packed_origins is not None:
            rest['origins'] = self.packed_origins
        save_tensors(path, tensors, dict(rest, record=self.record.to_meta()))

    @classmethod
    def load(cls, path: str) -> 'AnchorSet':
        """Read anchors that ``save`` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else, or numbers that are
                not finite.
        """
        tensors, meta = load_tensors(path)
        record = _read_record(path, tensors, meta)
        mask = check_tensor(tensors['anchor_mask'], f'{path}, anchor_mask', axes=2, kind='bool')
        ids = tensors['anchor_sentence_ids']
        if ids.dtype in (torch.float32, torch.float64) and ids.equal(ids.round()):
            ids = tensors['anchor_sentence_ids'] = ids.long()  # as people write whole numbers
        check_tensor(ids, f'{path}, anchor_sentence_ids', axes=2, kind='int')
        check_tensor(tensors['anchor_losses'], f'{path}, anchor_losses', axes=2, nan=True)
        if ids.shape == mask.shape and (mask & (ids < 0)).any():
            raise ValueError(
                f'{path} has anchors that are no sentence of a corpus (sentence id '
                f'{int(ids[mask].min())}); select the anchors again.'
            )
        origins = meta.pop('origins', None)
        if origins is not None:
            unpack_origins(origins, int(mask.sum()), path)
        known = {key: getattr(record, key) for key in _RECORDED}
        meta.update({key: value for key, value in known.items() if value is not None})
        try:
            return cls(
                *(tensors[f'anchor_{n}'] for n in _TENSORS),
                logit_scale=record.logit_scale,
                classes=list(record.classes),
                meta=meta,
                packed_text=tensors.get('anchor_text'),
                packed_origins=origins,
            )
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error

    @classmethod
    def load_record(cls, path: str) -> ClassRecord:
        """Read what the anchors of a file were made for, without the anchors.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else.
        """
        return _read_record(path, *load_tensors(path, with_values=False))


def _read_record(path: str, tensors: dict, meta: dict) -> ClassRecord:
    """Take the class record out of the meta of an anchors file."""
    lost = [n for n in _TENSORS if f'anchor_{n}' not in tensors]
    if lost or not {'record', 'logit_scale'} & set(meta):
        raise ValueError(
            f'{path} holds no anchors (it has {sorted(tensors)}); give '
            'the anchors.safetensors of a stage-1 run.'
        )
    record = meta.pop('record', None)
    if record is None:  # as version 0.1 wrote it
        names = ('classes', 'logit_scale', 'corpus')
        record = dict({key: meta.pop(key, None) for key in names}, version=1)
    made_for = ClassRecord.from_meta(record, path)
    if made_for.logit_scale is None:
        raise ValueError(f'{path} has no logit_scale in its record; select the anchors again.')
    return made_for


def origins_by_class(packed: dict | None, mask: Tensor, where: str) -> list[list[str]] | None:
    """Return the origins of the sentences of each class's anchors; None where they are unknown.

    Args:
        packed (dict, optional): by ``pack_origins``, of all real anchors.
        mask (Tensor): (C, M) bool, True = real.
        where (str): the file, for the message.

    Raises:
        ValueError: if it is not one origin for every real anchor.
    """
    if packed is None:
        return None
    left = iter(unpack_origins(packed, int(mask.sum()), where))
    return [list(islice(left, number)) for number in mask.sum(dim=1).tolist()]


def pack_sentences(sentences: Sequence[Sequence[str]]) -> Tensor:
    """Compress the sentences of each class's anchors to (B,) uint8."""
    return pack_json([list(own) for own in sentences])


def unpack_sentences(packed: Tensor, mask: Tensor, where: str) -> list[list[str]]:
    """Read what ``pack_sentences`` returned, from a file of anyone.

    Args:
        packed (Tensor): (B,) uint8.
        mask (Tensor): (C, M) bool, True = real.
        where (str): the file, for the message.

    Raises:
        ValueError: if it is not one sentence for every real anchor.
    """
    text = check_list(unpack_json(packed, where), f'{where}, sentences', len(mask))
    for label, (own, wanted) in enumerate(zip(text, mask.sum(dim=1).tolist())):
        check_list(own, f'{where}, sentences of class {label}', wanted)
        if not all(isinstance(sentence, str) for sentence in own):
            raise ValueError(
                f'{where}: class {label} has sentences that are no text; select the anchors again.'
            )
    return text


def write_readable(
    path: str, anchors: AnchorSet, sentences: Sequence[Sequence[str]], scores: Tensor
):
    """Write all sentences with their L_lin for people to read.

    Beside ``path`` come a ``.json`` and a ``.csv`` of its name, each class's
    sentences from the smallest L_lin to the largest.

    Args:
        path (str): the ``.safetensors`` file of the anchors.
        anchors (AnchorSet): the chosen ones.
        sentences (Sequence[Sequence[str]]): of each class, in the order of
            the corpus, S in all.
        scores (Tensor): (S,) L_lin, nan where not scored: null in JSON,
            empty in CSV.
    """
    chosen = set(anchors.sentence_ids[anchors.mask].tolist())
    classes, start = [], 0
    for index, (name, own) in enumerate(zip(anchors.classes, sentences)):
        part = scores[start : start + len(own)]
        rows = []
        for place in torch.argsort(part, stable=True).tolist():
            score = float(part[place])
            rows.append(
                dict(
                    l_lin=None if math.isnan(score) else round(score, 4),
                    anchor=start + place in chosen,
                    sentence=own[place],
                )
            )
        classes.append(dict(index=index, name=name, sentences=rows))
        start += len(own)
    stem = osp.splitext(path)[0]
    write_json(f'{stem}.json', classes)
    write_csv(
        f'{stem}.csv',
        ('index', 'name', 'l_lin', 'anchor', 'sentence'),
        ((c['index'], c['name'], *row.values()) for c in classes for row in c['sentences']),
    )
