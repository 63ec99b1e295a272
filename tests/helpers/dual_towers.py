"""Tiny dual towers of other kinds than CLIP's, and the tokenizers that go with them."""

import json
import string

import open_clip
import torch
from timm.models import is_model, register_model
from timm.models.eva import Eva

VOCAB = 40
WORDS = ['a', 'the', 'photo', 'of', 'square', 'red', 'green', 'blue', 'white', 'colour']
SENTENCEPIECE = ['<pad>', '</s>', '<unk>', '▁', *(f'▁{word}' for word in WORDS)]
SENTENCEPIECE += string.ascii_lowercase
BERT = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', *WORDS]
# What the kinds of open_clip's text towers change of CLIP's, all of them.
TEXT = {
    'clip': {},
    'siglip': dict(
        no_causal_mask=True, pool_type='last', proj_bias=True, norm_kwargs=dict(eps=1e-6)
    ),
    'siglip2': dict(
        no_causal_mask=True, pool_type='last', proj_bias=True, act_kwargs=dict(approximate='tanh')
    ),
    'siglip-i18n': dict(no_causal_mask=True, pool_type='last', proj_type='none'),
    'clipa': dict(no_causal_mask=True, pool_type='last'),
    'mobileclip': dict(no_causal_mask=True),
    'coca': dict(embed_cls=True),
    'worldwide': dict(pool_type='eos', eos_id=3),
    'first': dict(pool_type='first', no_causal_mask=True),
    'causal-last': dict(pool_type='last', ls_init_value=0.5),
}
# Of the same, those that read nothing behind the end of a text.
TRIMMED = ('clip', 'worldwide')


def text_arch(kind, **changes):
    """Return an architecture with a tiny text tower of a kind of ``TEXT``, L = 12."""
    sizes = dict(context_length=12, vocab_size=VOCAB, width=16, heads=2, layers=2)
    return dict(
        embed_dim=16,
        vision_cfg=dict(image_size=16, patch_size=8, layers=1, width=16, head_width=16),
        text_cfg=dict(sizes, **TEXT[kind], **changes),
    )


def siglip_arch(context_length=12, vocab_size=VOCAB):
    """Return a tiny SigLIP: map pooling, and a text tower that reads its padding."""
    return dict(
        embed_dim=64,
        init_logit_bias=-10,
        custom_text=True,
        vision_cfg=dict(
            image_size=160, timm_model_name='test_vit', timm_pool='map', timm_proj='none'
        ),
        text_cfg=dict(
            TEXT['siglip'],
            context_length=context_length,
            vocab_size=vocab_size,
            hf_tokenizer_name='tiny/siglip',
            tokenizer_kwargs=dict(clean='canonicalize'),
            width=16,
            heads=2,
            layers=1,
        ),
    )


def tiny_eva02(pretrained=False, pretrained_cfg=None, cache_dir=None, **kwargs):
    """Build EVA-02 in small: rotary positions, SwiGLU, two layers, 48 px."""
    kwargs.pop('pretrained_cfg_overlay', None)
    sizes = dict(img_size=48, patch_size=12, embed_dim=32, depth=2, num_heads=2, mlp_ratio=2)
    return Eva(
        swiglu_mlp=True, use_rot_pos_emb=True, ref_feat_shape=(4, 4), **dict(sizes, **kwargs)
    )


if not is_model('tiny_eva02'):  # pytest imports helpers by two names
    register_model(tiny_eva02)


def eva_arch():
    """Return a tiny EVA: a transformer of timm with a CLIP's text tower."""
    return dict(
        embed_dim=16,
        custom_text=True,
        vision_cfg=dict(
            image_size=48, timm_model_name='tiny_eva02', timm_pool='token', timm_proj=None
        ),
        text_cfg=dict(context_length=77, vocab_size=49408, width=16, heads=2, layers=1),
    )


def whole_model(arch, seed=0):
    """Build open_clip's own model of an architecture, in eval, with weights of no pattern."""
    arch = {key: value for key, value in arch.items() if key != 'custom_text'}
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = open_clip.CustomTextCLIP(**arch).eval()
        for tensor in model.state_dict().values():
            if tensor.is_floating_point() and tensor.ndim:
                tensor += 0.3 * torch.rand_like(tensor)
    return model


def token_rows(lengths=(3, 7, 5), width=12, pad_id=0, end_id=VOCAB - 1, seed=0):
    """Make sentences (N, width) int64: words, the end, padding."""
    generator = torch.Generator().manual_seed(seed)
    tokens = torch.full((len(lengths), width), pad_id)
    for row, length in zip(tokens, lengths):
        row[: length - 1] = torch.randint(4, VOCAB - 2, (length - 1,), generator=generator)
        row[length - 1] = end_id
    return tokens


def write_sentencepiece(folder, **config):
    """Write a tokenizer of SigLIP's kind, 40 ids, padded with its end; return its file."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    scores = [0.0, 0.0, 0.0, -4.0, *(-2.0 for _ in WORDS)]
    scores += [-6.0] * (len(SENTENCEPIECE) - len(scores))
    tokenizer = Tokenizer(models.Unigram(list(zip(SENTENCEPIECE, scores)), unk_id=2))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.add_special_tokens(['<pad>', '</s>', '<unk>'])
    tokenizer.post_processor = processors.TemplateProcessing(
        single='$A </s>', special_tokens=[('</s>', 1)]
    )
    return _write(folder, tokenizer, dict(dict(pad_token='</s>', eos_token='</s>'), **config))


def write_bert(folder, **config):
    """Write a tokenizer of BERT's kind; return its file."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    ids = {word: number for number, word in enumerate(BERT)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token='[UNK]'))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens(BERT[:4])
    tokenizer.post_processor = processors.TemplateProcessing(
        single='[CLS] $A [SEP]', special_tokens=[('[CLS]', 2), ('[SEP]', 3)]
    )
    return _write(folder, tokenizer, config)


def _write(folder, tokenizer, config):
    folder.mkdir(exist_ok=True, parents=True)
    path = folder / 'tokenizer.json'
    tokenizer.save(str(path))
    if config:
        (folder / 'tokenizer_config.json').write_text(json.dumps(config))
    return str(path)
