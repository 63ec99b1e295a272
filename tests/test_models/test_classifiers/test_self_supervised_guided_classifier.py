"""SSD's first stage: both losses, two ranks, resumed and tested alone."""

import pytest
import torch
import torch.nn.functional as F
from branch_runs import check_resume, check_tested_alone
from contrast_runs import TOWER, contrast_config, pixel_tower, train_share, views
from dist_utils import run_ranks
from mmpretrain.registry import MODELS

from vlltr_mm.models import ClassMaskedContrastiveLoss

PARTS = dict(
    type='SelfSupervisedGuidedClassifier',
    queue=dict(length=16, dims=4),
    momentum_encoder=dict(momentum=0.25),
)
HEAD = dict(type='LinearClsHead', num_classes=4, in_channels=8, loss=dict(type='CrossEntropyLoss'))
MODEL = dict(PARTS, **TOWER, head=HEAD)


def test_has_both_losses():
    torch.manual_seed(0)
    contrast = dict(type='ClassMaskedContrastiveLoss', temperature=0.5, loss_weight=2.0)
    model = MODELS.build(dict(MODEL, head=dict(HEAD, cal_acc=True), contrast=contrast))
    model = model.double().eval()
    (first, second), samples, labels = views(edge=8)
    model.queue.append(torch.randn(8, 4), torch.arange(8) % 4)
    queue, labels = model.queue.contents(), torch.tensor(labels)
    feats = model.extract_feat(first)
    queries = F.normalize(model.projector(feats)[0], dim=1)
    keys = F.normalize(model.projector(model.extract_feat(second))[0], dim=1).detach()
    found = model.loss([first, second], samples)
    assert [*found] == ['loss_cls', 'accuracy_top-1', 'loss_contrast']
    torch.testing.assert_close(found['loss_cls'], F.cross_entropy(model.head.fc(feats[0]), labels))
    expected = ClassMaskedContrastiveLoss(0.5, 2.0)(queries, keys, labels, *queue)
    torch.testing.assert_close(found['loss_contrast'], expected)
    torch.testing.assert_close(model.queue.queue[8:12], keys)
    assert model.queue.queue_labels[8:12].tolist() == labels.tolist()


def test_an_empty_queue_leaves_cross_entropy():
    model = MODELS.build(MODEL)
    pair, samples, _ = views(edge=8, dtype=torch.float32)
    assert model.loss(pair, samples)['loss_contrast'].item() == 0
    assert model.loss(pair, samples)['loss_contrast'].item() > 0


def share(rank, world_size):
    return train_share(rank, world_size, dict(PARTS, **pixel_tower()))


def test_two_ranks_are_one_process():
    values, state = share(0, 1)
    for own_values, own_state in run_ranks(share):
        assert own_values == pytest.approx(values)
        for key, value in state.items():
            torch.testing.assert_close(torch.tensor(own_state[key]), torch.tensor(value), msg=key)


@pytest.mark.slow
def test_trains_resumes_and_is_tested_alone(tmp_path):
    whole = check_resume(contrast_config(tmp_path, MODEL, epochs=2))
    assert whole.losses[-1] < whole.losses[0]
    check_tested_alone(whole)
