# Stage 1 with OpenAI's CLIP ViT-B/16; QuickGELU is what it was trained with.
# The weights also come by download: model.vision_backbone.pretrained=openai
# model.text_backbone.pretrained=openai
_base_ = 'cvlp.py'
clip = dict(arch='ViT-B-16-quickgelu', pretrained='data/clip/ViT-B-16.pt')
model = dict(
    vision_backbone=dict(type='OpenCLIPVisionBackbone', **clip),
    text_backbone=dict(type='OpenCLIPTextBackbone', **clip))
