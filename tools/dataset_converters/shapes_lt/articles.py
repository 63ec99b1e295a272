"""Write about a compound: the texts of the demo data."""

from typing import NamedTuple

import numpy as np

from .rendering import COLOURS, SHAPES, TEXTURES


class Compound(NamedTuple):
    """A class of the demo: 'striped red triangle'."""

    texture: str
    colour: str
    shape: str

    @property
    def name(self) -> str:
        """The class name."""
        return ' '.join(self)


_COLOUR_WORDS = dict(
    red=('red', 'crimson', 'scarlet'),
    orange=('orange', 'tangerine'),
    yellow=('yellow', 'golden yellow'),
    green=('green', 'leaf green'),
    cyan=('cyan', 'turquoise'),
    blue=('blue', 'royal blue'),
    purple=('purple', 'violet'),
    pink=('pink', 'rose'),
)
_SHAPE_WORDS = dict(
    circle=('circle', 'round disc'),
    square=('square', 'four-sided box'),
    triangle=('triangle', 'three-sided figure'),
    star=('star', 'five-pointed star'),
    cross=('cross', 'plus sign'),
    heart=('heart', 'valentine heart'),
    crescent=('crescent', 'moon sickle'),
    hexagon=('hexagon', 'six-sided figure'),
)
_TEXTURE_WORDS = dict(
    solid=('solid', 'plain', 'evenly filled'),
    striped=('striped', 'banded'),
    dotted=('dotted', 'spotted'),
    checkered=('checkered', 'chequered'),
    hollow=('hollow', 'outlined'),
)
_TEXTURE_LOOKS = dict(
    solid='filled with one even tone from edge to edge',
    striped='covered with parallel stripes',
    dotted='sprinkled with round holes like dots',
    checkered='divided into alternating fields like a chess board',
    hollow='drawn as a bare outline with nothing inside',
)

# {a}: the texture with its article, {t}, {c}, {s}: words for the attributes,
# {look}: how the texture looks.
_ALL = (
    '{A} {c} {s}.',
    'The picture shows {a} {c} {s}.',
    'It is a {s} that is {t} and {c}.',
    'Look for a {c} {s}, {look}.',
    'A {s}, {look}, painted {c}.',
    'This class contains every {t} {c} {s}.',
    'One recognises it as a {c} {s} with a {t} surface.',
    'In the centre stands {a} {c} {s}.',
    'Its form is a {s}, its colour is {c} and its surface is {t}.',
    'The {s} is {c} and {look}.',
    'What you see is {a} {s} in {c}.',
    'On a dull background lies {a} {c} {s}.',
    'A {c} {s} may be turned a little, but it stays {t}.',
    'Both the {c} tone and the {t} surface mark this {s}.',
)
_SOME = (
    'The colour of the figure is {c}.',
    'It is clearly {c}.',
    'The outline is that of a {s}.',
    'Its contour forms a {s}.',
    'The surface is {t}.',
    'It is {look}.',
    'Painters call the tone {c}.',
    'A {c} {s} catches the eye.',
    'This {s} is {t}.',
    'The whole figure is {t} and {c}.',
)
# {n}: a number, {y}: a year, {p}: a name. Nothing of it can be seen.
_NOISE = (
    'The first mention dates from {y}.',
    '{p} wrote about it in {y}.',
    'About {n} people took part in the survey.',
    'The price rose by {n} cents.',
    'It was later translated into {n} languages.',
    'The committee met {n} times.',
    '{p} disagreed with this view.',
    'Opinions on the matter are divided.',
    'The general idea was similar.',
    'The museum closed in {y}.',
    'Nobody knows who started it.',
    'It took {n} years to finish the work.',
    '{p} received a prize for it.',
    'The name comes from an older word.',
    'Several books treat the subject.',
    'The archive holds {n} letters.',
    'Critics were not convinced.',
    'In {y} the rules were changed again.',
    'The original has been lost.',
    'A second edition appeared in {y}.',
    'The school was founded by {p}.',
    'Its use declined after {y}.',
    'The debate continues to this day.',
    'Some say that {p} invented it.',
    'The meeting lasted {n} hours.',
    'There are {n} known copies.',
    'The report was never published.',
    'It is mentioned in {n} sources.',
    'The law came into force in {y}.',
    '{p} kept a diary about those days.',
    'Most of the records are incomplete.',
    'The company moved to another town in {y}.',
    'A film about it was made in {y}.',
    'The society has {n} members.',
    'Students often forget the date.',
    'The story is told in many versions.',
    'It remains popular with collectors.',
    'A festival is held every {n} years.',
    'The second part is less well known.',
    'Further details are not recorded.',
    'The translation by {p} is the best known.',
    'The cost was {n} pounds.',
)
_WRONG = ('It is often confused with {a} {c} {s}.', 'Next to it hung a picture of {a} {c} {s}.')
_PEOPLE = (
    'Adams',
    'Baker',
    'Conti',
    'Duval',
    'Eriksen',
    'Fischer',
    'Garcia',
    'Hansen',
    'Ito',
    'Jansen',
)


def all_compounds() -> list[Compound]:
    """Return the 320 compounds in a fixed order."""
    return [
        Compound(texture, colour, shape)
        for texture in TEXTURES
        for colour in COLOURS
        for shape in SHAPES
    ]


def _say(template: str, compound: Compound, rng: np.random.Generator) -> str:
    """Fill a template with words for the attributes."""
    texture = rng.choice(_TEXTURE_WORDS[compound.texture])
    article = 'an' if texture[0] in 'aeiou' else 'a'
    text = template.format(
        a=f'{article} {texture}',
        A=f'{article.capitalize()} {texture}',
        t=texture,
        c=rng.choice(_COLOUR_WORDS[compound.colour]),
        s=rng.choice(_SHAPE_WORDS[compound.shape]),
        look=_TEXTURE_LOOKS[compound.texture],
    )
    return text.replace('a orange', 'an orange')


def _noise(template: str, rng: np.random.Generator) -> str:
    """Fill a template that says nothing to be seen."""
    return template.format(
        n=rng.integers(3, 900), y=rng.integers(1780, 2020), p=rng.choice(_PEOPLE)
    )


def write_article(compound: Compound, rng: np.random.Generator) -> tuple[str, list[str]]:
    """Write an article about a compound, in the wiki layout.

    Args:
        compound (Compound): the class.
        rng (np.random.Generator): the source of all variation.

    Returns:
        tuple[str, list[str]]: the article, and those of its sentences that
        are noise, as the sentence splitter cuts them.
    """
    good = [_say(t, compound, rng) for t in rng.permutation(_ALL)[:9]]
    good += [_say(t, compound, rng) for t in rng.permutation(_SOME)[:6]]
    others = all_compounds()
    other = others[rng.integers(len(others))]
    bad = [_noise(t, rng) for t in rng.permutation(_NOISE)[:9]]
    bad.append(_say(rng.choice(_WRONG), other, rng))
    mixed = list(rng.permutation(good[3:] + bad))
    third = len(mixed) // 3
    article = '\n'.join(
        [
            ' '.join(good[:3] + mixed[:third]),
            '',
            '== Appearance ==',
            ' '.join(mixed[third : 2 * third]),
            '',
            '== History ==',
            ' '.join(mixed[2 * third :]),
            '',
            '== References ==',
            'Handbook of figures, page 12.',
            '',
        ]
    )
    return article, bad
