"""What cannot be extended, and what an extended model refuses."""

import shutil

import pytest
from finished_models import write_finished, write_text_tower

from vlltr_mm.apis import RunOptions, train
from vlltr_mm.apis.calibration import record_branch_logits
from vlltr_mm.apis.new_classes import add_classes
from vlltr_mm.utils.warn_once import warn_once


def test_training_on_is_refused(root, added):
    _, report = added
    options = RunOptions(
        cfg_options=dict(load_from=report.checkpoint), work_dir=str(root / 'trained')
    )
    root_1 = root / 'runs' / 'stage1'
    root_1.mkdir(parents=True, exist_ok=True)
    shutil.copy(root / 'stage1_5.pth', root_1 / 'epoch_2.pth')
    shutil.copy(root / 'anchors.safetensors', root_1 / 'anchors.safetensors')
    with pytest.raises(
        ValueError, match='2 of the 6 classes of this head were added by text alone'
    ):
        train(report.config, options)


def test_calibrating_it_is_refused(added):
    _, report = added
    with pytest.raises(ValueError, match='added by text alone, .* calibrate the model that they'):
        record_branch_logits(report.config, report.checkpoint)


def test_a_wrong_tower_is_refused_by_name(root, finished, tower):
    other, digest = write_text_tower(root, seed=6)
    names, out = str(root / 'names.json'), str(root / 'wrong.pth')
    with pytest.raises(ValueError, match=f'{other} has the text tower {digest[:12]}…, the anchors'):
        add_classes(*finished, names, out, other)
    assert not (root / 'wrong.pth').exists()
    with pytest.raises(ValueError, match='does not hold the text tower of .*: text_backbone'):
        add_classes(*finished, names, out, finished[1])


def test_what_cannot_be_extended_is_refused(root, tower):
    names, out = str(root / 'names.json'), str(root / 'no.pth')
    linear = write_finished(root, 'LinearClsHead')
    with pytest.raises(ValueError, match='The head is LinearClsHead; classes can be added'):
        add_classes(*linear, names, out, tower[0])
    guided = write_finished(root, tower=tower[1])
    taken = root / 'taken.json'
    taken.write_text('["Red-Square"]')
    for given, to, message in (
        (str(taken), out, "'Red-Square' has the name of class 0 'red_square' of the model"),
        (names, str(root / 'no.bin'), 'give a file that ends in .pth'),
        (names, guided[1], 'is what the classes are added to'),
        (names, str(root / 'stage2.pth'), 'is what the classes are added to'),
    ):
        with pytest.raises(ValueError, match=message):
            add_classes(*guided, given, to, tower[0])
    with pytest.raises(ValueError, match='stage2.py has no model.text_backbone'):
        add_classes(*guided, names, out, tower[0], text_config=guided[0])
    assert not (root / 'no.pth').exists() and not (root / 'no.py').exists()


def test_anchors_of_an_unknown_tower_are_warned_of(root, tower, monkeypatch):
    warn_once.cache_clear()
    said = []
    monkeypatch.setattr('vlltr_mm.utils.warn_once.print_log', lambda text, **_: said.append(text))
    unknown = write_finished(root)
    add_classes(*unknown, str(root / 'names.json'), str(root / 'unknown.pth'), tower[0])
    warn_once.cache_clear()
    assert any('do not tell which text tower' in text for text in said)
    assert any("'pink square' has 80 sentences" in text for text in said)
