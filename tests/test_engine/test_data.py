"""What a hook without a corpus, and with the name of a loader, stands for."""

import pytest
from mmengine.config import Config
from torch.utils.data import Subset

from vlltr_mm.datasets import TextCorpus, TextCorpusDataset
from vlltr_mm.engine.data import image_config, open_corpus

CLASSES = ('ant', 'bee')
PROMPTS = dict(type='PromptTemplates', templates=['a {}.'])


class Images:
    """Two images with names."""

    metainfo = dict(classes=CLASSES)

    def __len__(self):
        return 2

    def full_init(self):
        pass


@pytest.fixture
def corpus(tmp_path):
    return dict(sources=[PROMPTS], cache_dir=str(tmp_path))


def loaders(train):
    val = dict(type='ImageNetLT', split='val', pipeline=['evaluate'])
    test = dict(type='ImageNetLT', split='test', pipeline=['test'])
    names = ('train_dataloader', 'val_dataloader', 'test_dataloader')
    return Config({name: dict(dataset=d) for name, d in zip(names, (train, val, test))})


def test_the_open_corpus_is_shared(corpus):
    train_set = TextCorpusDataset(Images(), corpus)
    for dataset in (train_set, Subset(train_set, [0])):
        assert open_corpus(None, Config(), CLASSES, dataset) is train_set.corpus
    own = open_corpus(corpus, Config(), CLASSES, train_set)
    assert own is not train_set.corpus and own.fingerprint == train_set.corpus.fingerprint
    with pytest.raises(ValueError, match='corpus has 2 classes, the data set 3'):
        open_corpus(None, Config(), ('a', 'b', 'c'), train_set)


def test_the_corpus_of_a_training_set_that_is_not_built(corpus):
    text = dict(type='TextCorpusDataset', dataset='ImageNetLT', corpus=corpus)
    for train in (text, dict(type='RepeatDataset', times=2, dataset=text)):
        opened = open_corpus(None, loaders(train), CLASSES)
        assert isinstance(opened, TextCorpus) and opened.classes == CLASSES
    for cfg in (loaders(dict(type='ImageNetLT')), Config(dict(train_dataloader=None))):
        with pytest.raises(ValueError, match='no corpus.*TextCorpusDataset'):
            open_corpus(None, cfg, CLASSES, Images())


@pytest.mark.parametrize(
    'train',
    [
        dict(type='ImageNetLT', split='train', pipeline=['augment']),
        dict(
            type='TextCorpusDataset',
            corpus=dict(),
            dataset=dict(type='ImageNetLT', split='train', pipeline=['augment']),
        ),
        dict(
            type='TextCorpusDataset',
            corpus=dict(),
            dataset='ImageNetLT',
            split='train',
            pipeline=['augment'],
        ),
    ],
)
def test_images_by_the_name_of_a_loader(train):
    cfg = loaders(train)
    for split in ('train', 'val', 'test'):
        assert image_config(f'{split}_dataloader', cfg) == dict(
            type='ImageNetLT', split=split, pipeline=['evaluate']
        )
    assert cfg.train_dataloader.dataset == train
    cfg.val_dataloader = None
    assert image_config('train_dataloader', cfg)['pipeline'] == ['test']


def test_images_behind_wrappers_are_seen_once_each():
    text = dict(type='TextCorpusDataset', corpus=dict(), dataset='ImageNetLT', pipeline=['augment'])
    plain = dict(type='ImageNetLT', pipeline=['evaluate'])
    for wrap, expected in (
        (lambda d: dict(type='RepeatDataset', times=3, dataset=d), plain),
        (lambda d: dict(type='mmengine.RepeatDataset', times=3, dataset=d), plain),
        (lambda d: dict(type='ClassBalancedDataset', oversample_thr=1, dataset=d), plain),
        (
            lambda d: dict(type='RepeatDataset', times=2, dataset=dict(type='F', dataset=d)),
            dict(type='F', dataset=plain),
        ),
        (
            lambda d: dict(type='ConcatDataset', datasets=[d, d]),
            dict(type='ConcatDataset', datasets=[plain]),
        ),
        (
            lambda d: dict(type='KFoldDataset', fold=1, dataset=d),
            dict(type='KFoldDataset', fold=1, dataset=plain),
        ),
    ):
        for inner in (text, dict(type='ImageNetLT', pipeline=['augment'])):
            cfg = loaders(wrap(inner))
            before = cfg.pretty_text
            assert image_config('train_dataloader', cfg) == expected
            assert cfg.pretty_text == before
    cfg = loaders(dict(text, type='TextCorpusDataset', dataset=wrap(plain)))
    assert image_config('train_dataloader', cfg) == expected
    cfg.val_dataloader = dict(dataset=dict(type='RepeatDataset', times=2, dataset=plain))
    assert image_config('train_dataloader', cfg) == expected


def test_other_images_are_left_as_they_are():
    images = dict(type='ImageNetLT', split='val')
    assert image_config(images, Config()) is images
    assert image_config(None, Config()) is None


def test_errors():
    cfg = loaders(dict(type='ImageNetLT'))
    with pytest.raises(ValueError, match="images is 'val'; allowed .*'val_dataloader'"):
        image_config('val', cfg)
    cfg.val_dataloader = cfg.test_dataloader = None
    with pytest.raises(ValueError, match='neither val_dataloader nor test_dataloader'):
        image_config('train_dataloader', cfg)
