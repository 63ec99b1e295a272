"""A data set of seconds and both stages' configs on it, in a folder."""

from pathlib import Path

import numpy as np
from PIL import Image
from repo import REPO

CONFIGS = REPO / 'configs'
COUNTS = (24, 12, 6, 3)
NAMES = ('red_square', 'green_square', 'blue_square', 'white_square')
COLOURS = ((200, 30, 30), (30, 200, 30), (30, 30, 200), (220, 220, 220))

_COMMON = """
arch = dict(
    embed_dim=16,
    vision_cfg=dict(image_size=32, layers=(1, 1, 1, 1), width=8,
                    head_width=32),
    text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2,
                  layers=1))
train_cfg = dict(max_epochs=2, val_interval=1)
data_preprocessor = dict(num_classes=4)
default_hooks = dict(logger=dict(interval=1))
"""

_STAGE1 = """
_base_ = '{configs}/demo/cvlp_tiny-clip_shapes_lt.py'
{common}
work_dir = '{root}/runs/stage1'
pretrain_config = None
corpus = dict(
    sources=[dict(type='WikiTexts', root='{root}/data/wiki')],
    cache_dir='{root}/cache')
model = dict(
    vision_backbone=dict(arch=dict(_delete_=True, **arch), pretrained=None),
    text_backbone=dict(arch=dict(_delete_=True, **arch), pretrained=None),
    teacher=True,
    ccl_weight=0.5)
train_dataloader = dict(
    batch_size=8, num_workers=0, persistent_workers=False,
    sampler=dict(power=0.5),
    dataset=dict(corpus=dict(_delete_=True, **corpus),
                 data_root='{root}/data'))
val_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(data_root='{root}/data'))
test_dataloader = val_dataloader
custom_hooks = [
    dict(type='SentenceBankHook'),
    dict(
        type='AnSSHook',
        num_workers=0,
        images='train_dataloader',
        selector=dict(type='AnSS', num_anchors=3))
]
"""

_STAGE2 = """
_base_ = '{configs}/demo/vlltr_tiny-clip_shapes_lt.py'
{common}
work_dir = '{root}/runs/stage2'
pretrain_config = 'stage1.py'
pretrain_work_dir = '{root}/runs/stage1'
model = dict(
    backbone=dict(arch=dict(_delete_=True, **arch),
                  pretrained=f'{{pretrain_work_dir}}/epoch_2.pth'),
    head=dict(num_classes=4, in_channels=16, num_anchors=3,
              anchors=f'{{pretrain_work_dir}}/anchors.safetensors'))
train_dataloader = dict(
    batch_size=8, num_workers=0, persistent_workers=False,
    dataset=dict(data_root='{root}/data'))
val_dataloader = dict(
    num_workers=0, persistent_workers=False,
    dataset=dict(data_root='{root}/data'))
test_dataloader = val_dataloader
"""


def write_data(folder):
    """Write four classes of noisy one-colour squares in the LT layout."""
    rng = np.random.default_rng(0)
    lists = dict(train=[], val=[], test=[])
    for index, (name, colour) in enumerate(zip(NAMES, COLOURS)):
        for split, count in (('train', COUNTS[index]), ('val', 3), ('test', 3)):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                noise = rng.integers(-30, 30, (48, 48, 3))
                pixels = np.clip(noise + colour, 0, 255).astype(np.uint8)
                path = f'{split}/{name}/{number}.jpg'
                Image.fromarray(pixels).save(folder / path)
                lists[split].append(f'{path} {index}')
    for split, lines in lists.items():
        (folder / f'ImageNet_LT_{split}.txt').write_text('\n'.join(lines) + '\n')
    (folder / 'labels.txt').write_text(
        ''.join(f's{i} {i} {name}\n' for i, name in enumerate(NAMES))
    )
    (folder / 'wiki').mkdir()
    for index, name in enumerate(NAMES):
        colour = name.split('_')[0]
        (folder / 'wiki' / f'desc_{index}.txt').write_text(
            f'A {colour} square. Its colour is {colour}. It was first drawn '
            f'in 1910. Many people like a {colour} thing. The price fell.'
        )


def write_tiny_runs(root):
    """Write data and both configs; return (stage-1 path, stage-2 path)."""
    root = Path(root)
    write_data(root / 'data')
    paths = []
    for name, text in (('stage1', _STAGE1), ('stage2', _STAGE2)):
        path = root / f'{name}.py'
        path.write_text(text.format(configs=CONFIGS, common=_COMMON, root=root))
        paths.append(str(path))
    return tuple(paths)
