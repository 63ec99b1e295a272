"""The class prior that a text score has of its own, in a file."""

from dataclasses import dataclass, field

import torch
from torch import Tensor

from ..utils.validation import check_tensor
from .class_record import ClassRecord
from .tensor_file import load_tensors, save_tensors

_KEY = 'log_prior'


@dataclass
class TextPrior:
    """log q of C classes, with the classes that it was estimated for.

    Args:
        log_prior (Tensor): log q (C,); the exponentials sum to 1.
        record (ClassRecord): of the data at hand.
        meta (dict): where it comes from, JSON values. Defaults to an empty
            dict.

    Raises:
        ValueError: if there is not one finite number per class, or they are
            no logarithms of shares.
    """

    log_prior: Tensor
    record: ClassRecord
    meta: dict = field(default_factory=dict)

    def __post_init__(self):
        check_tensor(self.log_prior, _KEY, axes=1)
        classes = len(self.record.classes)
        if len(self.log_prior) != classes:
            raise ValueError(
                f'{_KEY} is of {len(self.log_prior)} classes, its record of {classes}; they must '
                'agree.'
            )
        total = float(self.log_prior.double().exp().sum())
        if abs(total - 1) > 1e-3:
            raise ValueError(
                f'{_KEY} holds logarithms of shares that sum to {total:g}, not to 1; estimate it '
                'again.'
            )

    def save(self, path: str):
        """Write the prior to a ``.safetensors`` file."""
        meta = dict(self.meta, record=self.record.to_meta())
        save_tensors(path, {_KEY: self.log_prior.to(torch.float32)}, meta)

    @classmethod
    def load(cls, path: str) -> 'TextPrior':
        """Read a prior that ``save`` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else.
        """
        tensors, meta = load_tensors(path)
        if _KEY not in tensors or 'record' not in meta:
            raise ValueError(
                f'{path} holds no prior with its classes (it has {sorted(tensors)}); give the '
                'file that tools/analysis_tools/calibrate.py wrote.'
            )
        record = ClassRecord.from_meta(meta.pop('record'), path)
        try:
            return cls(tensors[_KEY], record, meta)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error
