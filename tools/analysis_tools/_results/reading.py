"""What a metafile and a pack may hold."""

import yaml

from vlltr_mm.utils.validation import check_int, check_list, check_mapping, check_number, check_text

# What PyYAML raises on text that is no YAML, or whose tags and values do not fit.
_NO_YAML = (yaml.YAMLError, ValueError, TypeError, AttributeError, LookupError, RecursionError)


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice in a mapping."""

    def construct_mapping(self, node, deep=False):
        """Build a mapping of different keys."""
        keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
        if len(set(keys)) < len(keys):
            raise yaml.constructor.ConstructorError(
                'while reading a mapping', node.start_mark, 'a key stands twice', node.end_mark
            )
        return super().construct_mapping(node, deep)


def parse_metafile(text: str, path: str) -> dict:
    """Parse and check the text of a metafile.

    Args:
        text (str): the text.
        path (str): where it is from, for the messages.

    Returns:
        dict: with ``Models``, a list.

    Raises:
        ValueError: if it is no YAML with models, or a model holds what
            ``Metafile`` never writes.
    """
    try:
        content = yaml.load(text, _Loader)
    except _NO_YAML as error:
        raise ValueError(f'{path} is no YAML with Models, each with a Name: {error}') from error
    check_mapping(content, path, ['Models'])
    for place, model in enumerate(check_list(content['Models'], f'{path}, Models')):
        _check_model(model, f'{path}, Models[{place}]')
    return content


def _check_model(model, where: str):
    check_mapping(model, where, ['Name', 'Config', 'Metadata'])
    check_text(model['Name'], f'{where}, Name')
    check_text(model['Config'], f'{where}, Config')
    metadata = check_mapping(model['Metadata'], f'{where}, Metadata')
    if 'Paper Results' in metadata:
        _check_percentages(metadata['Paper Results'], f'{where}, Paper Results')
    for place, result in enumerate(check_list(model.get('Results', []), f'{where}, Results')):
        _check_result(result, f'{where}, Results[{place}]')


def _check_result(result, where: str):
    check_mapping(result, where, ['Metrics', 'Seeds', 'Commit'])
    check_text(result['Commit'], f'{where}, Commit')
    _check_percentages(result['Metrics'], f'{where}, Metrics')
    if 'Deviation' in result:
        _check_percentages(result['Deviation'], f'{where}, Deviation')
    seeds = check_list(result['Seeds'], f'{where}, Seeds')
    result['Seeds'] = [check_int(seed, f'{where}, Seeds') for seed in seeds]
    for place, run in enumerate(check_list(result.get('Runs', []), f'{where}, Runs')):
        check_run(run, f'{where}, Runs[{place}]')


def check_run(run, where: str):
    """Check what is of one seed.

    Args:
        run (dict): ``Seed``, which becomes an int, ``Metrics`` and more.
        where (str): the file and the key, for the messages.

    Raises:
        ValueError: if the seed is none, or a metric no percentage.
    """
    check_mapping(run, where, ['Seed', 'Metrics'])
    run['Seed'] = check_int(run['Seed'], f'{where}, Seed')
    _check_percentages(run['Metrics'], f'{where}, Metrics')


def check_facts(facts, path: str):
    """Check what a pack tells of its run.

    Args:
        facts (dict): ``config``, ``run`` and ``common``.
        path (str): the pack, for the messages.

    Raises:
        ValueError: if one is missing, or holds what we never write.
    """
    check_mapping(facts, path, ['config', 'run', 'common'])
    check_text(facts['config'], f'{path}, config')
    check_run(facts['run'], f'{path}, run')
    common = check_mapping(facts['common'], f'{path}, common', ['Commit'])
    check_text(common['Commit'], f'{path}, common.Commit')
    if common.get('Epochs') is not None:
        check_int(common['Epochs'], f'{path}, common.Epochs', 0, 10**9)
    if common.get('Command') is not None:
        check_text(common['Command'], f'{path}, common.Command')


def _check_percentages(values, where: str):
    for name, value in check_mapping(values, where).items():
        check_number(value, f'{where}, {check_text(name, where)}', 0, 100)
