"""What a user of own images has, in a folder: images, weights of a tiny CLIP and text."""

import json
import shutil
from pathlib import Path

from finished_models import write_text_tower
from tiny_runs import NAMES

from vlltr_mm.apis.recipe_making import RecipeOptions

ARCH = dict(
    embed_dim=16,
    vision_cfg=dict(image_size=32, layers=[1, 1, 1, 1], width=8, head_width=32),
    text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1),
)


def write_home(root):
    """Write images in class folders of splits, and in forms that are refused, weights and text."""
    weights, _ = write_text_tower(root)
    Path(weights).rename(root / 'clip.pth')
    images = root / 'images'
    images.mkdir()
    for split in ('train', 'val', 'test'):
        (root / 'data' / split).rename(images / split)
    (root / 'arch.json').write_text(json.dumps(ARCH))
    names = sorted(NAMES)
    (root / 'wrapped').mkdir()
    (root / 'wrapped/images').symlink_to(images / 'train')
    (root / '{{fileDirname}}').symlink_to(images)
    for file in (images / 'train').glob('*/0.jpg'):
        (root / 'single' / file.parent.name).mkdir(parents=True)
        shutil.copy(file, root / 'single' / file.parent.name)
    text = {name.replace('_', ' '): [f'A {name[:3]} thing.', 'It is square.'] for name in names}
    (root / 'text.json').write_text(json.dumps(text))


def options(home, name='recipe', **changes):
    """Return the options of a recipe of the tiny data."""
    given = dict(
        out=str(home / name),
        images=str(home / 'images'),
        tower=str(home / 'arch.json'),
        pretrained=str(home / 'clip.pth'),
        text=[str(home / 'text.json')],
        prompts=['a photo of a {}.'],
        gpus=0,
        num_workers=0,
    )
    return RecipeOptions(**dict(given, **changes))
