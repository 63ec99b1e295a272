"""Whole training steps of the recipes: rate, memory, and who has which share."""

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from vlltr_mm.models import contrastive_distill_loss
from vlltr_mm.models.multimodal.cvlp import pad_tokens

from .measuring import milliseconds, peak_tflops, rounded, wait
from .recipes import Recipe, load
from .running import Context

_WARM_UP = 3
_PROFILED = 3


def step(context: Context, config: str):
    """Measure the step of a config at its own batch on one GPU.

    ``step_ms`` is that of steps that wait for nothing, ``logged_step_ms``
    that of steps whose losses are read, as hooks of the Runner do.
    """
    recipe = load(context, config)
    count = 2 if context.small else 10
    data = recipe.batches(_WARM_UP + 2 * count + _PROFILED + 2)
    context.put(config=config, key=recipe.key, batch=recipe.batch)
    if context.on_gpu:
        torch.cuda.reset_peak_memory_stats()
    _run(recipe, [data.pop() for _ in range(_WARM_UP)], read=False)
    free = _run(recipe, [data.pop() for _ in range(count)], read=False)
    logged = _run(recipe, [data.pop() for _ in range(count)], read=True)
    context.put(
        step_ms=rounded(free),
        logged_step_ms=rounded(logged),
        images_per_s=rounded(recipe.batch * 1e3 / logged),
    )
    if context.on_gpu:
        context.put(
            peak_mib=rounded(torch.cuda.max_memory_allocated() / 2**20),
            reserved_mib=rounded(torch.cuda.max_memory_reserved() / 2**20),
        )
    context.put(**_utilisation(recipe, data.pop(), free))
    shares = _shares(recipe, data.pop())
    context.put(shares_ms=shares, rest_ms=rounded(free - sum(shares.values())))
    context.put(**_profiled(recipe, data))


def _run(recipe: Recipe, data: list[dict], read: bool) -> float:
    """Take steps; return the milliseconds of one by the wall clock."""
    wait(recipe.context.device)
    start = time.perf_counter()
    for batch in data:
        log = recipe.step(batch)
        if read:
            [value.item() for value in log.values()]
    wait(recipe.context.device)
    return 1e3 * (time.perf_counter() - start) / len(data)


def _utilisation(recipe: Recipe, batch: dict, spent: float) -> dict:
    """Count the operations of a step, against what the card could do."""
    with FlopCounterMode(display=False) as counter:
        recipe.step(batch)
    flops = counter.get_total_flops()
    reached = flops / spent / 1e9
    found = dict(gflop_per_image=rounded(flops / recipe.batch / 1e9), tflops=rounded(reached))
    peak = peak_tflops(torch.cuda.get_device_name()) if recipe.context.on_gpu else None
    if peak:
        found['share_of_peak'] = rounded(reached / peak, 3)
    return found


def _shares(recipe: Recipe, batch: dict) -> dict[str, float]:
    """Time the parts of a step, each on its own, in milliseconds."""
    model, device = recipe.model, recipe.context.device
    data = dict(inputs=batch['inputs'], data_samples=batch['data_samples'])
    with recipe.wrapper.optim_context(model):
        parts = {'preprocessor': partial(model.data_preprocessor, data, True)}
        made = model.data_preprocessor(data, True)
        make = _stage1_parts if hasattr(model, 'vision_backbone') else _stage2_parts
        parts.update(make(model, made['inputs'], made['data_samples']))
        repeats = 2 if recipe.context.small else 5
        found = {n: milliseconds(part, device, repeats) for n, part in parts.items()}
    # The gradients of the last step are there; a step without new ones costs the same.
    found['optimizer'] = milliseconds(recipe.wrapper.step, device, repeats)
    recipe.wrapper.zero_grad()
    return {name: rounded(value) for name, value in found.items()}


def _trained(form: Callable[[], Tensor]) -> Callable[[], None]:
    """Return a form with its backward pass, for parameters that add gradients up."""

    def call():
        out = form()
        if out.requires_grad:
            out.float().square().mean().backward()

    return call


def _stage1_parts(model, images: Tensor, samples: list) -> dict[str, Callable]:
    """Return towers, teacher and losses of stage 1."""
    tokens = pad_tokens([s.text_tokens for s in samples]).to(images.device)
    labels = torch.cat([s.gt_label for s in samples])
    bank = model._look_up(samples, images)
    width = model.text_backbone.embed_dims
    feats = torch.randn(2, len(images), width, device=images.device, requires_grad=True)

    def losses() -> Tensor:
        scale = model.logit_scale.exp()
        loss = model.loss_module(*feats, labels, scale)
        if model.teacher is None:
            return loss
        return loss + contrastive_distill_loss(*feats, *feats.detach(), scale, scale.detach())

    parts = {
        'image tower': _trained(lambda: model.vision_backbone(images)[-1]),
        'text tower': _trained(lambda: model.text_backbone(tokens)[-1]),
        'loss': _trained(losses),
    }
    if model.teacher is not None:
        parts['teacher'] = lambda: model.teacher(images, tokens, bank)
    return parts


def _stage2_parts(model, images: Tensor, samples: list) -> dict[str, Callable]:
    """Return tower and head, with its loss, of stage 2."""
    with torch.no_grad():
        feats = model.extract_feat(images)
    leaf = feats[-1].detach().requires_grad_(not model.backbone.frozen)
    return {
        'image tower': _trained(lambda: model.extract_feat(images)[-1]),
        'head and loss': _trained(lambda: sum(model.head.loss((leaf,), samples).values())),
    }


def _profiled(recipe: Recipe, data: list[dict]) -> dict:
    """Return which share of the time the card is busy, and its largest kernels."""
    on_gpu = recipe.context.on_gpu
    kinds = [ProfilerActivity.CPU] + ([ProfilerActivity.CUDA] if on_gpu else [])
    with profile(activities=kinds) as profiler:
        spent = _run(recipe, data, read=False) * len(data)
    kind = DeviceType.CUDA if on_gpu else DeviceType.CPU
    times = {
        event.key: (event.self_device_time_total if on_gpu else event.self_cpu_time_total) / 1e3
        for event in profiler.key_averages()
        if event.device_type == kind
    }
    largest = sorted(times, key=times.get, reverse=True)[:10]
    return dict(
        busy=rounded(sum(times.values()) / spent, 3),
        kernels_ms={name[:90]: rounded(times[name] / len(data)) for name in largest},
    )
