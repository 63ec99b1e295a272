"""Readers of text of classes, anchors and features."""

import gzip
import io
import json
import tempfile

import numpy as np
import torch
from fuzz_inputs import (
    damaged_arguments,
    damaged_bytes,
    damaged_json,
    damaged_lines,
    damaged_safetensors,
)
from fuzz_list_readers import odd_text, write
from fuzz_trials import Reader
from hypothesis import strategies as st

from vlltr_mm.datasets import (
    FeatureDataset,
    JsonDescriptions,
    PromptTemplates,
    SourceText,
    WikiTexts,
)
from vlltr_mm.datasets.corpus.corpus_files import read_corpus, write_corpus
from vlltr_mm.structures import AnchorSet, FeatureBank
from vlltr_mm.structures.tensor_file import load_tensors, save_tensors

CLASSES = ('crane', 'sand_bar')
ARTICLE = 'Cranes are tall birds. They dance, i.e. they jump.\n\nA crane eats frogs.\n'
DESCRIPTIONS = dict(crane=['A tall bird.', 'It dances.'], **{'sand-bar': ['A bank of sand.']})
PROMPTS = ['a photo of a {}.', 'a {}.']
CORPUS = 'corpus'
ANCHORS = AnchorSet(
    feats=torch.arange(16, dtype=torch.float32).reshape(2, 2, 4) + 1,
    mask=torch.tensor([[True, True], [True, False]]),
    losses=torch.tensor([[0.5, 0.7], [0.1, float('nan')]]),
    sentence_ids=torch.tensor([[4, 0], [6, -1]]),
    logit_scale=4.6,
    classes=['crane', 'sand bar'],
)
BANK = FeatureBank(torch.eye(4)[:, :3] + 1, torch.tensor([0, 1, 0, 1]), dict(views=2))


def odd_sentences(value, content) -> str | None:
    """Check the sentences of every class, and that a class without any is told."""
    if len(value.sentences) != len(CLASSES):
        return 'not a list for each class'
    for label, own in enumerate(value.sentences):
        if any(odd_text(text.replace('\n', ' ')) or text != text.strip() for text in own):
            return f'odd sentences of class {label}'
        if not own and label not in value.missing:
            return f'class {label} is missing without a word'
    return None


def odd_described(value, content) -> str | None:
    """Check that sentences stand in the file as strings."""
    if isinstance(content, bytes):
        raw = json.loads(content.decode('utf-8-sig'))
        entries = raw.values() if isinstance(raw, dict) else raw
        lists = [own for own in entries if isinstance(own, list)]  # others are of no class
        known = {text.strip() for own in lists for text in own if isinstance(text, str)}
        if any(text not in known for own in value.sentences for text in own):
            return 'sentences that do not stand in the file'
    return odd_sentences(value, content)


def odd_tensors(tensors: dict) -> str | None:
    """Check numbers that a model computes with."""
    for name, tensor in tensors.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor.float()).all():
            return f'{name} is not finite'
        if tensor.is_complex():
            return f'{name} is complex'
    return None


def odd_anchors(value, content) -> str | None:
    """Check shapes, masks, ids and what is not scored."""
    num_classes, num_anchors, _ = value.feats.shape
    if len(value.classes) != num_classes or any(map(odd_text, value.classes)):
        return 'odd classes'
    shapes = {tuple(t.shape) for t in (value.mask, value.losses, value.sentence_ids)}
    if shapes != {(num_classes, num_anchors)} or value.mask.dtype != torch.bool:
        return 'odd shapes'
    if value.sentence_ids.is_floating_point() or (value.sentence_ids[value.mask] < 0).any():
        return 'odd sentence ids'
    losses = value.losses[value.mask]
    if not losses.is_floating_point() or losses.isinf().any():
        return 'odd losses'
    if type(value.logit_scale) not in (int, float) or not -20 < value.logit_scale < 20:
        return 'odd logit scale'
    return odd_tensors(dict(feats=value.feats)) or (
        'odd features' if not value.feats.is_floating_point() else None
    )


def odd_bank(value, content) -> str | None:
    """Check features and labels."""
    if not value.feats.is_floating_point() or value.labels.is_floating_point():
        return 'odd types'
    if len(value.labels) and (value.labels.min() < 0 or value.labels.dtype == torch.bool):
        return 'odd labels'
    if not isinstance(value.meta, dict):
        return 'odd meta'
    return odd_tensors(dict(feats=value.feats))


def odd_features(value, content) -> str | None:
    """Use a data set of features as a runner does."""
    labels = value.get_gt_labels()
    if len(labels) != len(value) or not len(labels) or labels.min() < 0:
        return 'odd labels'
    inputs = torch.stack([value[i]['inputs'] for i in range(len(value))])
    return odd_tensors(dict(inputs=inputs))


def _write_corpus(folder):
    (folder / CORPUS).mkdir(exist_ok=True)
    text = SourceText(
        [['A bird.', 'Tall.'], ['Sand.']], origin_names=['Own'], origins=[[0, 0], [0]]
    )
    write_corpus(str(folder / CORPUS), CLASSES, text)


def odd_corpus(value, content) -> str | None:
    """Read all sentences of a corpus."""
    arrays, meta = value
    if not isinstance(meta['fingerprint'], str) or type(meta['warning']) not in (str, type(None)):
        return 'odd meta'
    ids, labels, offsets = (arrays[name] for name in ('ids', 'labels', 'id_offsets'))
    if (np.diff(offsets) < 2).any() or (np.diff(arrays['text_offsets']) < 0).any() or offsets[0]:
        return 'odd offsets'
    if (np.diff(labels) < 0).any() or (labels < 0).any() or (ids > 49407).any():
        return 'odd labels or ids'
    origins = arrays['origins']
    if len(origins) != len(labels) or not all(meta['origin_names'][i] for i in origins.tolist()):
        return 'odd origins'
    return None


def _array(good: np.ndarray):
    """Damaged .npy files of one array."""
    large = np.iinfo(good.dtype).max // 2**23
    forms = [good, good[:-1], good[::-1], good.astype(float), good - 9, good.reshape(1, -1)]
    forms += [np.append(good, large), good * large, good.astype('>i4'), good[:0], good.astype('U')]

    def whole(array):
        file = io.BytesIO()
        np.save(file, array)
        return file.getvalue()

    return st.one_of(
        st.sampled_from(forms[1:]).map(whole),
        damaged_bytes(whole(good)),
        damaged_bytes(whole(good)),
    )


def _corpus_reader(file: str, inputs) -> Reader:
    return Reader(
        f'cached corpus, {file}',
        _write_corpus,
        lambda folder: read_corpus(str(folder / CORPUS)),
        inputs,
        lambda value: value[0]['labels'].tolist() == [0, 0, 1],
        odd_corpus,
        f'{CORPUS}/{file}',
        (CORPUS,),
        (RuntimeError,),
    )


def safetensors_reader(name, saved, read, inputs, known, odd):
    """Make the reader of a file that ``saved`` writes."""
    return Reader(
        name,
        lambda folder: saved(str(folder / 'file.safetensors')),
        lambda folder: read(str(folder / 'file.safetensors')),
        inputs,
        known,
        odd,
        'file.safetensors',
    )


def stored(thing) -> tuple[dict, dict]:
    """Return tensors and JSON values that ``save`` writes."""
    with tempfile.TemporaryDirectory() as folder:
        thing.save(f'{folder}/file.safetensors')
        return load_tensors(f'{folder}/file.safetensors')


_PACKED = gzip.compress(json.dumps(DESCRIPTIONS).encode(), mtime=0)
_FINGERPRINT = dict(fingerprint='0' * 64, warning=None, origin_names=['Own'], origins='0' * 64)
TEXT_READERS = [
    Reader(
        'article of a class',
        write({'desc_0.txt': ARTICLE, 'desc_1.txt': ARTICLE}),
        lambda folder: WikiTexts(str(folder)).read(CLASSES),
        st.one_of(damaged_lines(ARTICLE), damaged_bytes(ARTICLE.encode())),
        lambda value: value.sentences[0][-1] == 'A crane eats frogs.',
        odd_sentences,
        'desc_1.txt',
    ),
    Reader(
        'packed descriptions',
        lambda folder: (folder / 'text.json.gz').write_bytes(_PACKED),
        lambda folder: JsonDescriptions(str(folder / 'text.json.gz')).read(CLASSES),
        st.one_of(damaged_bytes(_PACKED), damaged_json(DESCRIPTIONS).map(gzip.compress)),
        lambda value: value.sentences == [*DESCRIPTIONS.values()],
        odd_sentences,
        'text.json.gz',
    ),
    *(
        Reader(
            f'descriptions by {by}',
            write({'text.json': DESCRIPTIONS}),
            lambda folder, by=by: JsonDescriptions(str(folder / 'text.json'), by).read(CLASSES),
            damaged_json(DESCRIPTIONS),
            lambda value: value.sentences == [*DESCRIPTIONS.values()],
            odd_described,
            'text.json',
        )
        for by in ('name', 'index')
    ),
    Reader(
        'prompts as an argument',
        write({}),
        lambda folder, templates: PromptTemplates(templates).read(CLASSES),
        damaged_arguments(PROMPTS).filter(lambda value: value is not None),
        lambda value: value.sentences[0] == ['a photo of a crane.', 'a crane.'],
        lambda value, content: (
            'odd templates' if not isinstance(content, list) else odd_sentences(value, content)
        ),
        named=('templates',),
        errors=(TypeError,),
        good=PROMPTS,
    ),
    Reader(
        'prompts of a file',
        write({'prompts.txt': '\n'.join(PROMPTS)}),
        lambda folder: PromptTemplates(folder / 'prompts.txt').read(CLASSES),
        st.one_of(damaged_lines('\n'.join(PROMPTS)), damaged_bytes('\n'.join(PROMPTS).encode())),
        lambda value: value.sentences[0] == ['a photo of a crane.', 'a crane.'],
        odd_sentences,
        'prompts.txt',
    ),
    _corpus_reader('meta.json', damaged_json(_FINGERPRINT)),
    _corpus_reader('labels.npy', _array(np.array([0, 0, 1]))),
    _corpus_reader('id_offsets.npy', _array(np.array([0, 5, 9, 13]))),
    _corpus_reader('text_offsets.npy', _array(np.array([0, 7, 12, 17]))),
    _corpus_reader('origins.npy', _array(np.zeros(3, np.int32))),
    safetensors_reader(
        'anchors',
        ANCHORS.save,
        AnchorSet.load,
        damaged_safetensors(*stored(ANCHORS)),
        lambda value: value.classes == ANCHORS.classes and torch.equal(value.feats, ANCHORS.feats),
        odd_anchors,
    ),
    safetensors_reader(
        'feature bank',
        BANK.save,
        FeatureBank.load,
        damaged_safetensors(*stored(BANK)),
        lambda value: torch.equal(value.feats, BANK.feats) and value.meta['views'] == 2,
        odd_bank,
    ),
    safetensors_reader(
        'stored features',
        BANK.save,
        lambda path: FeatureDataset(path, views=2),
        damaged_safetensors(*stored(BANK)),
        lambda value: value.get_gt_labels().tolist() == [0, 1],
        odd_features,
    ),
    safetensors_reader(
        'tensors with meta',
        lambda path: save_tensors(path, dict(a=torch.ones(2)), dict(b=[1])),
        load_tensors,
        damaged_safetensors(dict(a=torch.ones(2)), dict(b=[1])),
        lambda value: value[0]['a'].tolist() == [1, 1] and value[1] == dict(b=[1]),
        lambda value, content: None if isinstance(value[1], dict) else 'odd meta',
    ),
]
