"""Classes added by text: scores, files, the tools on them, and what is refused."""

import shutil
import sys
from threading import Thread

import add_classes as add_classes_tool
import pytest
import torch
from finished_models import GIVEN, KINDS, SENTENCES, build_finished, write_finished
from mmengine.config import Config
from mmengine.utils import manager
from tiny_runs import COUNTS, NAMES

from vlltr_mm.apis import RunOptions, predict
from vlltr_mm.apis import test as run_test
from vlltr_mm.apis.export import export_classifier
from vlltr_mm.apis.inference import find_images
from vlltr_mm.apis.new_classes import add_classes
from vlltr_mm.datasets.corpus.clip_tokens import encode_texts, imagenet_templates
from vlltr_mm.structures import ClassRecord

C, K, M = 4, 2, 3
ALL = [*NAMES, *GIVEN]


def load(path):
    return torch.load(path, weights_only=True)


def embed(root, tower, sentences):
    """Embed sentences one by one with the tower of the checkpoint."""
    model = build_finished(str(root / 'stage1.py'), tower[0]).text_backbone
    feats = []
    for sentence in sentences:
        ids, _ = encode_texts([sentence])
        tokens = torch.zeros(1, 77, dtype=torch.long)
        tokens[0, : len(ids)] = torch.from_numpy(ids.astype('int64'))
        with torch.no_grad():
            feats.append(model(tokens)[-1][0])
    return torch.stack(feats)


def test_the_checkpoint_has_the_anchors_of_all(root, tower, added):
    (_, before), report = added
    old, new = load(before)['state_dict'], load(report.checkpoint)['state_dict']
    assert new['head.anchor_feats'].shape == (C + K, M, 16)
    assert new['head.anchor_mask'].sum(1).tolist() == [3, 3, 3, 2, 2, 3]
    templates = [text.replace('{}', 'pink square') for text in imagenet_templates()[:M]]
    for label, sentences in ((C, GIVEN['black square']), (C + 1, templates)):
        feats = new['head.anchor_feats'][label, : len(sentences)]
        torch.testing.assert_close(feats, embed(root, tower, sentences), rtol=1e-4, atol=1e-5)
    assert not new['head.anchor_feats'][C, 2:].any()
    changed = {'head.anchor_record', 'head.anchor_text', 'head.anchor_feats', 'head.anchor_mask'}
    assert old.keys() == new.keys()
    for key in old.keys() - changed:
        assert torch.equal(old[key], new[key]), key
    assert torch.equal(new['head.anchor_feats'][:C], old['head.anchor_feats'])


def test_it_says_whose_classes_it_has(added):
    _, report = added
    content = load(report.checkpoint)
    record = ClassRecord.from_meta(content['meta']['class_record'], 'it')
    assert record == ClassRecord(ALL, [*COUNTS, 0, 0])
    model = build_finished(report.config, report.checkpoint)
    made_for = model.head.anchor_record.made_for
    assert made_for.classes == tuple(ALL) and made_for.class_counts == (*COUNTS, 0, 0)
    text = model.head.anchor_record.text(model.head.anchor_mask)
    assert text[:C] == SENTENCES and text[C] == GIVEN['black square'] and len(text[C + 1]) == M
    assert model.head.anchor_record.losses[C:] == [[None] * M] * K
    assert report.anchors == {'black square': 2, 'pink square': 3}


def test_old_classes_keep_their_scores_among_themselves(root, added):
    (config, before), report = added
    old, new = build_finished(config, before), build_finished(report.config, report.checkpoint)
    feats = (torch.randn(9, 16, generator=torch.Generator().manual_seed(1)),)
    with torch.no_grad():
        was, is_now = old.head(feats).softmax(1), new.head(feats).softmax(1)
    assert is_now[:, C:].min() > 1e-4
    kept = is_now[:, :C] / is_now[:, :C].sum(1, keepdim=True)
    torch.testing.assert_close(kept, was, rtol=1e-4, atol=1e-6)
    assert kept.argsort(1).equal(was.argsort(1))


def test_predictions_name_new_classes_and_their_sentences(root, added):
    _, report = added
    images = find_images([str(root / 'data' / 'test')])[:3]
    for result in predict(report.config, report.checkpoint, images, topk=C + K, device='cpu'):
        found = {c.name: c for c in result.classes}
        assert set(found) == set(ALL)
        assert {s for s, _ in found['black square'].sentences} == set(GIVEN['black square'])
        assert found['pink square'].count == 0 and found[NAMES[0]].count == COUNTS[0]
        assert sum(c.score for c in result.classes) == pytest.approx(1, abs=1e-5)


def write_all(root):
    """Write lists in which some test images are of the new classes; return the folder."""
    folder = root / 'all'
    if not folder.is_dir():
        folder.mkdir()
        lines = [f's{i} {i} {name}\n' for i, name in enumerate(ALL)]
        (folder / 'labels.txt').write_text(''.join(lines))
        for split in ('train', 'test'):
            source = root / 'data' / f'ImageNet_LT_{split}.txt'
            rows = [line.split() for line in source.read_text().splitlines()]
            if split == 'test':
                for label in (C, C + 1):
                    path = f'test/{ALL[label].replace(" ", "_")}/0.jpg'
                    (root / 'more' / path).parent.mkdir(parents=True)
                    shutil.copy(root / 'data' / rows[label][0], root / 'more' / path)
                    rows.append([f'../more/{path}', str(label)])
            text = ''.join(f'{root}/data/{path} {label}\n' for path, label in rows)
            (folder / f'ImageNet_LT_{split}.txt').write_text(text)
    return str(folder)


def test_the_test_measures_seen_and_unseen(root, added):
    _, report = added
    options = {'test_dataloader.dataset.data_root': write_all(root)}
    options['work_dir'] = str(root / 'test')
    metrics = run_test(report.config, report.checkpoint, RunOptions(cfg_options=options))
    found = [metrics[f'accuracy/{key}'] for key in ('seen', 'unseen', 'harmonic_mean')]
    assert found[2] == pytest.approx(2 * found[0] * found[1] / (sum(found[:2]) or 1))


def test_another_thread_can_build_models_meanwhile(added):
    """MMEngine's lock is free after a head was switched to eval without a runner."""
    _, report = added
    build_finished(report.config, report.checkpoint)
    free = []

    def take():
        free.append(manager._lock.acquire(timeout=5))
        if free[0]:
            manager._lock.release()

    thread = Thread(target=take)
    thread.start()
    thread.join()
    assert free == [True]


def test_more_can_be_added_to_what_was_added(root, tower, added):
    _, report = added
    (root / 'more.json').write_text('["grey square"]')
    out = str(root / 'extended' / f'more_{report.config.rpartition("/")[2]}.pth')
    more = add_classes(report.config, report.checkpoint, str(root / 'more.json'), out, tower[0])
    first = build_finished(report.config, report.checkpoint).head
    second = build_finished(more.config, more.checkpoint).head
    assert second.num_classes == 7 and second.num_text_classes == 3
    assert second.anchor_record.made_for.classes == (*ALL, 'grey square')
    feats = (torch.randn(5, 16),)
    with torch.no_grad():
        was, is_now = first(feats).softmax(1), second(feats).softmax(1)[:, : C + K]
    torch.testing.assert_close(is_now / is_now.sum(1, keepdim=True), was, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize('kind', KINDS)
def test_offset_and_prior_of_the_text(root, tower, kind):
    config, checkpoint = write_finished(root, kind, tower=tower[1])
    content = load(checkpoint)
    prior = torch.tensor([0.5, -0.5, 1.0, -2.0])
    content['state_dict']['head.text_prior.log_prior'] = prior
    with_prior = str(root / f'prior_{kind}.pth')
    torch.save(content, with_prior)
    names, out = str(root / 'names.json'), str(root / f'offset_{kind}.pth')
    for source, expected in ((checkpoint, [0.0] * 4 + [-1.5] * 2), (with_prior, None)):
        report = add_classes(config, source, names, out, tower[0], offset=1.5)
        head = build_finished(report.config, out).head
        expected = expected or [*prior.tolist(), *[-0.25 - 1.5] * 2]
        assert head.text_prior.log_prior.tolist() == pytest.approx(expected)
    feats = torch.randn(5, 16)
    with torch.no_grad():
        shifted = head.language_logits(feats)
        head.text_prior._is_set = False
        plain = head.language_logits(feats)
    torch.testing.assert_close(shifted, plain - torch.tensor(expected))


@pytest.mark.parametrize('kind', KINDS)
def test_the_budget_chooses_on_validation_images_of_old_classes(root, tower, kind):
    config, checkpoint = write_finished(root, kind, tower=tower[1])
    names, out = str(root / 'names.json'), str(root / f'budget_{kind}.pth')
    given = {'val_dataloader.dataset.split': 'val', 'test_dataloader.dataset.split': 'test'}
    report = add_classes(config, checkpoint, names, out, tower[0], budget=10, cfg_options=given)
    images = find_images([str(root / 'data' / 'val')])
    old = [p.classes[0].label for p in predict(config, checkpoint, images, device='cpu')]
    labels = [NAMES.index(path.split('/')[-2]) for path in images]
    new = [p.classes[0].label for p in predict(report.config, out, images, device='cpu')]
    lost = sum(o == y and n >= C for o, n, y in zip(old, new, labels))
    assert lost <= 1.2  # 10 % of 12 images
    same = {'val_dataloader.dataset.split': 'test', 'test_dataloader.dataset.split': 'test'}
    with pytest.raises(ValueError, match='12 of the 12 images of .* are in the test set of'):
        add_classes(config, checkpoint, names, out, tower[0], budget=10, cfg_options=same)


def test_the_tool(root, tower, monkeypatch, capsys):
    guided = write_finished(root, tower=tower[1])
    out = str(root / 'by_tool.pth')
    args = [*guided, str(root / 'names.json'), out, '--text-checkpoint', tower[0]]
    monkeypatch.setattr(sys, 'argv', ['add_classes.py', *args, '--offset', '0.5'])
    add_classes_tool.main()
    said = capsys.readouterr().out
    assert 'black square: 2 anchors' in said and 'Offset of the new classes: 0.5.' in said
    assert Config.fromfile(str(root / 'by_tool.py')).model.head.num_text_classes == K


@pytest.mark.slow
@pytest.mark.parametrize('kind', KINDS)
def test_the_exported_model_says_the_same(root, tower, kind):
    config, checkpoint = write_finished(root, kind, tower=tower[1])
    out = str(root / f'export_{kind}.pth')
    report = add_classes(config, checkpoint, str(root / 'names.json'), out, tower[0], offset=0.3)
    folder = root / f'exported_{kind}'
    exported = export_classifier(
        report.config, out, str(folder), format='torch-export', num_images=4
    )
    assert exported.parity.difference < 1e-4 and not exported.parity.other_labels
    assert (folder / 'labels.txt').read_text().split('\n')[:-1] == ALL
