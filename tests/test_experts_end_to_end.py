"""RIDE's three stages and SADE's two, from their configs, on a data set of seconds."""

import shutil

import pytest
import torch
from repo import REPO
from tiny_runs import COUNTS, write_data

from vlltr_mm import apis
from vlltr_mm.apis import RunOptions, train
from vlltr_mm.apis.list_making.shifted import shift_test_list

CNN = REPO / 'configs' / 'cnn'
pytestmark = pytest.mark.slow  # each about five seconds

COMMON = """
work_dir = '{root}/runs/{name}'
data_preprocessor = dict(num_classes=4)
class_counts = {counts}
param_scheduler = dict(_delete_=True, type='ConstantLR', factor=1.0)
optim_wrapper = dict(optimizer=dict(lr=0.02))
train_cfg = dict(max_epochs=2, val_interval=2)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=-1))
own = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(batch_size=15, dataset=dict(
    data_root='{root}/data', ann_file='ImageNet_LT_train.txt',
    train_ann_file='ImageNet_LT_train.txt'), **own)
val_dataloader = dict(dataset=dict(
    data_root='{root}/data', ann_file='ImageNet_LT_val.txt',
    train_ann_file='ImageNet_LT_train.txt'), **own)
test_dataloader = dict(dataset=dict(
    data_root='{root}/data', ann_file='ImageNet_LT_test.txt',
    train_ann_file='ImageNet_LT_train.txt'), **own)
"""
LOSS = 'loss=dict(class_counts={counts})'
LEAVES = {
    'ride-teacher': f"""
model = dict(backbone=dict(depth=8), head=dict(num_classes=4, {LOSS}))
custom_hooks = [dict(type='DeferredReweightingHook', begin=1)]
""",
    'ride-distilled': f"""
pretrain_config = 'ride-teacher.py'
pretrain_work_dir = '{{root}}/runs/ride-teacher'
model = dict(
    backbone=dict(depth=8), head=dict(num_classes=4, {LOSS}),
    teacher=dict(backbone=dict(depth=8), head=dict(num_classes=4, {LOSS})),
    teacher_checkpoint=f'{{{{pretrain_work_dir}}}}/epoch_2.pth')
custom_hooks = [dict(type='DeferredReweightingHook', begin=1)]
""",
    'ride': """
pretrain_config = 'ride-distilled.py'
pretrain_work_dir = '{root}/runs/ride-distilled'
model = dict(
    backbone=dict(depth=8), head=dict(num_classes=4, num_logits=3),
    pretrained=f'{{pretrain_work_dir}}/epoch_2.pth')
""",
    'sade': f"""
model = dict(backbone=dict(depth=8), head=dict(num_classes=4, {LOSS}))
""",
    'sade-forward50': f"""
pretrain_config = 'sade.py'
pretrain_work_dir = '{{root}}/runs/sade'
model = dict(
    backbone=dict(depth=8), head=dict(num_classes=4, {LOSS}),
    pretrained=f'{{{{pretrain_work_dir}}}}/epoch_2.pth')
train_cfg = train_dataloader = optim_wrapper = param_scheduler = None
test_dataloader['dataset']['ann_file'] = 'ImageNet_LT_forward2.txt'
""",
}


@pytest.fixture
def root(tmp_path):
    """Data, and a small form of each config."""
    write_data(tmp_path / 'data')
    values = dict(root=tmp_path, counts=list(COUNTS))
    for name, leaf in LEAVES.items():
        text = f"_base_ = '{CNN}/{name}_r32_cifar100_lt.py'\n"
        text += COMMON.format(name=name, **values) + leaf.format(**values)
        (tmp_path / f'{name}.py').write_text(text)
    return tmp_path


def weights(path):
    return torch.load(path, weights_only=False)['state_dict']


def test_rides_three_stages(root):
    """One command trains all; each checkpoint is tested without the stages before it."""
    train(str(root / 'ride.py'))
    runs = root / 'runs'
    experts, routed = (weights(runs / n / 'epoch_2.pth') for n in ('ride-distilled', 'ride'))
    for name, tensor in experts.items():
        assert torch.equal(routed[name], tensor), name  # frozen, BatchNorm's statistics too
    assert {k.split('.')[1] for k in routed.keys() - experts.keys()} == {
        'hidden_fcs',
        'router_fc',
        'loss_module',
    }
    shutil.rmtree(runs / 'ride-teacher')
    alone = apis.test(str(root / 'ride-distilled.py'), str(runs / 'ride-distilled/epoch_2.pth'))
    shutil.rmtree(runs / 'ride-distilled')
    few = apis.test(str(root / 'ride.py'), str(runs / 'ride/epoch_2.pth'))
    assert all(0 <= metrics['accuracy/top1'] <= 100 for metrics in (alone, few))


def test_a_resumed_run_goes_on_as_an_unbroken_one(root):
    """Over the epoch where weights and temperatures come on, beside a teacher."""
    train(str(root / 'ride-distilled.py'))
    first = root / 'runs/ride-distilled'
    again = RunOptions(work_dir=str(root / 'again'), resume=str(first / 'epoch_1.pth'))
    train(str(root / 'ride-distilled.py'), again)
    unbroken, resumed = (weights(folder / 'epoch_2.pth') for folder in (first, root / 'again'))
    assert unbroken.keys() == resumed.keys()
    for name, tensor in unbroken.items():
        assert torch.equal(tensor, resumed[name]), name


def test_sade_on_a_test_of_other_class_shares(root):
    shift_test_list(str(root / 'data/ImageNet_LT_test.txt'), list(COUNTS), str(root / 'data'), (2,))
    train(str(root / 'sade.py'))
    metrics = apis.test(str(root / 'sade-forward50.py'))
    assert 0 <= metrics['accuracy/top1'] <= 100
