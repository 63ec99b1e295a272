# LIFT from the tiny CLIP that demo/clip_tiny_shapes.py trains. Its image tower
# is a ResNet, which has no blocks for AdaptFormer: offsets of its biases and
# of the weights of its norms are trained. Its pooling gives the embedding.
_base_ = 'linear_tiny-clip.py'
prompt = dict(type='PromptTemplates', templates=['a photo of a {}.'])
model = dict(
    backbone=dict(
        frozen=False, tuner=dict(type='BiasTuner', norm_weights=True)),
    head=dict(
        _delete_=True,
        type='CosineLinearClsHead',
        in_channels=128,
        scale=25.0,
        loss=dict(type='LogitAdjustedLoss', tau=1.0)))
custom_hooks = [
    dict(
        type='TextClassifierInitHook',
        corpus=dict(sources=[prompt]),
        center='none',
        validate=True)
]
