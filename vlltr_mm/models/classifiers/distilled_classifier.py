"""A classifier that learns from the logits of a trained one."""

import torch
from mmpretrain.models import ImageClassifier
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample
from torch import Tensor, nn

from ...utils.validation import check_number
from ..losses.logit_distill_loss import logit_distill_loss
from .whole_checkpoint import load_whole


@MODELS.register_module()
class DistilledClassifier(ImageClassifier):
    """An ``ImageClassifier`` with a second loss: the logits of a trained teacher.

    ``loss_distill`` is weight·T²·KL(softmax(teacher / T) ‖ softmax(student /
    T)) of the logits that both heads return for the same images; those of
    experts are their mean. RIDE trains a few experts in this way by a teacher
    of more (Wang et al., ICLR 2021, arXiv 2010.01809).

    The teacher is built and read by ``init_weights``. It is no part of the
    state dict, and tests, which do not initialise, need neither it nor its
    file.

    Args:
        teacher (dict): the model of a classifier of the same classes. It gets
            the images as this model's data preprocessor makes them.
        teacher_checkpoint (str): of its run, loaded strictly.
        temperature (float): T. Defaults to 1.5, RIDE's.
        distill_weight (float): ≥ 0. Defaults to 1.0.
        expert_scale (str): 'once'; or 'official', where both losses count k
            times for k experts, since RIDE's code adds them up in a loop over
            the experts. Defaults to 'once'.
        teacher_eval (bool): the teacher's BatchNorm uses its running
            statistics. False: those of the batch, as in RIDE's code, which
            leaves the teacher in training mode. Defaults to True.
        **kwargs: of ``ImageClassifier``.

    Raises:
        ValueError: if an argument is out of range, or ``expert_scale`` is
            'official' without experts.
    """

    def __init__(
        self,
        teacher: dict,
        teacher_checkpoint: str,
        temperature: float = 1.5,
        distill_weight: float = 1.0,
        expert_scale: str = 'once',
        teacher_eval: bool = True,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self.teacher_config = teacher
        self.teacher_checkpoint = teacher_checkpoint
        self.temperature = check_number(temperature, 'temperature', 1e-6)
        self.distill_weight = check_number(distill_weight, 'distill_weight', 0)
        if expert_scale not in ('once', 'official'):
            raise ValueError(
                f"expert_scale is '{expert_scale}'; allowed are 'once' and 'official'."
            )
        self.factor = 1 if expert_scale == 'once' else getattr(self.head, 'num_experts', None)
        if self.factor is None:
            raise ValueError(
                f"expert_scale is 'official', but {type(self.head).__name__} has no experts; leave "
                'it out, or take a MultiExpertClsHead.'
            )
        self.teacher_eval = teacher_eval
        vars(self)['_teacher'] = None  # no child, so no part of state dicts

    @property
    def teacher(self) -> nn.Module | None:
        """The teacher, None before ``init_weights`` or ``build_teacher``."""
        return vars(self)['_teacher']

    def init_weights(self):
        """Initialise the student, and read the teacher.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it does not have the teacher's weights.
        """
        super().init_weights()
        load_whole(self.build_teacher(), self.teacher_checkpoint, 'teacher')

    def build_teacher(self) -> nn.Module:
        """Return the teacher, from now on this model's, with weights of chance."""
        teacher = MODELS.build(self.teacher_config)
        teacher.requires_grad_(False).train(not self.teacher_eval)
        vars(self)['_teacher'] = teacher
        return teacher

    @torch.no_grad()
    def teacher_logits(self, inputs: Tensor) -> Tensor:
        """Return the teacher's logits (N, C) of images (N, 3, H, W).

        Raises:
            RuntimeError: if the teacher has not been read.
        """
        teacher = self.teacher
        if teacher is None:
            raise RuntimeError(
                'DistilledClassifier has no teacher yet; call init_weights before the loss.'
            )
        if next(teacher.parameters()).device != inputs.device:
            teacher.to(inputs.device)
        return teacher(inputs)

    def loss(self, inputs: Tensor, data_samples: list[DataSample]) -> dict[str, Tensor]:
        """Compute the losses of the head, its ``loss`` as ``loss_cls``, and ``loss_distill``.

        Args:
            inputs (Tensor): images (N, 3, H, W).
            data_samples (list[DataSample]): their labels.

        Returns:
            dict[str, Tensor]: name → scalar.
        """
        feats = self.extract_feat(inputs)
        losses = self.head.loss(feats, data_samples)
        if 'loss' in losses:  # in a log this is the sum of all
            losses = dict(loss_cls=losses.pop('loss'), **losses)
        losses['loss_distill'] = self.distill_weight * logit_distill_loss(
            self.head(feats), self.teacher_logits(inputs), self.temperature
        )
        return {k: v * self.factor if 'loss' in k else v for k, v in losses.items()}
