"""What backbones share whose last stages are there several times."""

from mmengine.logging import print_log
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ...utils.validation import check_int, check_number


class ExpertStages:
    """Base, before a ResNet, of backbones with k experts: images → k maps.

    An expert has stages of its own, ``experts.E.layerN``, behind the stages
    that all share. ``forward`` returns the maps of all experts; what needs
    one after the other calls ``shared`` and ``expert``.

    A state dict of the plain ResNet, without experts, loads too: each expert
    starts from its last stages, as far as these have the same shape.
    """

    experts: nn.ModuleList
    frozen = False

    @property
    def num_experts(self) -> int:
        """k."""
        return len(self.experts)

    def shared(self, inputs: Tensor) -> Tensor:
        """Return the map of the shared stages, of images (N, 3, H, W)."""
        raise NotImplementedError

    def expert(self, shared: Tensor, index: int) -> Tensor:
        """Return the map (N, D, h, w) of one expert, of that of the shared stages."""
        return self.experts[index](shared)

    def forward(self, inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the maps of the k experts, each (N, D, h, w), of images (N, 3, H, W)."""
        shared = self.shared(inputs)
        return tuple(self.expert(shared, index) for index in range(self.num_experts))

    def train(self, mode: bool = True):
        """Switch mode; what is frozen, and BatchNorm with ``norm_eval``, stays in eval."""
        super().train(mode and not self.frozen)
        if self.norm_eval:
            for module in self.modules():
                if isinstance(module, _BatchNorm):
                    module.eval()
        return self

    def get_layer_depth(self, param_name: str, prefix: str = ''):
        """Refuse layer-wise decay, for which experts have no order of layers."""
        raise NotImplementedError(
            f'{type(self).__name__} has no layer-wise learning rates; take another constructor of '
            'the optimizer.'
        )

    def _freeze(self, frozen: bool):
        """Stop all training of this backbone, if it is to be frozen."""
        self.frozen = frozen
        if frozen:
            self.requires_grad_(False)
            self.train()

    def _load_from_state_dict(self, state_dict: dict, prefix: str, *args):
        """Give each expert the last stages of a plain ResNet."""
        self._spread_plain(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args)

    def _spread_plain(self, state_dict: dict[str, Tensor], prefix: str):
        if any(key.startswith(f'{prefix}experts.') for key in state_dict):
            return
        own = self.experts[0].state_dict()
        plain = {name: state_dict.pop(prefix + name) for name in own if prefix + name in state_dict}
        fitting = {name: t for name, t in plain.items() if t.shape == own[name].shape}
        for index in range(self.num_experts):
            state_dict.update({f'{prefix}experts.{index}.{n}': t for n, t in fitting.items()})
        if plain:
            print_log(
                f'Each of the {self.num_experts} experts takes {len(fitting)} of the {len(plain)} '
                'tensors that a plain ResNet has for its stages; the others have another shape.',
                'current',
            )


def expert_width(channels: int, width: float) -> int:
    """Return the channels of a stage of an expert.

    Args:
        channels (int): of the plain network.
        width (float): the share of them.

    Returns:
        int: channels · width.

    Raises:
        ValueError: if that is no positive integer.

    Examples:
        >>> expert_width(256, 0.75)
        192
    """
    found = channels * check_number(width, 'width', 0)
    if found < 1 or found != int(found):
        raise ValueError(
            f'width is {width}, which makes {found:g} channels of {channels}; give a share that '
            'leaves an integer, such as 0.75.'
        )
    return int(found)


def check_experts(num_experts: int) -> int:
    """Return the number of experts back if it is an integer > 0."""
    return check_int(num_experts, 'num_experts', 1)
