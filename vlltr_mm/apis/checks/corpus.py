"""Check the text of a config, or of files, before anything trains."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmpretrain.registry import DATASETS
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ...datasets.corpus import SourceText
from ...datasets.corpus.gathering import gather_text
from ...datasets.corpus.name_cleaning import (
    clean_class_names,
    describe_cleaning,
    describe_uncleaned,
)
from ...datasets.corpus.naming import named_others
from ...datasets.corpus.prompt_sets import prompt_source
from ...datasets.corpus.statistics import CorpusStats, corpus_stats, group_origins
from ...datasets.corpus.tokenizer import Tokenizer, build_tokenizer
from ...datasets.long_tailed.label_files import read_labels_file
from ...datasets.text_corpus_dataset import corpus_config, image_set_config
from ...utils.dataset_facts import read_classes, read_listed_classes
from ..running.config import find_config

_BARS = 12  # of the histogram in the terminal
_WIDTH = 40  # characters of its longest bar


@dataclass
class CorpusReport:
    """The result of ``check_corpus``.

    classes: C names. text: the sentences, and where each comes from. stats:
    figures. naming: see ``named_others``. tokenizer: of ``build_tokenizer``.
    """

    classes: Sequence[str]
    text: SourceText
    stats: CorpusStats
    naming: list[dict[int, tuple[int, ...]]]
    tokenizer: Tokenizer

    @property
    def limit(self) -> int:
        """Ids of a sentence that the text tower reads."""
        return self.tokenizer.rules.context_length

    @property
    def missing(self) -> dict[int, str]:
        """The reasons of each class without a sentence."""
        return self.text.missing

    @property
    def problems(self) -> list[str]:
        """What would end a run."""
        return self.text.faults

    @property
    def notes(self) -> list[str]:
        """What to know."""
        return self.text.notes

    @property
    def source_groups(self) -> tuple[list[str], list[list[int]]]:
        """The sources, and for each sentence of each class which of them it is from."""
        names, group = group_origins(self.text.origin_names)
        return names, [[group[origin] for origin in own] for own in self.text.origins]


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


def corpus_of_labels(path: str) -> CorpusSetup:
    """Return the class names of an 'id index name' file, without sources."""
    listed = [name for _, name in read_labels_file(path)]
    return CorpusSetup(clean_class_names(listed), [], listed=listed)


def text_sources(
    prompts: str | None,
    kind: str | None = None,
    wiki: str | None = None,
    json: str | None = None,
    json_by: str = 'name',
) -> list[dict]:
    """Return the configs of a set of prompts, of articles and of a JSON file, as far as given.

    Args:
        prompts (str, optional): name or file of a set, see ``prompt_source``.
        kind (str, optional): what the classes are, likewise.
        wiki (str, optional): ``root`` of ``WikiTexts``.
        json (str, optional): ``path`` of ``JsonDescriptions``.
        json_by (str): ``by``, likewise. Defaults to 'name'.
    """
    sources = [prompt_source([prompts], kind)] if prompts else []
    if wiki:
        sources.append(dict(type='WikiTexts', root=wiki))
    if json:
        sources.append(dict(type='JsonDescriptions', path=json, by=json_by))
    return sources


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
    naming = named_others(text.sentences, classes)
    return CorpusReport(classes, text, stats, naming, made)


def print_corpus(report: CorpusReport, console: Console, poorest: int = 10, examples: int = 5):
    """Print what was found; every class without text is named.

    Args:
        report (CorpusReport): what was found.
        console (Console): where to.
        poorest (int): how many of the classes with the fewest sentences to
            name. Defaults to 10.
        examples (int): how many shared sentences, and pairs of classes of
            which one's sentences name the other, to print. Defaults to 5.
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
    _print_sources(report, line)
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
    _print_naming(report, line, examples)
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


def _print_sources(report: CorpusReport, line: Callable[[str], None]):
    names, sources = report.source_groups
    times = Counter(source for own in sources for source in own)
    total = max(times.total(), 1)
    for source, name in enumerate(names):
        line(f'  {times[source]:,} ({100 * times[source] / total:.2f} %) from {name}')


def _print_naming(report: CorpusReport, line: Callable[[str], None], examples: int):
    """Print how many sentences name another class, and the pairs with most of them."""
    classes, number = report.classes, sum(map(len, report.naming))
    share = 100 * number / max(report.stats.counts.sum(), 1)
    line(f'{number:,} ({share:.2f} %) name another class, and not their own.')
    pairs, first = Counter(), {}
    for label, own in enumerate(report.naming):
        for place, named in own.items():
            pairs.update((label, other) for other in named)
            for other in named:
                first.setdefault((label, other), report.text.sentences[label][place])
    for (label, other), times in pairs.most_common(examples):
        line(
            f'  {times} of {label} {classes[label]} name {other} {classes[other]}, such as '
            f"'{first[label, other][:60]}'"
        )


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
