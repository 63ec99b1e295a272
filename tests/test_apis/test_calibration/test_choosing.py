"""Weight and prior are chosen on stored logits, and judged on images held out."""

import csv

import pytest
import torch
from rich.console import Console

from vlltr_mm.apis.calibration import (
    calibrate,
    command_to_test,
    print_calibration,
    write_calibration,
)
from vlltr_mm.evaluation.functional.calibration import estimate_text_prior
from vlltr_mm.structures import BranchLogits, ClassRecord, TextPrior

META = dict(
    config='a b.py',
    checkpoint='c.pth',
    cfg_options=dict(seeds=[1, 2], name='x'),
    split='val',
    seen_in_training=False,
    visual_weight=0.5,
    class_counts=[200, 50, 3],
    thresholds=[20, 100],
    rule='field',
)
BIAS = torch.tensor([4.0, 0.0, -4.0])


def make_logits(per_class=(40, 40, 40), visual=True, seed=0, **meta):
    """Return logits whose text favours a class, and whose visual branch is noisier."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(3).repeat_interleave(torch.tensor(per_class))
    right = 3.0 * torch.eye(3)[labels]
    noise = [torch.randn(len(labels), 3, generator=generator) for _ in range(2)]
    return BranchLogits(
        right + noise[0] + BIAS,
        right / 2 + 1.5 * noise[1] if visual else None,
        labels,
        ClassRecord(['cat', 'dog', 'elk'], (200, 50, 3)),
        dict(META, **meta),
    )


def names(found):
    return [setting.name for setting in found.settings]


def test_the_prior_of_the_text_is_found_and_pays():
    found = calibrate(make_logits())
    log_prior = found.prior.log_prior
    torch.testing.assert_close(log_prior - log_prior.mean(), BIAS.double(), atol=0.6, rtol=0)
    assert found.prior.record.classes == ('cat', 'dog', 'elk')
    assert found.prior.meta == dict(config='a b.py', checkpoint='c.pth', split='val', images=120)
    assert names(found)[0] == 'w = 0.5' and names(found)[2] == 'prior off, w = 0.5'
    balanced = [accuracy['balanced'] for accuracy in found.accuracy]
    assert balanced[2] > balanced[0] + 20
    assert balanced[found.best] == max(balanced) and found.settings[found.best].chosen
    assert found.folds == 5


def test_held_out_images_have_no_part_in_what_judges_them():
    """A label that is wrong in one fold moves what is chosen on the others only."""
    logits = make_logits(visual=False)
    found = calibrate(logits)
    predicted = torch.empty(120, dtype=torch.long)
    fold = torch.arange(40).repeat(3) % 5
    for index in range(5):
        rest, own = fold != index, fold == index
        log_prior = estimate_text_prior(logits.language[rest], logits.labels[rest])
        predicted[own] = (logits.language[own] - log_prior).argmax(dim=1)
    right = (predicted == logits.labels).double()
    assert found.accuracy[1]['top1'] == pytest.approx(100 * float(right.mean()))
    assert found.accuracy[1]['few'] == pytest.approx(100 * float(right[80:].mean()))


def test_long_tailed_images_give_the_prior_of_balanced_ones():
    balanced = calibrate(make_logits((300, 300, 300))).prior.log_prior
    long_tailed = calibrate(make_logits((300, 60, 20))).prior.log_prior
    torch.testing.assert_close(long_tailed, balanced, atol=0.7, rtol=0)
    assert long_tailed[0] - long_tailed[2] < 9.5  # 8, and 8 + log 15 = 10.7 without weights


def test_no_weight_is_chosen_where_there_is_none_or_the_branch_knows_the_images():
    alone = make_logits(visual=False, visual_weight=None)
    for logits in (alone, make_logits(seen_in_training=True)):
        found = calibrate(logits)
        assert names(found) == ['as it is', 'prior off']


def test_a_single_image_of_a_class_leaves_no_folds():
    logits = make_logits((9, 4, 1))
    found = calibrate(logits)
    assert found.folds == 1
    console = Console(width=120, record=True)
    print_calibration(found, logits, console)
    text = console.export_text()
    assert '14 images of val, 1 to 9 per class; every class counts alike.' in text
    assert 'judged on the images that it is chosen on, so it looks better than it is' in text


def test_what_changes_nothing_is_best_among_equals():
    labels = torch.arange(3).repeat(4)
    sure = 9.0 * torch.eye(3)[labels]
    logits = BranchLogits(sure, sure, labels, ClassRecord('abc', (9, 9, 9)), META)
    found = calibrate(logits)
    assert found.best == 0
    files = dict(prior='p.safetensors')
    assert command_to_test(found, logits, files) == (
        "python tools/test.py 'a b.py' c.pth --cfg-options 'seeds=[1,2]' name=x"
    )


def test_the_table_the_files_and_the_command(tmp_path):
    logits = make_logits()
    found = calibrate(logits, [0.25, 0.5])
    console = Console(width=120, record=True)
    print_calibration(found, logits, console)
    text = console.export_text()
    assert '120 images of val, 40 per class' in text
    assert 'each of 5 folds judged by what is chosen on the others' in text
    assert 'prior off, w = 0.25 (chosen)' in text
    files = write_calibration(found, str(tmp_path / 'new'))
    prior = TextPrior.load(files['prior'])
    torch.testing.assert_close(prior.log_prior, found.prior.log_prior.float())
    with open(files['curve']) as file:
        rows = list(csv.DictReader(file))
    assert [(row['prior_taken_off'], row['visual_weight']) for row in rows] == [
        ('0', '0.25'), ('0', '0.5'), ('1', '0.25'), ('1', '0.5')
    ]  # fmt: skip
    assert command_to_test(found, logits, files).endswith(
        f'model.head.visual_weight=0.25 model.head.text_prior={tmp_path}/new/text_prior.safetensors'
    )


def test_logits_survive_their_file(tmp_path):
    path = str(tmp_path / 'logits.safetensors')
    for logits in (make_logits(), make_logits(visual=False)):
        logits.save(path)
        again = BranchLogits.load(path)
        assert torch.equal(again.language, logits.language)
        assert (again.visual is None) == (logits.visual is None)
        assert again.meta == logits.meta and again.record == logits.record
        assert calibrate(again).accuracy == calibrate(logits).accuracy


def test_what_cannot_be_chosen_on_is_refused(tmp_path):
    logits = make_logits()
    with pytest.raises(ValueError, match=r"visual': \(3, 2\)\}, with 3 labels of 3 classes; they"):
        BranchLogits(torch.ones(3, 3), torch.ones(3, 2), torch.arange(3), logits.record)
    with pytest.raises(ValueError, match='language of the logits has 9 numbers that are not fin'):
        BranchLogits(torch.full((3, 3), float('nan')), None, torch.arange(3), logits.record)
    with pytest.raises(ValueError, match='The 3 labels of the logits must be .* in 0 .. 2'):
        BranchLogits(torch.ones(3, 3), None, torch.arange(3) + 1, logits.record)
    with pytest.raises(ValueError, match="The logits, meta has no 'config'"):
        calibrate(BranchLogits(logits.language, None, logits.labels, logits.record))
    with pytest.raises(ValueError, match='weights is 1.5'):
        calibrate(logits, [1.5])
    path = str(tmp_path / 'prior.safetensors')
    calibrate(logits).prior.save(path)
    with pytest.raises(ValueError, match=r"no logits with their labels .*\['log_prior'\]"):
        BranchLogits.load(path)
