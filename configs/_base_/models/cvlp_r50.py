# Stage 1 with OpenAI's CLIP RN50; QuickGELU is what it was trained with.
# The weights also come by download: model.vision_backbone.pretrained=openai
# model.text_backbone.pretrained=openai
model = dict(
    type='CVLP',
    vision_backbone=dict(
        type='OpenCLIPVisionBackbone',
        arch='RN50-quickgelu',
        pretrained='data/clip/RN50.pt',
        norm_eval=True),
    text_backbone=dict(
        type='OpenCLIPTextBackbone',
        arch='RN50-quickgelu',
        pretrained='data/clip/RN50.pt'),
    loss=dict(type='ClassWiseContrastiveLoss', label_smooth=0.1),
    teacher=True,
    ccl_weight=0.5,
    distill_weight=0.5)
