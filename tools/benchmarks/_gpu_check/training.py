"""Half precision over many steps, its gradients, and steps in chunks."""

import math
import tempfile

import torch
from mmengine.model import MMDistributedDataParallel
from torch.nn.utils import parameters_to_vector

from .measuring import milliseconds, relative_error, rounded
from .recipes import Recipe, load, precision
from .running import Context

STAGES = dict(
    stage1_r50='cvlp_r50_imagenet_lt',
    stage1_vit='cvlp_vit-b16_imagenet_lt',
    stage2_r50='vlltr_r50_imagenet_lt',
    stage2_tuned='vlltr_vit-b16_inat18',
)


def mixed_precision(context: Context):
    """Take 200 steps in the config's half precision with its loss scaler."""
    steps = 6 if context.small else 200
    for name in ('stage1_r50', 'stage2_r50'):
        recipe = load(context, STAGES[name], batch=64)
        data = recipe.batches(steps)
        losses, scales = [], []
        for batch in data:
            losses.append(_loss(recipe.step(batch)))
            scales.append(recipe.wrapper.loss_scaler.get_scale())
        context.put(**{name: _verdict([loss.item() for loss in losses], scales)})


def _loss(log: dict) -> torch.Tensor:
    return sum(value.detach() for name, value in log.items() if name.startswith('loss_'))


def _verdict(losses: list[float], scales: list[float]) -> dict:
    """Say whether all losses are finite and the scaler stays where it is."""
    last = scales[-len(scales) // 4 :]
    return dict(
        steps=len(losses),
        finite=all(math.isfinite(loss) for loss in losses),
        first=rounded(losses[0]),
        last=rounded(losses[-1]),
        skipped=sum(b < a for a, b in zip(scales, scales[1:])),
        scale=scales[-1],
        settled=min(last) == max(last),
    )


def gradients(context: Context):
    """Compare the gradients of one step in 16 bits with those in float32."""
    for name in ('stage1_r50', 'stage1_vit', 'stage2_r50'):
        recipe = load(context, STAGES[name], batch=32)
        (data,) = recipe.batches(1)
        made = recipe.model.data_preprocessor(data, True)
        right = _gradients(recipe, made, None)
        for kind in ('float16', 'bfloat16'):
            found = _gradients(recipe, made, getattr(torch, kind))
            errors = {key: rounded(relative_error(found[key], right[key]), 2) for key in right}
            context.put(**{f'{name}_{kind}': errors})


def _gradients(recipe: Recipe, made: dict, dtype: torch.dtype | None) -> dict[str, torch.Tensor]:
    """Return the gradients of each part of a model as one vector.

    In float16 the loss is scaled as the scaler does: by the largest power of
    two that leaves them finite.
    """
    for power in range(16, -1, -1) if dtype == torch.float16 else (0,):
        found = _scaled_gradients(recipe, made, dtype, 2.0**power)
        if all(grad.isfinite().all() for grad in found.values()):
            break
    return found


def _scaled_gradients(recipe: Recipe, made: dict, dtype: torch.dtype | None, scale: float) -> dict:
    model = recipe.model
    model.zero_grad()
    with precision(recipe, dtype):
        losses = model(**made, mode='loss')
    (scale * model.parse_losses(losses)[0]).backward()
    parts: dict[str, list] = {}
    for name, parameter in model.named_parameters():
        if parameter.grad is not None:
            parts.setdefault(name.split('.')[0], []).append(parameter.grad.float().flatten())
    return {name: torch.cat(grads) / scale for name, grads in parts.items()}


def chunked(context: Context):
    """Compare a step in chunks with the whole one, and take the batch of eight GPUs."""
    recipe = load(context, STAGES['stage1_r50'], batch=256)
    (data,) = recipe.batches(1)
    made = recipe.model.data_preprocessor(data, True)
    chunk = 2 if context.small else 64
    for kind, dtype in (('float32', None), ('float16', torch.float16)):
        found = []
        for size in (None, chunk):
            recipe.model.chunk_size = size
            found.append(_gradients(recipe, made, dtype))
        errors = {key: rounded(relative_error(found[1][key], found[0][key]), 2) for key in found[0]}
        context.put(**{f'difference_{kind}': errors})
    del made, found
    batch = recipe.batch
    sizes = dict(
        whole=(batch, None),
        quarters=(batch, batch // 4),
        eight_gpus=(8 * batch, batch),
        eight_gpus_halves=(8 * batch, batch // 2),
    )
    for name, (size, recipe.model.chunk_size) in sizes.items():
        chunk_size = recipe.model.chunk_size
        with context.noted(name, batch=size, chunk_size=chunk_size) as result:
            result.update(_timed(recipe, size))


def _timed(recipe: Recipe, batch: int) -> dict:
    """Return the time of a step of some batch, and the memory."""
    context = recipe.context
    repeats = 1 if context.small else 3
    data = recipe.batches(repeats + 1, batch)
    if context.on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    spent = milliseconds(lambda: recipe.step(data.pop()), context.device, repeats, 1)
    found = dict(ms=rounded(spent), images_per_s=rounded(batch * 1e3 / spent))
    if context.on_gpu:
        found['peak_mib'] = rounded(torch.cuda.max_memory_allocated() / 2**20)
    return found


def distributed(context: Context):
    """Take a step behind MMEngine's DDP in a process group of one; compare the weights."""
    import torch.distributed as dist

    moved = []
    for wrapped in (False, True):
        recipe = load(context, STAGES['stage1_vit'], batch=32)
        start = parameters_to_vector(recipe.model.parameters()).detach().clone()
        (data,) = recipe.batches(1)
        if wrapped:
            with tempfile.TemporaryDirectory() as folder:
                backend = 'nccl' if context.on_gpu else 'gloo'
                store = f'file://{folder}/store'
                dist.init_process_group(backend, init_method=store, rank=0, world_size=1)
                try:
                    ids = [0] if context.on_gpu else None
                    model = MMDistributedDataParallel(
                        recipe.model, device_ids=ids, broadcast_buffers=False
                    )
                    model.train_step(data, recipe.wrapper)
                finally:
                    dist.destroy_process_group()
        else:
            recipe.step(data)
        moved.append(parameters_to_vector(recipe.model.parameters()).detach() - start)
    context.put(backend=backend, difference=rounded(relative_error(moved[1], moved[0]), 2))
