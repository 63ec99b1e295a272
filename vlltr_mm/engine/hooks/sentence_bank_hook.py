"""Encode the corpus once before each stage-1 evaluation."""

from typing import Optional

from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ...datasets import TextCorpus
from ...utils.model import unwrap_model
from ..encoding import build_sentence_bank


@HOOKS.register_module()
class SentenceBankHook(Hook):
    """Hand every metric that asks for one a fresh bank of the sentences.

    Args:
        corpus (dict): the config of the ``TextCorpus``; its classes come from
            the evaluated data set.
        batch_size (int): sentences encoded at a time. Defaults to 512.
    """

    def __init__(self, corpus: dict, batch_size: int = 512):
        self.corpus = corpus
        self.batch_size = batch_size
        self._opened: Optional[TextCorpus] = None

    def _hand_over(self, runner, dataset, evaluator):
        metrics = [m for m in evaluator.metrics if hasattr(m, 'set_sentence_bank')]
        if not metrics:
            return
        if self._opened is None:
            self._opened = TextCorpus.from_cfg(self.corpus, dataset.metainfo['classes'])
        model = unwrap_model(runner.model)
        bank = build_sentence_bank(model.text_backbone, self._opened, self.batch_size)
        for metric in metrics:
            metric.set_sentence_bank(bank)

    def before_val_epoch(self, runner):
        """Encode the corpus for the validation metrics."""
        self._hand_over(runner, runner.val_dataloader.dataset, runner.val_evaluator)

    def before_test_epoch(self, runner):
        """Encode the corpus for the test metrics."""
        self._hand_over(runner, runner.test_dataloader.dataset, runner.test_evaluator)
