"""From wikitext to a page: its sections as plain text, its redirect, what it lists."""

import re

from .page import Page, Section
from .plain_text import tidy_section
from .titles import normal_title

MOST_CHARACTERS = 4 * 2**20  # MediaWiki takes 2 MiB
_REDIRECT = re.compile(r'\s*#\s*[^\W\d_]{4,30}\s*:?\s*\[\[([^\]|#]*)(?:#([^\]|]*))?', re.I)
_SWITCH = re.compile(r'__[A-Z_]{3,}__')
_LIST_SWITCH = re.compile(r'__DISAMBIG__')
# Templates and categories of disambiguation pages in a few languages.
_QUOTES = re.compile("'{2,}")
_LIST_TEMPLATE = re.compile(
    r'(?:disambig\w*|dab|geodis|hndis|schooldis|numberdis|place name disambiguation|'
    r'airport disambiguation|species latin name (?:abbreviation )?disambiguation|'
    r'begriffsklärung|homonymie|paronymie|desambigua\w*|disambigua|dp|doorverwijspagina|'
    r'неоднозначность|ujednoznacznienie|wikt?disambig)\b.*',
    re.I | re.S,
)
_LIST_CATEGORY = re.compile(
    r'disambiguation|begriffsklärung|homonymie|desambigua|disambigua|неоднознач|ujednoznaczn', re.I
)
_LIST_TITLE = re.compile(
    r'\((?:disambiguation|begriffsklärung|homonymie|desambigua\w+|disambigua|doorverwijspagina)\)$',
    re.I,
)
_TEMPLATE = re.compile(r'\{\{([^{}|\n]{1,100})')
_NAMED_LINK = re.compile(r'\[\[([^\[\]|\n]{1,200}:[^\[\]|\n]{1,200})')
_DROPPED_TAGS = frozenset((
    'ref', 'references', 'table', 'gallery', 'math', 'chem', 'ce', 'score', 'timeline',
    'syntaxhighlight', 'source', 'code', 'pre', 'imagemap', 'templatestyles', 'style', 'script',
    'noinclude', 'includeonly', 'graph', 'mapframe', 'maplink', 'hiero', 'categorytree',
    'inputbox', 'section', 'indicator',
))  # fmt: skip
_NAMESPACE = re.compile(
    r'\s*(?:file|image|media|category|template|wikipedia|wp|portal|help|user|talk|special|module|'
    r'draft|mediawiki|wikt|wiktionary|commons|c|s|species|wikispecies|d|wikidata|datei|bild|'
    r'kategorie|fichier|catégorie|archivo|categoría|bestand|categori[ae]|immagine|'
    r'ficheiro|arquivo|plik|kategoria|файл|категория|[a-z]{2,3}(?:-[a-z-]+)?)\s*:',
    re.I,
)
_DASHES = dict.fromkeys(('snd', 'spnd', 'ndash', 'mdash', 'spaced ndash', 'en dash'), ' – ')
_LAST_ARGUMENT = {
    name: place
    for place, names in (
        ('1', ('nowrap', 'nobr', 'small', 'nobold', 'em', 'strong', 'abbr', 'sic', 'vanchor')),
        ('2', ('lang', 'tooltip')),
    )
    for name in names
}
_CONVERT_JOINS = {
    '-': '–', '–': '–', 'to': ' to ', 'and': ' and ', 'or': ' or ', 'x': ' × ', 'by': ' by ',
}  # fmt: skip


def parse_wikitext(page: Page, text: str) -> Page:
    """Fill in what the wikitext of a page says.

    Args:
        page (Page): with its title and, where known, its redirect.
        text (str): wikitext.

    Returns:
        Page: the same; a redirect and a disambiguation page have no sections.

    Raises:
        ValueError: if the text is longer than any wiki allows.
        ImportError: without mwparserfromhell, naming the extra to install.
    """
    if len(text) > MOST_CHARACTERS:
        raise ValueError(
            f"the text of '{page.title}' has {len(text)} characters, more than a wiki takes "
            f'({MOST_CHARACTERS}); use another dump, or give the class another title by --mapping.'
        )
    found = _REDIRECT.match(text)
    if found and (page.redirect or text.lstrip()[:1] == '#'):
        page.redirect = page.redirect or normal_title(found[1])
        page.fragment = (found[2] or '').replace('_', ' ').strip()
    if page.redirect:
        return page
    # Styles are only quotes here: they are left out below, and much slower as tags.
    code = _parser().parse(text, skip_style_tags=True)
    if page.is_list or _is_list(page.title, text):
        page.is_list = True
        page.links = _listed(code)
        return page
    page.sections = _sections(code)
    return page


def is_list_title(title: str) -> bool:
    """Whether a title says that the page lists what a name may mean."""
    return _LIST_TITLE.search(title) is not None


def _parser():
    try:
        import mwparserfromhell
    except ImportError as error:
        raise ImportError(
            "Wikitext is read by mwparserfromhell: pip install 'vlltr_mm[texts]', or "
            'requirements/texts.txt.'
        ) from error
    return mwparserfromhell


def _is_list(title: str, text: str) -> bool:
    """Whether a title, template or category says so; the text need not be parsed for it."""
    if is_list_title(title) or _LIST_SWITCH.search(text):
        return True
    names = (found[1].replace('_', ' ').strip() for found in _TEMPLATE.finditer(text))
    if any(_LIST_TEMPLATE.fullmatch(name) for name in names):
        return True
    links = (found[1] for found in _NAMED_LINK.finditer(text))
    return any(_NAMESPACE.match(link) and _LIST_CATEGORY.search(link) for link in links)


def _listed(code) -> list[str]:
    """Return the titles that a disambiguation page leads to, in their order."""
    links = (str(own.title).partition('#')[0].lstrip(': ') for own in code.ifilter_wikilinks())
    titles = (normal_title(link) for link in links if not _NAMESPACE.match(link))
    return list(dict.fromkeys(title for title in titles if title and not is_list_title(title)))


def _sections(code) -> list[Section]:
    """Cut at headings; the text before the first is the lead."""
    sections, nodes, level, heading = [], [], 1, ''
    for node in (*code.nodes, None):
        is_heading = type(node).__name__ == 'Heading'
        if node is not None and not is_heading:
            nodes.append(node)
            continue
        text = tidy_section(_SWITCH.sub('', _text(nodes)))
        sections.append(Section(level, heading, text))
        if is_heading:
            nodes, level, heading = (
                [],
                node.level,
                ' '.join(_QUOTES.sub('', _text(node.title.nodes)).split()),
            )
    return [own for own in sections if own.text or own.heading]


def _text(nodes) -> str:
    return ''.join(map(_node_text, nodes))


def _node_text(node) -> str:
    """Return what a node reads as; list items begin with '* '."""
    kind = type(node).__name__
    if kind == 'Text':
        return node.value
    if kind == 'Tag':
        return _tag_text(node)
    if kind == 'Wikilink':
        return _link_text(node)
    if kind == 'ExternalLink':
        return _text(node.title.nodes) if node.title and node.brackets else ''
    if kind == 'HTMLEntity':
        try:
            return node.normalize()
        except (ValueError, OverflowError):
            return ''
    if kind == 'Template':
        return _template_text(node)
    return '' if kind in ('Comment', 'Argument') else str(node)


def _tag_text(node) -> str:
    tag = str(node.tag).strip().lower()
    if tag in _DROPPED_TAGS:
        return ''
    if tag in ('li', 'dt', 'dd') and not node.contents:
        return '\n* ' if node.wiki_markup is None else '* '
    if tag in ('br', 'hr'):
        return '\n'
    inner = _text(node.contents.nodes) if node.contents else ''
    if tag == 'li':
        return f'\n* {inner}\n'
    return f'\n{inner}\n' if tag in ('p', 'div', 'blockquote', 'ul', 'ol', 'dl') else inner


def _link_text(node) -> str:
    title = str(node.title)
    if _NAMESPACE.match(title) and not node.text:
        return ''
    if re.match(r'\s*(?:file|image|datei|bild|fichier|archivo|bestand|plik|файл)\s*:', title, re.I):
        return ''
    if re.match(r'\s*(?:[ck]at[eé]gor\w+|категория)\s*:', title, re.I):
        return ''
    if node.text:
        return _text(node.text.nodes)
    return title.strip().lstrip(':').partition('#')[0].replace('_', ' ')


def _template_text(node) -> str:
    """Return the words of templates that stand in the middle of sentences; '' of others."""
    name = str(node.name).strip().replace('_', ' ').lower()
    if name in ('convert', 'cvt'):
        return _measure(node)
    if name in _DASHES:
        return _DASHES[name]
    place = _LAST_ARGUMENT.get(name)
    if place and node.has(place):
        return _text(node.get(place).value.nodes)
    return ''


def _measure(node) -> str:
    """Return '5–7 kg' for {{convert|5|-|7|kg|lb}}."""
    given = [str(own.value).strip() for own in node.params if not own.showkey]
    text = ''
    for place, value in enumerate(given):
        if place % 2 == 0:
            text += value
        elif value in _CONVERT_JOINS:
            text += _CONVERT_JOINS[value]
        else:
            return f'{text} {value}'
    return text
