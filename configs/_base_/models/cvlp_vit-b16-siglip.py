# Stage 1 with SigLIP's ViT-B/16. Its scale is above CLIP's bound of 100, and
# its logit_bias, a constant to a softmax, is left out.
_base_ = ['siglip_arch.py', 'cvlp.py']
model = dict(
    max_logit_scale=None,
    vision_backbone=dict(
        type='OpenCLIPVisionBackbone', arch={{_base_.arch}},
        pretrained={{_base_.clip}}),
    text_backbone=dict(
        type='OpenCLIPTextBackbone', arch={{_base_.arch}},
        pretrained={{_base_.clip}}))
