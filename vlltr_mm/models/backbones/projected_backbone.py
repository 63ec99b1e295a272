"""Any backbone of MMPretrain as the image tower of a CLIP."""

import torch
from mmengine.logging import print_log
from mmengine.model import BaseModule
from mmpretrain.registry import MODELS
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...structures.left_out import left_out_prefixes, refuse_light
from ...utils.checkpoint import load_checkpoint_file
from ...utils.logit_scale import check_log_scale
from ...utils.validation import check_weights
from ...utils.weights_digest import sorted_digest
from ..file_backed import FileBacked, FileContent
from .openclip.weights import state_problems, state_tensors

# Where this tower lies: in checkpoints of CVLP, of an ImageClassifier, alone.
_PREFIXES = ('vision_backbone.', 'backbone.', '')
_MARK = 'projection.weight'


@MODELS.register_module()
class ProjectedBackbone(FileBacked, BaseModule):
    """A backbone of MMPretrain, pooled and mapped to D: (N, 3, H, W) → ``((N, D),)``.

    With it CVLP pre-trains any image tower beside a text tower, and stage 2
    goes on from its checkpoint.

    Args:
        backbone (dict): of MMPretrain, whose last output is a map (N, C, H, W),
            which is averaged, or one vector for each image (N, C). It may
            start from weights by its own ``init_cfg``.
        in_channels (int): C.
        embed_dims (int): D, that of the text tower.
        pretrained (str, optional): a checkpoint of CVLP or of an
            ImageClassifier with this tower, loaded strictly by
            ``init_weights``. Defaults to None.
        frozen (bool): no training, no activations kept, always in eval.
            Defaults to False.
        frozen_backbone (bool): the same for the backbone, while the projection
            is trained. Defaults to False.
        norm_eval (bool): BatchNorm stays in eval. Defaults to False.
        init_cfg (dict, optional): Defaults to None.
    """

    def __init__(
        self,
        backbone: dict,
        in_channels: int,
        embed_dims: int,
        pretrained: str | None = None,
        frozen: bool = False,
        frozen_backbone: bool = False,
        norm_eval: bool = False,
        init_cfg: dict | None = None,
    ):
        super().__init__(init_cfg)
        self.backbone = MODELS.build(backbone)
        self.projection = nn.Linear(in_channels, embed_dims, bias=False)
        self.embed_dims = embed_dims
        self.pretrained = pretrained
        self.frozen = frozen
        self.frozen_backbone = frozen or frozen_backbone
        self.norm_eval = norm_eval
        self.pretrained_logit_scale: float | None = None
        if self.frozen_backbone:  # else its own frozen_stages decide
            self.backbone.requires_grad_(False)
        self.projection.requires_grad_(not frozen)
        self.train()

    def init_weights(self):
        """Load ``pretrained``, strictly, after the usual initialisation.

        Raises:
            FileNotFoundError: if there is no such file.
            ValueError: if it holds no such tower, or keys or shapes do not fit.
        """
        super().init_weights()
        if self.pretrained is None:
            return
        state, scale = self._read_pretrained()
        self.load_state_dict(state)
        if scale is not None:
            self.pretrained_logit_scale = scale
        print_log(f'Loaded the image tower from {self.pretrained}', logger='current')

    def read_file(self) -> FileContent:
        """Read the tensors of ``pretrained``; see ``FileBacked``."""
        state = self._read_pretrained()[0]
        return FileContent(state, sorted_digest(state))

    def _read_pretrained(self) -> tuple[dict[str, Tensor], float | None]:
        """Read all tensors of this tower, and the scale where the file has one."""
        tensors = state_tensors(load_checkpoint_file(self.pretrained), self.pretrained, light=True)
        prefix = next((p for p in _PREFIXES if p + _MARK in tensors), None)
        if set(_PREFIXES) & {*left_out_prefixes(tensors)}:
            refuse_light(tensors, self.pretrained)
        if prefix is None:
            raise ValueError(
                f'{self.pretrained} holds no ProjectedBackbone: none of its {len(tensors)} tensors '
                f'(such as {sorted(tensors)[:3]}) is {" or ".join(p + _MARK for p in _PREFIXES)}. '
                'Weights of the backbone alone go into its own init_cfg.'
            )
        state = {k[len(prefix) :]: v for k, v in tensors.items() if k.startswith(prefix)}
        check_weights(state, self.pretrained)
        problems = state_problems(self.state_dict(), state)
        if problems:
            raise ValueError(
                f'The weights of {self.pretrained} and this {type(self.backbone).__name__} with a '
                f'projection do not fit: {problems}. Set backbone, in_channels and embed_dims to '
                'what the weights were made with.'
            )
        scale = tensors.get('logit_scale')
        if scale is not None:
            scale = check_log_scale(scale, f'{self.pretrained}, logit_scale')
        return state, scale

    def train(self, mode: bool = True):
        """Switch mode; what is frozen stays in eval, BatchNorm with ``norm_eval``."""
        super().train(mode and not self.frozen)
        if self.frozen_backbone:
            self.backbone.eval()
        elif self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def forward(self, inputs: Tensor) -> tuple[Tensor]:
        """Return the embedding (N, D), not normalised, in a tuple.

        Raises:
            ValueError: if the backbone's last output is neither a map nor a
                vector of ``in_channels``.
        """
        grad = torch.is_grad_enabled()
        with torch.set_grad_enabled(grad and not self.frozen_backbone):
            pooled = self._pool(self.backbone(inputs))
        with torch.set_grad_enabled(grad and not self.frozen):
            return (self.projection(pooled),)

    def _pool(self, outputs) -> Tensor:
        """Return (N, C) of the backbone's last output."""
        last = outputs[-1] if isinstance(outputs, (tuple, list)) else outputs
        if isinstance(last, Tensor) and last.ndim == 4:
            last = last.mean(dim=(2, 3))
        wanted = self.projection.in_features
        if not isinstance(last, Tensor) or last.ndim != 2 or last.shape[1] != wanted:
            found = tuple(last.shape) if isinstance(last, Tensor) else type(last).__name__
            raise ValueError(
                f'The last output of {type(self.backbone).__name__} is {found} after pooling; it '
                f'must be (N, {wanted}). Set in_channels to its width, or out_type of a '
                "transformer to 'cls_token' or 'avg_featmap'."
            )
        return last

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """Return a parameter's layer, and their number, for layer-wise decay.

        Args:
            param_name (str): its whole name.
            prefix (str): what stands before this tower's own names.

        Raises:
            NotImplementedError: if the backbone does not tell its layers.
        """
        if not hasattr(self.backbone, 'get_layer_depth'):
            raise NotImplementedError(
                f'{type(self.backbone).__name__} has no get_layer_depth, which layer-wise decay '
                'needs; take a backbone that has it, or another constructor of the optimizer.'
            )
        return self.backbone.get_layer_depth(param_name, f'{prefix}backbone.')
