"""The numbers in pages and config headers, filled in from the metafile."""

import re
from pathlib import Path

from vlltr_mm.utils.files import open_whole

from .metafile import METRICS, Metafile

PAGES = ('README.md', 'docs/results.md', 'configs/README.md')
NOT_RUN = 'not yet run'
# <!-- results --> tables <!-- /results -->; with "best" the highest are bold.
_REGION = re.compile(r'(<!-- results( best)? -->\n)(.*?)(?=<!-- /results -->)', re.S)
_CONFIG = re.compile(r'[\w./-]+\.py')
_LAUNCH = re.compile(r'^# Launch: ((?:.*\\\n#)*.*)$', re.M)
_PLAIN = dict(seeds='Seeds', epochs='Epochs', commit='Commit')


def printed(values: dict | None, deviations: dict | None = None) -> list[str]:
    """Print the accuracies that are there, overall first.

    Args:
        values (dict, optional): by the names of ``METRICS``, percent.
        deviations (dict, optional): likewise. Defaults to None.

    Returns:
        list[str]: such as '70.1' or '80.7 ± 1.3'.
    """
    deviations = deviations or {}
    return [
        f'{values[name]:.1f}' + (f' ± {deviations[name]:.1f}' if name in deviations else '')
        for name in METRICS.values()
        if name in (values or {})
    ]


def fill_page(text: str, metafile: Metafile) -> str:
    """Fill in the cells of the marked tables in rows that name a config.

    The column 'config' names it. The header of a column says what stands in
    it: 'paper' and 'ours' all four accuracies; 'paper: all', 'ours: few' one
    of them; 'all', 'top1', 'many', 'medium' or 'few' alone one of the source
    that was named last, ours if none was; 'seeds', 'epochs' and 'commit' are
    of ours; 'command' is what the config's header says to launch.
    Other cells and rows are left as they are.

    Args:
        text (str): of the page.
        metafile (Metafile): the results.

    Returns:
        str: the page as it should be.

    Raises:
        ValueError: if a row names a config that is not listed.
    """

    def fill(region: re.Match) -> str:
        tables = re.split(r'((?:^\|.*\n)+)', region[3], flags=re.M)
        # Every other part is a table.
        tables[1::2] = [_fill_table(part, metafile, bool(region[2])) for part in tables[1::2]]
        return region[1] + ''.join(tables)

    return _REGION.sub(fill, text)


def _fill_table(table: str, metafile: Metafile, best: bool) -> str:
    """Fill in one table, and make the highest of its accuracies bold."""
    rows = [[cell.strip() for cell in _split(line)] for line in table.splitlines()]
    columns, source = [], 'ours'
    for header in rows[0]:
        named, _, column = header.rpartition(': ')
        source = named or (header if header in ('paper', 'ours') else source)
        columns.append((source, column))
    place = rows[0].index('config') if 'config' in rows[0] else None
    models = [place and _model_of(cells[place], metafile) for cells in rows]
    for cells, model in zip(rows, models):
        if model is not None:
            cells[:] = [
                text if new is None else new
                for text, new in zip(cells, (_cell(*column, model, metafile) for column in columns))
            ]
    if best:
        _embolden(rows, [i for i, (_, column) in enumerate(columns) if _metric(column)])
    return ''.join(
        '|' + ''.join(f' {cell} |' if cell else ' |' for cell in cells) + '\n'
        if model is not None
        else line
        for cells, model, line in zip(rows, models, table.splitlines(keepends=True))
    )


def _split(line: str) -> list[str]:
    return re.split(r'(?<!\\)\|', line.strip()[1:-1])


def _model_of(cell: str, metafile: Metafile) -> dict | None:
    found = _CONFIG.search(cell)
    return found and metafile.find(found[0])


def _metric(column: str) -> str | None:
    return METRICS.get('top1' if column == 'all' else column)


def _cell(source: str, column: str, model: dict, metafile: Metafile) -> str | None:
    """Return what belongs in a cell; None where that is not ours to say."""
    result = (model.get('Results') or [{}])[0]
    values, deviations = model['Metadata'].get('Paper Results', {}), {}
    if source == 'ours':
        values, deviations = result.get('Metrics', {}), result.get('Deviation', {})
    if column in ('paper', 'ours'):
        first, *splits = printed(values, deviations) or [NOT_RUN if source == 'ours' else '']
        return f'{first} ({" / ".join(splits)})' if splits else first
    if _metric(column):
        name = _metric(column)
        missing = NOT_RUN if source == 'ours' and name == METRICS['top1'] else ''
        return (printed({k: values[k] for k in [name] if k in values}, deviations) or [missing])[0]
    if column in _PLAIN:
        value = result.get(_PLAIN[column], '')
        return ', '.join(map(str, value)) if isinstance(value, list) else str(value)
    if column == 'command':
        header = (metafile.configs.parent / model['Config']).read_text(encoding='utf-8')
        found = _LAUNCH.search(header)
        return found and '`{}`'.format(re.sub(r'\s*\\\n#\s*', ' ', found[1]))
    return None


def _embolden(rows: list[list[str]], columns: list[int]):
    """Make the cells bold that read like the highest of their column."""
    for column in columns:
        numbers = [re.match(r'\d+\.\d', cells[column]) for cells in rows]
        highest = max((float(number[0]) for number in numbers if number), default=None)
        for cells, number in zip(rows, numbers):
            if number and float(number[0]) == highest:
                cells[column] = f'**{cells[column]}**'


def fill_header(text: str, model: dict) -> str:
    """Fill in the lines of a config that begin with '# Paper, top1' and '# Ours:'.

    Args:
        text (str): of the config.
        model (dict): its entry in the metafile.

    Returns:
        str: the config as it should be.
    """
    paper = printed(model['Metadata'].get('Paper Results'))
    names = ' / '.join(list(METRICS)[: len(paper)])
    ours = f'# Ours: {NOT_RUN}.'
    if model.get('Results'):
        result = model['Results'][0]
        seeds = f'{len(result["Seeds"])} seeds' if len(result['Seeds']) > 1 else '1 seed'
        values = ' / '.join(printed(result['Metrics'], result.get('Deviation')))
        ours = f'# Ours: {values} ({result["Commit"]}, {seeds}).'
    if paper:
        text = re.sub(
            r'^# Paper, top1.*$', f'# Paper, {names}: {" / ".join(paper)}.', text, flags=re.M
        )
    return re.sub(r'^# Ours:.*$', lambda _: ours, text, flags=re.M)


def render(metafile: Metafile) -> dict[Path, str]:
    """Return every page and config with the numbers of the metafile.

    Args:
        metafile (Metafile): in the folder ``configs`` of a checkout.

    Returns:
        dict[Path, str]: file → what should be in it. Pages that are not there
        are left out.

    Raises:
        ValueError: if a row names a config that is not listed, or a listed
            config does not exist.
    """
    root = metafile.configs.parent
    files = {}
    for page in PAGES:
        if (root / page).is_file():
            files[root / page] = fill_page((root / page).read_text(encoding='utf-8'), metafile)
    for model in metafile.models:
        config = root / model['Config']
        if not config.is_file():
            raise ValueError(
                f'{metafile.path} lists {model["Config"]}, which does not exist; correct the '
                f"entry '{model['Name']}' or remove it."
            )
        files[config] = fill_header(config.read_text(encoding='utf-8'), model)
    return files


def stale_files(metafile: Metafile) -> list[Path]:
    """List the pages and configs that tell other numbers than the metafile."""
    return [
        path for path, text in render(metafile).items() if path.read_text(encoding='utf-8') != text
    ]


def write_numbers(metafile: Metafile) -> list[Path]:
    """Write the numbers of the metafile into pages and configs.

    Args:
        metafile (Metafile): in the folder ``configs`` of a checkout.

    Returns:
        list[Path]: the files that changed.
    """
    stale, files = stale_files(metafile), render(metafile)
    for path in stale:
        with open_whole(str(path)) as file:
            file.write(files[path])
    return stale
