"""What heads that attend to the anchor sentences of every class share."""

import torch
from mmpretrain.models.heads import ClsHead
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...structures import AnchorSet
from ...utils.logit_scale import FROM_SCRATCH, check_log_scale
from ..file_backed import FileBacked, FileContent
from .anchor_checks import NO_ANCHORS, check_anchors, find_anchor_dtype
from .anchor_record import RECORD_KEYS, AnchorRecord
from .batch_losses import batch_accuracies, batch_losses
from .blocked_attention import AnchorStats, anchor_stats, attended_cosine, attention_weights
from .prior_shift import PriorShift
from .text_classes import add_zero_logits, check_trainable


class AnchorHead(FileBacked, ClsHead):
    """Base of heads with a visual branch and a language branch.

    The language branch attends with the image embedding x to the M anchor
    sentences of each class and compares x with the attended text by s·cos:
    ``language_branch`` is its formula, computed here by
    ``blocked_attention``. The anchors and s are buffers, so that a checkpoint
    alone rebuilds the head. A subclass makes the visual branch, and fuses the
    logits of both in ``forward``, whose result the loss is computed of; one
    with a loss for each branch has its own ``loss``.

    ``norm_k.bias`` cannot change an output (it is constant over the anchors
    of a class) and is therefore not trained.

    Args:
        visual_mlp (nn.Module): the visual branch, (N, in_channels) → (N, C).
        num_classes (int): C.
        in_channels (int): width of the image embedding.
        num_anchors (int): M; classes with fewer are padded. Defaults to 64.
        anchors (str, optional): the anchors file, read by ``init_weights``; a
            loaded checkpoint has its own anchors. Defaults to None.
        logit_scale (float, optional): log s. Defaults to None, the anchors
            file's.
        detach_norm (bool): no gradient through the norm of the attended
            text. Defaults to False.
        loss (dict, optional): Defaults to None, which stands for
            ``dict(type='CrossEntropyLoss')``.
        embed_dims (int, optional): D, the width of the anchors. Where it
            differs from ``in_channels``, a linear map takes the image there,
            for the language branch only. Defaults to None, ``in_channels``.
        anchor_dtype (str, optional): 'float16' or 'bfloat16' halves the
            memory of the anchors and of a checkpoint, and makes evaluation
            of single images faster. Cosines move by about 3e-5 or 3e-4, the
            logits by s times that. Defaults to None, float32.
        text_prior (str, optional): the file of a class prior q that the
            language branch has of its own; see ``PriorShift``. log q is taken
            off its logits. Defaults to None.
        num_text_classes (int): K, how many classes at the end have text alone
            and no images (``tools/add_classes.py``): ``visual_mlp`` gives
            C − K logits; nothing is trained. Defaults to 0.
        **kwargs: ``topk``, ``cal_acc`` and ``init_cfg`` of ``ClsHead``.

    Raises:
        ValueError: if there is no such ``anchor_dtype``, or ``logit_scale``
            is no logarithm of a scale.
    """

    file_key = 'anchors'

    def __init__(
        self,
        visual_mlp: nn.Module,
        num_classes: int,
        in_channels: int,
        num_anchors: int = 64,
        anchors: str | None = None,
        logit_scale: float | None = None,
        detach_norm: bool = False,
        loss: dict | None = None,
        embed_dims: int | None = None,
        anchor_dtype: str | None = None,
        text_prior: str | None = None,
        num_text_classes: int = 0,
        **kwargs,
    ):
        super().__init__(loss=loss or dict(type='CrossEntropyLoss'), **kwargs)
        dims = embed_dims or in_channels
        self.num_classes = num_classes
        self.num_text_classes = num_text_classes
        self.anchors = anchors
        self.fixed_logit_scale = (
            None if logit_scale is None else check_log_scale(logit_scale, 'logit_scale')
        )
        self.detach_norm = detach_norm
        # First: optimizers of older checkpoints count the parameters so.
        self.visual_mlp = visual_mlp
        self.proj_visual = (
            nn.Identity() if dims == in_channels else nn.Linear(in_channels, dims, bias=False)
        )
        self.norm_q = nn.LayerNorm(dims)
        self.norm_k = nn.LayerNorm(dims)
        self.norm_k.bias.requires_grad_(False)
        self.proj_q = nn.Linear(dims, dims, bias=False)
        self.proj_k = nn.Linear(dims, dims, bias=False)
        nn.init.eye_(self.proj_q.weight)
        nn.init.eye_(self.proj_k.weight)
        self.text_prior = PriorShift(num_classes, text_prior)
        self._register_anchors(num_classes, num_anchors, dims, find_anchor_dtype(anchor_dtype))

    def _register_anchors(self, num_classes: int, num_anchors: int, dims: int, dtype: torch.dtype):
        """Make the buffers: three of the checkpoint, two derived."""
        shape = (num_classes, num_anchors)
        scale = FROM_SCRATCH if self.fixed_logit_scale is None else self.fixed_logit_scale
        self.register_buffer('anchor_feats', torch.zeros(*shape, dims, dtype=dtype))
        self.register_buffer('anchor_mask', torch.zeros(shape, dtype=torch.bool))
        self.register_buffer('logit_scale', torch.tensor(scale))
        self.register_buffer('_inv_std', torch.ones(shape), persistent=False)
        self.register_buffer('_gram', torch.zeros(*shape, num_anchors), persistent=False)
        self._has_anchors = False
        self.anchor_record: AnchorRecord | None = None
        self.register_state_dict_post_hook(AnchorHead._write_record)
        self.register_load_state_dict_post_hook(AnchorHead._refresh)

    def _write_record(self, state_dict: dict, prefix: str, _):
        """Let the record of the anchors travel with them."""
        if self.anchor_record is not None:
            self.anchor_record.write(state_dict, prefix)

    def _load_from_state_dict(self, state_dict, prefix, meta, strict, missing, unexpected, errors):
        """Take the record that came with the anchors."""
        super()._load_from_state_dict(state_dict, prefix, meta, strict, missing, unexpected, errors)
        if f'{prefix}anchor_feats' in state_dict:
            self.anchor_record = AnchorRecord.read(state_dict, prefix)
        unexpected[:] = [k for k in unexpected if k.removeprefix(prefix) not in RECORD_KEYS]

    def train(self, mode: bool = True) -> 'AnchorHead':
        """Switch the mode, after a look at whose classes a runner works on.

        Raises:
            ValueError: if they have another order than the anchors'.
        """
        if self.anchor_record is not None:
            self.anchor_record.compare_with_run(self.anchors or 'the anchors')
        return super().train(mode)

    def _refresh(self, _=None):
        """Derive what follows from the anchors; also the hook of a load."""
        self._has_anchors = bool(self.anchor_mask.any())
        check_log_scale(self.logit_scale, 'logit_scale of the head')
        self._inv_std, self._gram = anchor_stats(self.anchor_feats, self.norm_k.eps)

    def _apply(self, fn, *args, **kwargs):
        """Move or cast; the statistics stay in float32 at least."""
        before = self._gram.dtype
        super()._apply(fn, *args, **kwargs)
        if self._gram.dtype != before:
            self._refresh()
        return self

    def set_anchors(self, feats: Tensor, mask: Tensor, logit_scale: float | None = None):
        """Set the anchors; they have no record.

        Args:
            feats (Tensor): (C, M', D), raw text embeddings, M' ≤ M.
            mask (Tensor): (C, M') bool, True = real.
            logit_scale (float | Tensor, optional): log s. Defaults to None,
                unchanged.

        Raises:
            ValueError: if a shape does not fit, a class has no anchor, or an
                anchor or the scale is not finite.
        """
        feats, mask = check_anchors(feats, mask, self.anchor_feats.shape)
        if logit_scale is not None:
            logit_scale = check_log_scale(logit_scale, 'logit_scale')
        self.anchor_record = None
        with torch.no_grad():
            self.anchor_mask.copy_(mask)
            self.anchor_feats.copy_(feats)
            if logit_scale is not None:
                self.logit_scale.fill_(logit_scale)
        self._refresh()

    def init_weights(self):
        """Read the anchors file.

        Raises:
            ValueError: if there is no file to read and no anchor set, the
                file does not fit, or classes have text alone.
            FileNotFoundError: if the file does not exist.
        """
        super().init_weights()
        check_trainable(self.num_text_classes, self.num_classes)
        remedy = NO_ANCHORS.format(type(self).__name__)
        if self.anchors is not None:
            self._read_anchors(self.anchors, remedy)
        if not self._has_anchors:
            raise ValueError(f'anchors is None. {remedy}')

    def _read_anchors(self, path: str, remedy: str):
        """Take anchors, scale and record of a file."""
        try:
            chosen = AnchorSet.load(path)
        except FileNotFoundError as error:
            raise FileNotFoundError(f'{error} {remedy}') from error
        scale = chosen.logit_scale if self.fixed_logit_scale is None else None
        try:
            self.set_anchors(chosen.feats, chosen.mask, scale)
        except ValueError as error:
            raise ValueError(f'{path}: {error}') from error
        self.anchor_record = AnchorRecord.of(chosen)

    def read_file(self) -> FileContent:
        """Read the features of the anchors file; see ``FileBacked``."""
        chosen = AnchorSet.load(self.anchors)
        feats, _ = check_anchors(chosen.feats, chosen.mask, self.anchor_feats.shape)
        return FileContent(dict(anchor_feats=feats), chosen.digest)

    def branch_logits(self, feats: tuple[Tensor]) -> tuple[Tensor, Tensor]:
        """Compute the logits of both branches.

        Args:
            feats (tuple[Tensor]): the last is x (N, in_channels), any norm.

        Returns:
            tuple[Tensor, Tensor]: visual and language logits, (N, C) each.

        Raises:
            RuntimeError: if there are no anchors.
        """
        x = self.pre_logits(feats)
        language = self.language_logits(x)
        return self._add_text_classes(self.visual_mlp(x), language), language

    def _add_text_classes(self, visual: Tensor, language: Tensor) -> Tensor:
        """Extend visual logits (N, C − K) to the classes that have text alone, (N, C)."""
        return add_zero_logits(visual, self.num_text_classes)

    def _get_loss(self, cls_score: Tensor, data_samples: list[DataSample], **kwargs) -> dict:
        """Compute what ``loss`` returns of the scores (N, C) of ``forward``.

        Unlike the host's, soft losses take labels too, and scores below 0
        count for the accuracy.
        """
        check_trainable(self.num_text_classes, self.num_classes)
        losses = batch_losses(self.loss_module, dict(loss=cls_score), data_samples, **kwargs)
        if self.cal_acc:
            losses.update(batch_accuracies(cls_score, data_samples, self.topk))
        return losses

    def language_logits(self, x: Tensor) -> Tensor:
        """Compute s·cos of images and the text that they attend to, less the text's prior.

        Args:
            x (Tensor): (N, in_channels), not normalised.

        Returns:
            Tensor: (N, C).
        """
        x = self.proj_visual(x)
        cosine = attended_cosine(self._query(x), x, *self._anchors(), self.detach_norm)
        return self.text_prior(self.logit_scale.exp() * cosine)

    def branch_scores(self, feats: tuple[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the part of each branch in the logits, less its mean over the classes.

        Both (N, C), for people to compare; see ``branch_logits``.
        """
        visual, language = self.branch_logits(feats)
        return visual - visual.mean(1, keepdim=True), language - language.mean(1, keepdim=True)

    def attention(self, feats: tuple[Tensor], classes: Tensor | None = None) -> Tensor:
        """Weigh the anchors of every class, as the language branch does.

        Args:
            feats (tuple[Tensor]): as in ``branch_logits``.
            classes (Tensor, optional): (K,) int64. Defaults to None, all C.

        Returns:
            Tensor: (N, C, M), or (N, K, M), in float32 at least. The weights
            of a class sum to 1 over its real anchors and are 0 on padding.

        Raises:
            RuntimeError: if there are no anchors.
        """
        x = self.proj_visual(self.pre_logits(feats))
        anchors, mask, stats = self._anchors()
        if classes is not None:
            stats = AnchorStats(*(values[classes] for values in stats))
            anchors, mask = anchors[classes], mask[classes]
        return attention_weights(self._query(x), anchors, mask, stats)

    def _anchors(self) -> tuple[Tensor, Tensor, AnchorStats]:
        if not self._has_anchors:
            raise RuntimeError(NO_ANCHORS.format(type(self).__name__))
        return self.anchor_feats, self.anchor_mask, AnchorStats(self._inv_std, self._gram)

    def _query(self, x: Tensor) -> Tensor:
        """Return the queries of images (N, D), brought to the key side."""
        query = self.proj_q(self.norm_q(x))
        # The projection and the norm's weight of the keys: q·W_k(γ_k ⊙ Ê).
        return (query @ self.proj_k.weight) * self.norm_k.weight
