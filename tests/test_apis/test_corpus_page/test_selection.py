"""What is kept, from anchors or from features; what belongs to other text is refused."""

import json
import math
from dataclasses import replace

import pytest
import torch
from corpus_pages import CLASSES, list_sources, make_features, make_report

from vlltr_mm.apis.checks.corpus import check_corpus
from vlltr_mm.apis.corpus_page import find_selection
from vlltr_mm.apis.features import choose_anchors
from vlltr_mm.models import AnSS
from vlltr_mm.structures import AnchorSet, FeatureBank, write_readable
from vlltr_mm.structures.anchor_set import pack_sentences


@pytest.fixture
def report(tmp_path):
    return make_report(tmp_path)


@pytest.fixture
def stored(report, tmp_path):
    """A folder of features, and those."""
    features = make_features(tmp_path)
    features.save(str(tmp_path / 'features'))
    return str(tmp_path / 'features'), features


def slow_losses(features):
    """L_lin (S,) in float64, one term after the other."""
    images = features.splits['train']
    scale, losses = math.exp(features.anchors.logit_scale), []

    def unit(vector):
        values = [float(v) for v in vector]
        norm = math.sqrt(sum(v * v for v in values))
        return [v / norm for v in values]

    rows = [(unit(f), int(c)) for f, c in zip(images.feats, images.labels)]
    for feat, label in zip(features.text.feats, features.text.labels.tolist()):
        text = unit(feat)
        logits = [(scale * sum(a * b for a, b in zip(text, image)), c) for image, c in rows]
        own = [logit for logit, c in logits if c == label]
        total = math.log(sum(math.exp(logit) for logit, _ in logits))
        losses.append(total - sum(own) / len(own))
    return losses


def slow_ranks(features, losses, most):
    labels = features.text.labels.tolist()
    ranks = [0] * len(labels)
    for label in set(labels):
        own = sorted((i for i, c in enumerate(labels) if c == label), key=lambda i: losses[i])
        for rank, i in enumerate(own[:most], start=1):
            ranks[i] = rank
    return ranks


def test_features_are_selected_from_as_stage_1_does(report, stored):
    folder, features = stored
    found = find_selection(report, features=folder)
    losses = slow_losses(features)
    torch.testing.assert_close(
        found.losses.double(), torch.tensor(losses).double(), atol=1e-5, rtol=0
    )
    assert found.ranks.tolist() == slow_ranks(features, losses, 3)
    assert (found.num_anchors, found.rule, found.origin, found.notes) == (3, 'AnSS', folder, [])
    labels = features.text.labels.tolist()
    first = [labels[:i].count(label) < 3 for i, label in enumerate(labels)]
    assert found.cut_off.tolist() == first
    assert (found.ranks > 0).ne(found.cut_off).any()


def write_anchors(report, features, folder, readable=True):
    """Write what the end of stage 1 does of three anchors each."""
    anchors = choose_anchors(features, AnSS(num_anchors=3))
    sentences = [s for own in report.text.sentences for s in own]
    rows = [[sentences[i] for i in own if i >= 0] for own in anchors.sentence_ids.tolist()]
    anchors.packed_text = pack_sentences(rows)
    path = str(folder / 'anchors.safetensors')
    anchors.save(path)
    if readable:
        losses = torch.tensor(slow_losses(features))
        write_readable(path, anchors, report.text.sentences, losses)
    return path


def test_anchors_and_the_readable_file_beside_them(report, stored, tmp_path):
    path = write_anchors(report, stored[1], tmp_path)
    found = find_selection(report, path)
    losses = slow_losses(stored[1])
    assert found.ranks.tolist() == slow_ranks(stored[1], losses, 3)
    assert found.losses.tolist() == pytest.approx(losses, abs=1e-4)  # written to four digits
    assert found.rule == 'AnSS' and found.notes == []


def test_anchors_alone_know_what_they_keep(report, stored, tmp_path):
    path = write_anchors(report, stored[1], tmp_path, readable=False)
    found = find_selection(report, path)
    assert found.losses.isnan().eq(found.ranks == 0).all()


def test_a_readable_file_of_other_text_is_left_out(report, stored, tmp_path):
    path = write_anchors(report, stored[1], tmp_path)
    classes = json.loads((tmp_path / 'anchors.json').read_text())
    classes[2]['sentences'][0]['sentence'] = 'Something else.'
    (tmp_path / 'anchors.json').write_text(json.dumps(classes))
    found = find_selection(report, path)
    assert 'anchors.json is of other text' in found.notes[0]
    assert found.losses.isnan().eq(found.ranks == 0).all()


def test_features_score_what_anchors_dropped(report, stored, tmp_path):
    path = write_anchors(report, stored[1], tmp_path, readable=False)
    found = find_selection(report, path, stored[0])
    assert found.losses.tolist() == pytest.approx(slow_losses(stored[1]), abs=1e-5)
    assert found.origin == path and found.notes == []
    other = make_features(tmp_path, seed=0)
    other.splits['train'] = FeatureBank(
        -stored[1].splits['train'].feats, other.splits['train'].labels
    )
    other.save(str(tmp_path / 'other'))
    note = find_selection(report, path, str(tmp_path / 'other')).notes[0]
    assert 'L_lin is of the images in' in note and 'differs by up to' in note


def changed(folder, features, **changes):
    replace(features, **changes).save(str(folder / 'changed'))
    return str(folder / 'changed')


def record_with(features, **changes):
    record = replace(features.text.record, **changes)
    return FeatureBank(
        features.text.feats, features.text.labels, dict(features.text.meta, record=record.to_meta())
    )


def test_strangers_are_refused(report, stored, tmp_path):
    folder, features = stored
    path = write_anchors(report, features, tmp_path)
    here = check_corpus(CLASSES, list_sources(tmp_path)[:2])
    for given in (dict(anchors=path), dict(features=folder)):
        with pytest.raises(ValueError, match='is of another corpus .fingerprint .*name the same'):
            find_selection(here, **given)
    here = replace(report, classes=CLASSES[::-1])
    for given in (dict(anchors=path), dict(features=folder)):
        with pytest.raises(ValueError, match='same classes in another order'):
            find_selection(here, **given)
    with pytest.raises(ValueError, match='of 6 classes, the corpus of 5'):
        find_selection(replace(report, classes=CLASSES[:5]), path)
    without = changed(tmp_path, features, text=record_with(features, corpus=None))
    with pytest.raises(ValueError, match='does not say of which corpus it is'):
        find_selection(report, features=without)
    with pytest.raises(ValueError, match='has no features of text with anchors'):
        find_selection(report, features=changed(tmp_path / 'a', features, text=None))
    other = changed(tmp_path / 'b', features, text=record_with(features, tower='b' * 64))
    with pytest.raises(ValueError, match='are of different text towers'):
        find_selection(report, path, other)
    order = record_with(features)
    order.labels = order.labels.flip(0)
    with pytest.raises(ValueError, match='sentences in another order than the corpus'):
        find_selection(report, features=changed(tmp_path / 'c', features, text=order))
    images = features.splits['train']
    pool = changed(tmp_path / 'd', features, splits=dict(pool=images, test=images))
    with pytest.raises(ValueError, match='have a pool and no training set'):
        find_selection(report, features=pool)


def test_anchors_without_a_fingerprint_are_known_by_their_text(report, stored, tmp_path):
    path = write_anchors(report, stored[1], tmp_path, readable=False)
    anchors = AnchorSet.load(path)
    del anchors.meta['corpus']
    anchors.save(path)
    assert find_selection(report, path).ranks.count_nonzero() == 18
    ids = anchors.sentence_ids.clone()
    ids[2] = ids[2].flip(0)
    replace(anchors, sentence_ids=ids).save(path)
    with pytest.raises(ValueError, match="anchors of class 2 'lion' that are not the sentences"):
        find_selection(report, path)
    replace(anchors, packed_text=None).save(path)
    with pytest.raises(ValueError, match='does not say of which corpus it is'):
        find_selection(report, path)


def test_anchors_of_sentences_that_are_not_there(report, stored, tmp_path):
    path = write_anchors(report, stored[1], tmp_path, readable=False)
    anchors = AnchorSet.load(path)
    for wrong in (10**6, 0):
        ids = anchors.sentence_ids.clone()
        ids[4, 0] = wrong
        replace(anchors, sentence_ids=ids, packed_text=None).save(path)
        with pytest.raises(ValueError, match='anchors of class 4 '):
            find_selection(report, path)


def test_without_either_nothing_is_read(report, tmp_path):
    assert find_selection(report) is None
    with pytest.raises(FileNotFoundError):
        find_selection(report, features=str(tmp_path / 'none'))


def test_a_corpus_with_faults_has_no_selection(report, stored, tmp_path):
    (tmp_path / 'text.json').write_text('{}')
    report = check_corpus(CLASSES, list_sources(tmp_path))
    with pytest.raises(ValueError, match='text.json has no sentence for any of 6 classes'):
        find_selection(report, features=stored[0])
