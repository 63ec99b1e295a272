"""The teacher of stage 1: towers that stay as they were."""

import copy

import torch
from torch import Tensor, nn

from ...utils.logit_scale import FROM_SCRATCH
from .chunked_embedding import embed_in_chunks


class FrozenTeacher(nn.Module):
    """A copy of both towers and their scale that never changes.

    A plain module: weight initialisation does not descend into it, the
    student's initialised weights are copied instead.
    """

    def __init__(self, vision_backbone: nn.Module, text_backbone: nn.Module):
        super().__init__()
        self.vision_backbone = copy.deepcopy(vision_backbone)
        self.text_backbone = copy.deepcopy(text_backbone)
        self.register_buffer('logit_scale', torch.tensor(FROM_SCRATCH))
        self._parameters_to_buffers()
        self.train(False)

    def _parameters_to_buffers(self):
        """Let nothing here be optimised, averaged over ranks or decayed."""
        for module in self.modules():
            for name, parameter in list(module._parameters.items()):
                del module._parameters[name]
                module.register_buffer(name, None if parameter is None else parameter.detach())

    def train(self, mode: bool = True):
        """Stay in eval mode, whatever the student does."""
        return super().train(False)

    @torch.no_grad()
    def forward(
        self,
        inputs: Tensor,
        tokens: Tensor,
        text_feats: Tensor | None = None,
        chunk_size: int | None = None,
    ):
        """Map images (N, 3, H, W) and tokens (N, L) to two (N, D).

        With ``text_feats`` (N, D), looked up, the tokens are not encoded.
        """
        if text_feats is None:
            text_feats = embed_in_chunks(self.text_backbone, tokens, chunk_size)
        return embed_in_chunks(self.vision_backbone, inputs, chunk_size), text_feats

    def copy_from(self, student: nn.Module):
        """Copy the student's weights and scale."""
        self.vision_backbone.load_state_dict(student.vision_backbone.state_dict())
        self.text_backbone.load_state_dict(student.text_backbone.state_dict())
        self.logit_scale.copy_(student.logit_scale.detach())
