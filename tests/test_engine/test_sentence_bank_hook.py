"""One corpus in a run, and one encoding of it for equal weights."""

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from tiny_runs import write_tiny_runs

from vlltr_mm.datasets.corpus import text_corpus
from vlltr_mm.engine import encoding
from vlltr_mm.structures import AnchorSet


@HOOKS.register_module()
class ChangeText(Hook):
    """Changes the text tower after the last validation, as an EMA swap does."""

    priority = 'NORMAL'

    def after_train(self, runner):
        next(runner.model.text_backbone.parameters()).data += 1


@pytest.fixture
def opened(monkeypatch):
    """The files that this process opens."""
    names, real = [], open
    monkeypatch.setattr(
        'builtins.open', lambda file, *a, **k: (names.append(str(file)), real(file, *a, **k))[1]
    )
    return names


@pytest.fixture
def counted(monkeypatch):
    """Count openings of a corpus, and encodings of its sentences."""
    calls = []
    for module, name in ((text_corpus, 'read_corpus'), (encoding, '_encode_sentences')):
        real = getattr(module, name)

        def count(*args, _real=real, _name=name, **kwargs):
            calls.append(_name)
            return _real(*args, **kwargs)

        monkeypatch.setattr(module, name, count)
    return calls


def config(root, *hooks, **train_cfg):
    """A stage 1 whose hooks name neither corpus nor a data set."""
    cfg = Config.fromfile(write_tiny_runs(root)[0])
    anss = dict(
        type='AnSSHook',
        images='train_dataloader',
        num_workers=0,
        selector=dict(type='AnSS', num_anchors=3),
    )
    teacher = dict(type='TeacherTextBankHook')
    cfg.custom_hooks = [dict(type='SentenceBankHook'), teacher, *hooks, anss]
    cfg.train_cfg.update(train_cfg)
    return cfg


@pytest.mark.slow
def test_a_stage_opens_its_corpus_once_and_encodes_it_once_for_equal_weights(
    tmp_path, counted, opened
):
    cfg = config(tmp_path)
    runner = Runner.from_cfg(cfg)
    runner.train()
    lists = [name for name in opened if name.startswith(str(tmp_path)) and name.endswith('.txt')]
    assert len(lists) == len(set(lists)) == 2 + 1 + 4  # two splits, names, four articles
    # The teacher's, and one for each of two validations; AnSS has the last.
    assert counted == ['read_corpus'] + 3 * ['_encode_sentences']
    anchors = AnchorSet.load(f'{cfg.work_dir}/anchors.safetensors')
    assert anchors.meta['image_set'].endswith('ImageNet_LT_train.txt')
    bank = runner.val_evaluator.metrics[0].sentence_bank
    torch.testing.assert_close(
        anchors.feats, bank.feats[anchors.sentence_ids] * anchors.mask[..., None], rtol=0, atol=0
    )


@pytest.mark.slow
def test_other_weights_are_encoded_again(tmp_path, counted):
    runner = Runner.from_cfg(config(tmp_path, dict(type='ChangeText'), max_epochs=1))
    runner.train()
    assert counted == ['read_corpus'] + 3 * ['_encode_sentences']  # teacher, val, AnSS


@pytest.mark.slow
def test_the_bank_is_dropped_when_training_goes_on(tmp_path, counted):
    runner = Runner.from_cfg(config(tmp_path, val_interval=1, max_epochs=1))
    runner.train()
    hook = next(h for h in runner.hooks if hasattr(h, 'bank'))
    metric = runner.val_evaluator.metrics[0]
    assert metric.sentence_bank is hook.bank is not None
    hook.before_train_epoch(runner)
    assert metric.sentence_bank is None is hook.bank


def test_a_test_alone_takes_the_corpus_of_the_config(tmp_path, counted):
    runner = Runner.from_cfg(config(tmp_path))
    metrics = runner.test()
    assert counted == ['read_corpus', '_encode_sentences']
    assert 0 <= metrics['retrieval/text_top1'] <= 100
    assert isinstance(runner._train_loop, dict)  # no training list was read
    runner.test()  # nothing has changed
    assert counted == ['read_corpus', '_encode_sentences']
