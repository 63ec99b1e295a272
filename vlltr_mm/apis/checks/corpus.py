"""Check the text of a config, or of files, before anything trains."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...datasets.corpus.gathering import gather_text
from ...datasets.corpus.name_cleaning import describe_cleaning, describe_uncleaned
from ...datasets.corpus.statistics import CorpusStats, corpus_stats
from ...datasets.corpus.tokenizer import build_tokenizer
from ...datasets.text_corpus_dataset import corpus_config, image_set_config
from ...utils.dataset_facts import read_classes, read_listed_classes
from ..running.config import find_config

_BARS = 12  # of the histogram in the terminal
_WIDTH = 40  # characters of its longest bar


@dataclass
class CorpusReport:
    """The result of ``check_corpus``.

    classes: C names. stats: figures. limit: ids of a sentence that the text
    tower reads. missing: of each class without a
    sentence, the reasons. problems: what would end a run. notes: what to
    know.
    """

    classes: Sequence[str]
    stats: CorpusStats
    missing: dict[int, str]
    problems: list[str]
    notes: list[str]
    limit: int = 77


class CorpusSetup(NamedTuple):
    """The arguments of ``check_corpus``."""

    classes: Sequence[str]
    sources: list[dict]
    tokenizer: dict | None = None
    drop_repeated: bool = False
    listed: Sequence[str] | None = None


def corpus_of_config(path: str) -> CorpusSetup:
    """Return the classes, text sources and tokenizer of a config's training set.

    Args:
        path (str): a config whose training set is a ``TextCorpusDataset``.

    Returns:
        CorpusSetup: C class names, the sources, ``tokenizer`` and
        ``drop_repeated`` of the corpus, and how the data set's files list the
        names.

    Raises:
        FileNotFoundError: if a list or the class names are missing.
        ValueError: if the training set has no text.
    """
    cfg = Config.fromfile(find_config(path))
    init_default_scope(cfg.get('default_scope', 'mmpretrain'))
    dataset = cfg.train_dataloader.dataset
    corpus = corpus_config(dataset)
    if corpus is None:
        before = cfg.get('pretrain_config')
        raise ValueError(
            f'{path}: train_dataloader.dataset is {dataset.type}, which has '
            'no text; name a config with a TextCorpusDataset'
            + (f', such as {before} beside it.' if before else '.')
        )
    classes, listed = corpus.get('classes'), None
    if classes is None:
        images = DATASETS.build(image_set_config(dataset))
        classes, listed = read_classes(images), read_listed_classes(images)
    if classes is None:
        raise ValueError(
            f'{path}: neither corpus nor data set names the '
            'classes; give corpus=dict(classes=[...]).'
        )
    drop = corpus.get('drop_repeated', False)
    return CorpusSetup(classes, corpus.get('sources'), corpus.get('tokenizer'), drop, listed)


def check_corpus(
    classes: Sequence[str],
    sources: Sequence[dict],
    tokenizer: dict | None = None,
    drop_repeated: bool = False,
    listed: Sequence[str] | None = None,
) -> CorpusReport:
    """Read the sources and look for classes without text.

    Args:
        classes (Sequence[str]): C class names.
        sources (Sequence[dict]): as for ``TextCorpus``.
        tokenizer (dict, optional): likewise. Defaults to None, CLIP's.
        drop_repeated (bool): likewise. Defaults to False.
        listed (Sequence[str], optional): C names as files list them. Defaults
            to None, as they are used.

    Returns:
        CorpusReport: good where ``problems`` is empty.

    Raises:
        FileNotFoundError: if a source has no file at all.
        ValueError: if a file cannot be understood, or there is no source.
    """
    made = build_tokenizer(tokenizer)
    text = gather_text(classes, sources, made, drop_repeated)
    names = describe_cleaning(listed, classes) if listed else describe_uncleaned(classes)
    text.notes += [f'Class names: {names}'] if names else []
    if text.num_dropped:
        text.notes.append(f'{text.num_dropped:,} repeated sentences are left out')
    stats = corpus_stats(text.sentences, tokenizer=made)
    limit = made.rules.context_length
    return CorpusReport(classes, stats, text.missing, text.faults, text.notes, limit)


def print_corpus(report: CorpusReport, console: Console, poorest: int = 10, examples: int = 5):
    """Print what was found; every class without text is named.

    Args:
        report (CorpusReport): what was found.
        console (Console): where to.
        poorest (int): how many of the classes with the fewest sentences to
            name. Defaults to 10.
        examples (int): how many shared sentences to print. Defaults to 5.
    """

    def line(text: str):
        console.print(escape(text), highlight=False, soft_wrap=True)

    stats, names = report.stats, report.classes
    counts, total = stats.counts, int(stats.counts.sum())
    share = 100 / max(total, 1)
    line(
        f'{total:,} sentences of {len(names):,} classes; per class '
        f'{counts.min()} to {counts.max()}, median {np.median(counts):g}.'
    )
    line(
        f'{stats.num_cut:,} ({stats.num_cut * share:.2f} %) are longer than '
        f'{report.limit} tokens and will be cut.'
    )
    line(
        f'{stats.num_shared:,} ({stats.num_shared * share:.2f} %) stand in several classes: '
        f'{len(stats.shared):,} different ones. {stats.num_repeated:,} '
        f'({stats.num_repeated * share:.2f} %) repeat one of their own class.'
    )
    for text, labels in stats.shared[:examples]:
        line(
            f"  '{text[:60]}' in {len(labels)} classes, such as "
            f'{", ".join(f"{c} {names[c]}" for c in labels[:3])}'
        )
    if total:
        console.print(_histogram(stats.token_lengths, report.limit))
    line(
        'Fewest sentences, where there are any: '
        + ', '.join(f'{c} {names[c]} ({counts[c]})' for c in stats.poorest(poorest))
    )
    for note in report.notes:
        line(f'Note: {note}')
    for reason in [*report.missing.values()][:1]:
        line(
            f'Without text, the first as {reason}: '
            + ', '.join(f'{c} {names[c]}' for c in report.missing)
        )
    for problem in report.problems:
        console.print(f'[red]Problem:[/] {escape(problem)}', highlight=False, soft_wrap=True)
    if not report.problems:
        console.print('[green]Every class has text.[/]')


def _histogram(lengths: np.ndarray, limit: int) -> Table:
    """Draw token lengths as bars; none spans the limit."""
    table = Table(title='Tokens per sentence', title_justify='left', box=None)
    table.add_column('tokens', justify='right')
    table.add_column('sentences', justify='right')
    table.add_column('', no_wrap=True)
    step = -(-limit // _BARS)
    edges = [*range(1, limit, step), limit + 1]
    sizes = np.histogram(lengths, [*edges, np.inf])[0]
    for start, stop, size in zip(edges, [*edges[1:], None], sizes):
        label = f'{start} - {stop - 1}' if stop else f'{start} and more, cut'
        bar = '█' * round(_WIDTH * size / sizes.max())
        table.add_row(label, f'{size:,}', bar)
    return table
