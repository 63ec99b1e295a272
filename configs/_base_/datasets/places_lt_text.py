# places_lt with one sentence of the image's class per training sample.
_base_ = 'places_lt.py'
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/places/wiki')
])
# The images that score the sentences: val, 20 a class, for parity with the
# first implementation; split='train' keeps them apart from model selection.
anchor_images = dict(
    type='PlacesLT',
    data_root='data/places',
    split='val',
    pipeline={{_base_.test_pipeline}})
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='TextCorpusDataset',
        corpus=corpus,
        dataset={{_base_.train_dataloader.dataset}}))
val_evaluator = dict(
    _delete_=True,
    type='SentenceRetrieval',
    thresholds=(20, 100),
    rule='field')
test_evaluator = val_evaluator
