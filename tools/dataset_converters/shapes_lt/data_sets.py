"""Write the demo's two data sets in the ImageNet-LT layout."""

import json
import os
import os.path as osp
import shutil
from collections.abc import Collection, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial

import numpy as np
from rich.progress import track

from .articles import Compound, all_compounds, write_article
from .rendering import COLOURS, SHAPES, TEXTURES, render

FORMAT_VERSION = 1
DATA_SETS = ('shapes_lt', 'shapes_clip')


@dataclass(frozen=True)
class ShapesConfig:
    """What the two data sets look like.

    ``shapes_lt`` has ``num_classes`` compounds with ``max_images`` to
    ``min_images`` training images, falling exponentially with the class
    index. ``shapes_clip`` has ``clip_classes`` other compounds with
    ``clip_images`` training images each.
    """

    num_classes: int = 60
    max_images: int = 200
    min_images: int = 4
    val_images: int = 10
    test_images: int = 30
    clip_classes: int = 240
    clip_images: int = 40
    size: int = 48
    seed: int = 0


def long_tail(num_classes: int, most: int, least: int) -> list[int]:
    """Return counts that fall exponentially from ``most`` to ``least``.

    Args:
        num_classes (int): C.
        most (int): of class 0.
        least (int): of class C - 1.

    Returns:
        list[int]: C counts.
    """
    steps = np.arange(num_classes) / max(num_classes - 1, 1)
    return [round(v) for v in most * (least / most) ** steps]


def choose_compounds(config: ShapesConfig) -> list[list[Compound]]:
    """Draw the classes of both data sets, none in both.

    Every attribute value occurs in the first and in the last half of the
    long-tailed classes and among the others, so that what is rare is the
    compound and not its attributes.

    Args:
        config (ShapesConfig): sizes and seed.

    Returns:
        list[list[Compound]]: those of shapes_lt, from head to tail, and those
        of shapes_clip.

    Raises:
        ValueError: if there are not enough compounds, or too few classes for
            every attribute value to occur.
    """
    compounds = all_compounds()
    wanted = config.num_classes + config.clip_classes
    if wanted > len(compounds) or config.num_classes < 2:
        raise ValueError(
            f'num_classes + clip_classes is {config.num_classes} + '
            f'{config.clip_classes}; there are {len(compounds)} compounds, '
            'and 2 classes at least are needed.'
        )
    values = set(TEXTURES) | set(COLOURS) | set(SHAPES)
    half = config.num_classes // 2
    for attempt in range(1000):
        order = np.random.default_rng((config.seed, attempt)).permutation(len(compounds))[:wanted]
        drawn = [compounds[i] for i in order]
        tail, other = drawn[: config.num_classes], drawn[config.num_classes :]
        if all(
            values == {v for c in part for v in c} for part in (tail[:half], tail[half:], other)
        ):
            return [tail, other]
    raise ValueError(
        f'num_classes is {config.num_classes} and clip_classes '
        f'{config.clip_classes}: too few for every shape, colour and texture '
        'to occur in head, tail and the other set; 30 and more are enough.'
    )


def make_demo_data(
    root: str, config: ShapesConfig = ShapesConfig(), names: Collection[str] = DATA_SETS
):
    """Write ``shapes_lt`` and ``shapes_clip``, unless they are there.

    Args:
        root (str): the folder around both.
        config (ShapesConfig): what they look like.
        names (Collection[str]): which of the two. Defaults to both.
    """
    tail, other = choose_compounds(config)
    counts = long_tail(len(tail), config.max_images, config.min_images)
    sets = (
        (tail, counts, config.test_images, config.seed),
        (other, [config.clip_images] * len(other), 0, config.seed + 1),
    )
    for name, (compounds, images, tests, seed) in zip(DATA_SETS, sets):
        folder = osp.join(root, name)
        stamp = dict(format=FORMAT_VERSION, **asdict(config))
        if name not in names or _is_complete(folder, stamp):
            continue
        partial_folder = f'{folder}.{os.getpid()}.partial'
        shutil.rmtree(partial_folder, ignore_errors=True)
        per_split = dict(
            train=images, val=[config.val_images] * len(compounds), test=[tests] * len(compounds)
        )
        write_data_set(partial_folder, compounds, per_split, config.size, seed)
        with open(osp.join(partial_folder, 'meta.json'), 'w') as file:
            json.dump(stamp, file, indent=2)
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(partial_folder, folder)


def write_data_set(
    folder: str,
    compounds: Sequence[Compound],
    per_split: dict[str, Sequence[int]],
    size: int,
    seed: int,
):
    """Write one data set.

    Args:
        folder (str): where to.
        compounds (Sequence[Compound]): the C classes.
        per_split (dict[str, Sequence[int]]): images per class of each split.
        size (int): edge in pixels.
        seed (int): with split, class and index it fixes each image.
    """
    os.makedirs(osp.join(folder, 'wiki'))
    _write_texts(folder, compounds, seed)
    jobs = []
    for number, (split, counts) in enumerate(per_split.items()):
        lines = []
        for label, (compound, count) in enumerate(zip(compounds, counts)):
            place = f'{split}/{compound.name.replace(" ", "_")}'
            os.makedirs(osp.join(folder, place))
            for index in range(count):
                path = f'{place}/{index:04d}.jpg'
                lines.append(f'{path} {label}\n')
                jobs.append((path, compound, (seed, number, label, index)))
        with open(osp.join(folder, f'ImageNet_LT_{split}.txt'), 'w') as file:
            file.writelines(lines)
    with ProcessPoolExecutor() as pool:
        done = pool.map(partial(_write_image, folder, size), jobs, chunksize=64)
        for _ in track(done, f'Drawing {osp.basename(folder)}', len(jobs)):
            pass


def _write_image(folder: str, size: int, job: tuple):
    path, compound, seeds = job
    picture = render(
        compound.shape, compound.colour, compound.texture, size, np.random.default_rng(seeds)
    )
    picture.save(osp.join(folder, path), quality=92)


def _write_texts(folder: str, compounds: Sequence[Compound], seed: int):
    """Write labels.txt, an article per class, and the list of the noise."""
    noise = []
    with open(osp.join(folder, 'labels.txt'), 'w') as labels:
        for index, compound in enumerate(compounds):
            labels.write(f's{index:03d} {index} {compound.name.replace(" ", "_")}\n')
            article, bad = write_article(compound, np.random.default_rng((seed, index, 7)))
            noise.append(bad)
            with open(osp.join(folder, 'wiki', f'desc_{index}.txt'), 'w') as file:
                file.write(article)
    with open(osp.join(folder, 'noise_sentences.json'), 'w') as file:
        json.dump(noise, file, indent=1)


def _is_complete(folder: str, stamp: dict) -> bool:
    """Whether a folder was finished with these very arguments."""
    try:
        with open(osp.join(folder, 'meta.json')) as file:
            return json.load(file) == stamp
    except (FileNotFoundError, json.JSONDecodeError):
        return False
