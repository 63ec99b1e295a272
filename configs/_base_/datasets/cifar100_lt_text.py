# cifar100_lt with one sentence of the image's class per training sample.
_base_ = 'cifar100_lt.py'
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/cifar100_lt/wiki')
])
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
