# LIFT+ with CLIP ViT-B/16 on Places-LT: 5 epochs at twice LIFT's rate, and
# squares that grow towards the whole image in place of its crops.
# Trained: the branches beside the MLPs, and the classifier.
# Literature, top1: 52.2, five crops (third party's, 5 to 11 seeds).
# Ours: not yet run.
# Launch: python tools/train.py configs/lift/lift-plus_vit-b16_places_lt.py
_base_ = 'lift_vit-b16_places_lt.py'
work_dir = 'work_dirs/lift-plus_vit-b16_places_lt'
row_name = 'LIFT+'
train_dataloader = dict(dataset=dict(pipeline={{_base_.lift_plus_train}}))
val_dataloader = dict(dataset=dict(pipeline={{_base_.lift_plus_test}}))
test_dataloader = dict(dataset=dict(pipeline={{_base_.lift_plus_test}}))
optim_wrapper = dict(optimizer=dict(lr=0.02))
param_scheduler = dict(T_max=5)
train_cfg = dict(max_epochs=5)
