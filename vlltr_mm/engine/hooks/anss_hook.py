"""Anchor sentence selection when stage 1 ends."""

import os.path as osp
from typing import Optional

from mmengine.dist import barrier, is_main_process
from mmengine.hooks import Hook
from mmpretrain.registry import DATASETS, HOOKS, TASK_UTILS

from ...datasets import TextCorpus
from ...utils.model import unwrap_model
from ..anchors import build_anchors, check_selection, save_anchors


@HOOKS.register_module()
class AnSSHook(Hook):
    """Choose the anchor sentences once the last epoch is done.

    Writes ``anchors.safetensors`` (what ``LGRHead`` reads) and, to be read by
    people, ``anchors.json`` and ``anchors.csv`` with every sentence of the
    corpus and its L_lin. The scoring is the anchor
    sentence selection of VL-LTR (arXiv 2111.13579).

    Args:
        corpus (dict): the config of the ``TextCorpus``; its classes come from
            the scoring images' data set.
        images (dict, optional): the config of the data set whose images score
            the sentences, with an evaluation pipeline. Defaults to None, for
            selectors that need no images: the classes are then those of the
            training set.
        selector (dict, optional): Defaults to None, which stands for
            ``dict(type='AnSS', num_anchors=64)``.
        max_images_per_class (int, optional): Defaults to 50. None takes all.
        out_file (str): relative to the work dir. Defaults to
            'anchors.safetensors'.
        batch_size (int): images or sentences at a time. Defaults to 128.
        num_workers (int): loader processes per rank. Defaults to 2.
        seed (int): seed of the draw of images. Defaults to 0.
    """

    # After the checkpoint of the last epoch is on disk.
    priority = 'LOWEST'

    def __init__(
        self,
        corpus: dict,
        images: Optional[dict] = None,
        selector: Optional[dict] = None,
        max_images_per_class: Optional[int] = 50,
        out_file: str = 'anchors.safetensors',
        batch_size: int = 128,
        num_workers: int = 2,
        seed: int = 0,
    ):
        self.corpus = corpus
        self.images = images
        self.selector = selector or dict(type='AnSS', num_anchors=64)
        self.max_images_per_class = max_images_per_class
        self.out_file = out_file
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.seed = seed
        self._inputs = None

    def before_train(self, runner):
        """Open selector, images and corpus now: bad input ends the run here,
        not after the last epoch."""
        images = self.images and DATASETS.build(self.images)
        dataset = images or runner.train_dataloader.dataset
        corpus = TextCorpus.from_cfg(self.corpus, dataset.metainfo['classes'])
        selector = TASK_UTILS.build(self.selector)
        check_selection(selector, images, corpus)
        self._inputs = corpus, selector, images

    def after_train(self, runner):
        """Build the anchors on all ranks and write them on the first."""
        anchors, scores = build_anchors(
            unwrap_model(runner.model),
            *self._inputs,
            max_images_per_class=self.max_images_per_class,
            batch_size=self.batch_size,
            num_workers=self.num_workers,
            seed=self.seed,
        )
        path = osp.join(runner.work_dir, self.out_file)
        if is_main_process():
            save_anchors(path, anchors, scores, self._inputs[0])
            runner.logger.info(f'Wrote the anchors of {len(anchors.feats)} classes to {path}')
        barrier()
