"""One classifier for the residual branches of ResLT."""

from mmpretrain.models.heads import ClsHead
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.validation import check_int, check_number
from .batch_losses import batch_accuracies, batch_losses


@MODELS.register_module()
class ResLTClsHead(ClsHead):
    """Classify B features of an image by one shared linear layer, and add up.

    Trained with z_b = W x_b + b of each branch, in ``ResLTLoss``. Tested with
    z = Σ_b Ŵ x_b, ŵ_c = w_c/|w_c|^γ, without the bias. Source: Cui et al.,
    ResLT, TPAMI 2022 (arXiv 2101.10633).

    Args:
        num_classes (int): C.
        in_channels (int): B·D, the width of all branches together, that of
            what ``ResLTNeck`` gives.
        num_branches (int): B, that of the neck. Defaults to 3.
        gamma (float): γ ≥ 0 of the test; 0 leaves the weights. It is no part
            of a checkpoint. Defaults to 0.0.
        loss (dict): of type ``ResLTLoss``.
        init_cfg (dict, optional): Defaults to None, the initialisation of
            ``nn.Linear``.
        **kwargs: ``topk`` and ``cal_acc`` of ``ClsHead``.

    Raises:
        ValueError: if an argument is none of these, or the loss has another
            number of branches.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        loss: dict,
        num_branches: int = 3,
        gamma: float = 0.0,
        init_cfg: dict | None = None,
        **kwargs,
    ):
        super().__init__(loss=loss, init_cfg=init_cfg, **kwargs)
        self.num_classes = check_int(num_classes, 'num_classes', 1)
        self.in_channels = check_int(in_channels, 'in_channels', 1)
        self.num_branches = check_int(num_branches, 'num_branches', 1)
        self.gamma = check_number(gamma, 'gamma', 0)
        trained = getattr(self.loss_module, 'num_branches', None)
        if trained != num_branches:
            raise ValueError(
                f'ResLTClsHead has {num_branches} branches, its loss '
                f'({type(self.loss_module).__name__}) {trained or "none"}; use ResLTLoss, with '
                'few_below for three branches and without it for two.'
            )
        if self.in_channels % self.num_branches:
            raise ValueError(
                f'in_channels is {in_channels}, which is no multiple of num_branches='
                f'{num_branches}; give the width of all branches together.'
            )
        self.fc = nn.Linear(self.in_channels // self.num_branches, self.num_classes)

    def branches(self, feats: tuple[Tensor]) -> Tensor:
        """Return the features (N, B, D) of ``feats[-1]`` (N, B·D).

        Raises:
            ValueError: if it has another width.
        """
        x = self.pre_logits(feats)
        if x.ndim != 2 or x.shape[1] != self.in_channels:
            raise ValueError(
                f'ResLTClsHead gets features of shape {tuple(x.shape)}, but in_channels is '
                f'{self.in_channels}, of {self.num_branches} branches; put a ResLTNeck before it.'
            )
        return x.unflatten(1, (self.num_branches, -1))

    def branch_logits(self, feats: tuple[Tensor]) -> Tensor:
        """Return z_b (N, B, C), as in training."""
        return self.fc(self.branches(feats))

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return the logits (N, C) of the test."""
        norms = self.fc.weight.norm(dim=1).clamp(min=1e-12)
        return self.branches(feats).sum(1) @ self.fc.weight.T / norms**self.gamma

    def loss(self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs) -> dict:
        """Compute the loss of all branches; accuracies are those of Σ_b z_b."""
        logits = self.branch_logits(feats)
        losses = batch_losses(self.loss_module, {'loss': logits}, data_samples, **kwargs)
        if self.cal_acc:
            losses.update(batch_accuracies(logits.sum(1), data_samples, self.topk))
        return losses
