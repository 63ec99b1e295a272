# Stage 1 with OpenAI's CLIP ViT-B/16; QuickGELU is what it was trained with.
# The weights also come by download: model.vision_backbone.pretrained=openai
# model.text_backbone.pretrained=openai
model = dict(
    type='CVLP',
    vision_backbone=dict(
        type='OpenCLIPVisionBackbone',
        arch='ViT-B-16-quickgelu',
        pretrained='data/clip/ViT-B-16.pt'),
    text_backbone=dict(
        type='OpenCLIPTextBackbone',
        arch='ViT-B-16-quickgelu',
        pretrained='data/clip/ViT-B-16.pt'),
    loss=dict(type='ClassWiseContrastiveLoss', label_smooth=0.1),
    teacher=True,
    ccl_weight=0.5,
    distill_weight=0.5)
