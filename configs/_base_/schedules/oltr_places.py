# OLTR's second stage on Places-LT: 30 epochs; of the network only the neck is
# trained, at a hundredth of the rate of classifier and centroids.
_base_ = 'oltr_stage1.py'
optim_wrapper = dict(
    optimizer=dict(lr=0.01),
    paramwise_cfg=dict(custom_keys=dict(neck=dict(lr_mult=0.01))))
