"""Select anchor sentences offline, with the towers of a stage-1 run."""

import os.path as osp
from typing import Optional

import torch
from mmengine.config import Config
from mmengine.dist import is_main_process
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmpretrain.registry import DATASETS, TASK_UTILS

from ..datasets import TextCorpus
from ..engine.anchors import build_anchors, save_anchors
from ..structures import AnchorSet
from ..utils.model import build_model


def select_anchors(
    cfg: Config,
    checkpoint: str,
    out_file: Optional[str] = None,
    selector: Optional[dict] = None,
    images: Optional[dict] = None,
    max_images_per_class: Optional[int] = 50,
    device: Optional[str] = None,
) -> AnchorSet:
    """Do after stage 1 what ``AnSSHook`` does at its end.

    Args:
        cfg (Config): a stage-1 config. What is not given here is taken from
            its ``AnSSHook``.
        checkpoint (str): a checkpoint of that config.
        out_file (str, optional): where to write the anchors. Defaults to
            None, not written.
        selector (dict, optional): the rule. Defaults to None, the config's.
        images (dict, optional): the data set that scores. Defaults to None,
            the config's.
        max_images_per_class (int, optional): Defaults to 50. None takes all.
        device (str, optional): Defaults to None, a GPU where there is one.

    Returns:
        AnchorSet: the chosen anchors.

    Raises:
        ValueError: if the config has no ``AnSSHook`` to take the corpus from.
    """
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    hooks = [h for h in cfg.get('custom_hooks', []) if h.type == 'AnSSHook']
    if not hooks:
        raise ValueError(
            f'{cfg.filename} has no AnSSHook in custom_hooks to take corpus '
            'and images from; give a stage-1 config.'
        )
    hook = hooks[0]
    dataset = DATASETS.build(images or hook.images)
    corpus = TextCorpus.from_cfg(hook.corpus, dataset.metainfo['classes'])
    rule = TASK_UTILS.build(selector or hook.get('selector', dict(type='AnSS')))
    model = build_model(cfg)
    load_checkpoint(model, checkpoint, map_location='cpu', strict=True)
    device = device or ('cuda' if torch.cuda.is_available() else 'cpu')
    anchors, scores = build_anchors(
        model.to(device),
        corpus,
        rule,
        dataset,
        max_images_per_class,
        batch_size=hook.get('batch_size', 128),
        num_workers=hook.get('num_workers', 2),
        seed=hook.get('seed', 0),
    )
    anchors.meta['checkpoint'] = osp.abspath(checkpoint)
    if out_file and is_main_process():
        save_anchors(out_file, anchors, scores, corpus)
    return anchors
