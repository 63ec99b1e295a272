# τ-normalized: a linear head, its weights divided by |w|^τ; τ is chosen
# on val.
_base_ = 'linear_r50.py'
row_name = 'τ-normalized'
model = dict(
    head=dict(_delete_=True, type='TauNormClsHead', in_channels=1024))
custom_hooks = [
    dict(
        type='TauSweepHook',
        images='val_dataloader',
        taus=(0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2,
              1.3, 1.4, 1.5, 1.6, 1.7, 1.8, 1.9, 2.0))
]
