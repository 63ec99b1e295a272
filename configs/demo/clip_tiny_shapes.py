# The tiny CLIP that the tiny-clip configs start from, in place of OpenAI's:
# trained from scratch on balanced pictures of *other* compounds of the same
# attributes.
# Launch: python tools/train.py configs/demo/clip_tiny_shapes.py
_base_ = [
    '../_base_/models/cvlp_tiny.py', '../_base_/datasets/shapes_lt.py',
    '../_base_/schedules/tiny_cvlp.py', '../_base_/default_runtime.py'
]
work_dir = 'work_dirs/clip_tiny_shapes'
starting_point = True  # one for all seeds, as a downloaded CLIP would be
root = 'data/shapes_clip'
corpus = dict(sources=[
    dict(type='PromptTemplates'),
    dict(type='WikiTexts', root=f'{root}/wiki')
])
class_counts = f'{root}/ImageNet_LT_train.txt'
data_preprocessor = dict(num_classes=240)
train_dataloader = dict(dataset=dict(
    type='TextCorpusDataset', dataset='ImageNetLT', corpus=corpus,
    data_root=root))
val_dataloader = dict(dataset=dict(data_root=root))
test_dataloader = dict(dataset=dict(data_root=root, split='val'))
custom_hooks = [dict(type='SentenceBankHook')]
