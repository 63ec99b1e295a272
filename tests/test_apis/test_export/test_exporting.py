"""Exported models against the models, for every head, on images."""

import json
import sys
from pathlib import Path

import export as export_tool
import numpy as np
import pytest
import torch
from finished_models import SENTENCES, build_finished, write_finished
from PIL import Image
from tiny_runs import COUNTS, NAMES

from vlltr_mm.apis.export import export_classifier, exporting
from vlltr_mm.apis.export.formats import FORMATS
from vlltr_mm.apis.export.graph import ExportedClassifier
from vlltr_mm.apis.export.parity import compare
from vlltr_mm.apis.inference import find_images, predict

if torch.__version__ < (2, 9):
    pytest.skip('The exporters of torch 2.9 are needed.', allow_module_level=True)
pytestmark = pytest.mark.slow


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    return tmp_path_factory.mktemp('finished')


@pytest.fixture(scope='module')
def guided(root):
    return write_finished(root)


@pytest.fixture(scope='module')
def exported(root, guided):
    folder = root / 'onnx'
    return folder, export_classifier(*guided, str(folder))


def run_onnx(folder, inputs):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(folder / 'model.onnx'))
    return [torch.from_numpy(out) for out in session.run(None, {'images': inputs.numpy()})]


def read_rgb(path):
    """Return pixels (3, 48, 48) uint8, without any code of the package."""
    return torch.from_numpy(np.array(Image.open(path))).permute(2, 0, 1)


def normalise(pixels, meta):
    mean, std = (torch.tensor(meta['input'][key]).view(3, 1, 1) for key in ('mean', 'std'))
    return (pixels.float() - mean) / std


def test_what_the_metadata_say_is_enough_to_use_it(root, guided, exported):
    folder, report = exported
    meta = json.loads((folder / 'metadata.json').read_text())
    images = find_images([str(root / 'data' / 'test')])
    assert report.parity.images == len(images)
    inputs = torch.stack([normalise(read_rgb(path), meta) for path in images])
    logits, scores = run_onnx(folder, inputs)
    for row, result in enumerate(predict(*guided, images, topk=1)):
        best = result.classes[0]
        assert meta['classes'][logits[row].argmax()] == best.name
        # Two JPEG decoders differ by a grey level or two.
        assert float(scores[row].max()) == pytest.approx(best.score, abs=0.02)
    assert meta['sentences'] == SENTENCES
    assert meta['class_counts'] == list(COUNTS)
    assert meta['input']['channels'] == 'RGB'
    assert (folder / 'labels.txt').read_text().split() == list(NAMES)


def test_any_batch_gives_the_same(exported):
    folder, _ = exported
    inputs = torch.randn(5, 3, 48, 48)
    together = run_onnx(folder, inputs)[0]
    alone = torch.cat([run_onnx(folder, inputs[i : i + 1])[0] for i in range(5)])
    torch.testing.assert_close(together, alone)


def test_the_file_carries_its_metadata(exported):
    import onnx

    model = onnx.load(str(exported[0] / 'model.onnx'))
    props = {prop.key: json.loads(prop.value) for prop in model.metadata_props}
    assert props['sentences'] == SENTENCES
    assert props['classes'] == list(NAMES)
    card = (exported[0] / 'README.md').read_text()
    for said in (
        'license: not stated',
        'many (> 100), medium, few (< 20) training images | 0, 1, 3',
        '| 3 | white',
    ):
        assert said in card


@pytest.mark.parametrize(
    ('kind', 'tuned'), [('LinearClsHead', False), ('CosineLinearClsHead', True)]
)
def test_other_heads_and_a_tuned_tower(root, kind, tuned):
    config, checkpoint = write_finished(root, kind, tuned=tuned)
    report = export_classifier(config, checkpoint, str(root / f'{kind}-pt2'), format='torch-export')
    assert report.parity.difference < 1e-4
    assert not report.parity.other_labels


@pytest.mark.parametrize(
    ('head', 'more', 'format'),
    [('KNNClsHead', 'k=3', 'onnx'), ('PrototypeClsHead', 'embed_dims=16', 'torch-export')],
)
def test_heads_that_hooks_fill(root, head, more, format):
    write_finished(root, 'LinearClsHead')
    config = root / f'{head}.py'
    config.write_text(
        "_base_ = 'LinearClsHead.py'\n"
        f"head = dict(_delete_=True, type='{head}', num_classes=4, {more})\n"
        'model = dict(head=head, backbone=dict(pretrained=None))\n'
        "custom_hooks = [dict(type='FeatureBankHook', images='val_dataloader', num_workers=0)]\n"
        'param_scheduler = train_cfg = optim_wrapper = train_dataloader = pretrain_config = None\n'
        f"work_dir = '{root}/filled'\n"
    )
    report = export_classifier(str(config), None, str(root / head), format=format)
    assert report.parity.difference < 1e-4


def test_topk_and_raw_pixels_of_the_additive_head(root):
    config, checkpoint = write_finished(root, 'AdditiveLGRHead')
    export_classifier(config, checkpoint, str(root / 'topk'), topk=2, raw=True)
    images = find_images([str(root / 'data' / 'test')])
    pixels = torch.stack([read_rgb(path) for path in images])
    labels, scores = run_onnx(root / 'topk', pixels)
    assert labels.shape == scores.shape == (len(images), 2)
    model = build_finished(config, checkpoint)
    with torch.no_grad():
        data = model.data_preprocessor(dict(inputs=list(pixels.flip(1))))
        expected = model.head(model.extract_feat(data['inputs'])).softmax(dim=1).topk(2)
    assert torch.equal(labels, expected.indices)
    torch.testing.assert_close(scores, expected.values)


@pytest.fixture
def wrong(guided, monkeypatch):
    """Return a function that makes the file say something else."""
    model = build_finished(*guided)

    def break_it(change):
        def load(path):
            return lambda images: [change(model.head(model.extract_feat(images)))] * 2

        def write(graph, example, path, meta):
            Path(path).touch()

        monkeypatch.setitem(FORMATS, 'onnx', FORMATS['onnx']._replace(write=write, load=load))

    return break_it


@pytest.mark.parametrize(
    ('change', 'words'),
    [
        (lambda logits: logits + 1e-3, 'by .* in a logit'),
        (lambda logits: logits + torch.nan, 'by inf in a logit'),
        (lambda logits: logits.flip(1), 'another best class for 12 of 12 images'),
    ],
)
def test_a_file_that_says_something_else_is_refused(root, guided, wrong, change, words):
    wrong(change)
    with pytest.raises(ValueError, match=words):
        export_classifier(*guided, str(root / 'refused'))
    assert not (root / 'refused').exists()


def test_a_tolerance_allows_for_rounding_but_not_for_other_labels(root, guided, wrong):
    wrong(lambda logits: logits.flip(1))
    with pytest.raises(ValueError, match='other labels are never allowed'):
        export_classifier(*guided, str(root / 'refused'), tolerance=1e9)


def test_rounding_may_decide_between_two_that_are_level(root, guided, wrong):
    def level(logits):
        first, second = logits.topk(2).indices.T
        rows = torch.arange(len(logits))
        swapped = logits.clone()
        swapped[rows, second] = logits[rows, first] + 1e-5
        return swapped

    wrong(level)
    with pytest.raises(ValueError, match='another best class'):  # level in the file alone
        export_classifier(*guided, str(root / 'level'), tolerance=1e9)
    model = build_finished(*guided)
    head = model.head.forward
    model.head.forward = lambda feats: head(feats) * 1e-6  # level in the model too
    graph = ExportedClassifier(model)
    pixels = torch.randint(0, 256, (5, 3, 48, 48), dtype=torch.uint8)
    parity = compare(
        graph, lambda images: [level(model.head(model.extract_feat(images)))] * 2, pixels
    )
    assert (parity.other_labels, parity.ties) == (0, 5)


def test_what_cannot_be_done_is_refused_at_once(root, guided, exported, monkeypatch):
    folder = str(root / 'other')
    with pytest.raises(FileExistsError, match='name a new folder'):
        export_classifier(*guided, str(exported[0]))
    with pytest.raises(ValueError, match='topk is 9, of 4 classes'):
        export_classifier(*guided, folder, topk=9)
    with pytest.raises(ValueError, match='format is'):
        export_classifier(*guided, folder, format='tflite')
    options = {'test_dataloader.dataset.data_root': str(root / 'absent')}
    with pytest.raises(ValueError, match='Give images of your own'):
        export_classifier(*guided, folder, cfg_options=options)
    damaged = root / 'damaged.jpg'
    damaged.write_bytes(b'')
    with pytest.raises(ValueError, match='damaged.jpg.*it is empty'):
        export_classifier(*guided, folder, images=[str(damaged)])
    monkeypatch.setattr(exporting.importlib.util, 'find_spec', lambda name: None)
    with pytest.raises(ImportError, match=r'vlltr_mm\[export\]'):
        export_classifier(*guided, folder)
    assert not (root / 'other').exists()


def test_the_tool(root, guided, monkeypatch, capsys):
    folder = root / 'by_tool'
    images = str(root / 'data' / 'val')
    given = [*guided, str(folder), '--images', images, '--num-images', '5', '--licence', 'mit']
    monkeypatch.setattr(sys, 'argv', ['export.py', *given, '--format', 'torch-export'])
    export_tool.main()
    said = capsys.readouterr().out
    assert 'On 5 images the largest difference is' in said
    assert 'license: mit' in (folder / 'README.md').read_text()
    program = torch.export.load(str(folder / 'model.pt2')).module()
    assert program(torch.randn(3, 3, 48, 48))[0].shape == (3, 4)
