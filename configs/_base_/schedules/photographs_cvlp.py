# photographs.py for stage 1; training images, as they are tested, score the
# sentences.
_base_ = 'photographs.py'
val_evaluator = dict(type='SentenceRetrieval')
test_evaluator = dict(type='SentenceRetrieval')
custom_hooks = [
    dict(type='SentenceBankHook'),
    dict(
        type='AnSSHook',
        images='train_dataloader',
        selector=dict(type='AnSS', num_anchors=64),
        max_images_per_class=50)
]
