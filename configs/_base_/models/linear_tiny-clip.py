# linear_tiny from the tiny CLIP that demo/clip_tiny_shapes.py trains.
_base_ = 'linear_tiny.py'
pretrain_config = 'clip_tiny_shapes.py'
pretrain_work_dir = 'work_dirs/clip_tiny_shapes'
model = dict(
    backbone=dict(pretrained=f'{pretrain_work_dir}/epoch_12.pth'))
