"""Where a tuner works in a tower, and its weights."""

from timm.models.vision_transformer import Block
from torch import Tensor, nn

from .towers import is_timm_tower
from .weights import state_problems


def tower_units(tower: nn.Module) -> list[str]:
    """Name the modules of a tower that a tuner works in.

    Args:
        tower (nn.Module): open_clip's.

    Returns:
        list[str]: the blocks of a transformer; of CLIP's ResNet the norms of
        its stem, its stages and its pooling; of any other tower its children.
    """
    if hasattr(tower, 'transformer'):
        return [f'transformer.resblocks.{i}' for i in range(len(tower.transformer.resblocks))]
    blocks = getattr(tower.trunk, 'blocks', ()) if is_timm_tower(tower) else ()
    if len(blocks) and all(type(block) is Block for block in blocks):
        return [f'trunk.blocks.{i}' for i in range(len(blocks))]
    if hasattr(tower, 'attnpool'):
        # Not what lies between the norms, which have no biases.
        stages = ['layer1', 'layer2', 'layer3', 'layer4']
        return ['bn1', 'bn2', 'bn3', *stages, 'attnpool']
    return [name for name, child in tower.named_children() if any(True for _ in child.parameters())]


def check_tuner(tuner: nn.Module | None, state: dict[str, Tensor], source: str):
    """Refuse what was tuned of a tower where the tuner is another, or there is none.

    Args:
        tuner (nn.Module, optional): that of the config.
        state (dict): tensors by name.
        source (str): where they come from, for the message.

    Raises:
        ValueError: if there is no tuner, or one of another kind or size.
    """
    if tuner is None:
        raise ValueError(
            f'{source} holds a tuned tower ({len(state)} tensors of a tuner, such as '
            f'{next(iter(state))}), and tuner is None. Set tuner of this tower to what it was '
            'tuned with, or merge it first with tools/model_converters/merge_tuner.py.'
        )
    problems = state_problems(tuner.state_dict(), state)
    if problems:
        raise ValueError(
            f'The tuner of {source} and {type(tuner).__name__} do not fit: {problems}. Set tuner '
            'of this tower to what it was tuned with: kind and size.'
        )
