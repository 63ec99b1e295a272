# SSD, stage 3: a network from scratch with two classifiers, one for the labels
# and one for the logits of stage 2, whose BatchNorm uses the batch.
row_name = 'SSD, stage 3'
tower = dict(
    backbone=dict(type='ResNeXt', depth=50, groups=32, width_per_group=4),
    neck=dict(type='GlobalAveragePooling'))
model = dict(
    type='DistilledClassifier',
    **tower,
    head=dict(
        type='DualDistillClsHead', in_channels=2048,
        loss=dict(type='CrossEntropyLoss')),
    teacher=dict(
        type='ImageClassifier', **tower,
        head=dict(type='LWSClsHead', in_channels=2048)),
    temperature=2.0,
    teacher_eval=False)
