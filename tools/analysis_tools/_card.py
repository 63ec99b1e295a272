"""The options that say what GPU-hours on paper are estimated for."""

import argparse

from vlltr_mm.apis.checks import Card


def add_card(parser: argparse.ArgumentParser):
    """Add the options, with the defaults of ``Card``."""
    parser.add_argument(
        '--card-tflops',
        type=_positive,
        default=Card.tflops,
        help=f'peak of the card of GPU-hours on paper (default: {Card.tflops:g}, {Card.name})',
    )
    parser.add_argument(
        '--utilisation',
        type=_share,
        default=Card.utilisation,
        help=f'the share of it that trainings reach (default: {Card.utilisation:g})',
    )


def given_card(args: argparse.Namespace) -> Card:
    """Return the card that the command line names."""
    name = Card.name if args.card_tflops == Card.tflops else 'as given'
    return Card(name, args.card_tflops, args.utilisation)


def _positive(text: str) -> float:
    value = float(text)
    if not 0 < value < float('inf'):
        raise argparse.ArgumentTypeError(f'{text} is no finite number > 0')
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f'{text} is no share, above 0 and up to 1')
    return value
