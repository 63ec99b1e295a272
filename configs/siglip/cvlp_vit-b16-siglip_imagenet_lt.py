# VL-LTR with SigLIP ViT-B/16 on ImageNet-LT, stage 1. Not in the paper;
# schedule and rates are those of cvlp_vit-b16_imagenet_lt. The corpus has the
# tokenizer of the text tower: 64 tokens with the padding.
# Ours: not yet run.
# Launch: tools/dist_train.sh \
#    configs/siglip/cvlp_vit-b16-siglip_imagenet_lt.py 8
_base_ = [
    '../_base_/models/cvlp_vit-b16-siglip.py',
    '../_base_/datasets/imagenet_lt_siglip.py', '../_base_/schedules/cvlp.py',
    '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/cvlp_vit-b16-siglip_imagenet_lt'
train_dataloader = dict(batch_size=128, dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT',
    corpus=dict(tokenizer={{_base_.tokenizer}}, **_base_.corpus)))
optim_wrapper = dict(optimizer=dict(lr=3.5e-5))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-6 / 3.5e-5, begin=0, end=5),
    dict(type='CosineAnnealingLR', eta_min=0, T_max=45, begin=5, end=50)
]
auto_scale_lr = dict(base_batch_size=1024, enable=False)
