"""With averaged weights, banks, anchors and checkpoint speak of the same ones."""

import pytest
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from tiny_runs import write_tiny_runs

from vlltr_mm.engine.encoding import build_sentence_bank
from vlltr_mm.structures import AnchorSet
from vlltr_mm.utils.model import build_model


@HOOKS.register_module()
class CompareBank(Hook):
    """Encode the corpus with the validated weights, beside the bank that the metric has."""

    priority = 'LOWEST'

    def __init__(self):
        self.equal = []

    def after_val_iter(self, runner, batch_idx, *args, **kwargs):
        if batch_idx == 0:
            corpus = runner.train_dataloader.dataset.corpus
            bank = build_sentence_bank(runner.model.text_backbone, corpus)
            given = runner.val_evaluator.metrics[0].sentence_bank.feats
            self.equal.append(torch.equal(given, bank.feats))


def train(root, **ema):
    """Train an epoch of stage 1 with an EMAHook; return the runner."""
    cfg = Config.fromfile(write_tiny_runs(root)[0])
    cfg.train_cfg.max_epochs = 1
    cfg.custom_hooks = [dict(type='EMAHook', **ema), *cfg.custom_hooks, dict(type='CompareBank')]
    runner = Runner.from_cfg(cfg)
    runner.train()
    return runner


@pytest.mark.slow
@pytest.mark.parametrize(
    'ema, validations',
    [
        (dict(priority='VERY_HIGH', momentum=0.2), 1),
        (dict(priority='LOWEST', momentum=0.2, update_buffers=True), 1),
        (dict(priority='NORMAL', ema_type='StochasticWeightAverage', evaluate_on_origin=True), 2),
        (dict(priority='NORMAL', momentum=0.2, evaluate_on_ema=False, evaluate_on_origin=True), 1),
    ],
)
def test_anchors_are_of_the_checkpoint_and_banks_of_the_validated_weights(
    tmp_path, ema, validations
):
    runner = train(tmp_path, **ema)
    model = build_model(runner.cfg)
    state = torch.load(tmp_path / 'runs/stage1/epoch_1.pth', weights_only=False)['state_dict']
    model.load_state_dict(state)
    trained = runner.model.state_dict()['text_backbone.text.text_projection']
    assert not torch.equal(state['text_backbone.text.text_projection'], trained)
    corpus = runner.train_dataloader.dataset.corpus
    bank = build_sentence_bank(model.text_backbone, corpus, batch_size=128)
    anchors = AnchorSet.load(str(tmp_path / 'runs/stage1/anchors.safetensors'))
    chosen = bank.feats[anchors.sentence_ids] * anchors.mask[..., None]
    assert torch.equal(anchors.feats, chosen)
    assert anchors.logit_scale == model.logit_scale.item()
    compared = next(hook for hook in runner.hooks if isinstance(hook, CompareBank))
    assert compared.equal == [True] * validations
