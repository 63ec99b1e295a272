"""Checking text names every class without any."""

import io
import json
import runpy

import pytest
from forked import run_tool
from mmengine.registry import DefaultScope
from repo import REPO
from rich.console import Console

from vlltr_mm.apis.checks.corpus import check_corpus, corpus_of_config, print_corpus
from vlltr_mm.datasets import TextCorpus

CLASSES = ['fox', 'sea', 'arch [x]', 'ox', 'bee']
PROMPTS = dict(type='PromptTemplates', templates=['a {}.'])


@pytest.fixture
def sources(tmp_path):
    """Wiki text of classes 0, 2 and 4, JSON text of class 0 and of no class."""
    (tmp_path / 'wiki').mkdir()
    (tmp_path / 'wiki/desc_0.txt').write_text('One. Two.')
    (tmp_path / 'wiki/desc_2.txt').write_text('One.')
    (tmp_path / 'wiki/desc_3.txt').write_text('')
    (tmp_path / 'wiki/desc_4.txt').write_text('Five.')
    path = tmp_path / 'a.json'
    path.write_text(json.dumps(dict(fox=['Three.'], unicorn=['Four.'])))
    return [
        dict(type='WikiTexts', root=str(tmp_path / 'wiki')),
        dict(type='JsonDescriptions', path=str(path)),
    ]


def printed(report, **kwargs):
    console = Console(file=io.StringIO(), width=100)
    print_corpus(report, console, **kwargs)
    return console.file.getvalue()


def test_every_class_without_text_is_named(sources):
    report = check_corpus(CLASSES, sources)
    assert list(report.missing) == [1, 3]
    assert 'desc_1.txt does not exist; ' in report.missing[1]
    assert "a.json has no sentence for 'sea'" in report.missing[1]
    assert 'desc_3.txt has no sentence' in report.missing[3]
    assert report.problems[0].startswith("Class 1 'sea' has no sentence (")
    assert '2 of 5 classes have none. Give them text' in report.problems[0]
    assert "'unicorn'" in report.problems[1] and len(report.problems) == 2
    assert report.stats.counts.tolist() == [3, 0, 1, 0, 1]
    text = printed(report)
    assert '5 sentences of 5 classes; per class 0 to 3, median 1.' in text
    assert ': 1 sea, 3 ox' in text and '2 arch [x] (1), 4 bee (1), 0 fox (3)' in text
    assert "'One.' in 2 classes, such as 0 fox, 2 arch [x]" in text
    assert "Problem: Class 1 'sea'" in text and 'Every class' not in text


def test_sources_are_found_in_any_scope(sources):
    with DefaultScope.overwrite_default_scope('mmengine'):
        assert check_corpus(CLASSES, [*sources, PROMPTS]).stats.counts.tolist() == [4, 1, 2, 1, 2]


def test_prompts_turn_problems_into_notes(sources):
    report = check_corpus(CLASSES, [*sources, PROMPTS])
    assert not report.missing and not report.problems
    assert report.stats.counts.tolist() == [4, 1, 2, 1, 2]
    assert any('desc_1.txt' in n and '2 of 5 classes rely' in n for n in report.notes)
    assert any("'unicorn'" in note for note in report.notes)
    assert 'Every class has text.' in printed(report)


def test_sources_and_names_of_other_classes_are_counted(tmp_path):
    path = tmp_path / 'a.json'
    texts = {
        'fox': ['A bee flies.', 'Bees and an ox.', 'A fox hunts a bee.', 'Red.'],
        'bee': ['Oxen eat.'],
        'ox': [],
    }
    path.write_text(json.dumps(texts))
    source = dict(type='JsonDescriptions', path=str(path))
    report = check_corpus(['fox', 'bee', 'ox'], [source, PROMPTS])
    assert report.naming == [{1: (1,), 2: (1, 2)}, {1: (2,)}, {}]
    text = printed(report)
    assert '3 (37.50 %) from PromptTemplates' in text
    assert f'5 (62.50 %) from JsonDescriptions: {path}' in text
    assert '3 (37.50 %) name another class, and not their own.' in text
    assert "  2 of 0 fox name 1 bee, such as 'A bee flies.'" in text
    assert text.index('2 of 0 fox') < text.index("1 of 0 fox name 2 ox, such as 'Bees")
    assert '1 bee name 2 ox' in text and '1 of 1 bee' not in printed(report, examples=1)


@pytest.mark.parametrize('others', [[], [PROMPTS]])
def test_the_corpus_itself_judges_alike(sources, others, tmp_path, monkeypatch):
    warned = []
    monkeypatch.setattr('vlltr_mm.datasets.corpus.text_corpus.warn_once', warned.append)
    report = check_corpus(CLASSES, [*sources, *others])
    if report.problems:
        with pytest.raises(ValueError) as refused:
            TextCorpus(CLASSES, sources, cache_dir=str(tmp_path / 'cache'))
        assert str(refused.value) == ' '.join(report.problems)
    else:
        TextCorpus(CLASSES, [*sources, *others], cache_dir=str(tmp_path / 'cache'))
        assert warned == [f'Text corpus: {". ".join(report.notes)}.']
    assert bool(report.problems) == (not others)


def test_notes_do_not_count_classes_without_any_text(sources):
    report = check_corpus(CLASSES, sources)
    # JSON has nothing for 1 .. 4, but only 2 and 4 have text elsewhere.
    assert [n for n in report.notes if "class 2 'arch [x]'); 2 of 5 classes rely" in n]


def test_the_histogram_counts_each_sentence_once(sources):
    report = check_corpus(
        ['a', 'b'],
        [dict(type='PromptTemplates', templates=['{}', 'cat ' * 75 + '{}', 'cat ' * 74 + '{}'])],
    )
    rows = [line.split() for line in printed(report).splitlines()]
    assert ['1', '-', '7', '2'] in [row[:4] for row in rows]
    assert ['71', '-', '77', '2'] in [row[:4] for row in rows]
    assert ['78', 'and', 'more,', 'cut', '2'] in [row[:5] for row in rows]
    assert '2 (33.33 %) are longer than 77 tokens' in printed(report)


def test_nothing_but_missing_text(tmp_path):
    path = tmp_path / 'a.json'
    path.write_text('{}')
    report = check_corpus(CLASSES, [dict(type='JsonDescriptions', path=str(path))])
    assert list(report.missing) == [0, 1, 2, 3, 4]
    assert '0 sentences of 5 classes' in printed(report)


def write_config(folder, dataset, **keys):
    path = folder / 'config.py'
    path.write_text(
        f'train_dataloader = dict(dataset={dataset!r})\n'
        + ''.join(f'{k} = {v!r}\n' for k, v in keys.items())
    )
    return str(path)


def test_config(tmp_path, sources):
    (tmp_path / 'labels.txt').write_text('n1 0 red_fox\nn2 1 sea\n')
    (tmp_path / 'ImageNet_LT_train.txt').write_text('a/1.jpg 0\na/2.jpg 1\n')
    images = dict(type='ImageNetLT', data_root=str(tmp_path))
    corpus = dict(sources=sources)
    path = write_config(tmp_path, dict(type='TextCorpusDataset', dataset=images, corpus=corpus))
    classes, found, tokenizer, *_ = corpus_of_config(path)
    assert list(classes) == ['red fox', 'sea'] and found == sources and tokenizer is None
    corpus['classes'] = ['x', 'y']
    path = write_config(tmp_path, dict(type='TextCorpusDataset', dataset=images, corpus=corpus))
    assert list(corpus_of_config(path)[0]) == ['x', 'y']


def test_config_errors(tmp_path):
    path = write_config(tmp_path, dict(type='ImageNetLT'), pretrain_config='cvlp_x.py')
    with pytest.raises(ValueError, match='is ImageNetLT, which has no text.*cvlp_x.py beside it'):
        corpus_of_config(path)
    (tmp_path / 'images/a').mkdir(parents=True)
    (tmp_path / 'images/a/1.jpg').touch()
    (tmp_path / 'list.txt').write_text('a/1.jpg 0\n')
    images = dict(type='CustomDataset', data_root=str(tmp_path), ann_file='list.txt')
    path = write_config(
        tmp_path, dict(type='TextCorpusDataset', dataset=images, corpus=dict(sources=[PROMPTS]))
    )
    with pytest.raises(ValueError, match='names the classes'):
        corpus_of_config(path)
    with pytest.raises(ValueError, match=r'sources is \[\]'):
        check_corpus(CLASSES, [])
    path = write_config(
        tmp_path, dict(type='TextCorpusDataset', dataset=images, corpus=dict(classes=CLASSES))
    )
    with pytest.raises(ValueError, match='sources is None; give a list'):
        check_corpus(*corpus_of_config(path))


@pytest.mark.slow
def test_exit_status(tmp_path, sources):
    (tmp_path / 'labels.txt').write_text('n1 0 fox\nn2 1 sea\nn3 2 arch\nn4 3 ox\nn5 4 bee\n')
    tool = ('tools/analysis_tools/check_corpus.py', '--labels', tmp_path / 'labels.txt')
    command = (*tool, '--wiki', sources[0]['root'])
    done = run_tool(*command, cwd=REPO)
    assert done.returncode == 1 and ': 1 sea' in done.stdout, done.stderr
    picture = tmp_path / 'new/a.png'
    page = tmp_path / 'new/a.html'
    done = run_tool(*command, '--prompts', '--plot', picture, '--page', page, cwd=REPO)
    assert done.returncode == 0 and picture.is_file(), done.stderr
    assert f'{page}, 0.0 MB' in done.stdout and 'Every class has text' in page.read_text('utf-8')


def test_names_and_repeated_sentences_are_told():
    repeated = [dict(type='PromptTemplates', templates=['a {}.', 'A  {}!'])]
    report = check_corpus(['snow leopard', 'sea'], repeated, None, True, ['snow_leopard', 'sea'])
    assert report.stats.counts.tolist() == [1, 1] and not report.problems
    assert report.notes == [
        "Class names: 'snow_leopard' is read as 'snow leopard'; 1 of 2 class names such",
        '2 repeated sentences are left out',
    ]
    (note,) = check_corpus(['snow_leopard', 'sea'], repeated).notes
    assert "'snow_leopard' is read as it is listed, not as 'snow leopard'; 1 of 2" in note


def test_the_command_names_prompts(tmp_path, monkeypatch, capsys):
    labels = tmp_path / 'labels.txt'
    labels.write_text('a 0 001.snow_leopard\nb 1 002.sea\n')

    def said(*args):
        tool = REPO / 'tools/analysis_tools/check_corpus.py'
        monkeypatch.setattr('sys.argv', [str(tool), '--labels', str(labels), *args])
        with pytest.raises(SystemExit) as end:
            runpy.run_path(str(tool), run_name='__main__')
        return end.value.code, capsys.readouterr().out

    assert said('--prompts')[1].startswith('160 sentences of 2 classes')
    code, out = said('--prompts', 'fine_grained', '--kind', 'thing')
    assert code == 0 and out.startswith('2 sentences of 2 classes')
    assert "'001.snow_leopard' is read as 'snow leopard'; 2 of 2 class names such" in out
    assert "give one of 'imagenet'" in said('--prompts', 'nix')[0]
    assert said('--kind', 'thing')[0] == 2
