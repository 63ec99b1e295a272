"""The stored features of a data set: its splits, its text and its anchors."""

import os.path as osp
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch

from ...structures import AnchorSet, ClassRecord, FeatureBank
from ...structures.anchor_set import pack_sentences
from ...utils.files import write_json
from ...utils.weights_digest import state_digest

SPLITS = ('pool', 'train', 'val', 'test')
_TEXT, _ANCHORS, _COUNTS = 'text.safetensors', 'anchors.safetensors', 'class_counts.json'


@dataclass
class FeatureSet:
    """Embeddings of one data set by one pair of towers.

    Args:
        classes (Sequence[str]): C names in the order of the labels.
        splits (dict[str, FeatureBank]): of ``SPLITS``; a pool is to be drawn
            from, and has no training set beside it.
        text (FeatureBank, optional): sentences of the classes. Defaults to
            None.
        anchors (AnchorSet, optional): the chosen ones of each class. Defaults
            to None.
        tower (str, optional): digest of the weights of the image tower.
            Defaults to None, unknown.

    Raises:
        ValueError: if widths differ, a label is of no class, or a class has
            neither training image nor place in the pool, or no text.
    """

    classes: Sequence[str]
    splits: dict[str, FeatureBank]
    text: FeatureBank | None = None
    anchors: AnchorSet | None = None
    tower: str | None = None
    width: int = field(init=False)

    def __post_init__(self):
        if {'pool', 'train'} <= set(self.splits) or not {'pool', 'train'} & set(self.splits):
            raise ValueError(
                f'The splits are {sorted(self.splits)}; give either train, or a pool to draw it '
                'from.'
            )
        self.splits = {name: self.splits[name] for name in SPLITS if name in self.splits}
        self.width = self.splits['pool' if 'pool' in self.splits else 'train'].feats.shape[1]
        for name, bank in (*self.splits.items(), ('text', self.text)):
            if bank is None:
                continue
            self._check_width(bank, name)
            if name in ('pool', 'train', 'text'):
                self._check_covered(bank, name)

    def _check_width(self, bank: FeatureBank, name: str):
        if bank.feats.shape[1] != self.width:
            raise ValueError(
                f'The features of {name} have width {bank.feats.shape[1]}, those of the images '
                f'{self.width}; all must be of one embedding space.'
            )
        if len(bank) and bank.labels.max() >= len(self.classes):
            raise ValueError(
                f'{name} has label {int(bank.labels.max())}, but there are {len(self.classes)} '
                'classes; labels count from 0. Correct the labels, or name all classes.'
            )

    def _check_covered(self, bank: FeatureBank, name: str):
        counts = torch.bincount(bank.labels, minlength=len(self.classes))
        bare = (counts == 0).nonzero().flatten().tolist()
        if bare:
            what = 'sentence' if name == 'text' else 'image'
            raise ValueError(
                f"Class {bare[0]} '{self.classes[bare[0]]}' has no {what} in {name} ({len(bare)} "
                f'of {len(self.classes)} classes have none); add some, or leave the class out.'
            )

    @property
    def class_counts(self) -> list[int] | None:
        """The training images of each class, (C,); None where they are yet to be drawn."""
        if 'train' not in self.splits:
            return None
        labels = self.splits['train'].labels
        return torch.bincount(labels, minlength=len(self.classes)).tolist()

    @property
    def record(self) -> ClassRecord:
        """What the features were made for."""
        return ClassRecord(self.classes, self.class_counts, tower=self.tower)

    def digest(self) -> str:
        """Hash all features, labels and class names, 64 hex digits."""
        tensors = {}
        for name, bank in (*self.splits.items(), ('text', self.text)):
            if bank is not None:
                tensors |= {f'{name}.feats': bank.feats, f'{name}.labels': bank.labels}
        if self.anchors is not None:
            tensors |= {'anchors': self.anchors.feats, 'mask': self.anchors.mask}
            tensors['logit_scale'] = torch.tensor(self.anchors.logit_scale)
        names = torch.frombuffer(bytearray('\n'.join(self.classes), 'utf-8'), dtype=torch.uint8)
        return state_digest({**tensors, 'classes': names})

    def save(self, folder: str) -> list[str]:
        """Write a file for each part, each with the class record.

        Args:
            folder (str): it is made.

        Returns:
            list[str]: the files: ``{pool,train,val,test,text}.safetensors``
            are those of ``FeatureBank``, ``anchors.safetensors`` is that of
            ``AnchorSet``, ``class_counts.json`` is read by losses.
        """
        record, files = self.record, []
        for name, bank in self.splits.items():
            files.append(osp.join(folder, f'{name}.safetensors'))
            meta = dict(bank.meta, kind='images', record=record.to_meta())
            FeatureBank(bank.feats, bank.labels, meta).save(files[-1])
        if self.text is not None:
            files.append(osp.join(folder, _TEXT))
            known = self.text.record
            made_by = known and dict(corpus=known.corpus, tower=known.tower)
            meta = replace(record, **(made_by or dict(tower=None))).to_meta()
            meta = dict(self.text.meta, kind='sentences', record=meta)
            FeatureBank(self.text.feats, self.text.labels, meta).save(files[-1])
        if self.anchors is not None:
            files.append(osp.join(folder, _ANCHORS))
            meta = dict(self.anchors.meta, class_counts=self.class_counts)
            replace(self.anchors, meta=meta).save(files[-1])
        if self.class_counts is not None:
            files.append(osp.join(folder, _COUNTS))
            write_json(files[-1], self.class_counts)
        return files

    @classmethod
    def load(cls, folder: str) -> 'FeatureSet':
        """Read what ``save`` wrote.

        Args:
            folder (str): a folder with a training set, or a pool.

        Raises:
            FileNotFoundError: if it has neither.
            ValueError: if a file is damaged, or of other classes than the
                others.
        """
        paths = {name: osp.join(folder, f'{name}.safetensors') for name in (*SPLITS, 'text')}
        banks = {name: FeatureBank.load(path) for name, path in paths.items() if osp.isfile(path)}
        if not {'pool', 'train'} & set(banks):
            raise FileNotFoundError(
                f"'{folder}' has neither train.safetensors nor pool.safetensors; name the folder "
                'that tools/dataset_converters/import_features.py or tools/encode_features.py '
                'wrote.'
            )
        records = {name: _record(bank, paths[name]) for name, bank in banks.items()}
        anchors = osp.join(folder, _ANCHORS)
        anchors = AnchorSet.load(anchors) if osp.isfile(anchors) else None
        if anchors is not None:
            records['anchors'] = anchors.record
        first = next(name for name in ('train', 'pool') if name in records)
        for name, record in records.items():
            record.check_classes(records[first], osp.join(folder, name), osp.join(folder, first))
        text, tower = banks.pop('text', None), records[first].tower
        try:
            return cls(list(records[first].classes), banks, text, anchors, tower)
        except ValueError as error:
            raise ValueError(f'{folder}: {error}') from error


def _record(bank: FeatureBank, path: str) -> ClassRecord:
    if 'record' not in bank.meta:
        raise ValueError(
            f'{path} does not say which classes it is of; import it with '
            'tools/dataset_converters/import_features.py, which wants their names.'
        )
    return ClassRecord.from_meta(bank.meta['record'], path)


def text_anchors(
    text: FeatureBank,
    classes: Sequence[str],
    logit_scale: float,
    sentences: Sequence[str] | None = None,
) -> AnchorSet:
    """Make every sentence of a class an anchor of it, in the given order.

    Args:
        text (FeatureBank): S sentences, of every class.
        classes (Sequence[str]): C names.
        logit_scale (float): log s of the towers.
        sentences (Sequence[str], optional): the S texts. Defaults to None,
            unknown.

    Returns:
        AnchorSet: (C, M, D), M being the most sentences of a class.
    """
    rows = [(text.labels == label).nonzero().flatten() for label in range(len(classes))]
    ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=-1)  # (C, M)
    mask = ids >= 0
    packed = None
    if sentences is not None:
        packed = pack_sentences([[sentences[i] for i in own.tolist()] for own in rows])
    return AnchorSet(
        text.feats[ids.clamp(min=0)] * mask.unsqueeze(2),
        mask,
        torch.full(ids.shape, float('nan')),
        ids,
        logit_scale,
        classes=list(classes),
        meta=dict(selector=None),
        packed_text=packed,
    )
