# The demo: the language-guided head on the tower of stage 1, which goes on
# being trained, as on iNaturalist.
# Launch: python tools/train.py configs/demo/vlltr_tiny_shapes_lt.py
# (runs stage 1 where its outputs are missing)
_base_ = [
    '../_base_/models/vlltr_tiny.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_lgr.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/vlltr_tiny_shapes_lt'
pretrain_config = 'cvlp_tiny_shapes_lt.py'
pretrain_work_dir = 'work_dirs/cvlp_tiny_shapes_lt'
model = dict(
    backbone=dict(
        frozen=False, pretrained=f'{pretrain_work_dir}/epoch_15.pth'),
    head=dict(
        num_classes=60,
        anchors=f'{pretrain_work_dir}/anchors.safetensors'))
train_cfg = dict(max_epochs=10, val_interval=10)
