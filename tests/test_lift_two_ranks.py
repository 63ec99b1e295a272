"""The start from text, training and the test with several crops on two ranks."""

from pathlib import Path

import pytest
import torch
from cosine_runs import PROMPTS, cosine_config, text_hook
from dist_utils import run_ranks
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.registry import HOOKS
from tiny_runs import NAMES

from vlltr_mm.apis import use_test_time_ensemble
from vlltr_mm.models import OpenCLIPTextBackbone
from vlltr_mm.utils.model import unwrap_model


@HOOKS.register_module()
class KeepStart(Hook):
    """Keep the classifier that training starts from."""

    def before_train_epoch(self, runner):
        if runner.epoch == 0:
            self.start = unwrap_model(runner.model).head.fc.weight.detach().clone().numpy()


def run_of_rank(rank, world_size, root):
    """Train and test; return start, sentences encoded here, end and accuracy."""
    seen, forward = [], OpenCLIPTextBackbone.forward

    def counting(self, tokens):
        seen.append(len(tokens))
        return forward(self, tokens)

    OpenCLIPTextBackbone.forward = counting
    root = Path(root)
    cfg = cosine_config(root, [text_hook(root, validate=True), dict(type='KeepStart')])
    cfg.work_dir = str(root / f'work{world_size}')
    cfg.optim_wrapper.optimizer.lr = 1e-6  # the ranks have other batches than one alone
    cfg = use_test_time_ensemble(cfg)
    if world_size > 1:
        cfg.launcher = 'pytorch'
        cfg.model_wrapper_cfg = dict(type='MMDistributedDataParallel', device_ids=None)
    runner = Runner.from_cfg(cfg)
    model = unwrap_model(runner.train())
    OpenCLIPTextBackbone.forward = forward
    start = next(hook.start for hook in runner.hooks if isinstance(hook, KeepStart))
    top1 = runner.test()['accuracy/top1']
    return start, sum(seen), model.head.fc.weight.detach().numpy(), top1


@pytest.mark.slow
def test_two_ranks(tmp_path):
    alone, all_of_them, _, top1 = run_of_rank(0, 1, str(tmp_path))
    first, second = run_ranks(run_of_rank, str(tmp_path))
    assert (first[0] == second[0]).all() and (first[2] == second[2]).all()
    torch.testing.assert_close(torch.tensor(first[0]), torch.tensor(alone))
    # Each sentence was encoded once.
    assert first[1] + second[1] == all_of_them == len(NAMES) * len(PROMPTS)
    assert first[1] == second[1]
    assert first[3] == second[3] == pytest.approx(top1)
