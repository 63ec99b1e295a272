"""The page in a real browser: it works, asks for nothing and runs no text of others."""

import re
from copy import deepcopy

import pytest
from browser import Browser
from corpus_pages import CLASSES, EVIL, make_features, make_report

from vlltr_mm.apis.checks.corpus import check_corpus
from vlltr_mm.apis.corpus_page import find_selection, render_page, write_page
from vlltr_mm.apis.corpus_page.gathering import gather

NAMES = "[...document.querySelectorAll('#class-table > tbody > tr > th')].map(e => e.innerText)"
INNER = "document.querySelector('#class-table .open .inner')"


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp('corpus')


@pytest.fixture(scope='module')
def made(folder):
    """A report whose classes and sentences are markup, and what is kept."""
    report = make_report(folder)
    make_features(folder).save(str(folder / 'features'))
    return report, find_selection(report, features=str(folder / 'features'))


def test_markup_in_names_is_text(made):
    report, selection = made
    report = deepcopy(report)
    report.text.notes.append(EVIL[0])
    page = render_page(gather(report, EVIL[1], selection))
    assert EVIL[0] not in page and EVIL[1] not in page
    assert '&lt;script&gt;window.bad = 1&lt;/script&gt;' in page
    assert len(re.findall('<script', page)) == len(re.findall('</script>', page)) == 3


def test_the_same_data_make_the_same_page(made):
    report, selection = made
    page = render_page(gather(report, 'x', selection))
    assert page == render_page(gather(deepcopy(report), 'x', deepcopy(selection)))


def test_the_page_names_no_address(made):
    page = render_page(gather(made[0], 'x', made[1]))
    found = re.findall(r'(?:https?:)?//[\w.]+[^\s"\']*', re.sub(r'[\w+/=]{80,}', '', page))
    assert [text for text in found if '.' in text] == ['http://www.w3.org/2000/svg']
    assert "default-src 'none'" in page and 'unsafe-inline' not in page


@pytest.fixture(scope='module')
def browser():
    with Browser() as started:
        yield started


@pytest.fixture(scope='module')
def page(made, folder):
    path = folder / 'corpus.html'
    assert write_page(str(path), made[0], EVIL[1], made[1]) == path.stat().st_size
    return path


@pytest.fixture
def opened(browser, page):
    """The page, freshly opened; afterwards nothing may have gone wrong in it."""
    browser.show()
    browser.open(page)
    yield browser
    assert browser.problems == []
    assert browser.run('window.bad') is None
    assert {url.split(':')[0] for url in browser.requests} <= {'file', 'data'}
    assert sum(url.startswith('file') for url in browser.requests) == 1


def click(browser, selector):
    browser.run(f'document.querySelector({selector!r}).click()')


def open_class(browser, label):
    click(browser, f'tr[data-label="{label}"] .name')
    browser.wait("document.querySelector('#class-table .open h4')")


@pytest.mark.slow
def test_what_is_said_of_sentences(opened, made):
    assert opened.run('document.title') == f'{EVIL[1]}: text'
    counts = made[0].stats.counts
    fewest = sorted(range(6), key=lambda label: (counts[label], label))
    assert opened.run(NAMES) == [CLASSES[label] for label in fewest]
    open_class(opened, 0)
    text = opened.run(f'{INNER}.innerText')
    assert '9 sentences' in text and 'Kept 3' in text and 'Dropped 6' in text
    assert 'names red wolf' in text and 'is cut' in text
    assert 'repeats sentence 4' in text  # of the article, after two prompts
    assert 'shared with red wolf, lion, ' in text
    rows = f"[...{INNER}.querySelectorAll('table > tbody > tr')]"
    assert opened.run(f'{rows}.length') == 9
    losses = made[1].losses[:9].tolist()
    assert opened.run(f'{rows}.map(r => r.lastChild.innerText)') == [f'{v:.3f}' for v in losses]
    ranks = made[1].ranks[:9].tolist()
    shown = opened.run(f'{rows}.map(r => r.children[4].innerText)')
    assert shown == [str(rank or '–') for rank in ranks]
    kept = opened.run(f"{rows}.map(r => r.className === 'kept')")
    assert kept == [rank > 0 for rank in ranks]


@pytest.mark.slow
def test_choosing_and_ordering_sentences(opened, made):
    open_class(opened, 0)
    buttons = f"[...{INNER}.querySelectorAll('.choices button')]"

    def choose(start):
        opened.run(f'{buttons}.find(b => b.innerText.startsWith({start!r})).click()')

    choose('Kept')
    numbers = f"[...{INNER}.querySelectorAll('td.number')].map(e => +e.innerText)"
    ranks = made[1].ranks[:9].tolist()
    kept = [place + 1 for place, rank in enumerate(ranks) if rank]
    assert opened.run(numbers) == kept
    choose('By L_lin')
    losses = made[1].losses[:9].tolist()
    assert opened.run(numbers) == sorted(kept, key=lambda number: ranks[number - 1])
    choose('All')
    assert opened.run(numbers) == sorted(range(1, 10), key=lambda n: (losses[n - 1], n))
    pressed = opened.run(f'{buttons}.filter(b => b.ariaPressed === "true").map(b => b.innerText)')
    assert pressed == ['All 9', 'By L_lin']


@pytest.mark.slow
def test_markup_is_shown_as_it_is(opened):
    open_class(opened, 3)
    open_class(opened, 5)
    text = opened.run("document.querySelector('#class-table').innerText")
    assert all(evil in text for evil in (*EVIL, '<b>"x" & \'y\'</b>', '\u202eabc'))
    assert opened.run("document.querySelectorAll('main img, main td b').length") == 0


@pytest.mark.slow
def test_a_pair_opens_its_class(opened, made):
    pairs = gather(*made[:1], 'x')['pairs']
    rows = opened.run("""[...document.querySelectorAll('#pairs tbody tr')].map(r =>
        [...r.children].map(e => e.innerText))""")
    names = [[CLASSES[a], CLASSES[b]] for a, b, *_ in pairs]
    assert [row[:2] for row in rows] == names[:15]
    assert rows[0][2:] == [str(number or '–') for number in pairs[0][2:]]
    click(opened, '#pairs .name')
    opened.wait("document.querySelector('#class-table .open h4')")
    assert opened.run('document.activeElement.innerText') == names[0][0]


@pytest.mark.slow
def test_sorting_searching_and_filtering(opened, made):
    facts = gather(*made[:1], 'x')['classes']
    for key, sign in (('naming', -1), ('naming', 1), ('shared', -1)):
        click(opened, f'[data-key={key}]')
        order = sorted(range(6), key=lambda c: (sign * facts[key][c], c))
        assert opened.run(NAMES) == [CLASSES[c] for c in order]
    opened.run("""{ const chosen = document.getElementById('filter'); chosen.value = 'naming';
        chosen.dispatchEvent(new Event('input')); }""")
    naming = [CLASSES[c] for c in order if facts['naming'][c]]
    assert opened.run(NAMES) == naming and len(naming) > 0
    opened.run("document.getElementById('search').focus()")
    opened.write('RED W')
    assert opened.run(NAMES) == [name for name in naming if name == 'red wolf']


@pytest.mark.slow
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_light_dark_narrow_and_on_paper(opened, scheme):
    opened.show(390, 844, scheme, mobile=True)
    open_class(opened, 0)
    assert opened.run('document.documentElement.scrollWidth') <= 390
    ground = opened.run('getComputedStyle(document.body).backgroundColor')
    assert (ground == 'rgb(255, 255, 255)') == (scheme == 'light')
    opened.show(720, 1000, scheme)
    opened.call('Emulation.setEmulatedMedia', media='print')
    assert opened.run('document.documentElement.scrollWidth') <= 720
    assert opened.run('getComputedStyle(document.body).backgroundColor') == 'rgb(255, 255, 255)'


@pytest.mark.slow
def test_what_can_be_operated_has_a_name(opened):
    open_class(opened, 0)
    nameless = opened.run("""[...document.querySelectorAll('button, input, select, [role=region]')]
        .filter(e => !(e.ariaLabel || e.innerText || (e.labels && e.labels.length)))
        .map(e => e.outerHTML.slice(0, 80))""")
    assert nameless == []


@pytest.mark.slow
def test_without_selection_and_without_text(browser, tmp_path):
    (tmp_path / 'a.json').write_text('{"fox": ["One."], "x": ["A."]}')
    source = dict(type='JsonDescriptions', path=str(tmp_path / 'a.json'))
    report = check_corpus(['fox', 'sea'], [source])
    write_page(str(tmp_path / 'bare.html'), report, 'bare')
    browser.open(tmp_path / 'bare.html')
    text = browser.run('document.body.innerText')
    assert 'Problem:' in text and '1 class without text' in text and 'keeps' not in text
    click(browser, 'tr[data-label="1"] .name')
    browser.wait("document.querySelector('#class-table .open .note')")
    assert 'no sentence of this class' in browser.run(f'{INNER}.innerText')
    assert browser.problems == []


@pytest.mark.slow
def test_thousands_of_classes(browser, tmp_path):
    """Made-up names and sentences of which every class has some of its own."""
    classes = [f'bird number{label}' for label in range(8142)]
    templates = [f'A photo of a {{}} in place {n}, seen from afar.' for n in range(4)]
    report = check_corpus(classes, [dict(type='PromptTemplates', templates=templates)])
    path = tmp_path / 'many.html'
    assert write_page(str(path), report, 'many') <= 20e6
    assert browser.open(path) <= 3
    assert len(browser.run(NAMES)) == 50
    open_class(browser, 0)
    assert browser.problems == []
