"""What a report shows of images, sentences and texts, against the model itself."""

import base64
import io
import json
import runpy
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch
from finished_models import SENTENCES, write_finished
from mmengine.config import Config
from mmengine.registry import init_default_scope
from PIL import Image
from repo import REPO
from tiny_runs import COUNTS, NAMES

from vlltr_mm.apis import load_config
from vlltr_mm.apis.comparison.protocol import read_protocol
from vlltr_mm.apis.comparison.records import COLUMNS
from vlltr_mm.apis.inference import Predictor
from vlltr_mm.apis.inference.images import evenly_spread
from vlltr_mm.apis.reporting import ReportOptions, gather
from vlltr_mm.apis.reporting.pictures import thumbnail
from vlltr_mm.apis.reporting.retrieving import nearest_images
from vlltr_mm.utils.model import build_model

QUERIES = ('a red thing', 'white')


def make_work_dir(root, kind='LGRHead', **kwargs):
    """Write what a training leaves in its folder; return folder, config and checkpoint."""
    config, checkpoint = write_finished(root, kind, **kwargs)
    cfg = Config.fromfile(config)
    folder = root / 'runs' / kind
    folder.mkdir(parents=True)
    cfg.dump(str(folder / f'{kind}.py'))
    Path(checkpoint).rename(folder / 'epoch_2.pth')
    (folder / 'last_checkpoint').write_text(str(folder / 'epoch_2.pth'))
    return str(folder), config, str(folder / 'epoch_2.pth')


@pytest.fixture(scope='module')
def work_dir(tmp_path_factory):
    root = tmp_path_factory.mktemp('guided')
    made = make_work_dir(root)
    stage1 = Config.fromfile(str(root / 'stage1.py'))
    init_default_scope('mmpretrain')
    torch.manual_seed(0)
    model = build_model(stage1)
    model.init_weights()
    (root / 'runs/stage1').mkdir()
    stage1.dump(str(root / 'runs/stage1/stage1.py'))
    path = root / 'runs/stage1/epoch_2.pth'
    torch.save(dict(meta={}, state_dict=model.state_dict()), path)
    path.with_name('last_checkpoint').write_text(str(path))
    kept = [
        dict(sentence=sentence, l_lin=0.0, anchor=True) for own in SENTENCES for sentence in own
    ]
    classes = [
        dict(index=i, name=name, sentences=[s for s in kept if s['sentence'].startswith(name)])
        for i, name in enumerate(NAMES)
    ]
    classes[0]['sentences'].append(dict(sentence='The price fell.', l_lin=5.5, anchor=False))
    (root / 'anchors.json').write_text(json.dumps(classes))
    cfg = Config.fromfile(f'{made[0]}/LGRHead.py')
    cfg.model.head.anchors = str(root / 'anchors.safetensors')
    cfg.dump(f'{made[0]}/LGRHead.py')
    return made


@pytest.fixture(scope='module')
def gathered(work_dir):
    return gather(work_dir[0], ReportOptions(images=3, queries=QUERIES, device='cpu'))


def all_images(gathered):
    return [image for detail in gathered['details'].values() for image in detail['images']]


def test_a_run_without_a_record_is_tested(gathered, work_dir):
    assert gathered['left_out'] == {}
    assert gathered['classes']['names'] == list(NAMES)
    assert gathered['classes']['counts'] == list(COUNTS)
    assert gathered['explained']['checkpoint'] == work_dir[2]
    assert gathered['explained']['num_changed'] == 0
    assert sorted(path.name for path in Path(work_dir[0]).iterdir()) == [
        'LGRHead.py',
        'epoch_2.pth',
        'last_checkpoint',
    ]


def test_images_are_as_the_predictor_sees_them(gathered, work_dir):
    """Both ask the same model, the predictor by path and this by index."""
    predictor = Predictor(*work_dir[1:], device='cpu')
    pictures = defaultdict(list)
    lines = Path(work_dir[1]).with_name('data') / 'ImageNet_LT_test.txt'
    for line in lines.read_text().splitlines():
        path = str(lines.parent / line.split()[0])
        pictures[thumbnail(dict(img_path=path))].append(path)
    assert len(pictures) == 12
    shown = all_images(gathered)
    assert len(shown) == 12
    paths = [pictures[image['source']][0] for image in shown]
    for image, said in zip(shown, predictor(paths, topk=4, num_sentences=3)):
        assert NAMES[image['label']] in said.image
        by_label = {found.label: found for found in said.classes}
        assert [c[0] for c in image['classes']] == [found.label for found in said.classes[:3]]
        for label, score, visual, language, sentences in [*image['classes'], image['true']]:
            found = by_label[label]
            assert score == pytest.approx(found.score, abs=1e-4)
            assert visual == pytest.approx(found.visual, abs=1e-3)
            assert language == pytest.approx(found.language, abs=1e-3)
            for (text, weight), (wanted, exact) in zip(sentences, found.sentences):
                assert (text, weight) == (wanted, pytest.approx(exact, abs=1e-4))


def test_attention_is_the_mean_over_the_images(gathered):
    for label, detail in gathered['details'].items():
        assert [anchor[0] for anchor in detail['anchors']] == SENTENCES[label]
        for place, (_, _, mean) in enumerate(detail['anchors']):
            weights = [image['attention'][place] for image in detail['images']]
            assert mean == pytest.approx(sum(weights) / len(weights), abs=1e-4)
        for image in detail['images']:
            assert sum(image['attention']) == pytest.approx(1, abs=1e-3)
            best = dict(map(tuple, image['true'][4]))
            for text, weight in zip(SENTENCES[label], image['attention']):
                assert best.get(text, 0) in (0, weight)


def test_what_the_selection_dropped(gathered):
    parts = [detail['dropped'] for detail in gathered['details'].values()]
    assert parts[0] == dict(kept=3, dropped=1, nearest=[['The price fell.', 5.5]], farthest=[])
    assert parts[3] == dict(kept=2, dropped=0, nearest=[], farthest=[])


def test_images_of_texts(gathered):
    assert [query['text'] for query in gathered['retrieval']] == list(QUERIES)
    for query in gathered['retrieval']:
        assert query['searched'] == 12 and len(query['images']) == 8
        cosines = [cosine for _, _, cosine in query['images']]
        assert cosines == sorted(cosines, reverse=True)
        assert all(Image.open(io.BytesIO(base64.b64decode(i[0]))) for i in query['images'])


def test_nearest_images_by_hand():
    queries, images = torch.randn(2, 5), torch.randn(7, 5)
    cosines, places = nearest_images(queries, images, 3)
    for q in range(2):
        exact = []
        for image in images.double():
            dot = sum(a * b for a, b in zip(queries[q].double(), image))
            exact.append(float(dot / (queries[q].double().norm() * image.norm())))
        order = sorted(range(7), key=lambda i: -exact[i])[:3]
        assert places[q].tolist() == order
        assert cosines[q].tolist() == pytest.approx([exact[i] for i in order], abs=1e-6)
    assert nearest_images(queries, images, 50)[1].shape == (2, 7)


@pytest.mark.parametrize('total, most', [(5, 10), (10, 10), (100, 7), (1, 1)])
def test_spread_samples(total, most):
    found = evenly_spread(total, most)
    assert len(found) == len(set(found)) == min(total, most)
    assert found[0] == 0 and found[-1] == (total - 1 if most > 1 else 0)


@pytest.mark.parametrize(
    'options, message',
    [
        (dict(), 'give --query TEXT'),
        (dict(queries=[' ']), "The query ' ' has no letters"),
        (dict(queries=['a'], text_checkpoint='none.pth'), 'none.pth'),
    ],
)
def test_queries_that_cannot_be_answered(work_dir, options, message):
    found = gather(work_dir[0], ReportOptions(images=1, device='cpu', **options))
    assert found['retrieval'] == [] and message in found['left_out']['retrieval']
    assert found['details']


def test_a_head_without_sentences(tmp_path):
    folder, *_ = make_work_dir(tmp_path, 'LinearClsHead')
    found = gather(folder, ReportOptions(images=1, device='cpu', queries=['red']))
    assert found['left_out']['anchors'] == 'LinearClsHead has no anchor sentences.'
    assert 'no config of that name' in found['left_out']['retrieval']
    for image in all_images(found):
        assert image['attention'] is None and image['true'][2:] == [None, None, []]


def test_a_head_that_hooks_fill_writes_nothing_into_its_folder(tmp_path):
    write_finished(tmp_path, 'LinearClsHead')
    config = tmp_path / 'knn.py'
    config.write_text(
        "_base_ = 'LinearClsHead.py'\n"
        "head = dict(_delete_=True, type='KNNClsHead', num_classes=4, k=3)\n"
        'model = dict(head=head, backbone=dict(pretrained=None))\n'
        "custom_hooks = [dict(type='FeatureBankHook', images='val_dataloader', num_workers=0)]\n"
        'param_scheduler = train_cfg = optim_wrapper = train_dataloader = pretrain_config = None\n'
        f"work_dir = '{tmp_path}/knn'\n"
    )
    folder = tmp_path / 'knn'
    folder.mkdir()
    Config.fromfile(str(config)).dump(str(folder / 'knn.py'))
    before = (folder / 'knn.py').read_bytes()
    found = gather(str(folder), ReportOptions(images=1, device='cpu'))
    assert found['left_out']['anchors'] == 'KNNClsHead has no anchor sentences.'
    assert all_images(found) and len(found['classes']['names']) == 4
    assert [path.name for path in folder.iterdir()] == ['knn.py']
    assert (folder / 'knn.py').read_bytes() == before


def test_a_stage_without_its_checkpoint(work_dir):
    note = Path(work_dir[0]).with_name('stage1') / 'last_checkpoint'
    text = note.read_text()
    options = ReportOptions(images=1, device='cpu', queries=['red'])
    try:
        note.unlink()
        assert (
            'give --text-checkpoint FILE' in gather(work_dir[0], options)['left_out']['retrieval']
        )
        note.write_text('gone.pth')
        assert "'gone.pth', which is lost" in gather(work_dir[0], options)['left_out']['retrieval']
    finally:
        note.write_text(text)


def test_a_checkpoint_without_its_sentences(tmp_path):
    folder, *_ = make_work_dir(tmp_path, with_text=False)
    found = gather(folder, ReportOptions(images=1, device='cpu'))
    assert 'does not hold the sentences' in found['left_out']['anchors']
    assert all(image['true'][2] is not None for image in all_images(found))


@pytest.fixture
def recorded(tmp_path):
    """A run with a record; return folder and data."""
    folder, *_ = make_work_dir(tmp_path)
    cfg = load_config(f'{folder}/LGRHead.py')
    accuracy = dict.fromkeys(COLUMNS, 100.0)
    stored = dict(config_digest='d', seed=5, epochs=2, protocol=read_protocol(cfg).to_dict())
    Path(folder, 'metrics.json').write_text(json.dumps(dict(stored, accuracy=accuracy)))
    lines = ''.join(f'{label},{label},{11 - i}\n' for i, label in enumerate([3, 2, 1, 0] * 3))
    Path(folder, 'predictions.csv').write_text(f'label,predicted,index\n{lines}')
    return folder, tmp_path / 'data'


def test_images_that_are_gone_leave_the_table(recorded):
    folder, data = recorded
    data.rename(data.with_name('moved'))
    found = gather(folder)
    assert 'ImageNet_LT_test.txt' in found['left_out']['details']
    assert found['table'][0]['mean'] == [100.0] * 4 and found['explained']['seed'] == 5
    assert found['classes']['names'] == list(NAMES)


def test_images_of_another_test_set_are_not_shown(recorded):
    found = gather(recorded[0])
    assert 'has other labels than the predictions' in found['left_out']['details']
    assert found['details'] == {}


def test_predictions_that_have_changed_are_counted(recorded):
    path = Path(recorded[0], 'predictions.csv')
    labels = [label for label in range(4) for _ in range(3)]
    lines = ''.join(f'{label},{(label + 1) % 4},{i}\n' for i, label in enumerate(labels))
    path.write_text(f'label,predicted,index\n{lines}')
    found = gather(recorded[0], ReportOptions(device='cpu'))
    images = all_images(found)
    changed = sum(image['classes'][0][0] != (image['label'] + 1) % 4 for image in images)
    assert len(images) == 12 and found['explained']['num_changed'] == changed > 0


def test_thumbnails():
    tall = Image.new('RGB', (50, 400), (200, 10, 10))
    small = Image.open(io.BytesIO(base64.b64decode(thumbnail(dict(img=np.asarray(tall))))))
    assert small.size == (12, 96) and small.format == 'JPEG'
    assert thumbnail(dict(feats=[1.0])) is None
    assert thumbnail(dict(img_path='none.jpg')) is None


def test_the_command_writes_a_page(work_dir, tmp_path, monkeypatch, capsys):
    out = tmp_path / 'page.html'
    tool = REPO / 'tools/analysis_tools/report.py'
    args = [str(tool), work_dir[0], '--out', str(out), '--images', '1', '--device', 'cpu']
    monkeypatch.setattr(sys, 'argv', args)
    runpy.run_path(str(tool), run_name='__main__')
    assert out.read_text().startswith('<!doctype html>')
    assert 'Left out, retrieval: No text was asked for' in capsys.readouterr().out
