"""Which article is that of a class?"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from .page import Page
from .titles import (
    is_latin,
    list_titles,
    name_parts,
    normal_title,
    other_numbers,
    remark_titles,
    title_tiers,
    without_remark,
)

FOUND, GUESSED, GIVEN, MISSING, NONE = 'found', 'guessed', 'given', 'missing', 'none'
_MOST_REDIRECTS = 5
_MOST_ALTERNATIVES = 12
Look = Callable[[Collection[str]], dict[str, Page | None]]


class NeededError(Exception):
    """Pages that have to be looked up before a class can be matched."""

    def __init__(self, titles: Collection[str]):
        super().__init__(', '.join(sorted(titles)[:5]))
        self.titles = set(titles)


@dataclass
class Match:
    """What was found for a class.

    status: 'found', 'guessed' (to be checked), 'given' (by the mapping),
    'missing', or 'none' (the mapping says that there is none). page: the
    article; None if there is none. reason: how it was found, or why not.
    alternatives: titles that may be meant instead.
    """

    status: str
    page: Page | None = None
    reason: str = ''
    alternatives: tuple[str, ...] = ()


@dataclass
class _Landing:
    """Where a title leads: its page, the redirects on the way, and the section of the page."""

    page: Page | None
    way: tuple[str, ...] = ()
    fragment: str = ''

    @property
    def is_article(self) -> bool:
        return self.page is not None and not self.page.is_list

    @property
    def is_list(self) -> bool:
        return self.page is not None and self.page.is_list


def match_name(name: str, look: Look) -> Match:
    """Find the article of a class by its name.

    In this order: the name and each name that it lists with commas, as a
    title or a redirect; the same with other capitals; singular and plural;
    the only fitting link of a disambiguation page; the last word as a remark,
    'crane bird' as 'Crane (bird)'. The last two are guesses, as is a redirect
    to a section, and the article of a Latin name where an earlier name has
    another.

    Args:
        name (str): the class name.
        look (Callable): titles → pages, None where there is none; raises
            ``NeededError`` while it does not know.

    Returns:
        Match: see there.

    Raises:
        NeededError: see ``look``.
    """
    lists: dict[str, _Landing] = {}
    for tier, titles in title_tiers(name).items():
        landings = _land_all(titles, look)
        for title, landing in landings.items():
            if landing.is_list:
                lists.setdefault(titles[title], landing)
        articles = {title: own for title, own in landings.items() if own.is_article}
        if articles:
            return _choose(name, tier, titles, articles, lists)
    return _guess(name, lists, look)


def match_title(title: str, look: Look, where: str) -> Match:
    """Find the article that the user names.

    Args:
        title (str): the title.
        look (Callable): see ``match_name``.
        where (str): the file and line that name it.

    Returns:
        Match: 'given', or 'missing' where there is no such article.

    Raises:
        NeededError: see ``look``.
    """
    normal = normal_title(title)
    landing = _land_all([normal], look)[normal] if normal else _Landing(None)
    if landing.is_article:
        way = f', a redirect from {landing.way[0]!r}' if landing.way else ''
        return Match(GIVEN, landing.page, f'{where}{way}')
    if landing.is_list:
        reason = f'{where}: {landing.page.title!r} is a disambiguation page'
        return Match(MISSING, None, reason, tuple(landing.page.links[:_MOST_ALTERNATIVES]))
    return Match(MISSING, None, f'{where}: there is no page {title!r}')


def _land_all(titles: Collection[str], look: Look) -> dict[str, _Landing]:
    """Follow the redirects of all titles; ask for all that is unknown at once."""
    pages, landings, needed = look(titles), {}, set()
    for title in titles:
        try:
            landings[title] = _land(pages[title], look)
        except NeededError as error:
            needed |= error.titles
    if needed:
        raise NeededError(needed)
    return landings


def _land(page: Page | None, look: Look) -> _Landing:
    way, fragment = [], ''
    while page is not None and page.redirect:
        if len(way) == _MOST_REDIRECTS or page.title in way:
            return _Landing(None, tuple(way))
        way.append(page.title)
        fragment = page.fragment
        page = look([page.redirect])[page.redirect]
    return _Landing(page, tuple(way), fragment)


def _choose(name: str, tier: str, titles: dict, articles: dict, lists: dict) -> Match:
    """Take the first article, or that of a Latin name where they differ."""
    title, landing = next(iter(articles.items()))
    latin = next((t for t in articles if is_latin(titles[t]) and t != title), None)
    first_part = titles[title]
    others = [own.page.title for own in articles.values() if own.page.title != landing.page.title]
    status, reasons = FOUND, [_how(name, tier, title, first_part, landing)]
    if latin and articles[latin].page.title != landing.page.title and not is_latin(first_part):
        status = GUESSED
        reasons = [f'{titles[latin]!r} leads here, but {first_part!r} to {landing.page.title!r}']
        others = [landing.page.title, *others]
        landing = articles[latin]
    if landing.fragment:
        status = GUESSED
        reasons.append(f'only its section {landing.fragment!r} is meant')
    for part, own in lists.items():
        reasons.append(f'{part!r} may mean several things ({own.page.title!r})')
        others += own.page.links
    alternatives = dict.fromkeys(own for own in others if own != landing.page.title)
    return Match(status, landing.page, '; '.join(reasons), tuple(alternatives)[:_MOST_ALTERNATIVES])


def _how(name: str, tier: str, title: str, part: str, landing: _Landing) -> str:
    plain = ' '.join(name.replace('_', ' ').split())
    first = next(iter([p for p in name_parts(name) if p != plain]), plain)
    kinds = dict(title='title', case='other capitals', number='singular or plural')
    how = kinds[tier]
    if part not in (plain, first):
        how = 'synonym' if tier == 'title' else f'synonym, {how}'
    if landing.way:
        return f'{how} {title!r}, a redirect'
    return f'{how} {title!r}' if how != 'title' else how


def _guess(name: str, lists: dict[str, _Landing], look: Look) -> Match:
    """Choose a link of a disambiguation page, or read the last word as a remark."""
    if not lists:
        remarks = {t: own for t, own in _land_all(remark_titles(name), look).items() if own.page}
        for title, landing in remarks.items():
            if landing.is_article:
                reason = f'{title!r}, the last word of the name read as a remark'
                return Match(GUESSED, landing.page, reason)
        pages = _land_all(list_titles(name), look)
        lists = {without_remark(t): own for t, own in pages.items() if own.is_list}
    if not lists:
        return Match(MISSING, None, 'no page of any form of the name')
    reasons, alternatives = [], {}
    for part, landing in lists.items():
        link, why = _obvious(name, part, landing.page)
        alternatives.update(dict.fromkeys(landing.page.links))
        target = _land_all([link], look)[link] if link else _Landing(None)
        if target.is_article:
            others = tuple(own for own in alternatives if own not in (link, target.page.title))
            return Match(GUESSED, target.page, why, others[:_MOST_ALTERNATIVES])
        reasons.append(f'{link!r} is no article' if link else why)
    return Match(MISSING, None, '; '.join(reasons), tuple(alternatives)[:_MOST_ALTERNATIVES])


def _obvious(name: str, part: str, page: Page) -> tuple[str, str]:
    """Return a link that is probably meant, and why; '' and why not."""
    forms = {form.casefold() for form in (part, *_inflected(part))}
    named = [link for link in page.links if without_remark(link).casefold() in forms]
    if len(named) == 1:
        return named[0], f'the only page of that name that {page.title!r} lists'
    words = {word.casefold() for other in name_parts(name) for word in other.split()}
    fitting = [
        link for link in named if words.intersection(_remark(link).casefold().split()) - forms
    ]
    if len(fitting) == 1:
        return fitting[0], f'listed by {page.title!r}, and its remark stands in the class name'
    count = len(named) or len(page.links)
    return '', f'{page.title!r} is a disambiguation page, {count} of its pages may be meant'


def _inflected(part: str) -> list[str]:
    start, space, word = part.rpartition(' ')
    return [start + space + other for other in other_numbers(word)]


def _remark(title: str) -> str:
    return title[len(without_remark(title)) :].strip(' ()')
