"""How wide the inner layer of a part is."""

from mmengine.logging import print_log

from ...utils.validation import check_int


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


class Bottleneck:
    """The width r of a tuner's parts: given, or by ``bottleneck_rule``.

    Args:
        width (int, optional): r.
        num_classes (int, optional): C, for the rule.

    Raises:
        ValueError: if neither or both are given, or one is no count.
    """

    def __init__(self, width: int | None, num_classes: int | None):
        if (width is None) == (num_classes is None):
            raise ValueError(
                f'bottleneck is {width} and num_classes {num_classes}; give one of them: the width '
                "itself, or the number of classes that LIFT's rule makes it of."
            )
        self.width = None if width is None else check_int(width, 'bottleneck', 1)
        self.num_classes = None if num_classes is None else check_int(num_classes, 'num_classes', 1)

    def choose(self, depth: int) -> int:
        """Return r for a tower of ``depth`` blocks."""
        if self.width is None:
            self.width = bottleneck_rule(self.num_classes, depth)
            print_log(
                f'bottleneck={self.width}, of {self.num_classes} classes and {depth} blocks',
                'current',
            )
        return self.width
