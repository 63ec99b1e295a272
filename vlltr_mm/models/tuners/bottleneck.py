"""Tuners whose parts have an inner width."""

from collections.abc import Callable

from mmengine.logging import print_log
from torch import nn

from ...utils.validation import check_int
from .blocks import check_block
from .tuner import Tuner


def bottleneck_rule(num_classes: int, depth: int) -> int:
    """Return the power of two next below C / 2L, at least 1.

    All L parts together then have about as many numbers as a linear
    classifier of C classes.

    Source: LIFT (arXiv 2309.10019).

    Args:
        num_classes (int): C.
        depth (int): L, blocks of the tower.

    Examples:
        >>> [bottleneck_rule(classes, 12) for classes in (1000, 365, 8142, 100, 5)]
        [32, 8, 256, 4, 1]
    """
    return 1 << max(0, (num_classes // (2 * depth)).bit_length() - 1)


class BottleneckTuner(Tuner):
    """Base of tuners of transformers whose parts have an inner width r.

    A subclass names the class of its ``part``, made of the width of a block
    and r.

    Args:
        bottleneck (int, optional): r. Defaults to None, by
            ``bottleneck_rule`` of ``num_classes``.
        num_classes (int, optional): C, instead of r. Defaults to None.

    Raises:
        ValueError: if not exactly one of the two is given, one is no count,
            or a tower has other blocks than CLIP's transformers and timm's
            ViTs.
    """

    part: Callable[[int, int], nn.Module]

    def __init__(self, bottleneck: int | None = None, num_classes: int | None = None):
        super().__init__()
        if (bottleneck is None) == (num_classes is None):
            raise ValueError(
                f'bottleneck is {bottleneck} and num_classes {num_classes}; give one of them: the '
                "width itself, or the number of classes that LIFT's rule makes it of."
            )
        for name, value in dict(bottleneck=bottleneck, num_classes=num_classes).items():
            if value is not None:
                check_int(value, name, 1)
        self.bottleneck = bottleneck
        self.num_classes = num_classes

    def make_part(self, unit: nn.Module, depth: int) -> nn.Module:
        """Make the part of one block."""
        width = check_block(unit, type(self).__name__)
        if self.bottleneck is None:
            self.bottleneck = bottleneck_rule(self.num_classes, depth)
            print_log(
                f'bottleneck={self.bottleneck}, of {self.num_classes} classes and {depth} blocks',
                'current',
            )
        return self.part(width, self.bottleneck)
