# Stage 1 with OpenAI's CLIP RN50; QuickGELU is what it was trained with.
# The weights also come by download: model.vision_backbone.pretrained=openai
# model.text_backbone.pretrained=openai
_base_ = 'cvlp.py'
clip = dict(arch='RN50-quickgelu', pretrained='data/clip/RN50.pt')
model = dict(
    vision_backbone=dict(
        type='OpenCLIPVisionBackbone', **clip, norm_eval=True),
    text_backbone=dict(type='OpenCLIPTextBackbone', **clip))
