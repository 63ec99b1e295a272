"""What makes two test sets, and two ways of testing, the same."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest
from comparison_runs import write_configs
from mmengine.config import Config

from vlltr_mm.apis.comparison.protocol import (
    Protocol,
    check_same_protocol,
    digest_test_set,
    read_protocol,
)
from vlltr_mm.evaluation import ClassSplits

PROTOCOL = Protocol('a' * 64, 12, ClassSplits([24, 12, 6, 3, 1]), 'accuracy')


class Images:
    """A data set of given samples."""

    def __init__(self, infos, classes=('a', 'b'), root=''):
        self.infos, self.data_root = infos, root
        self.metainfo = dict(classes=classes)

    def __len__(self):
        return len(self.infos)

    def get_data_info(self, index):
        return self.infos[index]


def sample(path, label=0):
    return dict(img_path=path, gt_label=label)


def test_digest_of_a_test_set():
    pair = [sample('d/x.jpg', 0), sample('d/y.jpg', 1)]
    base, order = digest_test_set(Images(pair, root='d'))
    moved = [sample('e/f/y.jpg', 1), sample('e/f/x.jpg', 0)]
    assert digest_test_set(Images(moved[::-1], root='e/f/')) == (base, order)
    assert digest_test_set(Images(moved, root='e/f/'))[0] == base
    assert digest_test_set(Images(moved, root='e/f/'))[1] != order
    others = [
        Images(pair[:1], root='d'),
        Images(pair, root='d', classes=('a', 'c')),
        Images([sample('d/x.jpg', 1), sample('d/y.jpg', 0)], root='d'),
        Images([sample('d/x.jpg', 0), sample('d/z.jpg', 1)], root='d'),
        Images(pair + pair[:1], root='d'),
    ]
    assert len({base, *(digest_test_set(other)[0] for other in others)}) == 6


@pytest.mark.parametrize('key', ['img', 'feats'])
def test_pixels_or_features_stand_for_a_path(key):
    def digest(value):
        return digest_test_set(Images([{key: np.full((2, 2), value), 'gt_label': 0}]))

    assert digest(1) == digest(1) != digest(2)
    with pytest.raises(ValueError, match=r"only \['gt_label'\]"):
        digest_test_set(Images([dict(gt_label=0)]))


def test_protocol_of_a_config(tmp_path):
    cfg = Config.fromfile(write_configs(tmp_path)['plain'])
    protocol = read_protocol(cfg)
    assert protocol.num_images == 12
    assert protocol.splits == ClassSplits([24, 12, 6, 3], (5, 20))
    assert protocol.prefix == 'accuracy'
    shutil.copytree(tmp_path / 'data', tmp_path / 'copy')
    cfg.test_dataloader.dataset.data_root = str(tmp_path / 'copy')
    cfg.test_evaluator = [dict(type='Accuracy'), cfg.test_evaluator]
    assert read_protocol(cfg) == protocol


@pytest.mark.parametrize(
    'evaluators', [dict(type='Accuracy'), [], [dict(type='ClassSplitAccuracy')] * 2]
)
def test_one_split_accuracy_is_needed(tmp_path, evaluators):
    cfg = Config.fromfile(write_configs(tmp_path)['plain'])
    cfg.test_evaluator = evaluators
    with pytest.raises(ValueError, match=r'[02] ClassSplitAccuracy.*exactly'):
        read_protocol(cfg)


def test_a_record_keeps_the_keys_of_version_0_1():
    stored = json.loads(json.dumps(PROTOCOL.to_dict()))
    assert stored == dict(
        test_set='a' * 64,
        num_images=12,
        class_counts=[24, 12, 6, 3, 1],
        thresholds=[20, 100],
        rule='field',
        prefix='accuracy',
    )
    assert Protocol.from_dict(stored, 'x.json') == PROTOCOL
    ordered = replace(PROTOCOL, image_order='b' * 64)
    read = Protocol.from_dict(json.loads(json.dumps(ordered.to_dict())), 'x.json')
    assert read.image_order == 'b' * 64 and read == PROTOCOL
    for key in stored:
        with pytest.raises(ValueError, match=f"x.json has no '{key}'"):
            Protocol.from_dict({k: v for k, v in stored.items() if k != key}, 'x.json')


@pytest.mark.parametrize(
    'key, value, message',
    [
        ('num_images', 12.5, 'x.json.num_images is 12.5; it must be a whole number of at least 1'),
        ('num_images', 0, 'x.json.num_images is 0'),
        ('test_set', None, 'x.json.test_set is None; it must be some text'),
        ('prefix', ' ', "x.json.prefix is ' '; it must be some text"),
        ('image_order', 7, 'x.json.image_order is 7; it must be some text'),
        ('class_counts', [24, -1], 'x.json: class_counts must be a list of integers >= 0'),
        ('thresholds', [20, '100'], "x.json: thresholds is '100'; it must be a finite number"),
        ('thresholds', 20, 'x.json: thresholds is 20; it must be a list'),
        ('rule', ['field'], r"x.json: rule is '\['field'\]'; allowed are"),
    ],
)
def test_a_record_of_other_types_is_refused(key, value, message):
    with pytest.raises(ValueError, match=message):
        Protocol.from_dict(dict(PROTOCOL.to_dict(), **{key: value}), 'x.json')


def test_differences_are_all_named():
    other = replace(PROTOCOL, num_images=13, splits=ClassSplits([24, 12, 6, 3, 2], rule='oltr'))
    with pytest.raises(ValueError) as error:
        check_same_protocol([('A', 0, PROTOCOL), ('A', 1, PROTOCOL), ('B', 0, other)])
    message = str(error.value)
    assert "num_images is 12 in 'A' (seed 0, 1), 13 in 'B' (seed 0)" in message
    assert "rule is field in 'A' (seed 0, 1), oltr in 'B' (seed 0)" in message
    assert '5 counts, 46 in all' in message
    assert '5 counts, 47 in all' in message
    assert 'test_set' not in message and 'thresholds' not in message


def test_the_metrics_prefix_and_the_order_may_differ():
    for other in (dict(prefix='other'), dict(image_order='b' * 64)):
        check_same_protocol([('A', 0, PROTOCOL), ('B', 0, replace(PROTOCOL, **other))])
    check_same_protocol([])
