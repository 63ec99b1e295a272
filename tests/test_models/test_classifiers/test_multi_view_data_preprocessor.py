"""Views of images become batches."""

import pytest
import torch
from mmengine.dataset import default_collate, pseudo_collate
from mmpretrain.registry import MODELS
from mmpretrain.structures import DataSample

CONFIG = dict(type='MultiViewDataPreprocessor', mean=[1.0] * 3, std=[2.0] * 3, to_rgb=True)


@pytest.mark.parametrize('collate', [default_collate, pseudo_collate])
def test_views_become_a_batch(collate):
    preprocessor = MODELS.build(CONFIG)
    views = torch.randint(256, (2, 5, 3, 4, 4), dtype=torch.uint8)
    samples = [DataSample().set_gt_label(i) for i in range(5)]
    items = [dict(inputs=[view[i] for view in views], data_samples=samples[i]) for i in range(5)]
    out = preprocessor(collate(items), training=True)
    assert len(out['inputs']) == 2 and out['data_samples'] == samples
    for found, view in zip(out['inputs'], views):
        torch.testing.assert_close(found, (view.flip(1).float() - 1) / 2)
    single = [dict(inputs=views[0][i], data_samples=samples[i]) for i in range(5)]
    torch.testing.assert_close(preprocessor(collate(single))['inputs'], out['inputs'][0])


def test_mixed_views_are_refused():
    augment = dict(augments=[dict(type='Mixup', alpha=1.0)], probs=[1.0])
    with pytest.raises(ValueError, match='has batch_augments .*leave them out'):
        MODELS.build(dict(CONFIG, num_classes=5, batch_augments=augment))
