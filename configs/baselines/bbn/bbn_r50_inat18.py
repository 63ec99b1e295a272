# BBN on iNaturalist 2018: ResNet-50, of each pair one image as it comes and
# one of a class drawn with 1/n; the longer of the two schedules. The paper
# names another learning rate, 0.4; this is the one of the code.
# Paper, top1: 69.6.
# Ours: not yet run.
# Launch: tools/dist_train.sh configs/baselines/bbn/bbn_r50_inat18.py 8
_base_ = [
    '../../_base_/models/bbn.py',
    '../../_base_/datasets/inat18_cnn_in1k.py',
    '../../_base_/schedules/bbn.py',
    '../../_base_/default_runtime.py'
]
work_dir = 'work_dirs/bbn_r50_inat18'
data_preprocessor = dict(type='DualSampleDataPreprocessor')
model = dict(head=dict(num_classes=8142))
train_dataloader = dict(
    batch_size=16,  # of 8 GPUs
    dataset=dict(
        _delete_=True, type='DualSampleDataset', power=-1,
        dataset=dict(
            **_base_.images, split='train',
            pipeline={{_base_.train_pipeline}})))
