# Zero-shot: the class whose prompts are nearest, with towers as they come.
# DDP takes no model without a trainable parameter, so none is frozen. Towers,
# widths and the corpus of prompts are the config's.
row_name = 'Zero-shot CLIP'
model = dict(
    type='ImageClassifier',
    backbone=dict(type='OpenCLIPVisionBackbone'),
    head=dict(type='PrototypeClsHead'))
