# Zero-shot CLIP: the class whose 80 prompts are nearest. DDP takes no model
# without a trainable parameter.
_base_ = 'linear_r50.py'
row_name = 'Zero-shot CLIP'
clip = dict(arch='RN50-quickgelu', pretrained='data/clip/RN50.pt')
model = dict(
    backbone=dict(**clip, frozen=False),
    head=dict(_delete_=True, type='PrototypeClsHead', embed_dims=1024))
custom_hooks = [
    dict(
        type='FeatureBankHook',
        corpus=dict(sources=[dict(type='PromptTemplates')]),
        text_backbone=dict(type='OpenCLIPTextBackbone', **clip))
]
