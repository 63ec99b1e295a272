"""What heads without training have in common."""

from mmpretrain.models.heads import ClsHead
from mmpretrain.structures import DataSample
from torch import Tensor


class TrainingFreeClsHead(ClsHead):
    """Base of heads that are filled or read, and only tested.

    A head that is filled with features of its classes has
    ``set_bank(bank: FeatureBank)``, which ``FeatureBankHook`` calls before an
    evaluation and which begins with ``bank.check_covers``.

    Args:
        num_classes (int): C.
        loss (dict, optional): ignored. A config that replaces a trained head
            may leave that head's here. Defaults to None.
        **kwargs: of ``ClsHead``.
    """

    def __init__(self, num_classes: int, loss: dict | None = None, **kwargs):
        super().__init__(**kwargs)
        self.num_classes = num_classes

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs) -> dict:
        """Refuse to train.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(
            f'{type(self).__name__} has nothing to train; only test it, with tools/test.py.'
        )
