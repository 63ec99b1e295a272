"""The metafile: every config, what the paper prints for it and what we measured."""

from pathlib import Path

import numpy as np
import yaml

from vlltr_mm.evaluation import mean_and_deviation
from vlltr_mm.utils.files import open_whole, read_text

from .reading import parse_metafile

# Ours → the name that MIM prints.
METRICS = dict(top1='Top 1 Accuracy', many='Many', medium='Medium', few='Few')
_DATA_SETS = {
    'imagenet_lt': 'ImageNet-LT',
    'places_lt': 'Places-LT',
    'inat18': 'iNaturalist 2018',
    'shapes_lt': 'shapes_lt',
    'cifar100_lt': 'CIFAR-100-LT',
    'pets24': 'Pets-24',
}


class Metafile:
    """``configs/metafile.yml`` in MIM's form, the one file that holds results.

    A model has the keys that MIM knows. ``Metadata`` also has ``Paper Results``
    where the paper prints a number for the config, and a result also has
    ``Deviation`` (sample deviation over seeds), ``Seeds``, ``Epochs``,
    ``Commit``, ``Command`` and ``Runs``, which MIM's reader skips.

    Args:
        path (str): the file.

    Raises:
        FileNotFoundError: if it is missing.
        ValueError: if it is no YAML with models, a model holds what we never
            write, or two have one name.
    """

    def __init__(self, path: str):
        self.path = Path(path)
        if not self.path.is_file():
            raise FileNotFoundError(
                f'{path} does not exist; name the metafile of a checkout, configs/metafile.yml.'
            )
        text = read_text(str(self.path), 'YAML with Models')
        lines = text.splitlines(keepends=True)
        first = next((i for i, line in enumerate(lines) if not line.startswith('#')), len(lines))
        self._comment = ''.join(lines[:first])
        self.content = parse_metafile(text, str(path))
        self.models: list[dict] = self.content['Models']
        names = [model['Name'] for model in self.models]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f'{path} has the models {sorted(twice)} twice; keep one of each.')

    @property
    def configs(self) -> Path:
        """The folder of the configs."""
        return self.path.parent

    def find(self, config: str) -> dict:
        """Return the model of a config.

        Args:
            config (str): path or name of the config file.

        Raises:
            ValueError: if none is listed.
        """
        name = Path(config).stem
        for model in self.models:
            if model['Name'] == name:
                return model
        raise ValueError(
            f"{self.path} lists no config '{name}'. Results are kept for the configs in "
            f'{self.configs}; put the file there and run `results.py write`, which lists it.'
        )

    def list_new(self):
        """List the configs that are not listed yet, and follow those that moved."""
        listed = {model['Name']: model for model in self.models}
        for file in sorted(self.configs.rglob('*.py')):
            path = file.relative_to(self.configs)
            if path.parts[0] == '_base_':
                continue
            config = f'configs/{path.as_posix()}'
            if path.stem in listed:
                listed[path.stem]['Config'] = config
                continue
            data = next((_DATA_SETS[k] for k in _DATA_SETS if path.stem.endswith(k)), None)
            model = {'Name': path.stem, 'In Collection': 'VL-LTR', 'Config': config}
            self.models.append(dict(model, Metadata={'Training Data': data} if data else {}))

    def check_free(self, config: str, commit: str, replace: bool = False) -> dict:
        """Return the result of a config that a run may be added to.

        Args:
            config (str): path or name of the config file.
            commit (str): of the run.
            replace (bool): whether an older result may go. Defaults to False.

        Returns:
            dict: the result; empty where there is none yet.

        Raises:
            ValueError: if the config is not listed, or has a result of
                another commit and ``replace`` is False.
        """
        results = self.find(config).get('Results') or [{}]
        old = results[0]
        if not old or (old['Commit'] == commit and 'Runs' in old):
            return old
        if not replace:
            raise ValueError(
                f'{Path(config).stem} has a result of commit {old["Commit"]} in {self.path}; '
                f'this run is of {commit}. --replace puts it in the place of the old one.'
            )
        return {}

    def add_run(self, config: str, run: dict, common: dict, replace: bool = False) -> dict:
        """Add a run to the result of its config.

        Args:
            config (str): path or name of the config file.
            run (dict): ``Seed``, ``Metrics`` and what else is of this seed.
            common (dict): ``Commit``, ``Epochs``, ``Command``: what all seeds
                share.
            replace (bool): whether an older result may go. Defaults to False.

        Returns:
            dict: the result, over all seeds of the commit.

        Raises:
            ValueError: see ``check_free``.
        """
        model, old = self.find(config), self.check_free(config, common['Commit'], replace)
        runs = [kept for kept in old.get('Runs', []) if kept['Seed'] != run['Seed']]
        runs = sorted([*runs, run], key=lambda one: one['Seed'])
        mean, deviation = _summary([one['Metrics'] for one in runs])
        result = {
            'Task': 'Image Classification',
            'Dataset': model['Metadata'].get('Training Data', model['Name']),
            'Metrics': mean,
            **({'Deviation': deviation} if deviation else {}),
            'Seeds': [one['Seed'] for one in runs],
            **{key: value for key, value in common.items() if value is not None},
            'Runs': runs,
        }
        model['Results'] = [result]
        return result

    def save(self):
        """Write the file, whole or not at all."""
        text = yaml.safe_dump(
            self.content, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
        )
        with open_whole(str(self.path)) as file:
            file.write(self._comment + text)


def _summary(metrics: list[dict[str, float]]) -> tuple:
    """Return mean and sample deviation of what all runs have."""
    names = [name for name in metrics[0] if all(name in one for one in metrics)]
    mean, deviation = mean_and_deviation([[one[name] for name in names] for one in metrics])
    rounded = [dict(zip(names, np.round(values, 4).tolist())) for values in (mean, deviation)]
    return rounded[0], rounded[1] if len(metrics) > 1 else None
