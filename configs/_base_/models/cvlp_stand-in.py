# Stage 1 from the stand-in for CLIP. BatchNorm keeps ImageNet's statistics.
_base_ = ['stand-in_arch.py', 'cvlp.py']
model = dict(
    vision_backbone=dict(
        type='OpenCLIPVisionBackbone', arch={{_base_.arch}},
        pretrained={{_base_.clip}}, norm_eval=True),
    text_backbone=dict(
        type='OpenCLIPTextBackbone', arch={{_base_.arch}},
        pretrained={{_base_.clip}}))
