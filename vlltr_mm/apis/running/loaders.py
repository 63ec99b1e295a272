"""Complete the data loaders of a config, and refuse an epoch without a batch."""

from mmengine.config import Config, ConfigDict
from mmengine.dist import get_world_size
from mmengine.runner import Runner

_LOADERS = ('train_dataloader', 'val_dataloader', 'test_dataloader')
# What torch takes only where loader processes read the samples.
_OF_WORKERS = ('prefetch_factor', 'multiprocessing_context', 'timeout')


def complete_loaders(cfg: Config, pin_memory: bool = True, persistent_workers: bool = True):
    """Complete the data loaders the way MMPretrain's tools do.

    Where ``num_workers`` is 0, settings of loader processes are left out. Those
    of the training start anew each epoch, unless the config says otherwise
    (see ``RandomStateHook``).

    Args:
        cfg (Config): changed in place.
        pin_memory (bool): False: never. Defaults to True, as the config says,
            which by default is yes.
        persistent_workers (bool): likewise. Defaults to True.

    Raises:
        ValueError: if ``num_workers`` is no number from 0 on.
    """
    for name in _LOADERS:
        if cfg.get(name) is None:
            continue
        num_workers = cfg[name].get('num_workers', 0)
        if not isinstance(num_workers, int) or num_workers < 0:
            raise ValueError(
                f'{name}.num_workers is {num_workers!r} in {cfg.filename}; give 0 or more.'
            )
        loader = ConfigDict(
            pin_memory=True,
            persistent_workers=name != 'train_dataloader',
            collate_fn=dict(type='default_collate'),
        )
        loader.update(cfg[name])
        loader.pin_memory = bool(loader.pin_memory and pin_memory)
        loader.persistent_workers = bool(
            loader.persistent_workers and persistent_workers and num_workers
        )
        for key in _OF_WORKERS if num_workers == 0 else ():
            loader.pop(key, None)
        cfg[name] = loader


def check_epoch(num_batches: int, share: int, batch_size: int, world_size: int):
    """Refuse an epoch without a batch.

    Args:
        num_batches (int): of an epoch, on each rank.
        share (int): images that an epoch draws on each rank.
        batch_size (int): of each rank.
        world_size (int): the ranks.

    Raises:
        ValueError: if there is none; says which batch size has one.
    """
    if num_batches > 0:
        return
    if share == 0:
        raise ValueError('train_dataloader draws no image; its data set or sampler is empty.')
    where = f'on each of {world_size} ranks' if world_size > 1 else 'on one rank'
    raise ValueError(
        f'train_dataloader has no whole batch: an epoch draws {share} images {where}, '
        f'batch_size is {batch_size}, and drop_last=True leaves out a batch that is not full; set '
        f'train_dataloader.batch_size to {share} or less, or train_dataloader.drop_last=False.'
    )


def check_first_epoch(runner: Runner):
    """Refuse to train without a batch, before the host divides by their number.

    Args:
        runner (Runner): its training loader is built here, as ``train`` would.

    Raises:
        ValueError: see ``check_epoch``.
    """
    loader = runner.train_dataloader
    batches = loader.batch_sampler
    if hasattr(loader.dataset, '__len__') and len(loader) == 0:
        share = len(getattr(batches, 'sampler', None) or loader.sampler)
        check_epoch(0, share, getattr(batches, 'batch_size', None), get_world_size())
