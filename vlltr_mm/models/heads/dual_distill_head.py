"""Two classifiers on one feature: one for the labels, one for a teacher."""

from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from .batch_losses import batch_accuracies, batch_losses


@MODELS.register_module()
class DualDistillClsHead(ClsHead):
    """A linear layer that learns the labels beside the one that is used.

    ``loss_hard`` is the loss of the logits of ``hard_fc`` and the labels.
    ``forward`` returns those of ``fc``, which a ``DistilledClassifier`` lets
    learn from its teacher, and by which a test predicts. Both layers train
    the backbone. Source: Li et al., Self Supervision to Distillation for
    Long-Tailed Visual Recognition, ICCV 2021 (arXiv 2109.04075), its third
    stage.

    Args:
        num_classes (int): C.
        in_channels (int): D, width of the feature.
        loss (dict, optional): of the labels. Defaults to None, ``ClsHead``'s.
        init_cfg (dict, optional): Defaults to None, the initialisation of
            ``nn.Linear``.
        **kwargs: ``topk`` and ``cal_acc`` of ``ClsHead``.

    Raises:
        ValueError: if num_classes is not positive.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss: dict | None = None,
        init_cfg: dict | None = None,
        **kwargs,
    ):
        super().__init__(loss=loss or dict(type='CrossEntropyLoss'), init_cfg=init_cfg, **kwargs)
        if num_classes <= 0:
            raise ValueError(f'num_classes is {num_classes}; give a positive number.')
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.fc = nn.Linear(in_channels, num_classes)
        self.hard_fc = nn.Linear(in_channels, num_classes)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return the logits (N, C) that learn from the teacher, of ``feats[-1]`` (N, D)."""
        return self.fc(self.pre_logits(feats))

    def loss(
        self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Compute ``loss_hard``, and accuracies of ``hard_fc`` with ``cal_acc``.

        Args:
            feats (tuple[Tensor]): the last is (N, D).
            data_samples (list[DataSample]): N, with ``gt_label``, or
                ``gt_score`` of mixed images.
            **kwargs: for the loss.
        """
        logits = self.hard_fc(self.pre_logits(feats))
        losses = batch_losses(self.loss_module, dict(loss_hard=logits), data_samples, **kwargs)
        if self.cal_acc:
            losses.update(batch_accuracies(logits, data_samples, self.topk))
        return losses
