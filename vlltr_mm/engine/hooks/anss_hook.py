"""Anchor sentence selection when stage 1 ends."""

import os.path as osp

from mmengine.config import Config
from mmengine.dist import barrier, is_main_process
from mmengine.hooks import Hook
from mmpretrain.registry import DATASETS, HOOKS, TASK_UTILS
from torch import Tensor, nn
from torch.utils.data import Dataset

from ...datasets.text_corpus_dataset import image_set_config
from ...structures import AnchorSet, FeatureBank
from ...utils.dataset_facts import read_classes, read_training_counts
from ...utils.model import saved_model, unwrap_model
from ...utils.validation import check_int
from ..anchors import build_anchors, check_selection, save_anchors
from ..data import image_config, open_corpus
from ..encoding import check_text_fits
from .sentence_bank_hook import SentenceBankHook


@HOOKS.register_module()
class AnSSHook(Hook):
    """Choose the anchor sentences once the last epoch is done.

    Writes ``anchors.safetensors`` (what an ``AnchorHead`` reads) and, to be read by
    people, ``anchors.json`` and ``anchors.csv`` with every sentence of the
    corpus and its L_lin. Source: anchor sentence selection of VL-LTR (arXiv
    2111.13579).

    Args:
        corpus (dict, optional): the config of a ``TextCorpus``. Defaults to
            None, the training set's.
        images (str | dict, optional): the images that score the sentences:
            the config of a data set with an evaluation pipeline; or the name
            of a loader, such as 'train_dataloader', for the images of its
            data set, seen through the pipeline of the validation. Selectors
            that need no images leave them alone. Defaults to None.
        selector (dict, optional): Defaults to None, which stands for
            ``dict(type='AnSS', num_anchors=64)``.
        max_images_per_class (int, optional): Defaults to 50. None takes all.
        out_file (str): relative to the work dir. Defaults to
            'anchors.safetensors'.
        batch_size (int): images or sentences at a time. Defaults to 128.
        num_workers (int): loader processes per rank. Defaults to 2.
        seed (int): seed of the draw of images. Defaults to 0.

    Raises:
        ValueError: if ``max_images_per_class`` is below 1.
    """

    # After the checkpoint of the last epoch is on disk.
    priority = 'LOWEST'

    def __init__(
        self,
        corpus: dict | None = None,
        images: str | dict | None = None,
        selector: dict | None = None,
        max_images_per_class: int | None = 50,
        out_file: str = 'anchors.safetensors',
        batch_size: int = 128,
        num_workers: int = 2,
        seed: int = 0,
    ):
        if max_images_per_class is not None:
            check_int(max_images_per_class, 'max_images_per_class of AnSSHook', 1)
        self.corpus = corpus
        self.images = images
        self.selector = selector or dict(type='AnSS', num_anchors=64)
        self.out_file = out_file
        self._settings = dict(
            max_images_per_class=max_images_per_class,
            batch_size=batch_size,
            num_workers=num_workers,
            seed=seed,
        )
        self._inputs = self._class_counts = None

    def before_train(self, runner):
        """Open selector, images and corpus now: bad input ends the run here,
        not after the last epoch."""
        self.prepare(runner.cfg, runner.train_dataloader.dataset)
        check_text_fits(unwrap_model(runner.model).text_backbone, self._inputs[0])

    def after_train(self, runner):
        """Select the anchors on all ranks and write them on the first.

        The weights are those of the checkpoint, averaged ones with an ``EMAHook``.
        """
        banks = (hook.bank for hook in runner.hooks if isinstance(hook, SentenceBankHook))
        # Saving a checkpoint, which one rank does, bounds the scale of the last step.
        unwrap_model(runner.model).bound_logit_scale()
        anchors, scores = self.select(saved_model(runner), next(banks, None))
        path = osp.join(runner.work_dir, self.out_file)
        if is_main_process():
            self.save(path, anchors, scores)
            runner.logger.info(f'Wrote the anchors of {len(anchors.feats)} classes to {path}')
        barrier()

    def prepare(self, cfg: Config, train_set: Dataset | None = None):
        """Open what ``select`` needs, and check it.

        Args:
            cfg (Config): the stage-1 config.
            train_set (Dataset, optional): its training set, where that is
                built. Defaults to None.

        Raises:
            ValueError: if the corpus or the images cannot be used.
        """
        selector = TASK_UTILS.build(self.selector)
        images = None
        if self.images is not None and selector.needs_images:
            images = DATASETS.build(image_config(self.images, cfg))
        named = train_set if images is None else images
        if named is None:  # the training set's lists name the classes
            named = DATASETS.build(image_set_config(cfg.train_dataloader.dataset))
        corpus = open_corpus(self.corpus, cfg, read_classes(named), train_set)
        check_selection(selector, images, corpus)
        self._inputs = corpus, selector, images
        counts = read_training_counts(train_set or named)
        self._class_counts = None if counts is None else counts.tolist()

    def select(
        self, model: nn.Module, sentences: FeatureBank | None = None
    ) -> tuple[AnchorSet, Tensor]:
        """Select the anchors, after ``prepare``; see ``build_anchors``."""
        known = dict(sentences=sentences, class_counts=self._class_counts)
        return build_anchors(model, *self._inputs, **self._settings, **known)

    def save(self, path: str, anchors: AnchorSet, scores: Tensor):
        """Write what ``select`` returned."""
        save_anchors(path, anchors, scores, self._inputs[0])
