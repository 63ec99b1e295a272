# PaCo on ResNet-50 as in the authors' code: 8192 keys, of which the first are
# chance; candidates are those of one GPU and the queue.
row_name = 'PaCo'
model = dict(
    type='PaCoClassifier',
    backbone=dict(type='ResNet', depth=50, zero_init_residual=False),
    neck=dict(type='GlobalAveragePooling'),
    projector=dict(
        type='MLPNeck', in_channels=2048, out_channels=128, norm=True),
    momentum_encoder=dict(momentum=0.001),
    queue=dict(length=8192, dims=128, start='paco'),
    head=dict(
        type='LinearClsHead', in_channels=2048,
        loss=dict(
            type='PaCoLoss', alpha=0.05, temperature=0.2, gather=False,
            prior_floor=1e-9)))
