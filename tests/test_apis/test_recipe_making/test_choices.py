"""What a recipe chooses by its data, and what the user has said."""

import pytest

from vlltr_mm.apis.recipe_making.choices import choose
from vlltr_mm.apis.recipe_making.towers import Towers


def towers(has_blocks=True, squash=False):
    """A pair of towers, of which only what choices read counts."""
    own = dict(arch='ViT-B-16', pretrained='x')
    return Towers(own, own, 'ViT-B-16', 512, 224, (0,), (1,), squash, None, has_blocks, True)


def chosen(total=12_000, classes=100, sentences=90, gpus=1, has_blocks=True, **given):
    """Choose for classes of equal size."""
    counts = [total // classes] * classes
    return choose(counts, [sentences] * classes, towers(has_blocks), gpus, **given)


@pytest.mark.parametrize(
    'settings, training, tuner',
    [
        (dict(), 'tuned', 'AdaptFormer'),
        (dict(has_blocks=False), 'tuned', 'BiasTuner'),
        (dict(gpus=0), 'frozen', None),
        (dict(total=900), 'frozen', None),  # few images
        (dict(total=1500, classes=300), 'frozen', None),  # few of each class
        (dict(gpus=0, training='tuned'), 'tuned', 'AdaptFormer'),
        (dict(training='whole'), 'whole', None),
    ],
)
def test_what_is_trained(settings, training, tuner):
    found = chosen(**settings)
    assert found.training == training
    assert (found.tuner or {}).get('type') == tuner


@pytest.mark.parametrize(
    'settings, epochs',
    [
        (dict(total=1800), (30, 30)),
        (dict(), (20, 20)),
        (dict(total=120_000), (10, 5)),
        (dict(gpus=0), (0, 8)),  # 100,000 images for the head
        (dict(gpus=0, total=200), (0, 200)),
        (dict(gpus=0, total=10**6), (0, 2)),
        (dict(epochs=(3, 4)), (3, 4)),
        (dict(gpus=0, epochs=(0, 9)), (0, 9)),
    ],
)
def test_epochs(settings, epochs):
    found = chosen(**settings)
    assert found.epochs == epochs
    assert found.baseline_epochs == sum(epochs)


@pytest.mark.parametrize(
    'total, gpus, batch',
    [
        (100, 1, 8),
        (200, 0, 16),
        (500, 1, 32),
        (1030, 1, 128),
        (1030, 8, 16),
        (10**6, 8, 128),
        (10, 4, 2),
    ],
)
def test_batches(total, gpus, batch):
    found = chosen(total=total, classes=10, gpus=gpus)
    assert found.batch_size == batch
    assert batch * max(1, gpus) <= total / 8 or batch == 2


def test_anchors_are_no_more_than_there_are_sentences():
    assert chosen(sentences=90).num_anchors == 64
    assert chosen(sentences=7).num_anchors == 7
    assert chosen(sentences=7, num_anchors=5).num_anchors == 5


def test_each_choice_has_a_reason():
    log = chosen().log
    assert [choice.what for choice in log] == [
        'head',
        'image tower',
        'tuner',
        'batch',
        'epochs',
        'sampler',
        'anchors M',
        'images',
    ]
    assert all(choice.value and choice.reason for choice in log)
    given = chosen(training='whole', batch_size=4, epochs=(1, 1), num_anchors=2).log
    assert sum(choice.reason == 'as given' for choice in given) == 4


def test_refused():
    with pytest.raises(ValueError, match='batch_size is 13000, and there are 12000'):
        chosen(batch_size=13_000)
    with pytest.raises(ValueError, match='batch_size is 4000 on 4 GPUs, and there are 12000'):
        chosen(batch_size=4_000, gpus=4)
    with pytest.raises(ValueError, match='epochs are 3 and 0, but stage 2 has a head to train'):
        chosen(training='tuned', epochs=(3, 0))
    with pytest.raises(ValueError, match='epochs are 3 and 4, but stage 1 of a frozen tower'):
        chosen(training='frozen', epochs=(3, 4))
