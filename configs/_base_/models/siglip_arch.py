# SigLIP's ViT-B/16: weights, and the tokenizer of its text tower, which pads
# with its end token and reads the padding (docs/weights.md says where both
# come from). The weights also come by download: clip=webli
arch = 'ViT-B-16-SigLIP'
clip = 'data/siglip/open_clip_model.safetensors'
tokenizer = dict(arch=arch, file='data/siglip/tokenizer.json')
