"""Which article a class gets, rule by rule."""

import pytest
from wiki_dumps import TEXTS

from vlltr_mm.apis.wikipedia.matching import NeededError, match_name, match_title
from vlltr_mm.apis.wikipedia.page import Page
from vlltr_mm.apis.wikipedia.wikitext import parse_wikitext


def look_in(texts):
    """Look up in pages of some texts."""
    pages = {title: parse_wikitext(Page(title), text) for title, text in texts.items()}
    return lambda titles: {title: pages.get(title) for title in titles}


def match(name, texts=TEXTS):
    found = match_name(name, look_in(texts))
    return found.status, found.page and found.page.title, found.reason


@pytest.mark.parametrize(
    'name, status, title, reason',
    [
        ('great_grey_owl', 'found', 'Great grey owl', 'title'),
        ('Great Grey OWL', 'found', 'Great grey owl', "other capitals 'Great grey owl'"),
        ('strix nebulosa', 'found', 'Great grey owl', "title 'Strix nebulosa', a redirect"),
        ('berries', 'found', 'Berry', "singular or plural 'Berry'"),
        ('foxes', 'found', 'Fox', "singular or plural 'Fox'"),
        ('at&t', 'found', 'AT&T', "other capitals 'AT&T'"),
        ('owl, Strix nebulosa', 'found', 'Great grey owl', "synonym 'Strix nebulosa', a redirect"),
        ('vixen, fox', 'found', 'Fox', "synonym 'Fox'"),
        ('foxhole', 'guessed', 'Fox', "only its section 'Holes' is meant"),
        ('drake', 'guessed', 'Drake (duck)', "the only page of that name that 'Drake' lists"),
        ('drakes', 'guessed', 'Drake (duck)', "the only page of that name that 'Drake' lists"),
        ('crane bird', 'guessed', 'Crane (bird)', 'the last word of the name read as a remark'),
        ('crane, tall bird', 'guessed', 'Crane (bird)', 'its remark stands in the class name'),
        ('kite, Milvus milvus', 'guessed', 'Red kite', "'Milvus milvus' leads here, but 'kite' to"),
        ('crane', 'missing', None, "'Crane' is a disambiguation page, 2 of its pages"),
        ('bow', 'missing', None, "'Bow (disambiguation)' is a disambiguation page, 2 of"),
        ('loop', 'missing', None, 'no page'),
        ('zebra', 'missing', None, 'no page'),
    ],
)  # fmt: skip
def test_rules(name, status, title, reason):
    found = match(name)
    assert found[:2] == (status, title) and reason in found[2], found


def test_the_order_of_names_decides():
    assert match('fox, berry')[1] == 'Fox'
    assert match('berry, fox')[1] == 'Berry'
    assert (
        match('Paris, Texas', {'Paris': 'A city.', 'Paris, Texas': 'A town.'})[1] == 'Paris, Texas'
    )


def test_what_may_be_meant_instead_is_told():
    assert match_name('crane', look_in(TEXTS)).alternatives == (
        'Crane (bird)', 'Crane (machine)', 'Stephen Crane',
    )  # fmt: skip
    assert match_name('kite, Milvus milvus', look_in(TEXTS)).alternatives == ('Kite',)
    assert match_name('fox, berry', look_in(TEXTS)).alternatives == ('Berry',)
    found = match_name('crane, fox', look_in(TEXTS))
    assert found.page.title == 'Fox' and "'crane' may mean several things" in found.reason
    assert 'Crane (bird)' in found.alternatives


def test_a_guess_that_is_no_article_is_none():
    assert match('drake', {'Drake': '[[Drake (duck)]] {{disambig}}'})[0] == 'missing'


def test_titles_that_are_given():
    look = look_in(TEXTS)
    found = match_title('strix_nebulosa', look, 'map, line 2')
    assert (found.status, found.page.title) == ('given', 'Great grey owl')
    assert found.reason == "map, line 2, a redirect from 'Strix nebulosa'"
    found = match_title('Crane', look, 'map, line 2')
    assert found.status == 'missing' and found.alternatives[0] == 'Crane (bird)'
    for title in ('Nothing', 'a|b', 'Loop'):
        found = match_title(title, look, 'map, line 2')
        assert (found.status, found.page) == ('missing', None) and 'map, line 2' in found.reason


def test_only_what_is_needed_is_asked_for():
    """An exact title is asked for with the other names, and nothing after it."""
    asked = []

    def look(titles):
        asked.append(sorted(titles))
        if len(asked) == 1:
            raise NeededError(titles)
        return look_in(TEXTS)(titles)

    with pytest.raises(NeededError) as error:
        match_name('fox, berry', look)
    assert error.value.titles == {'Fox, berry', 'Fox', 'Berry'}
    assert match_name('fox, berry', look).page.title == 'Fox'
    assert len(asked) == 2
