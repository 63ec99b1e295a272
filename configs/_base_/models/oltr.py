# OLTR's second stage: attention over the last map, a 512-d feature, and what a
# memory of centroids adds to it. The centroids have the gradient of the
# authors' code.
row_name = 'OLTR'
model = dict(
    type='ImageClassifier',
    neck=dict(type='OLTRNeck', out_channels=512),
    head=dict(
        type='MetaEmbeddingClsHead', in_channels=512,
        loss=dict(type='CrossEntropyLoss'),
        feature_loss=dict(
            type='AttractRepelLoss', loss_weight=0.01, repel_weight=0.01,
            margin=10.0, centroid_grad='official')))
