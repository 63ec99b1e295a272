"""The anchor sentences of every class."""

import math
import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..utils.files import write_csv, write_json
from .tensor_file import load_tensors, save_tensors

_TENSORS = ('feats', 'mask', 'losses', 'sentence_ids')


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
        meta (dict): where they come from, JSON values. Defaults to an empty
            dict.

    Raises:
        ValueError: if the shapes do not fit together.
    """

    feats: Tensor
    mask: Tensor
    losses: Tensor
    sentence_ids: Tensor
    logit_scale: float
    classes: Sequence[str]
    meta: dict = field(default_factory=dict)

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

    def save(self, path: str):
        """Write the anchors to a ``.safetensors`` file."""
        save_tensors(
            path,
            {f'anchor_{n}': getattr(self, n) for n in _TENSORS},
            dict(self.meta, logit_scale=self.logit_scale, classes=list(self.classes)),
        )

    @classmethod
    def load(cls, path: str) -> 'AnchorSet':
        """Read anchors that ``save`` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else.
        """
        tensors, meta = load_tensors(path)
        lost = [n for n in _TENSORS if f'anchor_{n}' not in tensors]
        if lost or 'logit_scale' not in meta:
            raise ValueError(
                f'{path} holds no anchors (it has {sorted(tensors)}); give '
                'the anchors.safetensors of a stage-1 run.'
            )
        return cls(
            *(tensors[f'anchor_{n}'] for n in _TENSORS),
            logit_scale=meta.pop('logit_scale'),
            classes=meta.pop('classes'),
            meta=meta,
        )


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
