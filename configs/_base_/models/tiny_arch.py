# A 4.6 M-parameter CLIP: ModifiedResNet of four blocks, two text layers.
arch = dict(
    embed_dim=128,
    vision_cfg=dict(
        image_size=48, layers=(1, 1, 1, 1), width=16, head_width=64),
    text_cfg=dict(
        context_length=77, vocab_size=49408, width=64, heads=2, layers=2))
