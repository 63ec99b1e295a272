"""PaCo and GPaCo: what the loss gets, two ranks, resumed and tested alone."""

import copy

import pytest
import torch
import torch.nn.functional as F
from branch_runs import check_resume, check_tested_alone, train
from contrast_runs import COUNTS, TOWER, contrast_config, pixel_tower, train_share, views
from dist_utils import run_ranks
from mmpretrain.registry import MODELS

from vlltr_mm.models import PaCoClassifier, PaCoLoss

LOSS = dict(type='PaCoLoss', class_counts=COUNTS, alpha=0.5)
HEAD = dict(type='LinearClsHead', num_classes=4, in_channels=8, loss=LOSS)
QUEUE = dict(length=16, dims=4)
KEYS = dict(momentum=0.25)
MODEL = dict(type='PaCoClassifier', **TOWER, head=HEAD, queue=QUEUE)


def model_of(momentum_encoder=KEYS, **kwargs):
    torch.manual_seed(0)
    config = dict(MODEL, momentum_encoder=momentum_encoder, **kwargs)
    model = MODELS.build(config)
    model.init_weights()
    return model.double().eval()  # BatchNorm that does not depend on the batch


def embed(model, images, projector=None):
    feats = model.extract_feat(images)[-1]
    return feats, F.normalize((projector or model.projector)((feats,))[0], dim=1)


def test_paco_contrasts_queries_with_keys_and_queue():
    model = model_of()
    (first, second), samples, labels = views(edge=8)
    model.queue.append(torch.randn(8, 4), torch.arange(8) % 4)
    queue = model.queue.contents()
    feats, queries = embed(model, first)
    other_feats, keys = embed(model, second)  # the first update copies the encoder
    loss = PaCoLoss(COUNTS, alpha=0.5)
    expected = loss(model.head.fc(feats), torch.tensor(labels), queries, keys.detach(), *queue)
    found = model.loss([first, second], samples)
    assert [*found] == ['loss']
    torch.testing.assert_close(found['loss'], expected)
    torch.testing.assert_close(model.queue.queue[8:12], keys.detach())
    assert model.queue.queue_labels[8:12].tolist() == labels and int(model.queue.ptr) == 12
    grads = []
    for value in (found['loss'], expected):
        model.zero_grad()
        value.backward()
        grads.append([p.grad.clone() for p in model.parameters() if p.requires_grad])
    torch.testing.assert_close(*grads)


def test_gpaco_has_two_anchors_of_an_image():
    model = model_of(None)
    assert model.key_encoder is None and not any('key_' in key for key in model.state_dict())
    (first, second), samples, labels = views(edge=8)
    feats, queries = zip(*(embed(model, view) for view in (first, second)))
    expected = PaCoLoss(COUNTS, alpha=0.5)(
        model.head.fc(torch.cat(feats)), torch.tensor(labels).repeat(2), torch.cat(queries)
    )
    found = model.loss([first, second], samples)['loss']
    torch.testing.assert_close(found, expected)  # the queue is still empty
    torch.testing.assert_close(model.queue.queue[:4], queries[1].detach())
    grads = []
    for value in (found, expected):
        model.zero_grad()
        value.backward()
        grads.append([p.grad.clone() for p in model.parameters() if p.requires_grad])
    torch.testing.assert_close(*grads)


def test_without_contrast_gpaco_is_logit_adjustment():
    """α = γ = 0 and no queue: the mean of both views' losses."""
    loss = dict(LOSS, alpha=0, gamma=0)
    model = model_of(None, queue=None, head=dict(HEAD, loss=loss))
    pair, samples, _ = views(edge=8)
    plain = MODELS.build(dict(type='LogitAdjustedLoss', class_counts=COUNTS))
    found = model.loss(pair, samples)['loss']
    model.head.loss_module = plain
    expected = [model.head.loss(model.extract_feat(view), samples)['loss'] for view in pair]
    torch.testing.assert_close(found, sum(expected) / 2)


def test_the_momentum_encoder_follows():
    model = model_of().train()
    pair, samples, _ = views(edge=8)
    average = None
    for _ in range(3):
        own = {k: v.clone() for k, v in model._parts().named_parameters()}
        average = own if average is None else {k: 0.75 * average[k] + 0.25 * own[k] for k in own}
        model.loss(pair, samples)
        for key, value in model.key_encoder.module.named_parameters():
            torch.testing.assert_close(value, average[key])
            assert not value.requires_grad
        for parameter in model.backbone.parameters():
            parameter.data += 0.1
    assert int(model.key_encoder.steps) == 3


def test_the_momentum_encoder_may_start_by_itself():
    config = dict(MODEL, momentum_encoder=KEYS, key_start='random')
    torch.manual_seed(0)
    model = MODELS.build(config)
    start = copy.deepcopy(model.key_encoder.module.state_dict())
    model.init_weights()
    pair, samples, _ = views(edge=8, dtype=torch.float32)
    model.loss(pair, samples)
    key = 'backbone.conv1.weight'
    expected = 0.75 * start[key] + 0.25 * model.backbone.conv1.weight.detach()
    torch.testing.assert_close(model.key_encoder.module.state_dict()[key], expected)


@pytest.mark.parametrize('momentum_encoder', [KEYS, None])
def test_the_test_is_the_head_alone(momentum_encoder):
    model = model_of(momentum_encoder)
    images = views(edge=8)[0][0]
    feats = embed(model, images)[0]
    scores = torch.stack([s.pred_score for s in model.predict(images)])
    torch.testing.assert_close(scores, model.head.fc(feats).softmax(1))


def paco_share(rank, world_size, momentum_encoder, **kwargs):
    config = pixel_tower()
    config['head']['loss'] = LOSS
    return train_share(
        rank,
        world_size,
        dict(config, type='PaCoClassifier', queue=QUEUE, momentum_encoder=momentum_encoder),
        **kwargs,
    )


def paco_shares(rank, world_size):
    return [paco_share(rank, world_size, keys) for keys in (KEYS, None)]


def test_two_ranks_are_one_process():
    """Losses, weights, momentum encoder and queue, with images moved between ranks."""
    ranks = run_ranks(paco_shares)
    for index, keys in enumerate((KEYS, None)):
        values, state = paco_share(0, 1, keys)
        assert len(set(values)) == 3
        for own in ranks:
            assert own[index][0] == pytest.approx(values)
            for key, value in state.items():
                torch.testing.assert_close(
                    torch.tensor(own[index][1][key]), torch.tensor(value), msg=key
                )
        labels = state['queue.queue_labels']
        assert -1 not in labels and state['queue.ptr'] == 8


def unequal(rank, world_size):
    config = dict(pixel_tower(), type='PaCoClassifier', queue=QUEUE, momentum_encoder=KEYS)
    config['head']['loss'] = LOSS
    model = MODELS.build(config).double()
    pair, samples, _ = views(4 - rank)
    with pytest.raises(ValueError, match='batch sizes of the ranks are .*drop_last=True'):
        model.loss(pair, samples)
    return True


def test_errors():
    pair, samples, _ = views(edge=8)
    model = model_of()
    for inputs, found in ((pair[0], 'one'), (pair[:1], '1'), (pair + pair, '4')):
        with pytest.raises(ValueError, match=f"but there is {found}; .*type='MultiView'"):
            model.loss(inputs, samples)
    mixed = [sample.clone() for sample in samples]
    mixed[0].set_gt_score(torch.ones(4))
    with pytest.raises(ValueError, match='needs a class for each image'):
        model.loss(pair, mixed)
    with pytest.raises(ValueError, match="key_start is 'mine'; allowed are 'query', 'random'"):
        model_of(key_start='mine')
    with pytest.raises(ValueError, match='has the loss CrossEntropyLoss; give .*PaCoLoss'):
        PaCoClassifier(**TOWER, head=dict(type='LinearClsHead', num_classes=4, in_channels=8))
    assert all(run_ranks(unequal))


@pytest.mark.slow
@pytest.mark.parametrize('momentum_encoder', [KEYS, None])
def test_trains_resumes_and_is_tested_alone(tmp_path, momentum_encoder):
    cfg = contrast_config(tmp_path, dict(MODEL, momentum_encoder=momentum_encoder), epochs=2)
    whole = check_resume(cfg)
    assert whole.losses[-1] < whole.losses[0]
    assert whole.state['queue.queue_labels'].min() >= 0
    check_tested_alone(whole)


def test_without_views_nothing_is_trained(tmp_path):
    cfg = contrast_config(tmp_path, dict(MODEL, momentum_encoder=KEYS))
    del cfg.train_dataloader.dataset.pipeline[1]
    with pytest.raises(ValueError, match='trained with two views'):
        train(cfg)
