"""What the page shows, against plain loops over the sentences."""

import json
import statistics

import pytest
from corpus_pages import CLASSES, make_features, make_report

from vlltr_mm.apis.checks.corpus import check_corpus
from vlltr_mm.apis.corpus_page import find_selection, gathering
from vlltr_mm.apis.corpus_page.gathering import gather
from vlltr_mm.datasets.corpus.clip_tokens import count_tokens


@pytest.fixture
def report(tmp_path):
    return make_report(tmp_path)


def same(a, b):
    return a.lower().split() == b.lower().split()


def slow_rows(report):
    """Compare each sentence with every other one."""
    rows = []
    for label, own in enumerate(report.text.sentences):
        for place, text in enumerate(own):
            earlier = [p for p in range(place) if same(own[p], text)]
            others = [
                c
                for c, theirs in enumerate(report.text.sentences)
                if c != label and any(same(text, t) for t in theirs)
            ]
            tokens = int(count_tokens([text])[0])
            origin = report.text.origin_names[report.text.origins[label][place]]
            named = report.naming[label].get(place)
            rows.append(
                dict(label=label, place=place, text=text, origin=origin, tokens=tokens)
                | dict(repeats=earlier[:1], shared=others, naming=named, cut=tokens > 77)
            )
    return rows


def test_sentences_and_their_remarks(report):
    details, rows = gather(report, 'x')['details'], slow_rows(report)
    found = []
    for label in range(len(CLASSES)):
        detail = details[label]
        assert detail['total'] == len(detail['sentences'])
        found += [(label, detail['origins'], *row) for row in detail['sentences']]
    assert len(found) == len(rows) > 40
    for (label, origins, number, text, origin, tokens, more), row in zip(found, rows):
        assert (label, number - 1, tokens) == (row['label'], row['place'], row['tokens'])
        assert text == (row['text'] if len(row['text']) <= 300 else f'{row["text"][:299]}…')
        assert origins[origin] == row['origin']
        wanted = {}
        if row['shared']:
            wanted |= dict(s=row['shared'], n=len(row['shared']))
        if row['naming']:
            wanted['o'] = list(row['naming'])
        if row['repeats']:
            wanted['r'] = row['repeats'][0] + 1
        if row['cut']:
            wanted['c'] = 1
        assert more == wanted, row
    for key in 'sorc':
        assert any(key in row[-1] for row in found), key


def test_counts_of_classes_and_sources(report):
    found, rows = gather(report, 'x'), slow_rows(report)
    kinds = [source['name'].split(':')[0] for source in found['sources']]
    assert kinds == ['PromptTemplates', 'WikiTexts', 'JsonDescriptions']
    assert found['sources'][1]['name'].endswith('/wiki (6)')
    for label in range(len(CLASSES)):
        own = [row for row in rows if row['label'] == label]
        assert found['classes']['counts'][label] == len(own)
        assert found['classes']['tokens'][label] == statistics.median(r['tokens'] for r in own)
        for key in ('cut', 'repeats', 'shared', 'naming'):
            assert found['classes'][key][label] == sum(bool(row[key]) for row in own), key
        for kind, counts in zip(kinds, found['classes']['sources']):
            assert counts[label] == sum(row['origin'].startswith(kind) for row in own)
    for kind, source in zip(kinds, found['sources']):
        own = [row for row in rows if row['origin'].startswith(kind)]
        assert source['number'] == len(own)
        assert source['share'] == pytest.approx(100 * len(own) / len(rows))
        assert source['classes'] == len({row['label'] for row in own})
        assert source['tokens'] == statistics.median(row['tokens'] for row in own)
        for key in ('cut', 'repeats', 'shared', 'naming'):
            assert source[key] == sum(bool(row[key]) for row in own), key
    summary = found['summary']
    for key, name in (('cut', 'cut'), ('shared', 'shared'), ('repeats', 'repeated')):
        assert summary[f'num_{name}'] == sum(bool(row[key]) for row in rows)
    assert summary['num_naming'] == sum(row['naming'] is not None for row in rows) > 0
    assert 'kept' not in found['sources'][0] and found['selection'] is None


def test_what_is_kept_of_each_source(report, tmp_path):
    make_features(tmp_path).save(str(tmp_path / 'features'))
    selection = find_selection(report, features=str(tmp_path / 'features'))
    found, rows = gather(report, 'x', selection), slow_rows(report)
    for row, rank, first in zip(rows, selection.ranks.tolist(), selection.cut_off.tolist()):
        row.update(kept=rank > 0, cut_off=first)
    kept = [row for row in rows if row['kept']]
    assert found['selection']['kept'] == len(kept) == 3 * len(CLASSES)
    assert found['selection']['same'] == sum(row['cut_off'] for row in kept)
    for source in found['sources']:
        kind = source['name'].split(':')[0]
        own = [row for row in rows if row['origin'].startswith(kind)]
        for key in ('kept', 'cut_off'):
            number = sum(row[key] for row in own)
            assert source[key] == number
            assert source[f'{key}_share'] == pytest.approx(100 * number / len(own))
            assert source[f'{key}_part'] == pytest.approx(100 * number / len(kept))
    assert found['classes']['kept'] == [3] * len(CLASSES)
    shown = [row for detail in found['details'].values() for row in detail['sentences']]
    for (*_, more), rank, loss in zip(shown, selection.ranks.tolist(), selection.losses.tolist()):
        assert (more.get('k', 0), more['l']) == (rank, pytest.approx(loss, abs=5e-4))


def test_sentences_without_remarks_are_left_out_first(report, monkeypatch):
    whole = gather(report, 'x')['details'][0]['sentences']
    monkeypatch.setattr(gathering, '_MOST_SENTENCES', 0)
    monkeypatch.setattr(gathering, '_FEWEST', 7)
    detail = gather(report, 'x')['details'][0]
    assert detail['total'] == len(whole) == 9 and len(detail['sentences']) == 7
    assert detail['sentences'] == sorted(detail['sentences'])
    left = [row for row in whole if row not in detail['sentences']]
    assert all(not row[4] for row in left)


def test_classes_of_one_name_are_told_apart():
    templates = ['a {}.', 'one {}.']
    report = check_corpus(
        ['crane', 'fox', 'crane'], [dict(type='PromptTemplates', templates=templates)]
    )
    found = gather(report, 'x')
    assert found['classes']['names'] == ['crane (0)', 'fox', 'crane (2)']
    assert found['pairs'] == [[0, 2, 2, 0, 0]]


def test_classes_without_text(tmp_path):
    (tmp_path / 'a.json').write_text('{"fox": ["One."]}')
    report = check_corpus(
        ['fox', 'sea'], [dict(type='JsonDescriptions', path=str(tmp_path / 'a.json'))]
    )
    found = gather(report, 'x')
    assert found['summary']['num_missing'] == 1 and found['summary']['problems']
    assert found['summary']['missing'][0][0] == 'sea'
    assert found['classes']['tokens'][1] is None
    json.dumps(found, allow_nan=False)
    empty = check_corpus(['x', 'y'], [dict(type='JsonDescriptions', path=str(tmp_path / 'a.json'))])
    json.dumps(gather(empty, 'x'), allow_nan=False)
