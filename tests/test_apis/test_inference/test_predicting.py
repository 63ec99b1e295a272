"""Predictions: scores, branches and sentences against the model itself and the host."""

import csv
import json
import shutil
import sys

import mmcv
import predict as predict_tool
import pytest
import torch
import torch.nn.functional as F
from finished_models import ORIGINS, SENTENCES, build_finished, write_finished
from mmpretrain import ImageClassificationInferencer, get_model, list_models
from tiny_runs import COUNTS, NAMES

from vlltr_mm.apis.inference import Predictor, find_images, predict
from vlltr_mm.utils.warn_once import warn_once

KINDS = ('LGRHead', 'AdditiveLGRHead', 'LinearClsHead')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return tmp_path_factory.mktemp('finished')


@pytest.fixture(scope='module', params=KINDS)
def finished(request, root):
    return request.param, *write_finished(root, request.param)


@pytest.fixture(scope='module')
def guided(root):
    return write_finished(root)


@pytest.fixture
def images(root):
    return find_images([str(root / 'data' / 'test')])


@pytest.fixture
def said(monkeypatch):
    """Return what is warned of."""
    warn_once.cache_clear()
    messages = []
    monkeypatch.setattr(
        'vlltr_mm.utils.warn_once.print_log', lambda message, **_: messages.append(message)
    )
    yield messages
    warn_once.cache_clear()


def embed(model, path):
    """Return the embedding of an image, read and resized without the config's pipeline."""
    pixels = mmcv.imresize(mmcv.imread(path), (48, 48), interpolation='bicubic')
    batch = dict(inputs=[torch.from_numpy(pixels).permute(2, 0, 1)])
    return model.extract_feat(model.data_preprocessor(batch)['inputs'])


def test_scores_and_labels_are_the_models_own(finished, images):
    kind, config, checkpoint = finished
    model = build_finished(config, checkpoint)
    for result in predict(config, checkpoint, images, topk=4, batch_size=5):
        with torch.no_grad():
            scores = F.softmax(model.head(embed(model, result.image)), dim=1)[0]
        assert [c.label for c in result.classes] == scores.argsort(descending=True).tolist()
        given = [c.score for c in result.classes]
        assert given == pytest.approx(scores.sort(descending=True)[0].tolist(), abs=1e-6)
        assert given[0] < 0.99, 'such scores show nothing'
        assert [(c.name, c.count) for c in result.classes] == [
            (NAMES[c.label], COUNTS[c.label]) for c in result.classes
        ]


@pytest.mark.parametrize('kind', KINDS[:2])
def test_branches_are_what_the_contract_says(root, images, kind):
    config, checkpoint = write_finished(root, kind)
    model = build_finished(config, checkpoint)
    for result in predict(config, checkpoint, images[:3], topk=4):
        with torch.no_grad():
            visual, language = model.head.branch_logits(embed(model, result.image))
        for found in result.classes:
            if kind == 'LGRHead':
                expected = [float(p.softmax(1)[0, found.label]) for p in (visual, language)]
                weight = model.head.visual_weight
                fused = weight * expected[0] + (1 - weight) * expected[1]
            else:
                expected = [float(p[0, found.label] - p.mean()) for p in (visual, language)]
                fused = F.softmax(visual + language, dim=1)[0, found.label]
            assert [found.visual, found.language] == pytest.approx(expected, abs=1e-5)
            assert found.score == pytest.approx(float(fused), abs=1e-5)


@pytest.mark.parametrize('kind', KINDS[:2])
def test_sentences_are_those_with_the_largest_attention(root, images, kind):
    config, checkpoint = write_finished(root, kind)
    model = build_finished(config, checkpoint)
    for result in predict(config, checkpoint, images[:4], topk=4, num_sentences=3):
        with torch.no_grad():
            attention = model.head.attention(embed(model, result.image))[0]  # (C, M)
        for found in result.classes:
            own = SENTENCES[found.label]
            order = [m for m in attention[found.label].argsort(descending=True) if m < len(own)]
            assert [text for text, _ in found.sentences] == [own[m] for m in order]
            assert found.origins == [ORIGINS[found.label][m] for m in order]
            weights = [weight for _, weight in found.sentences]
            assert weights == sorted(weights, reverse=True)
            assert sum(weights) == pytest.approx(1, abs=1e-5)
    two = next(predict(config, checkpoint, images[:1], num_sentences=2))
    assert [len(found.sentences) for found in two.classes] == [2] * 4


def test_attention_of_some_classes_is_that_of_all(root, images, guided):
    model = build_finished(*guided)
    feats = (torch.randn(5, 16),)
    some = torch.tensor([2, 0])
    assert torch.equal(model.head.attention(feats, some), model.head.attention(feats)[:, some])


def test_mmpretrains_inferencer_gives_the_same(finished, images):
    _, config, checkpoint = finished
    theirs = ImageClassificationInferencer(config, pretrained=checkpoint, device='cpu')(images)
    for ours, host in zip(predict(config, checkpoint, images, device='cpu'), theirs, strict=True):
        best = ours.classes[0]
        assert (best.label, best.name) == (host['pred_label'], host['pred_class'])
        for found in ours.classes:
            assert found.score == pytest.approx(host['pred_scores'][found.label], abs=1e-6)


def test_neither_data_nor_corpus_nor_other_weights_are_needed(tmp_path):
    config, checkpoint = write_finished(tmp_path)
    image = shutil.copy(tmp_path / 'data' / 'test' / NAMES[0] / '0.jpg', tmp_path / 'photo.jpg')
    shutil.rmtree(tmp_path / 'data')
    (tmp_path / 'anchors.safetensors').unlink()
    (result,) = predict(config, checkpoint, [str(image)])
    assert {found.name for found in result.classes} == set(NAMES)
    assert all(found.sentences for found in result.classes)


def test_a_checkpoint_without_sentences_still_predicts(tmp_path, images, said):
    config, checkpoint = write_finished(tmp_path, with_text=False)
    (result,) = predict(config, checkpoint, images[:1])
    assert 'does not hold the sentences' in said[-1]
    assert all(found.sentences == [] for found in result.classes)


def test_unreadable_images_are_named_and_skipped(tmp_path, guided, images, said):
    damaged = tmp_path / 'damaged.jpg'
    damaged.write_bytes(b'no image')
    given = [str(damaged), images[0], str(tmp_path / 'absent.jpg'), images[1]]
    predictor = Predictor(*guided)
    assert [result.image for result in predictor(given, batch_size=3)] == images[:2]
    assert list(predictor.skipped) == [given[0], given[2]]
    assert predictor.skipped[given[2]] == 'it does not exist'
    list(predict(*guided, given))
    assert f"2 of 4 images were skipped, such as '{damaged}'" in said[-1]


def test_a_pipelines_own_error_is_no_bad_image(guided, images):
    options = {'test_dataloader.dataset.pipeline': [dict(type='LoadImageFromFile')]}
    predictor = Predictor(*guided, cfg_options=options)
    predictor.pipeline.transforms.append(lambda results: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        list(predictor(images[:1]))


def test_what_cannot_be_asked_is_refused(root, guided, images):
    config, checkpoint = guided
    with pytest.raises(ValueError, match='CVLP, which classifies nothing'):
        Predictor(str(root / 'stage1.py'), checkpoint)
    with pytest.raises(ValueError, match='stored features'):
        Predictor('lgr_vit-b32_pets24', checkpoint)
    with pytest.raises(ValueError, match='give a checkpoint'):
        Predictor(config)
    with pytest.raises(ValueError, match='is not of this model: it lacks'):
        Predictor(config, write_finished(root, 'LinearClsHead')[1])
    with pytest.raises(FileNotFoundError):
        Predictor(config, str(root / 'absent.pth'))
    for key in ('topk', 'batch_size'):
        with pytest.raises(ValueError, match=key):
            list(predict(config, checkpoint, images, **{key: 0}))


def test_images_are_found_in_folders_and_lists(tmp_path):
    for name in ('b/2.PNG', 'b/1.jpg', 'a.jpeg', 'b/notes.md'):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    own = tmp_path / 'list.txt'
    own.write_text('b/1.jpg 7\n\nwith space.jpg 3\na.jpeg\n')
    found = [str(tmp_path / name) for name in ('a.jpeg', 'b/1.jpg', 'b/2.PNG')]
    assert find_images([str(tmp_path)]) == found
    assert find_images([str(own)]) == [found[1], 'with space.jpg', found[0]]
    assert find_images(['x.jpg', str(tmp_path / 'b')]) == ['x.jpg', *found[1:]]
    own.write_text('\n')
    for sources, words in (([str(own)], 'names no image'), ([str(tmp_path / 'c')], 'no file that')):
        (tmp_path / 'c').mkdir(exist_ok=True)
        with pytest.raises(ValueError, match=words):
            find_images(sources)


def test_the_tool_prints_and_writes(tmp_path, guided, images, monkeypatch, capsys):
    files = [str(tmp_path / name) for name in ('out.json', 'out.csv')]
    given = [*guided, images[0], 'absent.jpg', '--topk', '2', '--json', files[0], '--csv', files[1]]
    monkeypatch.setattr(sys, 'argv', ['predict.py', *given])
    with pytest.raises(SystemExit) as ended:
        predict_tool.main()
    said = capsys.readouterr()
    assert not ended.value.code
    assert "Skipped 'absent.jpg': it does not exist." in said.err
    assert '1 of 2 images, 1 skipped.' in said.err
    content = json.loads((tmp_path / 'out.json').read_text())
    assert content['skipped'] == {'absent.jpg': 'it does not exist'}
    (result,) = content['predictions']
    rows = list(csv.DictReader((tmp_path / 'out.csv').read_text().splitlines()))
    assert [row['name'] for row in rows] == [found['name'] for found in result['classes']]
    for row, found in zip(rows, result['classes'], strict=True):
        assert found['name'] in said.out
        assert [row['sentence_1'], float(row['weight_1'])] == found['sentences'][0]
        assert float(row['score']) == found['score']


def test_heads_that_hooks_fill_are_filled(root, images):
    write_finished(root)
    config = root / 'ncm.py'
    config.write_text(
        "_base_ = 'LinearClsHead.py'\n"
        "head = dict(_delete_=True, type='PrototypeClsHead', num_classes=4, embed_dims=16)\n"
        'model = dict(head=head)\n'
        "custom_hooks = [dict(type='FeatureBankHook', images='val_dataloader', num_workers=0)]\n"
        'param_scheduler = train_cfg = optim_wrapper = train_dataloader = pretrain_config = None\n'
    )
    write_finished(root, 'LinearClsHead')
    options = {'model.backbone.pretrained': None, 'work_dir': str(root / 'ncm')}
    predictor = Predictor(str(config), cfg_options=options)
    results = list(predictor(images))
    assert [result.image for result in results] == images
    feats = torch.cat([embed(predictor.model, path)[-1] for path in images])
    expected = predictor.model.head((feats,)).argmax(dim=1)
    assert [result.classes[0].label for result in results] == expected.tolist()
    assert predictor.classes == [name.replace('_', ' ') for name in NAMES]


def test_the_hub_knows_our_configs(guided):
    assert 'vlltr_r50_imagenet_lt' in list_models('vlltr_*')
    model = get_model('vlltr_tiny-clip_shapes_lt')
    assert type(model.head).__name__ == 'LGRHead'
    assert model.head.num_classes == 60
