"""Recognise by the nearest class prototype."""

import math

import torch
import torch.nn.functional as F
from mmpretrain.registry import MODELS
from torch import Tensor

from ...structures import FeatureBank
from ...utils.logit_scale import CLIP_MAX, check_log_scale
from .prior_shift import PriorShift
from .training_free_head import TrainingFreeClsHead

_METRICS = ('cosine', 'euclidean')


@MODELS.register_module()
class PrototypeClsHead(TrainingFreeClsHead):
    """Compare an image with one prototype of each class; nothing is trained.

    With ``metric='cosine'`` the prototype of a class is the mean of its
    embeddings of unit norm, brought to unit norm again, and the score is
    s·cos: filled with the embeddings of prompts, this is CLIP's zero-shot
    classifier (Radford et al., ICML 2021). With ``metric='euclidean'`` and
    ``center=True`` it is the nearest class mean of Kang et al. (ICLR 2020,
    arXiv 1910.09217, section 4; "cl2n" in their code): the features of
    training images less their common mean, brought to unit norm, and
    averaged; the score is −s/2·|f − prototype|². The factor s/2 makes the
    softmax as sharp as that of s·cos (for prototypes of unit norm the two
    differ by a constant) and leaves the nearest where it is.

    ``FeatureBankHook`` fills the prototypes before each evaluation; they are
    buffers and stay in a checkpoint.

    Args:
        num_classes (int): C.
        embed_dims (int): D.
        center (bool): subtract the mean of all features of the bank from
            every feature. Defaults to False.
        metric (str): 'cosine' or 'euclidean'. Defaults to 'cosine'.
        logit_scale (float): log s. Defaults to log(100), CLIP's.
        text_prior (str, optional): the file of a class prior q that the score
            has of its own; see ``PriorShift``. log q is taken off the score.
            Defaults to None.
        **kwargs: of ``TrainingFreeClsHead``.

    Raises:
        ValueError: if ``metric`` is unknown, or ``logit_scale`` no logarithm
            of a scale.
    """

    def __init__(
        self,
        num_classes: int,
        embed_dims: int,
        center: bool = False,
        metric: str = 'cosine',
        logit_scale: float = CLIP_MAX,
        text_prior: str | None = None,
        **kwargs,
    ):
        super().__init__(num_classes, **kwargs)
        if metric not in _METRICS:
            raise ValueError(
                f"metric is '{metric}'; allowed are {' and '.join(map(repr, _METRICS))}."
            )
        self.embed_dims = embed_dims
        self.center = center
        self.metric = metric
        self.logit_scale = check_log_scale(logit_scale, 'logit_scale')
        self.register_buffer('prototypes', torch.zeros(num_classes, embed_dims))
        self.register_buffer('center_feat', torch.zeros(embed_dims))
        self.text_prior = PriorShift(num_classes, text_prior)
        self._has_prototypes = False
        self.register_load_state_dict_post_hook(PrototypeClsHead._refresh)

    def _refresh(self, _=None):
        """Record whether there are prototypes; also the hook of a load."""
        self._has_prototypes = bool(self.prototypes.any())

    @torch.no_grad()
    def set_bank(self, bank: FeatureBank):
        """Build the prototypes.

        Args:
            bank (FeatureBank): images or sentences of every class, (N, D),
                not necessarily of unit norm.

        Raises:
            ValueError: if a class has no row, or the bank does not fit.
        """
        bank.check_covers(self.num_classes, self.embed_dims)
        feats = bank.feats.float()
        center = feats.mean(dim=0) if self.center else feats.new_zeros(self.embed_dims)
        means = FeatureBank(feats - center, bank.labels).normalized().class_means(self.num_classes)
        if self.metric == 'cosine':
            means = F.normalize(means, dim=1)
        self.prototypes.copy_(means)
        self.center_feat.copy_(center)
        self._refresh()

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Score every class.

        Args:
            feats (tuple[Tensor]): the last is (N, D), not normalised.

        Returns:
            Tensor: (N, C), s·cos or −s/2·|f − prototype|², less the prior.

        Raises:
            RuntimeError: if there are no prototypes.
        """
        if not self._has_prototypes:
            raise RuntimeError(
                'PrototypeClsHead has no prototypes. Add custom_hooks='
                "[dict(type='FeatureBankHook', ...)], call set_bank(), or "
                'load a checkpoint that has them.'
            )
        x = self.pre_logits(feats).to(self.prototypes.dtype)
        x = F.normalize(x - self.center_feat, dim=1)
        scale = math.exp(self.logit_scale)
        cosine = x @ self.prototypes.T
        if self.metric == 'cosine':
            return self.text_prior(scale * cosine)
        squares = self.prototypes.square().sum(dim=1)  # (C,)
        return self.text_prior(-scale / 2 * (1 + squares - 2 * cosine))
