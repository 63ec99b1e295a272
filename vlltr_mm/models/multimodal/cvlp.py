"""Stage 1: class-wise visual-linguistic pre-training."""

import math
from collections.abc import Sequence

import torch
from mmengine.model import BaseModel
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.logit_scale import CLIP_MAX, FROM_SCRATCH, check_log_scale
from ...utils.validation import check_int, check_number
from ...utils.warn_once import warn_once
from ..losses import contrastive_distill_loss
from .chunked_embedding import check_rows_apart, embed_in_chunks
from .frozen_teacher import FrozenTeacher

_BOUND_SLACK = 1e-3  # CLIP's own files are rounded


@MODELS.register_module()
class CVLP(BaseModel):
    """Class-wise visual-linguistic pre-training of two towers.

    The loss is ``ccl_weight`` · L_ccl + ``distill_weight`` · L_dis. The
    teacher of L_dis is a frozen copy of the towers as initialised, with their
    logit scale; it is part of the checkpoint, so that a resumed run has the
    teacher it began with. A tower with a tuner is frozen: without the tuner it
    is its own teacher, and there is no copy.

    Source: VL-LTR (arXiv 2111.13579), L_pre.

    Args:
        vision_backbone (dict | nn.Module): (N, 3, H, W) → ``((N, D),)``.
        text_backbone (dict | nn.Module): (N, L) → ``((N, D),)``; its
            ``fit_width``, if any, says which columns it reads (``pad_tokens``).
        loss (dict): the class-wise contrastive loss. Defaults to
            ``dict(type='ClassWiseContrastiveLoss', label_smooth=0.1)``.
        teacher (bool): whether to distil from the initial towers. Towers from
            scratch have nothing to stay near: False. Defaults to True.
        ccl_weight (float): weight of L_ccl. Defaults to 0.5.
        distill_weight (float): weight of L_dis. Defaults to 0.5.
        logit_scale (float, optional): initial scale in log space. Defaults to
            None: that of the loaded weights, or log(1 / 0.07) without any.
        max_logit_scale (float, optional): upper bound of the learnt scale, in
            log space. Defaults to log(100), CLIP's; None sets none.
        chunk_size (int, optional): samples of a batch that go through the
            towers at a time, see ``embed_in_chunks``: the step of the whole
            batch with the memory of one chunk, for one more forward pass of
            both towers. Defaults to None, all.
        data_preprocessor (dict, optional): Defaults to None, which stands for
            ``ClsDataPreprocessor`` with its defaults.
        init_cfg (dict, optional): Defaults to None.

    Raises:
        ValueError: if the towers give embeddings of different widths, a
            weight is no finite number >= 0, a scale is no logarithm of one or
            begins above the bound, or ``chunk_size`` meets BatchNorm that
            normalises by the batch.
    """

    def __init__(
        self,
        vision_backbone: dict | nn.Module,
        text_backbone: dict | nn.Module,
        loss: dict | None = None,
        teacher: bool = True,
        ccl_weight: float = 0.5,
        distill_weight: float = 0.5,
        logit_scale: float | None = None,
        max_logit_scale: float | None = CLIP_MAX,
        chunk_size: int | None = None,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
    ):
        preprocessor = dict(data_preprocessor or {})
        preprocessor.setdefault('type', 'ClsDataPreprocessor')
        super().__init__(MODELS.build(preprocessor), init_cfg)
        self.vision_backbone = _build(vision_backbone)
        self.text_backbone = _build(text_backbone)
        dims = (self.vision_backbone.embed_dims, self.text_backbone.embed_dims)
        if dims[0] != dims[1]:
            raise ValueError(
                f'vision_backbone gives {dims[0]}-d and text_backbone {dims[1]}-d embeddings; both '
                'must have the same width: name one architecture for both.'
            )
        self.loss_module = MODELS.build(
            loss or dict(type='ClassWiseContrastiveLoss', label_smooth=0.1)
        )
        self.ccl_weight = check_number(ccl_weight, 'ccl_weight', 0)
        self.distill_weight = check_number(distill_weight, 'distill_weight', 0)
        self._set_scale(logit_scale, max_logit_scale)
        self.teacher = FrozenTeacher(self.vision_backbone, self.text_backbone) if teacher else None
        self._teacher_text_bank: Tensor | None = None
        self.chunk_size = None if chunk_size is None else check_int(chunk_size, 'chunk_size', 1)
        if self.chunk_size is not None:
            self.train()  # checks it

    def train(self, mode: bool = True):
        """Switch mode; with ``chunk_size`` no row may depend on others in training."""
        super().train(mode)
        if mode and self.chunk_size is not None:
            check_rows_apart(self, self.chunk_size)
        return self

    def _set_scale(self, initial: float | None, bound: float | None):
        """Make the scale's parameter, which has its bound wherever it is used or saved."""
        self.initial_logit_scale = (
            None if initial is None else check_log_scale(initial, 'logit_scale')
        )
        self.max_logit_scale = None if bound is None else check_log_scale(bound, 'max_logit_scale')
        value = FROM_SCRATCH if initial is None else self.initial_logit_scale
        if bound is not None and value > self.max_logit_scale:
            raise ValueError(
                f'logit_scale is {value}, above max_logit_scale={self.max_logit_scale}; give a '
                'smaller scale, a larger bound, or max_logit_scale=None.'
            )
        self.logit_scale = nn.Parameter(torch.tensor(value))
        self._scale_trained = False
        self.register_state_dict_pre_hook(CVLP.bound_logit_scale)
        self.register_load_state_dict_post_hook(CVLP._check_loaded_scale)

    @torch.no_grad()
    def bound_logit_scale(self, *_):
        """Clamp a scale in training, as CLIP does after each step of the optimizer.

        Between steps, so that the gradient stays whole: at the bound it can
        still lead down, which a clamp at use would prevent. A scale that was
        only loaded stays.
        """
        if self._scale_trained and self.max_logit_scale is not None:
            self.logit_scale.clamp_(max=self.max_logit_scale)

    def _check_loaded_scale(self, _=None):
        """Refuse a loaded scale that is none; say where the bound will change it."""
        value = check_log_scale(self.logit_scale, 'logit_scale of the loaded weights')
        if self.max_logit_scale is not None and value > self.max_logit_scale + _BOUND_SLACK:
            warn_once(
                f'The loaded weights have a scale of {math.exp(value):.4g}; training bounds it by '
                f'{math.exp(self.max_logit_scale):.4g}. max_logit_scale=None sets no bound.'
            )

    def init_weights(self):
        """Initialise the towers, then the scale, then the teacher."""
        super().init_weights()
        loaded = self.vision_backbone.pretrained_logit_scale
        if self.initial_logit_scale is None and loaded is not None:
            nn.init.constant_(self.logit_scale, loaded)
            self._check_loaded_scale()
        if self.teacher is not None:
            self.teacher.copy_from(self)

    def set_teacher_text_bank(self, feats: Tensor | None):
        """Look the teacher's sentences up instead of encoding them each step.

        A frozen teacher embeds a sentence the same way every time. The bank
        is no part of the checkpoint.

        Args:
            feats (Tensor, optional): (S, D) on the CPU, the teacher's
                embedding of every sentence of the corpus, which each sample's
                ``text_index`` points into. None goes back to encoding.

        Raises:
            ValueError: if there is no teacher, or D is not its width.
        """
        if feats is not None:
            dims = self.text_backbone.embed_dims
            if self.teacher is None or feats.ndim != 2 or feats.shape[1] != dims:
                raise ValueError(
                    f'The bank is {tuple(feats.shape)}, the teacher is '
                    f'{"absent" if self.teacher is None else f"{dims}-d"}; '
                    'give (S, D) embeddings of this teacher, or none.'
                )
        self._teacher_text_bank = feats

    def _look_up(self, data_samples: list[DataSample], like: Tensor) -> Tensor | None:
        """Return the teacher's text embeddings (N, D), or None without bank."""
        if self._teacher_text_bank is None:
            return None
        if 'text_index' not in data_samples[0]:
            raise ValueError(
                "The samples carry no text_index to find the teacher's text "
                'embedding by; wrap the training data set in '
                "dict(type='TextCorpusDataset', ...) or call "
                'set_teacher_text_bank(None).'
            )
        rows = torch.tensor([s.text_index for s in data_samples])
        return self._teacher_text_bank[rows].to(like.device, non_blocking=True)

    def extract_feat(self, inputs: Tensor) -> Tensor:
        """Map images (N, 3, H, W) to embeddings (N, D), not normalised."""
        return self.vision_backbone(inputs)[-1]

    def forward(
        self, inputs: Tensor, data_samples: list[DataSample] | None = None, mode: str = 'tensor'
    ):
        """Embed images, or compute the losses of stage 1.

        Args:
            inputs (Tensor): images, (N, 3, H, W).
            data_samples (list[DataSample], optional): with ``gt_label`` and
                ``text_tokens`` (L_i,) int64 for the losses. Defaults to None.
            mode (str): 'tensor', 'loss' or 'predict'. Defaults to 'tensor'.

        Returns:
            Tensor | dict | list[DataSample]: embeddings (N, D); the losses;
            or samples with ``image_feat`` (D,).

        Raises:
            RuntimeError: if ``mode`` is none of the three.
        """
        if mode == 'tensor':
            return self.extract_feat(inputs)
        if mode == 'loss':
            return self.loss(inputs, data_samples)
        if mode == 'predict':
            return self.predict(inputs, data_samples)
        raise RuntimeError(f"mode is '{mode}', allowed are 'tensor', 'loss' and 'predict'.")

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict:
        """Compute the losses of one batch.

        Returns:
            dict: ``loss_ccl``, ``loss_distill`` with a teacher (both carry
            their weight), and the plain ``scale`` s, exp(logit_scale), for
            the log.

        Raises:
            ValueError: if a sample carries no sentence.
        """
        if 'text_tokens' not in data_samples[0]:
            raise ValueError(
                'The training samples carry no text_tokens; wrap the training '
                "data set in dict(type='TextCorpusDataset', dataset=..., "
                'corpus=...).'
            )
        self._scale_trained = True
        self.bound_logit_scale()
        # ClsDataPreprocessor moves images and labels, not further fields.
        tokens = pad_tokens([s.text_tokens for s in data_samples], self.text_backbone)
        tokens = tokens.to(inputs.device, non_blocking=True)
        labels = torch.cat([s.gt_label for s in data_samples])
        image_feats = embed_in_chunks(self.vision_backbone, inputs, self.chunk_size)
        text_feats = embed_in_chunks(self.text_backbone, tokens, self.chunk_size)
        scale = self.logit_scale.exp()
        losses = dict(
            loss_ccl=self.ccl_weight * self.loss_module(image_feats, text_feats, labels, scale)
        )
        if self.teacher is not None:
            losses['loss_distill'] = self.distill_weight * contrastive_distill_loss(
                image_feats,
                text_feats,
                *self.teacher(inputs, tokens, self._look_up(data_samples, inputs), self.chunk_size),
                scale,
                self.teacher.logit_scale.exp(),
            )
        losses['scale'] = scale.detach()
        return losses

    def predict(self, inputs: Tensor, data_samples: list[DataSample] | None = None):
        """Add the image embedding ``image_feat`` (D,) to each sample."""
        feats = self.extract_feat(inputs)
        samples = data_samples or [DataSample() for _ in feats]
        for sample, feat in zip(samples, feats):
            sample.set_field(feat, 'image_feat')
        return samples


def _build(module: dict | nn.Module) -> nn.Module:
    return module if isinstance(module, nn.Module) else MODELS.build(module)


def pad_tokens(
    tokens: Sequence[Tensor], text_backbone: nn.Module | None = None, pad_id: int = 0
) -> Tensor:
    """Pad ragged token rows to one matrix, as wide as the text tower needs it.

    Args:
        tokens (Sequence[Tensor]): N rows, each (L_i,) int64, with or without
            padding behind the end.
        text_backbone (nn.Module, optional): the tower, whose ``fit_width``
            knows which columns it reads. Defaults to None; without it, and
            for a tower without a rule, that of CLIP: nothing behind the
            largest id of a row, which is its end, is read.
        pad_id (int): what the tokenizer pads with. Defaults to 0.

    Returns:
        Tensor: (N, L) int64.
    """
    padded = nn.utils.rnn.pad_sequence(list(tokens), batch_first=True, padding_value=pad_id)
    if hasattr(text_backbone, 'fit_width'):
        return text_backbone.fit_width(padded, pad_id)
    # Not the count of non-zero ids: 0 is the token of a bare '!'.
    return padded[:, : int(padded.argmax(dim=1).max()) + 1]
