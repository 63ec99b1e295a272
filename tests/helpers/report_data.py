"""What a report of many classes shows, made up, as large as real runs make it."""

import base64
import io

import numpy as np
from PIL import Image

from vlltr_mm.apis.reporting.explaining import sentence_room


def make_gathered(num_classes, num_images=600, num_anchors=64, num_dropped=40):
    """Return what ``gather`` would; all images are noise, which packs worst."""
    rng = np.random.default_rng(num_classes)
    letters = rng.choice([*'abcdefghijklmnoprstuvw'], (3000, 8))
    words = [''.join(own[:size]) for own, size in zip(letters, rng.integers(2, 9, 3000))]
    labels = np.arange(num_classes)
    counts = (500 * 0.004 ** (labels / max(num_classes - 1, 1))).astype(int)
    splits = np.select([counts > 100, counts >= 20], ['many', 'medium'], 'few').tolist()

    room = sentence_room(num_classes)
    details = {
        label: make_detail(rng, words, room, num_anchors, num_dropped) for label in labels.tolist()
    }
    ends = [0, 1, num_classes - 2, num_classes - 1]
    drawn = rng.integers(0, num_classes, num_images).tolist()
    for label in [*ends, *drawn][:num_images]:
        details[label].setdefault('images', []).append(
            make_image(rng, label, num_classes, details[label]['anchors'])
        )
    rows = {name: make_row(rng, num_classes) for name in ('Guided', 'Plain')}
    return dict(
        title=f'{num_classes} classes',
        version='0',
        columns=['top1', 'many', 'medium', 'few'],
        unit='seeds',
        protocol=dict(num_images=9, test_set='0' * 64, thresholds=[20, 100], rule='field'),
        table=[
            dict(
                name=name,
                mean=[50.0, 60.0, 50.0, None],
                deviation=[1.0, None, 2.0, None],
                num_seeds=3,
                seeds=[0, 1, 2],
                epochs=22,
                seconds=100.0,
                config='c.py',
                digests=['1' * 64],
                commits=['2' * 40],
            )
            for name in rows
        ],
        classes=dict(
            names=[f'class {label} {words[label % 3000]}' for label in labels],
            counts=counts.tolist(),
            splits=splits,
            tested=[50] * num_classes,
        ),
        grid=np.geomspace(2, 500, 41).tolist(),
        rows=rows,
        explained=dict(
            row='Guided', seed=0, checkpoint='e.pth', num_images=num_images, num_changed=0,
            is_part=False,
        ),
        details=details,
        gallery=dict(head=ends[:2], tail=ends[2:]),
        retrieval=[],
        left_out=dict(retrieval='No text was asked for.'),
    )  # fmt: skip


def make_detail(rng, words, room, num_anchors, num_dropped):
    """Return the anchors of a class and what the selection dropped."""

    def scored(low, high, number):
        losses = np.sort(rng.uniform(low, high, number)).round(4).tolist()
        places = rng.integers(0, len(words), (number, 14))
        return [[' '.join(words[p] for p in own), loss] for own, loss in zip(places, losses)]

    dropped = scored(4, 9, min(num_dropped, max(6, room // 4)))
    half = len(dropped) // 2
    return dict(
        num_anchors=num_anchors,
        anchors=[[*own, 0.0156] for own in scored(2, 4, min(num_anchors, room))],
        dropped=dict(
            kept=num_anchors, dropped=num_dropped, nearest=dropped[:half], farthest=dropped[half:]
        ),
    )


def make_row(rng, num_classes):
    """Return accuracies and confusions of a row; the last class has no test images."""
    accuracy = rng.uniform(0, 100, num_classes).round(2).tolist()
    accuracy[-1] = None
    others = rng.integers(0, num_classes, (num_classes, 3))
    return dict(
        accuracy=accuracy,
        deviation=[None if value is None else 1.0 for value in accuracy],
        confused=[[[int(c), 9 - i] for i, c in enumerate(own)] for own in others],
        curve=[50.0] * 41,
    )


def make_image(rng, label, num_classes, anchors):
    """Return an explained image, right or wrong."""
    file = io.BytesIO()
    pixels = rng.integers(60, 200, (96, 96, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(file, 'JPEG', quality=80)
    first = label if rng.random() < 0.5 else (label + 1) % num_classes
    driving = [[anchor[0], 0.02] for anchor in anchors[:2]]
    return dict(
        label=label,
        source=base64.b64encode(file.getvalue()).decode(),
        classes=[[c, 0.5, 1.25, -0.5, driving] for c in (first, (first + 2) % num_classes)],
        true=[label, 0.25, 0.0, 0.0, driving],
        attention=rng.uniform(0, 0.03, len(anchors)).round(4).tolist(),
    )
