# Stage 1 with the tiny CLIP, from scratch. There is no CLIP to stay near, so
# no teacher, and the contrastive loss has its full weight.
_base_ = ['tiny_arch.py', 'cvlp.py']
model = dict(
    vision_backbone=dict(
        type='OpenCLIPVisionBackbone', arch={{_base_.arch}}),
    text_backbone=dict(type='OpenCLIPTextBackbone', arch={{_base_.arch}}),
    teacher=False,
    ccl_weight=1.0)
