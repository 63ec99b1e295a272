"""Wikitext and plain text become sections."""

import pytest

from vlltr_mm.apis.wikipedia.page import Page, Section
from vlltr_mm.apis.wikipedia.plain_text import (
    article_lines,
    cut_sections,
    keep_sections,
    section_headings,
    tidy_section,
)
from vlltr_mm.apis.wikipedia.wikitext import MOST_CHARACTERS, parse_wikitext
from vlltr_mm.datasets.corpus.sentence_splitting import article_text, split_sentences


def text_of(wikitext):
    return article_lines(keep_sections(parse_wikitext(Page('X'), wikitext).sections))


@pytest.mark.parametrize(
    'wikitext, text',
    [
        ("'''Owls''' are ''[[bird]]s''.", 'Owls are birds.'),
        ('See [[Great owl|the owl]] and [[Owl#Size]].', 'See the owl and Owl.'),
        ('A<ref>r</ref> b<ref name=x /> c.', 'A b c.'),
        ('A{{citation needed}} b <!-- no --> c.', 'A b c.'),
        ('{{Infobox\n| a = {{b|c}}\n}}\nText.', 'Text.'),
        ('{| class=x\n! h\n|-\n| cell\n|}\nText.', 'Text.'),
        ('{| never closed\n| cell\n\nText.', 'Text.'),
        ('[[File:a.jpg|thumb|A [[b]] c]]Text.', 'Text.'),
        ('Text.[[Category:Birds]][[de:Eule]]', 'Text.'),
        ('<gallery>\na.jpg|b\n</gallery>Text <math>x^2</math> here.', 'Text here.'),
        ('Is [https://x.y a site] or [https://x.y] so.', 'Is a site or so.'),
        ('A &amp; B&nbsp;C &#65;.', 'A & B C A.'),
        ('H<sub>2</sub>O<br/>is wet.', 'H2O\nis wet.'),
        ('It is {{convert|5|-|7|kg|lb}} and {{cvt|3|m}}.', 'It is 5–7 kg and 3 m.'),
        ('An owl ({{lang|de|Eule}}; {{IPA|x}}) flies.', 'An owl (Eule;) flies.'),
        ('An owl ({{IPA|x}}) flies {{snd}} high.', 'An owl flies – high.'),
        ('__NOTOC__\nText.', 'Text.'),
        ('It eats:\n* [[vole]]s\n* mice,\nand more.', 'It eats: voles, mice.\nand more.'),
        (
            '* It has a long tail\n* red\n# It flies at night.',
            'It has a long tail.\nIt flies at night.',
        ),
        ('=== == odd == ===\nText.', '=== odd ===\nText.'),
        ('A [[broken link and {{open template.', 'A broken link and open template.'),
    ],
)
def test_what_wikitext_reads_as(wikitext, text):
    assert text_of(wikitext) == f'{text}\n'


def test_sections_without_description_go_with_their_own():
    wikitext = (
        'Lead.\n== Look ==\nGrey.\n== References ==\nA.\n=== Books ===\nB.\n== Diet ==\nMice.\n'
        '==See also==\n* [[Owl]] of the four winds\n== Sub-sections ==\n=== Voice ===\nIt calls.'
    )
    assert text_of(wikitext) == (
        'Lead.\n== Look ==\nGrey.\n== Diet ==\nMice.\n=== Voice ===\nIt calls.\n'
    )
    page = parse_wikitext(Page('X'), wikitext)
    assert [own.heading for own in keep_sections(page.sections, ['LOOK'])] == ['', 'Diet', 'Voice']


def test_a_repeated_heading_does_not_replace_the_first_for_wiki_texts():
    sections = [Section(2, 'Male', 'He is red.'), Section(2, 'Male', 'He sings.')]
    assert section_headings(sections) == ['Male', 'Male (2)']
    lines = article_lines(sections).split('\n')
    assert split_sentences(article_text(lines)) == ['He is red.', 'He sings.']


@pytest.mark.parametrize(
    'text',
    [
        '{{disambiguation}}',
        '{{Disambig|geo}}',
        '{{hndis|Crane}}',
        '{{Begriffsklärung}}',
        '__DISAMBIG__',
        '[[Category:Bird disambiguation pages]]',
    ],
)
def test_disambiguation_pages(text):
    page = parse_wikitext(
        Page('Crane'), f'* [[crane (bird)|x]] [[File:a.jpg]]\n* [[Crane (machine)]]\n{text}'
    )
    assert page.is_list and page.links == ['Crane (bird)', 'Crane (machine)'] and not page.sections
    assert parse_wikitext(Page('Crane (disambiguation)'), '[[A]]').is_list
    assert not parse_wikitext(Page('X'), '{{about|x}} [[disambiguation]] is a word.').is_list


@pytest.mark.parametrize(
    'text, target, part',
    [
        ('#REDIRECT [[great owl]]', 'Great owl', ''),
        ('#redirect: [[Owl#The_head|x]]', 'Owl', 'The head'),
        ('#WEITERLEITUNG [[Eule]]', 'Eule', ''),
        ('# [[Owl]] is a list item', '', ''),
    ],
)
def test_redirects(text, target, part):
    page = parse_wikitext(Page('X'), text)
    assert (page.redirect, page.fragment) == (target, part)


def test_what_no_wiki_takes_is_refused():
    with pytest.raises(ValueError, match=f"text of 'X' has {MOST_CHARACTERS + 1} characters"):
        parse_wikitext(Page('X'), 'a' * (MOST_CHARACTERS + 1))


def test_stray_characters_and_ends_of_lines():
    assert tidy_section('a\x00b\u200b c.\r\nd\u2028e\x85f') == 'ab c.\nd\ne\nf'


def test_plain_text_is_cut_at_headings_and_bare_names_of_dropped_sections():
    text = 'Lead.\n\n== Look ==\nGrey.\n\nReferences\n\nA book of owls.'
    assert article_lines(keep_sections(cut_sections(text))) == 'Lead.\n== Look ==\nGrey.\n'
