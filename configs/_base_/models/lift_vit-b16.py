# LIFT: a small branch beside the MLP of each block of CLIP's ViT-B/16, which
# stays as it is, and a cosine classifier on the class token before CLIP's
# projection, which starts from the text of the class names. The width of the
# branches follows from the number of classes. The loss needs class_counts.
prompt = dict(type='PromptTemplates', templates=['a photo of a {}.'])
model = dict(
    type='ImageClassifier',
    backbone=dict(
        type='OpenCLIPVisionBackbone',
        arch='ViT-B-16-quickgelu',
        pretrained='data/clip/ViT-B-16.pt',
        out_type='cls_token',
        tuner=dict(type='AdaptFormer')),
    head=dict(
        type='CosineLinearClsHead',
        in_channels=768,
        scale=25.0,
        loss=dict(type='LogitAdjustedLoss', tau=1.0)))
custom_hooks = [
    dict(
        type='TextClassifierInitHook',
        corpus=dict(sources=[prompt]),
        center='none',
        validate=True)
]
