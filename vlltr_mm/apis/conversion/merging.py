"""Write a tuned tower as a plain one."""

import os.path as osp

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from torch import Tensor, nn

from ...models.backbones.openclip.base import OpenCLIPTower
from ...utils.model import build_model
from ...version import __version__
from .convert import check_numbers, write
from .report import ConversionReport


def merge_tuner(cfg: Config, checkpoint: str, target: str) -> ConversionReport:
    """Merge the tuners of a checkpoint into the weights of its towers.

    The result is a checkpoint of the same config without ``tuner``: of stage 1
    with its teacher, which then is a copy. A tower that is tuned no more
    computes the same, to rounding.

    Args:
        cfg (Config): of the checkpoint.
        checkpoint (str): of ``CVLP`` or an ``ImageClassifier`` with tuned
            towers.
        target (str): the ``.pth`` to write.

    Returns:
        ConversionReport: what was kept, merged and copied.

    Raises:
        FileNotFoundError: if there is no such checkpoint.
        RuntimeError: if it is not of this config.
        ValueError: if no tower is tuned, or by what cannot be merged; nothing
            is written then.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    model = build_model(cfg)
    tuned = {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, OpenCLIPTower) and module.tuner is not None
    }
    if not tuned:
        raise ValueError(
            f'{cfg.filename} has no tuner, so that there is nothing to merge in {checkpoint}.'
        )
    content = load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    report = ConversionReport(f'a checkpoint of {osp.basename(str(cfg.filename))}')
    state = _merged_state(model, tuned, report)
    check_numbers(state, checkpoint)
    meta = content.get('meta') or {}
    kept = {key: meta[key] for key in ('class_record', 'dataset_meta') if key in meta}
    meta = dict(kept, vlltr_mm_version=__version__, merged_from=osp.basename(checkpoint))
    write(target, dict(meta=meta, state_dict=state))
    return report


def _merged_state(
    model: nn.Module, tuned: dict[str, OpenCLIPTower], report: ConversionReport
) -> dict[str, Tensor]:
    """Return the state dict of the model without tuners."""
    state = dict(model.state_dict())
    shared = getattr(model, 'teacher', None) is not None
    for name, backbone in tuned.items():
        own = next(n for n, child in backbone.named_children() if child is backbone.tower)
        merged = backbone.tuner.merged(backbone.tower)
        for key in [key for key in state if key.startswith(f'{name}.')]:
            if key.startswith(f'{name}.tuner.'):
                report.dropped[key] = 'in the weights of the tower'
                del state[key]
            elif shared:
                state[f'teacher.{key}'] = state[key].clone()
                report.invented[f'teacher.{key}'] = 'the tower without its tuner'
        state.update({f'{name}.{own}.{key}': value for key, value in merged.items()})
    report.mapped.update((key, key) for key in state if key not in report.invented)
    return state
