"""Stage 2 with one score: what the text says, and what the image adds to it."""

import torch
from mmpretrain.registry import MODELS
from torch import Tensor, nn

from ...utils.validation import check_int
from .anchor_head import AnchorHead
from .text_classes import trained_classes


@MODELS.register_module()
class AdditiveLGRHead(AnchorHead):
    """Recognise by the sum of the language logits and a visual branch.

    z = z_visual(x) + s·cos(x, G(x)), with the attended text G of
    ``language_branch``. One loss on z trains both branches, and the score is
    softmax(z): no weight between branches is left to choose. The visual
    branch starts at zero output, so training begins at the classifier that
    the anchors make and can only add to it.

    With ``LogitAdjustedLoss`` z is that of balanced classes, whatever the
    sampler; ``SamplingPriorHook`` tells the loss what the sampler draws.

    It has anchors, attention and language branch of ``LGRHead``, but not its
    score: trained heads of the one do not make the other. The arguments that
    are not listed here are those of ``AnchorHead``.

    Args:
        hidden_dims (int, optional): width of a hidden layer of the visual
            branch; ``LGRHead`` has four times ``in_channels``. Defaults to
            None, a linear map.
        loss (dict, optional): of z. Defaults to None, which stands for
            ``dict(type='CrossEntropyLoss', use_soft=True)``.
        num_text_classes (int): K, how many classes at the end have text
            alone; their z_visual is 0. Defaults to 0.
        **kwargs: ``embed_dims``, ``anchor_dtype``, ``text_prior``, ``topk``,
            ``cal_acc`` and ``init_cfg`` of ``AnchorHead``.

    Raises:
        ValueError: if ``hidden_dims`` is below 1; see also ``AnchorHead``.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: int,
        num_anchors: int = 64,
        anchors: str | None = None,
        logit_scale: float | None = None,
        detach_norm: bool = False,
        loss: dict | None = None,
        hidden_dims: int | None = None,
        num_text_classes: int = 0,
        **kwargs,
    ):
        trained = trained_classes(num_classes, num_text_classes)
        visual = _zero_branch(in_channels, hidden_dims, trained)
        loss = loss or dict(type='CrossEntropyLoss', use_soft=True)
        args = (num_classes, in_channels, num_anchors, anchors, logit_scale, detach_norm, loss)
        super().__init__(visual, *args, num_text_classes=num_text_classes, **kwargs)

    def forward(self, feats: tuple[Tensor]) -> Tensor:
        """Return z = z_visual(x) + s·cos(x, G(x)), (N, C), in float32 at least.

        Args:
            feats (tuple[Tensor]): the last is x (N, in_channels), not
                normalised.

        Raises:
            RuntimeError: if there are no anchors.
        """
        visual, language = self.branch_logits(feats)
        # Not in half precision: where s·cos is 16 to 32, float16 has steps of 1/64.
        dtype = torch.promote_types(language.dtype, torch.float32)
        return visual.to(dtype) + language.to(dtype)


def _zero_branch(in_channels: int, hidden_dims: int | None, num_classes: int) -> nn.Module:
    """Make a visual branch whose output is 0."""
    if hidden_dims is None:
        branch = last = nn.Linear(in_channels, num_classes)
    else:
        check_int(hidden_dims, 'hidden_dims', 1)
        last = nn.Linear(hidden_dims, num_classes)
        branch = nn.Sequential(nn.Linear(in_channels, hidden_dims), nn.ReLU(), last)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)
    return branch
