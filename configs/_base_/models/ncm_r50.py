# NCM: the nearest mean of the training images' embeddings, centred and of
# unit norm. DDP takes no model without a trainable parameter.
_base_ = 'linear_r50.py'
row_name = 'NCM'
model = dict(
    backbone=dict(frozen=False),
    head=dict(
        _delete_=True, type='PrototypeClsHead', embed_dims=1024,
        center=True, metric='euclidean'))
