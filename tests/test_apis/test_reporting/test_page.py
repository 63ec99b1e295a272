"""The page in a real browser: it works, asks for nothing and runs no text of others."""

import re
from copy import deepcopy

import pytest
from browser import Browser
from repo import REPO
from report_data import make_gathered

from vlltr_mm.apis.reporting import write_page
from vlltr_mm.apis.reporting.page import render_page

EVIL = (
    '<script>window.bad = 1</script>',
    '</script><img src=x onerror="window.bad = 1">',
    '{{ 7 }}',
)
ROW = '<b onmouseover=alert(1)>Guided</b>'
PAGE = REPO / 'vlltr_mm/apis/html_page/page'
NAMES = "[...document.querySelectorAll('#class-table > tbody > tr > th')].map(e => e.innerText)"


def evil_data():
    """120 classes, three of which, a row, a sentence and a query are markup."""
    data = make_gathered(120, num_images=60)
    data['classes']['names'][:3] = EVIL
    data['title'] = data['left_out']['anchors'] = EVIL[1]
    data['rows'] = {ROW: data['rows']['Guided'], 'Plain': data['rows']['Plain']}
    data['table'][0]['name'] = data['explained']['row'] = ROW
    data['table'][0]['config'] = EVIL[0]
    data['details'][0]['anchors'][0][0] = EVIL[0]
    picture = data['details'][0]['images'][0]['source']
    images = [[picture, 0, 0.5], [picture, 1, 0.25]]
    data['retrieval'] = [dict(text=EVIL[1], searched=9, images=images)]
    data['left_out'].pop('retrieval')
    return data


def test_markup_in_names_is_text():
    page = render_page(evil_data())
    for text in (*EVIL[:2], ROW):
        assert text not in page
    assert '&lt;b onmouseover=alert(1)&gt;Guided&lt;/b&gt;' in page
    assert len(re.findall('<script', page)) == len(re.findall('</script>', page)) == 2 + 4


def test_the_same_data_make_the_same_page():
    data = make_gathered(40, num_images=8)
    assert render_page(data) == render_page(deepcopy(data))


def test_the_page_names_no_address():
    """But the namespace of SVG, which nothing is loaded from."""
    page = render_page(make_gathered(40, num_images=8))
    found = re.findall(r'(?:https?:)?//[\w.]+[^\s"\']*', re.sub(r'[\w+/=]{80,}', '', page))
    addresses = [text for text in found if '.' in text]
    assert addresses == ['http://www.w3.org/2000/svg']
    assert "default-src 'none'" in page and 'unsafe-inline' not in page


def luminance(colour):
    """Compute WCAG's relative luminance of '#rgb' or '#rrggbb'."""
    digits = colour[1:] if len(colour) == 7 else ''.join(2 * c for c in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * p for weight, p in zip((0.2126, 0.7152, 0.0722), linear))


@pytest.mark.parametrize('scheme', [0, 1], ids=['light', 'dark'])
def test_text_has_contrast(scheme):
    block = re.findall(r':root \{(.*?)\}', (PAGE / '1_base.css').read_text(), flags=re.S)[scheme]
    colours = dict(re.findall(r'--(\w+): (#[0-9a-f]+);', block))
    for ink in ('ink', 'quiet', 'link', 'many', 'medium', 'few', 'good'):
        for ground in ('ground', 'raised', 'chosen'):
            pair = sorted(luminance(colours[name]) for name in (ink, ground))
            assert (pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5, (ink, ground)


@pytest.fixture(scope='module')
def browser():
    with Browser() as started:
        yield started


@pytest.fixture(scope='module')
def data():
    return evil_data()


@pytest.fixture(scope='module')
def page(data, tmp_path_factory):
    path = tmp_path_factory.mktemp('page') / 'report.html'
    write_page(str(path), data)
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


def first_names(browser):
    return browser.run(NAMES)


@pytest.mark.slow
def test_markup_is_shown_as_it_is(opened):
    assert opened.run('document.title').startswith(EVIL[1])
    assert first_names(opened)[:3] == list(EVIL)
    assert opened.run("document.querySelector('#row').value") == ROW
    assert EVIL[1] in opened.run("document.querySelector('#retrieval').innerText")
    assert opened.run("document.querySelectorAll('main b[onmouseover], img[src=x]').length") == 0


@pytest.mark.slow
def test_sorting(opened, data):
    accuracy = data['rows'][ROW]['accuracy']
    names = data['classes']['names']
    tested = [c for c in range(120) if accuracy[c] is not None]
    for sign in (1, -1):
        opened.run("document.querySelector('[data-key=accuracy]').click()")
        order = sorted(tested, key=lambda c: (sign * accuracy[c], c))
        assert first_names(opened) == [names[c] for c in order][:50]
        state = opened.run("document.querySelector('th:has([data-key=accuracy])').ariaSort")
        assert state == ('ascending' if sign == 1 else 'descending')
    for _ in range(2):
        opened.run("document.getElementById('next').click()")
    assert first_names(opened)[-1] == names[-1], 'classes without images come last'
    assert opened.run("document.getElementById('next').disabled")
    opened.run("document.querySelector('[data-key=name]').click()")
    shown = [name for name in first_names(opened) if name.startswith('class')]
    numbers = [int(name.split()[1]) for name in shown]
    assert numbers == sorted(numbers) and len(numbers) > 40


@pytest.mark.slow
def test_searching(opened, data):
    opened.run("document.getElementById('search').focus()")
    opened.write('LASS 11')
    wanted = [n for n in data['classes']['names'] if n.startswith('class 11')]
    assert sorted(first_names(opened)) == sorted(wanted)
    assert opened.run("document.getElementById('found').innerText") == '11 of 120 classes'
    opened.run("""{ const split = document.getElementById('filter'); split.value = 'many';
        split.dispatchEvent(new Event('input')); }""")
    few = [n for n, s in zip(data['classes']['names'], data['classes']['splits']) if s != 'many']
    assert first_names(opened) == [name for name in wanted if name not in few]
    assert len(first_names(opened)) == 1


@pytest.mark.slow
def test_opening_a_class_with_the_keyboard(opened, data):
    opened.run("document.querySelector('#class-table tbody .name').focus()")
    opened.press('Enter', 13, '\r')
    opened.wait("document.querySelector('#class-table .open h4')")
    inner = "document.querySelector('#class-table .open').innerText"
    text = opened.run(inner)
    assert EVIL[0] in text and '64 anchor sentences' in text
    assert 'The selection kept 64 of 104 sentences' in text
    assert opened.run("document.activeElement.getAttribute('aria-expanded')") == 'true'
    opened.run("document.querySelector('.open .strip button').click()")
    image = data['details'][0]['images'][0]
    best = max(range(64), key=lambda m: image['attention'][m])
    row = opened.run("document.querySelector('.open table tbody tr').innerText")
    assert f'{image["attention"][best]:.4f}' in row
    assert 'attention of the chosen image' in opened.run(inner)
    wide = opened.run("document.querySelector('.open tbody rect').getAttribute('width')")
    assert wide == '100'
    opened.press('Enter', 13, '\r')
    assert opened.run("document.querySelector('#class-table .open')") is None


@pytest.mark.slow
def test_marks_name_themselves(opened, data):
    """On hover and on focus; Enter opens the class."""
    opened.run("document.querySelector('#plot svg').focus()")
    tip = "document.querySelector('.tip').innerText"
    accuracy, counts = data['rows'][ROW]['accuracy'], data['classes']['counts']
    order = sorted((c for c in range(120) if accuracy[c] is not None), key=lambda c: (counts[c], c))
    for step, key in enumerate(('Home', 'ArrowRight', 'ArrowRight')):
        opened.press(key)
        name = data['classes']['names'][order[step]]
        assert opened.run(tip).startswith(f'{name}: {accuracy[order[step]]:.1f} %')
    opened.press('Enter', 13, '\r')
    opened.wait("document.querySelector('#class-table .open h4')")
    assert opened.run('document.activeElement.innerText') == name
    opened.run("document.querySelector('#plot').scrollIntoView()")
    opened.run('document.activeElement.blur()')
    place = opened.run("""(() => { const lit = document.querySelector('.lit');
        const box = document.querySelector('#plot svg').getBoundingClientRect();
        return [box.left + +lit.getAttribute('cx') + 3, box.top + +lit.getAttribute('cy')]; })()""")
    assert opened.run("document.querySelector('.tip').hidden")
    opened.point(*place)
    opened.wait("!document.querySelector('.tip').hidden")
    assert opened.run(tip).startswith(name)


@pytest.mark.slow
def test_another_row(opened, data):
    opened.run("""{ const row = document.getElementById('row'); row.value = 'Plain';
        row.dispatchEvent(new Event('change')); }""")
    cell = "document.querySelector('#class-table tbody tr').innerText"
    assert f'{data["rows"]["Plain"]["accuracy"][0]:.1f}' in opened.run(cell)
    assert 'of Plain' in opened.run("document.querySelector('#plot svg').ariaLabel")


@pytest.mark.slow
@pytest.mark.parametrize('scheme', ['light', 'dark'])
def test_light_dark_and_narrow(opened, scheme):
    opened.show(390, 844, scheme, mobile=True)
    opened.run("document.querySelector('#class-table tbody .name').click()")
    opened.wait("document.querySelector('#class-table .open .strip')")
    assert opened.run('document.documentElement.scrollWidth') <= 390
    ground = opened.run('getComputedStyle(document.body).backgroundColor')
    assert (ground == 'rgb(255, 255, 255)') == (scheme == 'light')


@pytest.mark.slow
def test_on_paper(opened):
    """It fits the width of A4, in dark ink on white, without what only a screen has."""
    opened.show(720, 1000, 'dark')
    opened.call('Emulation.setEmulatedMedia', media='print')
    assert opened.run('document.documentElement.scrollWidth') <= 720
    ground = opened.run('getComputedStyle(document.body).backgroundColor')
    assert ground == 'rgb(255, 255, 255)'
    shown = opened.run("[...document.querySelectorAll('nav, .controls')].some(e => e.offsetHeight)")
    assert not shown


@pytest.mark.slow
def test_what_can_be_operated_has_a_name(opened):
    """Buttons, fields and pictures, for who does not see them."""
    opened.run("document.querySelector('#class-table tbody .name').click()")
    opened.wait("document.querySelector('#class-table .open .strip')")
    nameless = opened.run("""[...document.querySelectorAll('button, input, select, img')]
        .concat(...document.querySelectorAll('svg[tabindex], [role=region]'))
        .filter(e => !(e.ariaLabel || e.alt || e.innerText || (e.labels && e.labels.length)))
        .map(e => e.outerHTML.slice(0, 80))""")
    assert nameless == []


@pytest.mark.slow
def test_without_images_and_sentences(browser, tmp_path):
    data = make_gathered(5, num_images=0)
    data.update(details={}, gallery={}, left_out=dict(details='The images are gone.'))
    write_page(str(tmp_path / 'bare.html'), data)
    browser.open(tmp_path / 'bare.html')
    browser.run("document.querySelector('#class-table tbody .name').click()")
    browser.wait("document.querySelector('#class-table .open .note')")
    assert 'The images are gone.' in browser.run("document.querySelector('#images').innerText")
    data = make_gathered(5, num_images=9)
    for detail in data['details'].values():
        detail.update(anchors=[], dropped=None)
        for image in detail.get('images', ()):
            image.update(attention=None, source=None)
    write_page(str(tmp_path / 'features.html'), data)
    browser.open(tmp_path / 'features.html')
    browser.run("document.querySelector('#class-table tbody .name').click()")
    browser.wait("document.querySelector('#class-table .open .strip button')")
    browser.run("document.querySelector('#class-table .open .strip button').click()")
    assert browser.problems == []


@pytest.mark.slow
def test_thousands_of_classes(browser, tmp_path):
    path = tmp_path / 'many.html'
    assert write_page(str(path), make_gathered(8142)) <= 20e6
    assert browser.open(path) <= 3
    assert len(first_names(browser)) == 50
    browser.run("document.querySelector('#class-table tbody .name').click()")
    browser.wait("document.querySelector('#class-table .open h4')", seconds=2)
    assert browser.problems == []
