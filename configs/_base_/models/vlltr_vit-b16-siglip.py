# Stage 2 on SigLIP's ViT-B/16.
_base_ = ['siglip_arch.py', 'vlltr.py']
model = dict(
    backbone=dict(arch={{_base_.arch}}), head=dict(in_channels=768))
