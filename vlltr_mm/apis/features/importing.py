"""Make a ``FeatureSet`` of the arrays that people have."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from ...datasets.corpus.class_names import check_class_names
from ...structures import FeatureBank
from ...utils.files import read_json, read_text
from ...utils.logit_scale import CLIP_MAX, check_log_scale
from ...utils.validation import check_list, shown
from .arrays import StoredArray, read_arrays
from .feature_set import SPLITS, FeatureSet, text_anchors

# How people name them, after the split and '_'; a pool may have no name before it.
FEATS = ('feats', 'features', 'embeddings')
LABELS = ('labels', 'targets')
NAMES = ('names', 'classes', 'class_names', 'classnames')
SENTENCES = ('text_sentences', 'sentences')


@dataclass(frozen=True)
class FeatureNames:
    """Which arrays are what; what is not named goes by the usual names.

    splits: split → names of features and labels. text: names of the features
    of sentences, and of their labels where a class has several. classes: the
    array of class names, or a ``.json`` or ``.txt`` file. sentences: the array
    of the sentences themselves.
    """

    splits: dict[str, tuple[str, str]] = field(default_factory=dict)
    text: tuple[str, ...] = ()
    classes: str | None = None
    sentences: str | None = None


def import_features(
    paths: Sequence[str], names: FeatureNames | None = None, logit_scale: float = CLIP_MAX
) -> FeatureSet:
    """Read the features of a data set from files of anyone.

    Args:
        paths (Sequence[str]): see ``read_arrays``.
        names (FeatureNames, optional): Defaults to None, the usual names:
            ``train_feats`` and ``train_labels`` or ``pool_…``, the same of
            ``val`` and ``test``, ``text_feats``, ``names``.
        logit_scale (float): log s of the towers. Defaults to log(100),
            CLIP's.

    Returns:
        FeatureSet: features in float32, as they are stored; every sentence
        of a class is an anchor.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: naming the array, if one is missing, is no (N, D) of
            finite floats or no (N,) of labels, or they do not fit together.
    """
    names = names or FeatureNames()
    logit_scale = check_log_scale(logit_scale, 'logit_scale')
    arrays = read_arrays(paths)
    where = ', '.join(map(str, paths))
    keys = {split: _split_keys(split, names, arrays, where) for split in SPLITS}
    keys = {split: pair for split, pair in keys.items() if pair}
    first = next((split for split in ('pool', 'train') if split in keys), None)
    if first is None:
        raise ValueError(
            f'{where}: there are no training features; name them and their labels with --train or '
            f'--pool. The arrays are {_listed(arrays)}.'
        )
    classes = _class_names(names.classes, arrays, arrays[keys[first][1]], where)
    splits = {split: _bank(*(arrays[key] for key in pair), classes) for split, pair in keys.items()}
    text = _text_bank(names.text, arrays, classes, where)
    anchors = None
    if text is not None:
        sentences = _sentences(names.sentences, arrays, len(text))
        anchors = text_anchors(text, classes, logit_scale, sentences)
    try:
        return FeatureSet(classes, splits, text, anchors)
    except ValueError as error:
        raise ValueError(f'{where}: {error}') from error


def _listed(arrays: dict[str, StoredArray]) -> str:
    shapes = [f'{name} {array.value.shape}' for name, array in arrays.items()]
    return ', '.join(shapes[:20]) + (', …' if len(shapes) > 20 else '')


def _find(key: str, arrays: dict[str, StoredArray], where: str) -> str:
    """Return a name that was given, if there is such an array."""
    if key not in arrays:
        raise ValueError(f"{where}: there is no array '{key}'; there are {_listed(arrays)}.")
    return key


def _split_keys(
    split: str, names: FeatureNames, arrays: dict[str, StoredArray], where: str
) -> tuple[str, str] | None:
    """Return the names of a split's features and labels; None where it has none."""
    if split in names.splits:
        feats, labels = names.splits[split]
        return _find(feats, arrays, where), _find(labels, arrays, where)
    prefixes = (f'{split}_', '') if split == 'pool' and not names.splits else (f'{split}_',)
    for prefix in prefixes:
        feats = [f'{prefix}{end}' for end in FEATS if f'{prefix}{end}' in arrays]
        labels = [f'{prefix}{end}' for end in LABELS if f'{prefix}{end}' in arrays]
        if len(feats) > 1 or len(labels) > 1:
            raise ValueError(
                f'{where}: {" and ".join(feats if len(feats) > 1 else labels)} are both there; '
                f'say with --{split} FEATURES LABELS which are meant.'
            )
        if feats and labels:
            return feats[0], labels[0]
        if feats:
            raise ValueError(
                f"{where}: '{feats[0]}' has no labels, such as '{prefix}{LABELS[0]}'; name them "
                f'with --{split} {feats[0]} LABELS. The arrays are {_listed(arrays)}.'
            )
    return None


def _class_names(
    given: str | None, arrays: dict[str, StoredArray], labels: StoredArray, where: str
) -> tuple[str, ...]:
    """Return the C names: of a file, of an array, or of labels that are names themselves."""
    known = next((name for name in NAMES if name in arrays), None)
    if given is not None and given not in arrays:
        found, source = _read_names(given, where, arrays), given
    elif given is not None or known is not None:
        array = arrays[known if given is None else given]
        found, source = _texts(array), array.where
    elif labels.value.dtype.kind in 'US':
        found, source = sorted(set(_texts(labels))), labels.where
    else:
        raise ValueError(
            f'{where}: the classes have no names; give them with --classes: a .txt with a name on '
            'each line, in the order of the labels, a .json with the list of them, or an array.'
        )
    try:
        return check_class_names(found)
    except ValueError as error:
        raise ValueError(f'{source}: {error}') from error


def _read_names(path: str, where: str, arrays: dict[str, StoredArray]) -> list[str]:
    """Read the names of classes from a text or JSON file."""
    if not path.endswith(('.txt', '.json', '.json.gz')):
        raise ValueError(
            f"{where}: there is no array '{path}' for the names of the classes, and no .txt or "
            f'.json file of that name; there are {_listed(arrays)}.'
        )
    if path.endswith('.txt'):
        text = read_text(path, 'a class name on each line')
        return [line.strip() for line in text.rstrip().split('\n')]
    return check_list(read_json(path, 'a list of the class names'), path)


def _texts(array: StoredArray) -> list[str]:
    """Return the strings of an array (N,)."""
    value = array.value
    if value.dtype.kind not in 'US' or value.ndim != 1:
        raise ValueError(
            f'{array.where} is {value.shape} of {value.dtype}; it must be a list of strings, '
            '(N,). Store one.'
        )
    try:
        texts = [text if isinstance(text, str) else text.decode() for text in value.tolist()]
        '\n'.join(texts).encode()
    except UnicodeError as error:
        raise ValueError(f'{array.where} has text that is not UTF-8 ({error}).') from error
    return texts


def _bank(feats: StoredArray, labels: StoredArray, classes: Sequence[str]) -> FeatureBank:
    """Make the bank of a split, or of the text."""
    values = _features(feats)
    indices = _labels(labels, classes)
    if len(values) != len(indices):
        raise ValueError(
            f'{feats.where} has {len(values)} rows, {labels.where} {len(indices)} labels; there '
            'must be one for each.'
        )
    return FeatureBank(values, indices)


def _features(array: StoredArray) -> torch.Tensor:
    """Return (N, D) float32, finite."""
    value = array.value
    if value.ndim != 2 or value.dtype.kind != 'f' or 0 in value.shape:
        raise ValueError(
            f'{array.where} is {value.shape} of {value.dtype}; features must be (N, D), of '
            'float16, float32 or float64. Store them so.'
        )
    with np.errstate(over='ignore'):
        feats = torch.from_numpy(np.array(value, dtype=np.float32, order='C'))
    bad = (~feats.isfinite()).any(dim=1).nonzero().flatten().tolist()
    if bad:
        column = int((~feats[bad[0]].isfinite()).nonzero()[0])
        raise ValueError(
            f'{array.where} has {len(bad)} rows that are not finite, the first is {bad[0]}: '
            f'{value[bad[0], column]} in column {column}. Encode these images again, or leave '
            'them out.'
        )
    return feats


def _labels(array: StoredArray, classes: Sequence[str]) -> torch.Tensor:
    """Return (N,) int64 of labels that are indices or names of classes."""
    value = array.value
    if value.ndim == 2 and value.shape[1] == 1:
        array = StoredArray(value[:, 0], array.where)
        value = array.value
    if value.dtype.kind in 'US':
        return _named_labels(_texts(array), classes, array.where)
    whole = value.dtype.kind in 'iu' or (value.dtype.kind == 'f' and (value == value.round()).all())
    if value.ndim != 1 or not whole:
        raise ValueError(
            f'{array.where} is {value.shape} of {value.dtype}, {shown(value.ravel()[:3].tolist())}'
            ' …; labels must be (N,), the index from 0 or the name of a class for each row.'
        )
    bad = np.flatnonzero((value < 0) | (value >= len(classes)))
    if bad.size:
        counted = value.min() == 1 and value.max() == len(classes)
        raise ValueError(
            f'{array.where}: row {bad[0]} has label {value[bad[0]]}; with {len(classes)} classes '
            f'labels lie in 0 .. {len(classes) - 1}. '
            + ('They count from 1 here: subtract 1.' if counted else 'Correct it.')
        )
    return torch.from_numpy(value.astype(np.int64))


def _named_labels(labels: Sequence[str], classes: Sequence[str], where: str) -> torch.Tensor:
    index = {name: label for label, name in enumerate(classes)}
    if len(index) < len(classes):
        raise ValueError(
            f'{where} has names for labels, but two classes share a name; give indices.'
        )
    strange = next((row for row, name in enumerate(labels) if name not in index), None)
    if strange is not None:
        raise ValueError(
            f'{where}: row {strange} is of {shown(labels[strange])}, which is none of the '
            f'{len(classes)} classes, {shown(list(classes))}. Correct it, or add the class.'
        )
    return torch.tensor([index[name] for name in labels], dtype=torch.long)


def _text_bank(
    given: Sequence[str], arrays: dict[str, StoredArray], classes: Sequence[str], where: str
) -> FeatureBank | None:
    """Make the bank of the sentences; None where there are none."""
    keys = [_find(key, arrays, where) for key in given]
    if not keys:
        keys = [f'text_{end}' for end in FEATS if f'text_{end}' in arrays][:1]
        keys += [f'text_{end}' for end in LABELS if keys and f'text_{end}' in arrays][:1]
    if not keys:
        return None
    feats = arrays[keys[0]]
    if len(keys) > 1:
        return _bank(feats, arrays[keys[1]], classes)
    values = feats.value
    rows_given = values.shape[0] if values.ndim else 0
    if values.ndim == 3 and rows_given == len(classes):  # (C, M, D)
        rows = np.repeat(np.arange(len(classes)), values.shape[1])
        feats = StoredArray(values.reshape(-1, values.shape[2]), feats.where)
    elif rows_given == len(classes):
        rows = np.arange(len(classes))
    else:
        raise ValueError(
            f'{feats.where} is {values.shape}, with {len(classes)} classes and no labels; give one '
            'row per class in the order of the classes, (C, M, D), or name the labels of the rows '
            'with --text FEATURES LABELS.'
        )
    return _bank(feats, StoredArray(rows, f'{feats.where}, its rows'), classes)


def _sentences(given: str | None, arrays: dict[str, StoredArray], number: int) -> list[str] | None:
    """Return the texts of the sentences; None where they are not stored."""
    key = given or next((name for name in SENTENCES if name in arrays), None)
    if key is None:
        return None
    texts = _texts(arrays[_find(key, arrays, 'the sentences')])
    if len(texts) != number:
        raise ValueError(
            f'{arrays[key].where} has {len(texts)} sentences for {number} rows of text features; '
            'there must be one for each.'
        )
    return texts
