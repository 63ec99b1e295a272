"""One sentence of its class for every sample."""

import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, ConcatDataset, RepeatDataset
from mmpretrain.datasets import BaseDataset
from mmpretrain.registry import DATASETS, TRANSFORMS
from mmpretrain.structures import DataSample
from torch.utils.data import DataLoader

from vlltr_mm.datasets import TextCorpus, TextCorpusDataset
from vlltr_mm.datasets.text_corpus_dataset import corpus_config, find_corpus, image_set_config
from vlltr_mm.utils.dataset_facts import read_classes, read_gt_labels

NAMES = ('cat', 'dog', 'sea')
LABELS = [0, 0, 1, 2, 2, 1]
PIPELINE = [dict(type='PackInputs')]


@DATASETS.register_module()
class FewSamples(BaseDataset):
    METAINFO = dict(classes=NAMES)

    def load_data_list(self):
        return [dict(img=np.zeros((2, 2, 3), np.uint8), gt_label=y) for y in LABELS]


@DATASETS.register_module()
class NamesFromFiles(FewSamples):
    METAINFO = {}

    def load_data_list(self):
        self._metainfo['classes'] = NAMES
        return super().load_data_list()


@TRANSFORMS.register_module()
class BreakFirst:
    """Drops sample 0, so that the data set takes another."""

    def __call__(self, results):
        return None if results['sample_idx'] == 0 else results


@pytest.fixture(scope='module')
def cfg(tmp_path_factory):
    templates = [f'{{}} {i}' for i in range(4)]
    return dict(
        sources=[dict(type='PromptTemplates', templates=templates)],
        cache_dir=str(tmp_path_factory.mktemp('cache')),
    )


def few(**kwargs):
    return {**dict(type='FewSamples', ann_file='', pipeline=PIPELINE), **kwargs}


def own_sentences(corpus, label):
    return {tuple(corpus.token_ids(s).tolist()) for s in range(*corpus.class_slice(label))}


def test_every_sentence_of_the_class_and_no_other_is_drawn(cfg):
    dataset = TextCorpusDataset(few(), cfg)
    torch.manual_seed(0)
    for index, label in enumerate(LABELS):
        seen = []
        for _ in range(200):
            sample = dataset[index]['data_samples']
            assert isinstance(sample, DataSample)
            assert sample.text_tokens.dtype == torch.int64
            assert int(sample.gt_label) == label
            seen.append(tuple(sample.text_tokens.tolist()))
        assert set(seen) == own_sentences(dataset.corpus, label)
        # 200 uniform draws of 4: 50 each, standard deviation 6.
        assert min(seen.count(s) for s in set(seen)) > 20


def test_sentence_follows_the_sample_that_replaced_a_broken_one(cfg):
    dataset = TextCorpusDataset(few(pipeline=[dict(type='BreakFirst'), *PIPELINE]), cfg)
    labels = set()
    for _ in range(40):
        sample = dataset[0]['data_samples']
        label = int(sample.gt_label)
        labels.add(label)
        assert tuple(sample.text_tokens.tolist()) in own_sentences(dataset.corpus, label)
    assert len(labels) > 1


def collate(batch):
    return [tuple(d['data_samples'].text_tokens.tolist()) for d in batch]


def load(dataset, seed):
    loader = DataLoader(
        dataset,
        batch_size=2,
        num_workers=2,
        collate_fn=collate,
        generator=torch.Generator().manual_seed(seed),
    )
    return [tokens for batch in loader for tokens in batch]


def test_workers_draw_from_the_loaders_seed(cfg):
    dataset = TextCorpusDataset(few(), cfg)
    first = load(dataset, 1)
    assert first == load(dataset, 1)
    assert any(load(dataset, seed) != first for seed in range(2, 6))
    assert all(
        tokens in own_sentences(dataset.corpus, label) for tokens, label in zip(first, LABELS)
    )


def test_delegation(cfg):
    dataset = TextCorpusDataset(few(lazy_init=True), cfg)
    assert not dataset.dataset._fully_initialized
    dataset.full_init()
    assert dataset.dataset._fully_initialized
    assert dataset.metainfo['classes'] == dataset.CLASSES == NAMES
    assert len(dataset) == 6
    assert dataset.get_gt_labels().tolist() == LABELS
    assert dataset.get_cat_ids(3) == [2]
    assert dataset.get_data_info(2)['gt_label'] == 1


@pytest.mark.parametrize(
    'wrap,labels',
    [
        (lambda d: ConcatDataset([d, d]), LABELS * 2),
        (lambda d: RepeatDataset(d, 3), LABELS * 3),
        (lambda d: dict(type='RepeatDataset', times=2, dataset=d), LABELS * 2),
        (lambda d: dict(type='ConcatDataset', datasets=[d, d]), LABELS * 2),
        (lambda d: dict(type='KFoldDataset', dataset=d, num_splits=3), LABELS[2:]),
        (lambda d: dict(type='ClassBalancedDataset', dataset=d, oversample_thr=0.1), LABELS),
    ],
)
def test_other_wrappers_inside(cfg, wrap, labels):
    dataset = TextCorpusDataset(wrap(few()), cfg)
    assert len(dataset) == len(labels)
    assert dataset.get_gt_labels().tolist() == labels
    assert [dataset.get_cat_ids(i)[0] for i in range(len(labels))] == labels
    assert tuple(dataset[len(labels) - 1]['data_samples'].text_tokens.tolist()) in own_sentences(
        dataset.corpus, labels[-1]
    )


def test_registered_and_usable_inside_other_wrappers(cfg):
    inner = dict(type='TextCorpusDataset', dataset=few(), corpus=cfg)
    dataset = DATASETS.build(inner)
    assert isinstance(dataset, TextCorpusDataset)
    assert read_gt_labels(torch.utils.data.ConcatDataset([dataset, dataset])).tolist() == LABELS * 2


@pytest.mark.parametrize(
    'wrapper, labels',
    [
        (dict(type='RepeatDataset', times=2), LABELS * 2),
        (dict(type='ClassBalancedDataset', oversample_thr=0.1), LABELS),
        (dict(type='KFoldDataset', num_splits=3), LABELS[2:]),
        (dict(type='ConcatDataset'), LABELS * 2),
    ],
)
def test_all_wrappers_outside(cfg, wrapper, labels):
    text = dict(type='TextCorpusDataset', dataset=few(), corpus=cfg)
    parts = dict(datasets=[text, text]) if 'Concat' in wrapper['type'] else dict(dataset=text)
    dataset = DATASETS.build(dict(wrapper, **parts))
    assert read_gt_labels(dataset).tolist() == labels
    assert read_classes(dataset) == NAMES and dataset.metainfo['classes'] == NAMES
    corpus = find_corpus(dataset)
    for index, label in enumerate(labels):
        sample = dataset[index]['data_samples']
        assert tuple(sample.text_tokens.tolist()) in own_sentences(corpus, label)
    assert corpus_config(dict(wrapper, **parts)) == cfg
    images = image_set_config(dict(wrapper, **parts))
    assert images == dict(
        wrapper, **(dict(datasets=[few()] * 2) if 'datasets' in parts else dict(dataset=few()))
    )


def test_parts_with_different_text(cfg):
    text = dict(type='TextCorpusDataset', dataset=few(), corpus=cfg)
    other = dict(text, corpus=dict(cfg, sources=[dict(type='PromptTemplates', templates=['{}'])]))
    for parts in ([text, other], [text, few()], [few(), text]):
        built = torch.utils.data.ConcatDataset([DATASETS.build(part) for part in parts])
        with pytest.raises(ValueError, match='different text, or only some have text; concatenate'):
            find_corpus(built)
        with pytest.raises(ValueError, match='different text, or only some have text; concatenate'):
            corpus_config(dict(type='ConcatDataset', datasets=parts))
    assert find_corpus(torch.utils.data.ConcatDataset([DATASETS.build(few())] * 2)) is None


def test_subsets_keep_the_corpus(cfg):
    dataset = TextCorpusDataset(few(), cfg)
    subset = dataset.get_subset([5, 0])
    assert subset.get_gt_labels().tolist() == [1, 0] and subset.corpus is dataset.corpus
    dataset.get_subset_([3])
    assert dataset.get_gt_labels().tolist() == [2]


@pytest.mark.parametrize('wrap', [lambda d: d, lambda d: RepeatDataset(d, 2)])
def test_the_pipeline_may_be_watched(cfg, wrap):
    """As MMPretrain's browse_dataset.py does."""
    dataset = TextCorpusDataset(wrap(FewSamples('', pipeline=PIPELINE)), cfg)
    seen = []

    class Watched(Compose):
        def __call__(self, data):
            seen.append(data['gt_label'])
            return super().__call__(data)

    dataset.pipeline = Watched(dataset.pipeline.transforms)
    assert 'text_tokens' in dataset[2]['data_samples'] and seen == [LABELS[2]]


def test_classes_known_only_after_loading(cfg):
    dataset = TextCorpusDataset(few(type='NamesFromFiles', lazy_init=True), cfg)
    assert dataset.corpus.classes == NAMES


def test_given_corpus_is_used_as_it_is(cfg):
    corpus = TextCorpus(classes=NAMES, **cfg)
    dataset = TextCorpusDataset(FewSamples('', pipeline=PIPELINE), corpus)
    assert dataset.corpus is corpus


def test_images_by_the_name_of_their_type(cfg):
    named = dict(few(), type='TextCorpusDataset', dataset='FewSamples', corpus=cfg)
    dataset = DATASETS.build(named)
    assert isinstance(dataset.dataset, FewSamples)
    assert dataset.get_gt_labels().tolist() == LABELS
    torch.manual_seed(0)
    first = [dataset[i]['data_samples'].text_index for i in range(6)]
    torch.manual_seed(0)
    whole = TextCorpusDataset(few(), cfg)
    assert first == [whole[i]['data_samples'].text_index for i in range(6)]


@pytest.mark.parametrize(
    'text',
    [
        dict(few(), type='TextCorpusDataset', dataset='FewSamples', corpus={}),
        dict(type='mmpretrain.TextCorpusDataset', dataset=few(), corpus={}),
        few(),
    ],
)
def test_the_config_of_the_images_alone(text):
    before = dict(text)
    assert image_set_config(text) == few()
    assert text == before


def test_errors(cfg):
    with pytest.raises(TypeError, match=r"\['split'\] beside a whole data set"):
        TextCorpusDataset(few(), cfg, split='train')
    with pytest.raises(ValueError, match='2 classes, the data set 3'):
        TextCorpusDataset(few(), dict(classes=['a', 'b'], **cfg))
    with pytest.raises(TypeError, match='FewSamples.*PackInputs'):
        TextCorpusDataset(few(pipeline=[]), cfg)[0]
    with pytest.raises(ValueError, match="no 'classes'"):
        TextCorpusDataset(torch.utils.data.TensorDataset(torch.ones(2)), cfg)
    with pytest.raises(TypeError, match='TensorDataset has neither'):
        read_gt_labels(torch.utils.data.TensorDataset(torch.ones(2)))
