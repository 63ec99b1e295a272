# kNN: the vote of the 5 nearest training images. Nothing is trained.
# Launch: python tools/test.py configs/features/knn_vit-b32_pets24.py
_base_ = 'ncm_vit-b32_pets24.py'
work_dir = 'work_dirs/knn_vit-b32_pets24'
row_name = 'kNN, 5 images'
model = dict(
    head=dict(
        _delete_=True, type='KNNClsHead',
        num_classes={{_base_.num_classes}}, k=5))
