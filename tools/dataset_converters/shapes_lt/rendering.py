"""Draw textured, coloured shapes: the pictures of the demo data."""

import colorsys
import math

import numpy as np
from PIL import Image, ImageChops, ImageDraw, ImageFilter

# Hue in degrees, saturation and value.
COLOURS = dict(
    red=(0, 0.85, 0.85),
    orange=(28, 0.9, 0.95),
    yellow=(54, 0.85, 0.95),
    green=(120, 0.75, 0.65),
    cyan=(182, 0.7, 0.85),
    blue=(222, 0.8, 0.85),
    purple=(280, 0.65, 0.7),
    pink=(330, 0.4, 1.0),
)
TEXTURES = ('solid', 'striped', 'dotted', 'checkered', 'hollow')
SHAPES = ('circle', 'square', 'triangle', 'star', 'cross', 'heart', 'crescent', 'hexagon')
_OVERSAMPLING = 3  # drawn larger and reduced, for smooth edges


def render(
    shape: str, colour: str, texture: str, size: int, rng: np.random.Generator
) -> Image.Image:
    """Draw one picture of a compound.

    Position, size, rotation, colour, background, clutter, blur and noise are
    drawn from ``rng``.

    Args:
        shape (str): one of ``SHAPES``.
        colour (str): one of ``COLOURS``.
        texture (str): one of ``TEXTURES``.
        size (int): edge in pixels.
        rng (np.random.Generator): the source of all variation.

    Returns:
        Image.Image: RGB, size × size.
    """
    edge = size * _OVERSAMPLING
    picture = _background(edge, rng)
    _clutter(picture, rng)
    scale = rng.uniform(0.52, 0.8) * edge
    mask = _shape_mask(shape, int(scale))
    mask = ImageChops.multiply(mask, _texture_mask(texture, mask, rng))
    mask = mask.rotate(rng.uniform(-35, 35), Image.Resampling.BICUBIC, expand=True)
    free = max(edge - mask.width, 0)
    place = (
        tuple(int(v) for v in rng.uniform(0, max(free, 1), 2))
        if free
        else ((edge - mask.width) // 2,) * 2
    )
    picture.paste(_jitter(colour, rng), place, mask)
    picture = picture.resize((size, size), Image.Resampling.LANCZOS)
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.2, 0.6)))
    pixels = np.asarray(picture, dtype=np.float32) * rng.uniform(0.75, 1.1)
    pixels += rng.normal(0, rng.uniform(2, 9), pixels.shape)
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _jitter(colour: str, rng: np.random.Generator) -> tuple[int, ...]:
    """Return the colour a little off its centre, as RGB."""
    hue, saturation, value = COLOURS[colour]
    rgb = colorsys.hsv_to_rgb(
        (hue + rng.normal(0, 4)) / 360 % 1,
        np.clip(saturation + rng.normal(0, 0.06), 0, 1),
        np.clip(value + rng.normal(0, 0.05), 0, 1),
    )
    return tuple(int(255 * v) for v in rgb)


def _background(edge: int, rng: np.random.Generator) -> Image.Image:
    """Return a dull plane with a slope in brightness."""
    base = rng.uniform(90, 235) + rng.normal(0, 12, 3)
    slope = np.linspace(-1, 1, edge)[:, None] * rng.normal(0, 18) + np.linspace(-1, 1, edge)[
        None
    ] * rng.normal(0, 18)
    pixels = base + slope[..., None]
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def _clutter(picture: Image.Image, rng: np.random.Generator):
    """Draw a few grey lines and specks."""
    draw = ImageDraw.Draw(picture)
    edge = picture.width
    for _ in range(rng.integers(0, 4)):
        grey = int(rng.uniform(40, 240))
        x0, y0, x1, y1 = (int(v) for v in rng.uniform(0, edge, 4))
        if rng.random() < 0.5:
            draw.line((x0, y0, x1, y1), (grey,) * 3, int(edge / 40))
        else:
            radius = edge * rng.uniform(0.02, 0.07)
            draw.ellipse((x0 - radius, y0 - radius, x0 + radius, y0 + radius), (grey,) * 3)


def _polygon(edge: int, corners) -> Image.Image:
    """Fill a polygon given in units of the half edge around the centre."""
    mask = Image.new('L', (edge, edge))
    half = edge / 2
    ImageDraw.Draw(mask).polygon([(half + half * x, half + half * y) for x, y in corners], 255)
    return mask


def _ring(count: int, radii, start: float):
    """Return corners on circles of alternating radii."""
    for i in range(count):
        angle = start + 2 * math.pi * i / count
        radius = radii[i % len(radii)]
        yield radius * math.cos(angle), radius * math.sin(angle)


def _heart(steps: int = 60):
    """Return the corners of a heart."""
    for i in range(steps):
        t = 2 * math.pi * i / steps
        x = 16 * math.sin(t) ** 3
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        yield x / 17, -(y + 2.5) / 15.5


def _shape_mask(shape: str, edge: int) -> Image.Image:
    """Return the filled shape, 255 inside."""
    up = -math.pi / 2
    corners = dict(
        square=((-0.8, -0.8), (0.8, -0.8), (0.8, 0.8), (-0.8, 0.8)),
        triangle=((0, -0.9), (0.95, 0.75), (-0.95, 0.75)),
        star=tuple(_ring(10, (1, 0.42), up)),
        hexagon=tuple(_ring(6, (0.95,), 0)),
        cross=(
            (-0.3, -0.95),
            (0.3, -0.95),
            (0.3, -0.3),
            (0.95, -0.3),
            (0.95, 0.3),
            (0.3, 0.3),
            (0.3, 0.95),
            (-0.3, 0.95),
            (-0.3, 0.3),
            (-0.95, 0.3),
            (-0.95, -0.3),
            (-0.3, -0.3),
        ),
        heart=tuple(_heart()),
    )
    if shape in corners:
        return _polygon(edge, corners[shape])
    mask = Image.new('L', (edge, edge))
    draw = ImageDraw.Draw(mask)
    draw.ellipse((0.04 * edge, 0.04 * edge, 0.96 * edge, 0.96 * edge), 255)
    if shape == 'crescent':
        draw.ellipse((0.36 * edge, -0.06 * edge, 1.2 * edge, 0.82 * edge), 0)
    elif shape != 'circle':
        raise ValueError(f"shape is '{shape}'; allowed are {SHAPES}.")
    return mask


def _texture_mask(texture: str, shape: Image.Image, rng: np.random.Generator) -> Image.Image:
    """Return where the shape is coloured, 255, and where one looks through."""
    edge = shape.width
    if texture == 'solid':
        return Image.new('L', (edge, edge), 255)
    if texture == 'hollow':
        width = int(edge * 0.13) // 2 * 2 + 1
        inner = shape.filter(ImageFilter.MinFilter(min(width, 27)))
        return ImageChops.invert(inner)
    period = edge / rng.uniform(4.2, 5.2)
    y, x = np.mgrid[:edge, :edge] + rng.uniform(0, period, 2)[:, None, None]
    if texture == 'striped':
        on = x % period < 0.55 * period
    elif texture == 'checkered':
        on = (x // period + y // period) % 2 < 1
    elif texture == 'dotted':
        on = np.hypot(x % period - period / 2, y % period - period / 2) > 0.3 * period
    else:
        raise ValueError(f"texture is '{texture}'; allowed are {TEXTURES}.")
    return Image.fromarray((on * 255).astype(np.uint8))
