"""How many experts an image needs: RIDE's second stage."""

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.validation import check_int, check_number
from .batch_losses import labels_of
from .multi_expert_head import MultiExpertClsHead


@MODELS.register_module()
class ExpertRouterHead(MultiExpertClsHead):
    """Ask after each expert whether the next one is needed; the experts are trained already.

    After i of k experts, of which z̄_i is the mean of the logits so far and f_i
    the feature of the i-th: h_i = ReLU(W_i·f_i/|f_i| + b_i) (16 numbers), and
    one linear layer, the same for all i, makes a logit r_i of h_i and the
    largest logits of z̄_i, in falling order. Trained are the W_i and that
    layer, by the mean over i of the binary cross entropy of r_i, whose target
    is 1 where the prediction of i experts is wrong and that of some more of
    them right; these targets are rare and count ``pos_weight`` times. In a
    test an image goes on to the next expert while sigmoid(r_i) > threshold,
    and the mean logits of the experts that it has been to are its score.

    Source: Wang et al., Long-tailed Recognition by Routing Diverse
    Distribution-Aware Experts, ICLR 2021, arXiv 2010.01809. Train it with a
    frozen backbone and class-balanced sampling, in a ``RoutedClassifier``.

    Args:
        num_classes (int): C.
        in_channels (int): D, width of an expert's feature.
        num_experts (int): k ≥ 2. Defaults to 3.
        num_logits (int): how many logits of z̄_i are read, at most C. Defaults
            to 50, the authors' on ImageNet-LT and iNaturalist 2018; they have
            30 on CIFAR-100-LT.
        hidden_channels (int): of h_i. Defaults to 16.
        pos_weight (float): > 0. Defaults to 100.0.
        threshold (float): in [0, 1]; 0 asks all experts always, 1 the first
            one alone. Defaults to 0.5.
        **kwargs: of ``MultiExpertClsHead``, but for ``loss``.

    Raises:
        ValueError: if a number is out of range.
    """

    # What the checkpoint of the experts does not have.
    OWN = ('hidden_fcs.', 'router_fc.', 'loss_module.')

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_experts: int = 3,
        num_logits: int = 50,
        hidden_channels: int = 16,
        pos_weight: float = 100.0,
        threshold: float = 0.5,
        **kwargs,
    ):
        check_int(num_experts, 'num_experts', 2)
        pos_weight = torch.tensor(check_number(pos_weight, 'pos_weight', 1e-6))
        loss = nn.BCEWithLogitsLoss(pos_weight=pos_weight)
        super().__init__(num_classes, in_channels, loss, num_experts, **kwargs)
        self.num_logits = check_int(num_logits, 'num_logits', 1, num_classes)
        self.threshold = check_number(threshold, 'threshold', 0, 1)
        check_int(hidden_channels, 'hidden_channels', 1)
        self.fcs.requires_grad_(False)
        self.hidden_fcs = nn.ModuleList(
            nn.Linear(in_channels, hidden_channels) for _ in range(num_experts - 1)
        )
        self.router_fc = nn.Linear(hidden_channels + num_logits, 1)
        self.last_used: Tensor | None = None

    def needs_next(self, feature: Tensor, mean_logits: Tensor, index: int) -> Tensor:
        """Return r (N,): above 0 where the expert after the index-th is needed.

        Args:
            feature (Tensor): f (N, D) of the index-th expert, from 0.
            mean_logits (Tensor): z̄ (N, C) of the experts up to it.
            index (int): 0 .. k − 2.
        """
        feature = F.normalize(feature.to(mean_logits.dtype), dim=1)
        hidden = self.hidden_fcs[index](feature).relu()
        largest = mean_logits.topk(self.num_logits, dim=1).values
        return self.router_fc(torch.cat([largest, hidden], dim=1)).squeeze(1)

    def forward(self, feats) -> Tensor:
        """Return the mean logits (N, C) of the experts that each image goes to; see ``route``."""
        logits, self.last_used = self.route(feats)
        return logits

    @torch.no_grad()
    def route(self, feats) -> tuple[Tensor, Tensor]:
        """Let each image go from expert to expert while the next one is needed.

        Args:
            feats (tuple[Tensor] | ExpertFeatures): the features (N, D) of all
                experts; or what computes one for some images, that of
                ``RoutedClassifier``.

        Returns:
            tuple: the mean logits (N, C), and how many experts have seen each
            image (N,) int64.
        """
        take = feats.take if hasattr(feats, 'take') else self._taken(feats)
        feature = take(0, None)
        total = self.one_expert(feature, 0)  # (N, C)
        used = torch.ones(len(total), dtype=torch.int64, device=total.device)
        rows = torch.arange(len(total), device=total.device)  # who is still on the way
        for index in range(self.num_experts - 1):
            wanted = self.needs_next(feature, total[rows] / (index + 1), index)
            on = wanted.sigmoid() > self.threshold
            if self.threshold == 0:
                on = torch.ones_like(on)
            rows = rows[on]
            if not len(rows):
                break
            feature = take(index + 1, rows)
            total[rows] += self.one_expert(feature, index + 1)
            used[rows] += 1
        return total / used[:, None], used

    def _taken(self, feats: tuple[Tensor]):
        features = self.pre_logits(feats)
        return lambda index, rows: features[index] if rows is None else features[index][rows]

    def predict(
        self, feats: tuple[Tensor], data_samples: list[DataSample] | None = None
    ) -> list[DataSample]:
        """Predict; each result has ``num_experts``, how many have seen the image."""
        results = super().predict(feats, data_samples)
        if len(results) == len(self.last_used):  # not for the mean of several crops
            for result, used in zip(results, self.last_used.tolist()):
                result.set_field(used, 'num_experts')
        return results

    def loss(
        self, feats: tuple[Tensor], data_samples: list[DataSample], **kwargs
    ) -> dict[str, Tensor]:
        """Compute the loss of the router.

        Args:
            feats (tuple[Tensor]): the features (N, D) of all k experts.
            data_samples (list[DataSample]): with labels.

        Returns:
            dict[str, Tensor]: ``loss``, and ``needed``, the percentage of
            targets that are 1.

        Raises:
            ValueError: if batch augmentations have mixed the labels.
        """
        labels = labels_of(data_samples, 'The router learns which experts are right')
        features = self.pre_logits(feats)
        with torch.no_grad():
            totals = self.expert_logits(feats).cumsum(dim=1)  # (N, k, C)
            right = totals.argmax(dim=2) == labels[:, None]  # (N, k)
            # later[:, i]: whether any of more than i + 1 experts is right.
            later = right.flip(1).cumsum(dim=1).flip(1)[:, 1:] > 0
            needed = (~right[:, :-1] & later).float()  # (N, k − 1)
        logits = [
            self.needs_next(features[i].detach(), totals[:, i] / (i + 1), i)
            for i in range(self.num_experts - 1)
        ]
        loss = self.loss_module(torch.stack(logits, dim=1).float(), needed)
        return dict(loss=loss, needed=100 * needed.mean())
