# NCM: the nearest mean of the training images' embeddings, centred and of
# unit norm. DDP takes no model without a trainable parameter.
_base_ = 'linear_tiny.py'
row_name = 'NCM'
model = dict(
    backbone=dict(frozen=False),
    head=dict(
        _delete_=True, type='PrototypeClsHead', embed_dims=128,
        center=True, metric='euclidean'))
