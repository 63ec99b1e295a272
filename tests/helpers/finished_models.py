"""Finished models of stage 2 on the tiny data, with everything a checkpoint carries."""

import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import MODELS
from tiny_runs import COUNTS, NAMES, write_tiny_runs

from vlltr_mm.structures import AnchorSet, ClassRecord
from vlltr_mm.structures.anchor_set import pack_sentences
from vlltr_mm.structures.sentence_origins import pack_origins
from vlltr_mm.utils.model import build_model
from vlltr_mm.utils.weights_digest import weights_digest

SENTENCES = [[f'{name} seen {how}' for how in ('whole', 'cut', 'far')] for name in NAMES]
SENTENCES[3] = SENTENCES[3][:2]  # one class has fewer
ORIGINS = [['prompts', 'prompts', 'a wiki']] * 3 + [['prompts', 'a wiki']]
KINDS = ('LGRHead', 'AdditiveLGRHead')  # heads that classes can be added to
GIVEN = {'black square': ['A black square.', 'It is dark.'], 'pink square': None}


def write_finished(root, kind='LGRHead', with_text=True, tuned=False, tower=None):
    """Write data, configs and a checkpoint of a head; return config and checkpoint."""
    config = root / 'stage2.py'
    if not config.is_file():
        write_tiny_runs(root)
    if kind != 'LGRHead':
        more = ', num_anchors=3' if kind == 'AdditiveLGRHead' else ''
        changed = f"head=dict(_delete_=True, type='{kind}', num_classes=4, in_channels=16{more})"
        if tuned:
            changed += ", backbone=dict(tuner=dict(type='BiasTuner', norm_weights=True))"
            kind = f'{kind}-tuned'
        config = root / f'{kind}.py'
        config.write_text(f"_base_ = 'stage2.py'\nmodel = dict({changed})\n")
    init_default_scope('mmpretrain')
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = build_model(Config.fromfile(str(config)))
        for tensor in model.parameters():
            tensor.data += 0.05 * torch.randn_like(tensor)  # so that images differ
        if hasattr(model.head, 'anchors'):
            model.head.anchors = _write_anchors(root / 'anchors.safetensors', with_text, tower)
            model.head.init_weights()
    record = ClassRecord(NAMES, COUNTS).to_meta()
    meta = dict(class_record=record, dataset_meta=dict(classes=NAMES))
    checkpoint = str(root / f'{kind}.pth')
    torch.save(dict(meta=meta, state_dict=model.state_dict()), checkpoint)
    return str(config), checkpoint


def _write_anchors(path, with_text, tower):
    mask = torch.ones(4, 3, dtype=torch.bool)
    mask[3, 2] = False
    feats = torch.randn(4, 3, 16) * mask.unsqueeze(2)
    losses, ids = torch.zeros(2, 4, 3)
    text = pack_sentences(SENTENCES) if with_text else None
    meta = dict(class_counts=list(COUNTS), tower=tower)
    places = [int(origin == 'a wiki') for own in ORIGINS for origin in own]
    origins = pack_origins(['prompts', 'a wiki'], places) if with_text else None
    AnchorSet(feats, mask, losses, ids, 1.0, list(NAMES), meta, text, origins).save(str(path))
    return str(path)


def write_text_tower(root, seed=5):
    """Write a stage-1 checkpoint of the tiny runs; return it and the digest of its text tower."""
    if not (root / 'stage1.py').is_file():
        write_tiny_runs(root)
    init_default_scope('mmpretrain')
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = build_model(Config.fromfile(str(root / 'stage1.py')))
    checkpoint = str(root / f'stage1_{seed}.pth')
    torch.save(dict(state_dict=model.state_dict()), checkpoint)
    return checkpoint, weights_digest(model.text_backbone)


def build_finished(config, checkpoint):
    """Return the model of a checkpoint, in eval mode."""
    cfg = Config.fromfile(config)
    model = MODELS.build(dict(cfg.model, data_preprocessor=cfg.data_preprocessor))
    model.load_state_dict(torch.load(checkpoint, weights_only=True)['state_dict'])
    return model.eval()
