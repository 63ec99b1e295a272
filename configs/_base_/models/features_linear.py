# A linear head on stored embeddings.
_base_ = 'features.py'
model = dict(
    head=dict(
        type='LinearClsHead', loss=dict(type='CrossEntropyLoss')))
