"""Encode the corpus once before each stage-1 evaluation."""

from mmengine.hooks import Hook
from mmpretrain.registry import HOOKS

from ...datasets import TextCorpus
from ...structures import FeatureBank
from ...utils.dataset_facts import read_classes
from ...utils.model import unwrap_model
from ..data import open_corpus
from ..encoding import build_sentence_bank, check_text_fits


@HOOKS.register_module()
class SentenceBankHook(Hook):
    """Hand every metric that asks for one a bank of the sentences.

    The sentences are encoded at the first batch, when hooks such as
    ``EMAHook`` have exchanged the weights, whatever their priorities, and
    again where the text tower's weights have changed. The bank is dropped when
    training goes on; that of the last evaluation stays for ``AnSSHook``.

    Args:
        corpus (dict, optional): the config of a ``TextCorpus``. Defaults to
            None, the training set's.
        batch_size (int): sentences encoded at a time. Defaults to 512.
    """

    def __init__(self, corpus: dict | None = None, batch_size: int = 512):
        self.corpus = corpus
        self.batch_size = batch_size
        self.bank: FeatureBank | None = None
        self._metrics = []
        self._opened: TextCorpus | None = None

    def before_train(self, runner):
        """Open the corpus, or share that of the training set."""
        dataset = runner.train_dataloader.dataset
        self._opened = open_corpus(self.corpus, runner.cfg, read_classes(dataset), dataset)
        check_text_fits(unwrap_model(runner.model).text_backbone, self._opened)

    def before_train_epoch(self, runner):
        """Drop the bank: the weights will not be those it was made with."""
        self._set_bank(None)

    def before_val_iter(self, runner, batch_idx, data_batch=None):
        """Encode the corpus for the validation metrics."""
        if batch_idx == 0:
            self._hand_over(runner, runner.val_dataloader.dataset, runner.val_evaluator)

    def before_test_iter(self, runner, batch_idx, data_batch=None):
        """Encode the corpus for the test metrics."""
        if batch_idx == 0:
            self._hand_over(runner, runner.test_dataloader.dataset, runner.test_evaluator)

    def _hand_over(self, runner, dataset, evaluator):
        self._metrics = [m for m in evaluator.metrics if hasattr(m, 'set_sentence_bank')]
        if not self._metrics:
            return
        classes = read_classes(dataset)
        self._opened = open_corpus(self._opened or self.corpus, runner.cfg, classes)
        text_backbone = unwrap_model(runner.model).text_backbone
        self._set_bank(build_sentence_bank(text_backbone, self._opened, self.batch_size, self.bank))

    def _set_bank(self, bank: FeatureBank | None):
        self.bank = bank
        for metric in self._metrics:
            metric.set_sentence_bank(bank)
