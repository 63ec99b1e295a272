"""Features with the classes they belong to."""

import logging
import math
import os.path as osp
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from mmengine.logging import print_log
from torch import Tensor

from ..utils.class_counts import most_classes
from ..utils.validation import check_tensor
from .class_record import ClassRecord
from .sentence_origins import unpack_origins
from .tensor_file import load_tensors, save_tensors


@dataclass
class FeatureBank:
    """N features with their classes.

    Args:
        feats (Tensor): (N, D).
        labels (Tensor): (N,) int64.
        meta (dict): where they come from, JSON values; ``record`` is that of
            a ``ClassRecord``, and ``origins`` that of ``pack_origins``.
            Defaults to an empty dict.

    Raises:
        ValueError: if the shapes do not fit together, a label is no index of
            a class, or a feature is not finite.

    Examples:
        >>> bank = FeatureBank(torch.eye(2) * 3, torch.tensor([0, 1]))
        >>> len(bank), bank.normalized().feats.tolist()
        (2, [[1.0, 0.0], [0.0, 1.0]])
        >>> bank.class_means(2).tolist()
        [[3.0, 0.0], [0.0, 3.0]]
    """

    feats: Tensor
    labels: Tensor
    meta: dict = field(default_factory=dict)

    def __post_init__(self):
        if self.feats.ndim != 2 or self.labels.shape != self.feats.shape[:1]:
            raise ValueError(
                f'feats is {tuple(self.feats.shape)} and labels '
                f'{tuple(self.labels.shape)}; they must be (N, D) and (N,).'
            )
        if len(self) and not 0 <= self.labels.min() <= self.labels.max() < most_classes(len(self)):
            raise ValueError(
                f'the labels of {len(self)} features lie in {int(self.labels.min())} .. '
                f'{int(self.labels.max())}; labels begin at 0, and so many features are of fewer '
                f'than {most_classes(len(self))} classes. Make them again.'
            )
        # The sum is cheap, and finite only if all are.
        if not math.isfinite(self.feats.sum(dtype=torch.float64)):
            self._check_rows()

    def _check_rows(self):
        """Refuse features that are not finite."""
        bad = (~self.feats.isfinite()).any(dim=1).nonzero().flatten().tolist()
        if bad:
            raise ValueError(
                f'{len(bad)} of {len(self)} features are not finite, the first in row {bad[0]}, of '
                f'class {int(self.labels[bad[0]])}; the weights that made them may be damaged, or '
                'half precision overflowed: make them again.'
            )

    @property
    def record(self) -> ClassRecord | None:
        """What the features were made for, where their ``meta`` has it."""
        meta = self.meta.get('record')
        return None if meta is None else ClassRecord.from_meta(meta, 'The bank')

    @property
    def origins(self) -> list[str] | None:
        """Where each of N sentences comes from, where ``meta`` has it."""
        packed = self.meta.get('origins')
        return None if packed is None else unpack_origins(packed, len(self), 'The bank')

    def __len__(self) -> int:
        """Return N, the number of features."""
        return len(self.labels)

    def normalized(self) -> 'FeatureBank':
        """Return the bank with features of unit norm."""
        return FeatureBank(F.normalize(self.feats, dim=1), self.labels, self.meta)

    def check_covers(self, num_classes: int, embed_dims: int | None = None):
        """Check that there are features of every class, and of no other.

        Args:
            num_classes (int): C. ``meta['classes']``, where there is one,
                names the classes in the messages.
            embed_dims (int, optional): D. Defaults to None, any.

        Raises:
            ValueError: if the width differs, a label is outside 0 .. C-1, or
                a class has no row.
        """
        width = self.feats.shape[1]
        if embed_dims is not None and width != embed_dims:
            raise ValueError(
                f'The bank has features of width {width}, the head takes embed_dims={embed_dims}; '
                'correct embed_dims, or fill the bank with the tower of the same embedding space.'
            )
        bad = self.labels[(self.labels < 0) | (self.labels >= num_classes)]
        if len(bad):
            raise ValueError(
                f'The bank has label {int(bad[0])}; with num_classes={num_classes} labels must lie '
                f'in 0 .. {num_classes - 1}. Correct num_classes, or fill the bank from data of '
                'these classes.'
            )
        counts = torch.bincount(self.labels, minlength=num_classes)
        bare = (counts == 0).nonzero().flatten().tolist()
        if bare:
            names = self.meta.get('classes')
            name = f" '{names[bare[0]]}'" if names else ''
            raise ValueError(
                f'Class {bare[0]}{name} has no row in the bank ({len(bare)} of {num_classes} '
                'classes have none); fill it from images or sentences of every class.'
            )

    def class_means(self, num_classes: int) -> Tensor:
        """Average the features of each class.

        Args:
            num_classes (int): C, more than the largest label.

        Returns:
            Tensor: (C, D) in float32 at least, 0 for a class without
            features.
        """
        feats = self.feats.to(torch.promote_types(self.feats.dtype, torch.float32))
        sums = feats.new_zeros(num_classes, feats.shape[1])
        sums.index_add_(0, self.labels, feats)
        counts = torch.bincount(self.labels, minlength=num_classes)
        return sums / counts.clamp(min=1).unsqueeze(1)

    def save(self, path: str):
        """Write the bank to a ``.safetensors`` file."""
        save_tensors(path, dict(feats=self.feats, labels=self.labels), self.meta)

    @classmethod
    def load(cls, path: str) -> 'FeatureBank':
        """Read a bank that ``save`` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else, or features that
                are not finite.
        """
        tensors, meta = load_tensors(path)
        if not {'feats', 'labels'} <= set(tensors):
            raise ValueError(
                f'{path} holds no features with labels (it has '
                f'{sorted(tensors)}); give a file of FeatureBank.save.'
            )
        check_tensor(tensors['feats'], f'{path}, feats', axes=2)
        labels = check_tensor(tensors['labels'], f'{path}, labels', axes=1, kind='int')
        try:
            return cls(tensors['feats'], labels, meta)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error

    @classmethod
    def is_stored(cls, path: str, made_from: dict) -> bool:
        """Check whether a file holds a bank of a certain origin.

        Args:
            path (str): the file, which need not exist.
            made_from (dict): what its ``meta`` must say.

        Returns:
            bool: True if it can be used again; False, with a warning, if it
            is damaged.
        """
        if not osp.isfile(path):
            return False
        try:
            meta = cls.load(path).meta
        except ValueError as error:
            text = f'The stored features cannot be used, and are made again: {error}'
            print_log(text, 'current', level=logging.WARNING)
            return False
        return all(meta.get(key) == value for key, value in made_from.items())
