# A stand-in for CLIP: an ImageNet classifier and a bag of words, made by
# tools/model_converters/make_stand_in_clip.py (docs/weights.md).
clip = 'work_dirs/stand_in_clip.safetensors'
arch = dict(
    embed_dim=512,
    vision_cfg=dict(
        timm_model_name='tf_efficientnet_lite0',
        timm_pool='avg',
        timm_proj='linear'),
    text_cfg=dict(
        context_length=77, vocab_size=49408, width=512, heads=8, layers=1),
    quick_gelu=False)
