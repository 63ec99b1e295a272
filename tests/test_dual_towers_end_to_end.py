"""The whole chain with dual towers of other kinds than CLIP's, as a user runs it."""

from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from dist_utils import run_ranks
from dual_towers import eva_arch, siglip_arch, write_sentencepiece
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmpretrain.registry import MODELS
from tiny_runs import NAMES, write_tiny_runs

from vlltr_mm import apis
from vlltr_mm.apis import check_recipe, train
from vlltr_mm.apis.checks.corpus import check_corpus, corpus_of_config
from vlltr_mm.apis.export import export_classifier
from vlltr_mm.apis.features import encoding
from vlltr_mm.datasets import TextCorpus
from vlltr_mm.engine.encoding import build_sentence_bank
from vlltr_mm.models import OpenCLIPTextBackbone
from vlltr_mm.structures import AnchorSet, FeatureBank
from vlltr_mm.utils.checkpoint import load_checkpoint_file

pytestmark = pytest.mark.slow  # each trains
ARCHS = dict(siglip=siglip_arch(), eva=eva_arch())
WIDTHS = dict(siglip=64, eva=16)

_STAGE1 = """
for key in ('vision_backbone', 'text_backbone'):
    model[key]['arch'] = dict(_delete_=True, **{arch!r})
model['vision_backbone']['img_size'] = 48
train_dataloader['dataset']['corpus']['tokenizer'] = {tokenizer!r}
custom_hooks.append(dict(type='TeacherTextBankHook'))
"""
_STAGE2 = """
model['backbone'].update(arch=dict(_delete_=True, **{arch!r}), img_size=48)
model['head']['in_channels'] = {width}
"""
_ADDITIVE = """
model['head'].update(
    _delete_=True, type='AdditiveLGRHead',
    loss=dict(type='LogitAdjustedLoss', class_counts=[24, 12, 6, 3]))
"""


def write_runs(root, kind, additive=False):
    """Write both configs with towers of a kind; return their paths and the tokenizer."""
    stage1, stage2 = write_tiny_runs(root)
    tokenizer = dict(arch=ARCHS[kind])
    if kind == 'siglip':
        tokenizer['file'] = write_sentencepiece(root / 'tokenizer')
    with open(stage1, 'a') as config:
        config.write(_STAGE1.format(arch=ARCHS[kind], tokenizer=tokenizer))
    with open(stage2, 'a') as config:
        config.write(_STAGE2.format(arch=ARCHS[kind], width=WIDTHS[kind]))
        config.write(_ADDITIVE if additive else '')
    return stage1, stage2, tokenizer


def corpus_of(stage1):
    cfg = Config.fromfile(stage1).train_dataloader.dataset.corpus
    return TextCorpus.from_cfg(cfg, [name.replace('_', ' ') for name in NAMES])


def embed_by_open_clip(checkpoint, prefix, kind, tokens):
    """Embed full contexts with open_clip's own model and the weights of a checkpoint."""
    arch = {k: v for k, v in ARCHS[kind].items() if k != 'custom_text'}
    model = open_clip.CustomTextCLIP(**arch).eval()
    state = load_checkpoint_file(checkpoint)['state_dict']
    own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
    model.text.load_state_dict(own)
    with torch.no_grad():
        return model.encode_text(tokens, normalize=False)


@pytest.mark.parametrize('kind, additive', [('siglip', False), ('eva', True)])
def test_one_command_trains_both_stages(tmp_path, kind, additive):
    stage1, stage2, _ = write_runs(tmp_path, kind, additive)
    train(stage2)
    folder = tmp_path / 'runs/stage1'
    anchors = AnchorSet.load(folder / 'anchors.safetensors')
    corpus = corpus_of(stage1)
    assert anchors.feats.shape == (4, 3, WIDTHS[kind]) and anchors.losses.isfinite().all()
    assert anchors.meta['corpus'] == corpus.fingerprint
    tokens = torch.cat([corpus.tokens(label) for label in range(4)])
    assert tokens.shape[1] == ARCHS[kind]['text_cfg']['context_length']
    whole = embed_by_open_clip(str(folder / 'epoch_2.pth'), 'text_backbone.text.', kind, tokens)
    # Other batches, and for EVA fewer columns: sums in another order.
    torch.testing.assert_close(
        anchors.feats,
        whole[anchors.sentence_ids.clamp(min=0)] * anchors.mask[..., None],
        atol=1e-4,
        rtol=1e-4,
    )
    bank = FeatureBank.load(folder / 'teacher_text_bank.safetensors')
    prefix = 'teacher.text_backbone.text.'
    teacher = embed_by_open_clip(str(folder / 'epoch_2.pth'), prefix, kind, tokens)
    torch.testing.assert_close(bank.feats, teacher, atol=1e-4, rtol=1e-4)
    check_checkpoint_alone(stage2, str(tmp_path / 'runs/stage2/epoch_2.pth'), anchors)


def check_checkpoint_alone(stage2, checkpoint, anchors):
    """Rebuild tower and head from a checkpoint, without anchors, corpus or text tower."""
    metrics = apis.test(stage2, checkpoint)
    assert set(metrics) == {f'accuracy/{key}' for key in ('top1', 'many', 'medium', 'few')}
    cfg = Config.fromfile(stage2)
    init_default_scope('mmpretrain')
    cfg.model.head.anchors, cfg.model.backbone.pretrained = None, None
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor)).eval()
    model.load_state_dict(load_checkpoint_file(checkpoint)['state_dict'])
    assert torch.equal(model.head.anchor_feats, anchors.feats)
    scores = model(torch.randn(2, 3, 48, 48), mode='tensor')
    assert scores.shape == (2, 4) and scores.isfinite().all()
    if torch.__version__ >= (2, 9):
        folder = str(Path(checkpoint).with_name('exported'))
        report = export_classifier(stage2, checkpoint, folder, format='torch-export')
        assert report.parity.images == 12


def test_tokens_of_another_tower_are_refused_before_training(tmp_path):
    stage1, stage2, _ = write_runs(tmp_path, 'siglip')
    assert [r.problems for r in check_recipe(stage2, num_gpus=1)] == [[], []]
    with open(stage1, 'a') as config:
        config.write("del train_dataloader['dataset']['corpus']['tokenizer']\n")
    wanted = 'The corpus has other tokens than the text tower reads: tokenizer CLIP for tiny/siglip'
    cfg = Config.fromfile(stage1)
    cfg.custom_hooks = []  # without those that encode the corpus
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    with pytest.raises(ValueError, match=wanted):
        Runner.from_cfg(cfg).train()
    with pytest.raises(ValueError, match=wanted):
        build_sentence_bank(OpenCLIPTextBackbone(ARCHS['siglip']), corpus_of(stage1))
    problems = check_recipe(stage1, num_gpus=1)[0].problems
    assert len(problems) == 1 and problems[0].startswith(wanted)
    assert "file='…/tokenizer.json'" in problems[0]


def test_features_of_folders(tmp_path):
    stage1, _, tokenizer = write_runs(tmp_path, 'siglip')
    model = encoding.stage1_model(Config.fromfile(stage1))
    sets = encoding.config_sets(Config.fromfile(stage1))
    sources = [dict(type='PromptTemplates', templates=['a photo of a {}.', 'the {}'])]
    file = dict(file=tokenizer['file'])
    found = encoding.encode_features(model, sets, sources, 1, num_workers=0, tokenizer=file)
    assert found.text.feats.shape == (8, 64) and found.anchors.feats.shape == (4, 1, 64)
    corpus = TextCorpus(found.classes, sources, tokenizer=tokenizer)
    tokens = torch.cat([corpus.tokens(label) for label in range(4)])
    with torch.no_grad():
        expected = model.text_backbone.text(tokens)
    torch.testing.assert_close(found.text.feats, expected, atol=1e-5, rtol=1e-5)
    with pytest.raises(ValueError, match='has the tokenizer of tiny/siglip; fetch its tokenizer'):
        encoding.encode_features(model, sets, sources, 1, num_workers=0)


def test_the_check_of_the_corpus_counts_with_its_tokenizer(tmp_path):
    stage1, _, _ = write_runs(tmp_path, 'siglip')
    report = check_corpus(*corpus_of_config(stage1))
    assert report.limit == 12 and not report.problems
    corpus = corpus_of(stage1)
    cut = np.minimum(report.stats.token_lengths, 12)
    assert cut.tolist() == corpus.token_lengths.tolist()
    assert report.stats.num_cut == int((report.stats.token_lengths > 12).sum()) > 0


def bank_of(rank, world_size, file, cache):
    """Encode a corpus in this process."""
    torch.manual_seed(0)
    tower = OpenCLIPTextBackbone(siglip_arch())
    corpus = TextCorpus(
        NAMES,
        [dict(type='PromptTemplates', templates=['a photo of a {}.', 'the {}', '{}'])],
        cache_dir=cache,
        tokenizer=dict(arch=siglip_arch(), file=file),
    )
    tokens = torch.cat([corpus.tokens(label) for label in range(len(NAMES))])
    with torch.no_grad():
        whole = tower.eval().text(tokens)
    bank = build_sentence_bank(tower, corpus, batch_size=2)
    return bank.feats.numpy(), whole.numpy(), corpus.fingerprint


def test_two_ranks_encode_what_one_does(tmp_path):
    file, cache = write_sentencepiece(tmp_path), str(tmp_path / 'cache')
    alone, whole, fingerprint = bank_of(0, 1, file, cache)
    np.testing.assert_allclose(alone, whole, atol=1e-5)
    for feats, _, other in run_ranks(bank_of, file, cache):
        np.testing.assert_allclose(feats, alone, atol=1e-6)
        assert other == fingerprint
