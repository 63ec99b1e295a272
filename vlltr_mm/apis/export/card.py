"""The model card of an exported model."""

from ...evaluation import ClassSplits
from ...utils.files import open_whole
from .parity import Parity

_UNKNOWN = 'not stated'


def write_card(path: str, meta: dict, file: str, parity: Parity, licence: str | None):
    """Write a model card in Markdown.

    Args:
        path (str): the file.
        meta (dict): as in ``metadata.json``.
        file (str): the model's.
        parity (Parity): how it compares with the model.
        licence (str, optional): None is said to be not stated.
    """
    given = meta['input']
    counts = meta['class_counts']
    lines = [
        '---',
        f'license: {licence or _UNKNOWN}',
        'pipeline_tag: image-classification',
        'tags: [long-tailed-recognition, vision-language]',
        '---',
        '',
        f'# {meta["config"].removesuffix(".py")}',
        '',
        f'`{file}`: an image classifier of {len(meta["classes"])} classes with {meta["head"]}, '
        f'exported by vlltr_mm {meta["vlltr_mm"]} from `{meta["checkpoint"] or "its config"}`.',
        '',
        '| | |',
        '|---|---|',
        f'| input | `images`, {given["dtype"]} {given["layout"]}, {given["channels"]} |',
        '| normalisation | '
        + ('in the graph' if given['normalised_in_graph'] else 'by the caller')
        + f': mean {_numbers(given["mean"])}, deviation {_numbers(given["std"])} of 0..255 |',
        f'| outputs | {", ".join(f"`{name}`" for name in meta["outputs"])} |',
        f'| compared with PyTorch | {parity.images} images, largest difference '
        f'{parity.difference:.2g}, {parity.other_labels} other labels |',
        f'| licence of the weights | {licence or _UNKNOWN} |',
        f'| licence of the training images and text | {_UNKNOWN} |',
    ]
    if counts:
        splits = ClassSplits(counts)
        low, high = splits.thresholds
        named = dict(many=f'many (> {high})', few=f'few (< {low})', unseen='no')
        names = ', '.join(named.get(split, split) for split in splits.masks)
        numbers = ', '.join(str(mask.sum()) for mask in splits.masks.values())
        lines += [
            f'| training images | {sum(counts)}, {max(counts)} to {min(counts)} a class |',
            f'| classes with {names} training images | {numbers} |',
        ]
    lines += ['', 'Before that, of the test pipeline of the config:', '']
    lines += [f'1. `{step}`' for step in given['steps']]
    lines += ['', '## Classes', '', '| label | name | training images |', '|---:|---|---:|']
    lines += [
        f'| {label} | {_cell(name)} | {counts[label] if counts else ""} |'
        for label, name in enumerate(meta['classes'])
    ]
    with open_whole(path) as out:
        out.write('\n'.join(lines) + '\n')


def _numbers(values: list[float]) -> str:
    return ', '.join(f'{value:.4g}' for value in values)


def _cell(text: str) -> str:
    return text.replace('|', '\\|')
