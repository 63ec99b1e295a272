"""The teacher of stage 1: towers that stay as they were."""

import copy

import torch
from torch import Tensor, nn

from ...utils.logit_scale import FROM_SCRATCH
from .chunked_embedding import embed_in_chunks


class UntunedTower(nn.Module):
    """A tuned tower as it is without its tuner, which needs no second copy of its weights.

    Args:
        tower (nn.Module): with ``untuned``.
    """

    def __init__(self, tower: nn.Module):
        super().__init__()
        self.tower = tower

    @property
    def embed_dims(self) -> int:
        """D."""
        return self.tower.embed_dims

    def state_dict(self, *args, **kwargs) -> dict[str, Tensor]:
        """Return the tower's without its tuner, so that a digest is that of the teacher."""
        state = self.tower.state_dict()
        return {key: value for key, value in state.items() if not key.startswith('tuner.')}

    @torch.no_grad()
    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Embed without the tuner, (N, ...) → ``((N, D),)``."""
        with self.tower.untuned():
            return self.tower(inputs)


class FrozenTeacher(nn.Module):
    """Both towers and their scale as they were, which never changes.

    Of a tower with a tuner it is the tower itself without it; of any other a
    copy. A plain module: weight initialisation does not descend into it, the
    student's initialised weights are copied instead.
    """

    def __init__(self, vision_backbone: nn.Module, text_backbone: nn.Module):
        super().__init__()
        for name, tower in dict(
            vision_backbone=vision_backbone, text_backbone=text_backbone
        ).items():
            if getattr(tower, 'tuner', None) is None:
                setattr(self, name, copy.deepcopy(tower))
            else:  # no child: the student has and saves it
                vars(self)[name] = UntunedTower(tower)
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
        """Copy the student's weights and scale.

        Towers that come tuned, from an earlier stage 1, have the scale of that
        training; their teacher's own is with them.
        """
        for name, tower in self.named_children():
            tower.load_state_dict(getattr(student, name).state_dict())
        self.logit_scale.copy_(student.logit_scale.detach())
        untuned = getattr(student.vision_backbone, 'untuned_logit_scale', None)
        if untuned is not None and student.initial_logit_scale is None:
            self.logit_scale.fill_(untuned)
