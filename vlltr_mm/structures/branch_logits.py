"""What the branches of a head said about images, in a file."""

from dataclasses import dataclass, field

from torch import Tensor

from ..utils.validation import check_tensor
from .class_record import ClassRecord
from .tensor_file import load_tensors, save_tensors


@dataclass
class BranchLogits:
    """Logits of N images by a finished model, so that settings can be chosen without it.

    Args:
        language (Tensor): (N, C), of the text, or of a head without branches.
        visual (Tensor, optional): (N, C), of the visual branch; None where
            there is none to weigh.
        labels (Tensor): (N,) int64.
        record (ClassRecord): classes and training counts of the images' data
            set.
        meta (dict): where they come from, JSON values. Defaults to an empty
            dict.

    Raises:
        ValueError: if the shapes do not fit together, or a number is not
            finite.
    """

    language: Tensor
    visual: Tensor | None
    labels: Tensor
    record: ClassRecord
    meta: dict = field(default_factory=dict)

    def __post_init__(self):
        for name, value in self._tensors().items():
            check_tensor(value, f'{name} of the logits', axes=2)
        check_tensor(self.labels, 'labels of the logits', axes=1, kind='int')
        shape = (len(self.labels), len(self.record.classes))
        shapes = {name: tuple(value.shape) for name, value in self._tensors().items()}
        if set(shapes.values()) != {shape}:
            raise ValueError(
                f'The logits are {shapes}, with {shape[0]} labels of {shape[1]} classes; they '
                f'must be {shape}.'
            )
        if not shape[0] or not 0 <= self.labels.min() <= self.labels.max() < shape[1]:
            raise ValueError(
                f'The {shape[0]} labels of the logits must be at least one, each in '
                f'0 .. {shape[1] - 1}.'
            )

    def _tensors(self) -> dict[str, Tensor]:
        known = dict(language=self.language, visual=self.visual)
        return {name: value for name, value in known.items() if value is not None}

    def save(self, path: str):
        """Write the logits to a ``.safetensors`` file."""
        tensors = dict(self._tensors(), labels=self.labels)
        save_tensors(path, tensors, dict(self.meta, record=self.record.to_meta()))

    @classmethod
    def load(cls, path: str) -> 'BranchLogits':
        """Read logits that ``save`` wrote.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if the file holds something else.
        """
        tensors, meta = load_tensors(path)
        if not {'language', 'labels'} <= set(tensors) or 'record' not in meta:
            raise ValueError(
                f'{path} holds no logits with their labels and classes (it has '
                f'{sorted(tensors)}); give a file that tools/analysis_tools/calibrate.py wrote.'
            )
        record = ClassRecord.from_meta(meta.pop('record'), path)
        try:
            return cls(tensors['language'], tensors.get('visual'), tensors['labels'], record, meta)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error
