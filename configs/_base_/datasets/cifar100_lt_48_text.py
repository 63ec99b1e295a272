# cifar100_lt_48 with one sentence of the image's class per training sample.
_base_ = 'cifar100_lt_48.py'
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root='data/cifar100_lt/wiki')
])
# The images that score the sentences, as they are tested.
anchor_images = dict(
    type='ImageNetLT',
    data_root='data/cifar100_lt',
    ann_file='CIFAR100_LT_train.txt',
    train_ann_file='CIFAR100_LT_train.txt',
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
