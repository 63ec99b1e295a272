"""What a training costs, from steps that were measured on a GPU."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

from mmengine.config import Config

from ...models.backbones.openclip.towers import clip_config
from ...utils.config_files import configs_folder, list_configs
from ..running.handover import is_training_free
from .schedule import training_length

# Training images and classes, as the data sets were published.
PUBLISHED = dict(
    ImageNetLT=(115_846, 1000), PlacesLT=(62_500, 365), INaturalist2018=(437_513, 8142)
)

_FILE = 'gpu_check.json'
_COMMAND = f'python tools/benchmarks/gpu_check.py --json configs/{_FILE}'


@dataclass(frozen=True)
class MeasuredStep:
    """One step of a recipe on one GPU: its batch, rate, and the time of its parts."""

    batch: int
    images_per_s: float
    parts_ms: dict[str, float]


@dataclass(frozen=True)
class Measurements:
    """What ``tools/benchmarks/gpu_check.py`` found on a card.

    steps: by ``step_key``. loader_rate: images per second of one loader
    process. chunk_slowdown: how much longer a stage-1 image takes in chunks.
    """

    card: str
    steps: dict[str, MeasuredStep]
    loader_rate: float | None
    chunk_slowdown: float | None


@dataclass(frozen=True)
class Cost:
    """What a training takes; limit is 'GPU' or 'loader'."""

    gpu_hours: float
    hours: float
    images_per_s: float
    limit: str

    def __str__(self) -> str:
        return (
            f'{self.gpu_hours:.3g} ({self.hours:.3g} h at {self.images_per_s:,.0f} images/s and '
            f'GPU; the {self.limit} is the limit)'
        )


def read_measurements(path: str | None = None) -> Measurements | None:
    """Read what was measured; None if nothing was.

    Args:
        path (str, optional): the file. Defaults to None, that of the project.

    Raises:
        ValueError: if it is that of a dry run.
    """
    file = Path(path) if path else configs_folder() / _FILE
    if not file.is_file():
        return None
    content = json.loads(file.read_text(encoding='utf-8'))
    if content['small'] or content['device'] == 'cpu':
        raise ValueError(f'{file} is of a dry run; measure with `{_COMMAND}` on a GPU.')
    sections = content['sections']
    steps = {
        found['key']: MeasuredStep(found['batch'], found['images_per_s'], found['shares_ms'])
        for found in sections.values()
        if found.get('key') and 'shares_ms' in found
    }
    chunks = sections.get('chunked', {})
    rates = [chunks.get(k, {}).get('images_per_s') for k in ('whole', 'eight_gpus')]
    return Measurements(
        card=sections.get('device', {}).get('name', 'a GPU'),
        steps=steps,
        loader_rate=sections.get('loader', {}).get('recipe', {}).get('one_core'),
        chunk_slowdown=rates[0] / rates[1] if all(rates) else None,
    )


def step_key(cfg: Config) -> str | None:
    """Name what the cost of a config's training step follows from.

    Args:
        cfg (Config): that trains.

    Returns:
        str | None: the same for configs whose steps cost the same; None for
        a tower that is not one of CLIP's by name.
    """
    tower = cfg.model.get('vision_backbone') or cfg.model.get('backbone') or {}
    arch = tower.get('arch')
    if not isinstance(arch, str):
        return None
    size = tower.get('img_size') or clip_config(arch)['vision_cfg'].get('image_size', 224)
    precision = cfg.optim_wrapper.get('dtype', 'float32')
    what = f'{arch}, {size} px, {precision}'
    if cfg.model.type == 'CVLP':
        text = cfg.model.text_backbone
        tuned = ', tuned' if tower.get('tuner') or text.get('tuner') else ''
        return f'stage 1, {what}{tuned}'
    head = cfg.model.head
    return f'{head.type} of {head.num_classes} classes, tower {_training(tower)}, {what}'


def _training(tower: dict) -> str:
    return 'frozen' if tower.get('frozen') else 'tuned' if tower.get('tuner') else 'trained'


def estimate_cost(cfg: Config, images: int, num_gpus: int, measured: Measurements) -> Cost | None:
    """Estimate what a training takes, without validation and communication.

    A GPU has the loader processes of the config, each a core of its own.

    Args:
        cfg (Config): that trains.
        images (int): drawn in the whole training.
        num_gpus (int): of the run.
        measured (Measurements): of one GPU.

    Returns:
        Cost | None: None where no such step, or no step in chunks, was measured.
    """
    step = measured.steps.get(step_key(cfg) or '')
    if step is None:
        return None
    rate, limit = step.images_per_s, 'GPU'
    chunk = cfg.model.get('chunk_size')
    if chunk and chunk < cfg.train_dataloader.batch_size:
        if measured.chunk_slowdown is None:
            return None
        rate /= measured.chunk_slowdown
    loader = _loader_rate(cfg, measured)
    if loader < rate:
        rate, limit = loader, 'loader'
    gpu_hours = images / rate / 3600
    return Cost(gpu_hours, gpu_hours / num_gpus, rate, limit)


def _loader_rate(cfg: Config, measured: Measurements) -> float:
    """Return the images per second of the loader of one GPU; infinite if not measured."""
    processes = max(cfg.train_dataloader.get('num_workers', 0), 1)
    return measured.loader_rate * processes if measured.loader_rate else math.inf


def estimate_stored(cfg: Config, size: int, num_gpus: int, measured: Measurements) -> Cost | None:
    """Estimate a training on stored features: the tower sees each image once.

    Args:
        cfg (Config): whose tower is frozen.
        size (int): images of the data set.
        num_gpus (int): of the run.
        measured (Measurements): of one GPU.

    Returns:
        Cost | None: None where no such step was measured.
    """
    step = measured.steps.get(step_key(cfg) or '')
    if step is None:
        return None
    head = sum(step.parts_ms[part] for part in ('head and loss', 'optimizer'))
    rate = 1e3 * step.batch / head
    tower = 1e3 * step.batch / step.parts_ms['image tower']
    encoding = size / min(tower, _loader_rate(cfg, measured))
    gpu_hours = (encoding + training_length(cfg)[0] * size / rate) / 3600
    return Cost(gpu_hours, gpu_hours / num_gpus, rate, 'GPU')


def cost_of_run(cfg: Config, iterations: int, num_gpus: int) -> str | None:
    """Say what a training takes, or that this was not measured.

    Args:
        cfg (Config): that trains.
        iterations (int): of an epoch.
        num_gpus (int): of the run.

    Returns:
        str | None: None for towers that no GPU has to be measured for.
    """
    key = step_key(cfg)
    if key is None:
        return None
    measured = read_measurements()
    if measured is None:
        return f'not measured yet; on a GPU: {_COMMAND}'
    length, unit = training_length(cfg)
    steps = length * iterations if unit == 'epoch' else length
    images = steps * cfg.train_dataloader.batch_size * num_gpus
    cost = estimate_cost(cfg, images, num_gpus, measured)
    if cost is None:
        return f'not measured: {key}'
    return f'{cost}, from a step measured on one {measured.card}'


@dataclass(frozen=True)
class CostRow:
    """A recipe with what it takes on 1 and on 8 GPUs; None where nothing was measured."""

    config: str
    key: str
    on_one: Cost | None
    on_eight: Cost | None


def cost_rows(measured: Measurements | None) -> list[CostRow]:
    """Return the cost of every recipe of the three benchmarks.

    Args:
        measured (Measurements, optional): None leaves the numbers out.

    Returns:
        list[CostRow]: in the order of the configs' folders and names. On one
        GPU stage 1 takes the batch of eight in chunks, and stage 2 adds
        gradients of eight batches up.
    """
    rows = []
    for name, path in list_configs().items():
        cfg = Config.fromfile(path)
        trains = not is_training_free(cfg) and cfg.train_cfg.get('max_epochs')
        key = step_key(cfg) if trains else None
        if key is None or (size := published_size(cfg)) is None:
            continue
        costs = [None, None]
        if measured is not None:
            images = training_length(cfg)[0] * size
            alone = cfg.copy()
            if cfg.model.type == 'CVLP':
                batch = cfg.train_dataloader.batch_size
                alone.merge_from_dict(
                    {'model.chunk_size': batch, 'train_dataloader.batch_size': 8 * batch}
                )
            costs = [
                estimate_cost(own, images, gpus, measured) for own, gpus in ((alone, 1), (cfg, 8))
            ]
        rows.append(CostRow(name, key, *costs))
        if cfg.model.get('backbone', {}).get('frozen'):
            stored = [measured and estimate_stored(cfg, size, gpus, measured) for gpus in (1, 8)]
            rows.append(CostRow(f'{name} --feature-cache', key, *stored))
    return rows


def data_set_type(cfg: Config) -> str | None:
    """Return the type of the training set, without the wrapper that adds text."""
    dataset = (cfg.get('train_dataloader') or {}).get('dataset')
    if dataset is None:
        return None
    inner = dataset.get('dataset', dataset)  # of TextCorpusDataset
    return inner if isinstance(inner, str) else inner.type


def published_size(cfg: Config) -> int | None:
    """Return the training images of a data set as it was published.

    Args:
        cfg (Config): with a training set.

    Returns:
        int | None: None where type and number of classes are of no published one.
    """
    size, classes = PUBLISHED.get(data_set_type(cfg), (None, None))
    return size if num_classes(cfg) == classes else None


def num_classes(cfg: Config) -> int | None:
    """Return the number of classes that a config names."""
    named = (cfg.get('data_preprocessor') or {}).get('num_classes')
    return named or (cfg.model.get('head') or {}).get('num_classes')
