# Views of an image at 224 px for contrast, beside a data set of cnn_224.py:
# those of PaCo's code, by its names for them. MoCo v2's is steady_view there.
resized = dict(
    type='RandomResizedCrop', scale=224, crop_ratio_range=(0.08, 1.0),
    backend='pillow', interpolation='bilinear')
flipped = dict(type='RandomFlip', prob=0.5, direction='horizontal')
jittered = dict(
    type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4,
    backend='cv2')
greyed = dict(  # BGR, as images are here
    type='RandomGrayscale', prob=0.2, keep_channels=True,
    channel_weights=(0.114, 0.587, 0.2989))
blurred = dict(
    type='GaussianBlur', magnitude_range=(0.1, 2.0), magnitude_std='inf',
    prob=0.5)
rand_augment = dict(
    type='RandAugment', policies='timm_increasing', num_policies=2,
    total_level=10, magnitude_level=10, magnitude_std=0.5,
    hparams=dict(pad_val=[104, 116, 124], interpolation='bicubic'))
sim = [resized, jittered, greyed, blurred, flipped]
randcls = [resized, flipped, jittered, rand_augment]
stack = [resized, flipped, jittered, greyed, blurred]  # and RandAugment
