# inat18 with one sentence of the image's class per training sample.
_base_ = 'inat18.py'
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/iNat/wiki')
])
# The images that score the sentences: training images, as they are tested.
# (The first implementation drew augmented ones, and of some classes none.)
anchor_images = dict(
    type='INaturalist2018',
    data_root='data/iNat',
    split='train',
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
