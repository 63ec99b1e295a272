"""The card, the head's language branch, anchor selection: torch is all they need."""

import functools
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import nn

from .measuring import load_file, milliseconds, peak_mib, peak_tflops, relative_error, rounded, wait
from .running import Context

DTYPES = dict(fp32=None, bf16=torch.bfloat16, fp16=torch.float16)


class HeadSize(NamedTuple):
    """Images, classes, anchors of a class, width."""

    images: int
    classes: int
    anchors: int
    dims: int


HEADS = dict(
    imagenet_lt_r50=HeadSize(128, 1000, 64, 1024),
    imagenet_lt_vit=HeadSize(128, 1000, 64, 512),
    places_lt_r50=HeadSize(128, 365, 64, 1024),
    inat18_r50=HeadSize(128, 8142, 64, 1024),
)
COMPILED = 'imagenet_lt_r50'  # compiling takes long; this size decides
CHECKED = 64  # classes that are compared with float64


def device(context: Context):
    """Name card, versions and processor; time a large product and a copy."""
    context.put(
        python=platform.python_version(),
        torch=torch.__version__,
        cores=os.cpu_count(),
        threads=torch.get_num_threads(),
        tf32=dict(
            products=torch.backends.cuda.matmul.allow_tf32,
            convolutions=torch.backends.cudnn.allow_tf32,
        ),
        executable=sys.executable,
    )
    if context.on_gpu:
        properties = torch.cuda.get_device_properties(0)
        context.put(
            name=properties.name,
            memory_gib=round(properties.total_memory / 2**30, 1),
            multiprocessors=properties.multi_processor_count,
            cuda=torch.version.cuda,
            cudnn=torch.backends.cudnn.version(),
            driver=_driver(),
            peak_tflops_16bit=peak_tflops(properties.name),
        )
    side = 256 if context.small else 8192
    for name, dtype in (('bf16', torch.bfloat16), ('fp16', torch.float16), ('fp32', torch.float32)):
        left, right = (torch.randn(side, side, device=context.device).to(dtype) for _ in range(2))
        spent = milliseconds(functools.partial(torch.mm, left, right), context.device, 5)
        context.put(**{f'product_{name}_tflops': rounded(2 * side**3 / spent / 1e9)})
    source = torch.randn(2**18 if context.small else 2**29, device=context.device)
    spent = milliseconds(source.clone, context.device, 5)
    context.put(copy_gb_per_s=rounded(2 * source.nbytes / spent / 1e6))


def _driver() -> str | None:
    """Return the driver's version, as nvidia-smi says it."""
    command = ['nvidia-smi', '--query-gpu=driver_version', '--format=csv,noheader']
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None


class Branch(nn.Module):
    """The language branch with its own weights, in both forms.

    Args:
        size (HeadSize): of anchors and images.
        device (str): where.
        dtype (torch.dtype): of weights and anchors. Defaults to float32.
    """

    def __init__(self, size: HeadSize, device: str, dtype: torch.dtype = torch.float32):
        super().__init__()
        torch.manual_seed(0)
        dims = size.dims
        self.norm_q, self.norm_k = nn.LayerNorm(dims), nn.LayerNorm(dims)
        self.proj_q, self.proj_k = (nn.Linear(dims, dims, bias=False) for _ in range(2))
        self.to(device=device, dtype=dtype)
        generator = torch.Generator(device).manual_seed(1)
        draw = functools.partial(torch.randn, generator=generator, device=device)
        self.anchors = draw(size.classes, size.anchors, dims).to(dtype)
        self.mask = torch.ones(size.classes, size.anchors, dtype=torch.bool, device=device)
        self.x = draw(size.images, dims).to(dtype)
        self.grad = draw(size.images, size.classes)
        self.fast = load_file('models/heads/blocked_attention.py')
        self.formula = load_file('models/heads/language_branch.py').language_branch
        self.stats = self.fast.anchor_stats(self.anchors, self.norm_k.eps)

    def plain(self) -> torch.Tensor:
        """Compute the cosines (B, C) as the formula says."""
        layers = self.norm_q, self.norm_k, self.proj_q, self.proj_k
        return self.formula(self.x, self.anchors, self.mask, *layers)[1]

    def ours(self) -> torch.Tensor:
        """Compute the cosines (B, C) as the head does."""
        query = (self.proj_q(self.norm_q(self.x)) @ self.proj_k.weight) * self.norm_k.weight
        return self.fast.attended_cosine(query, self.x, self.anchors, self.mask, self.stats)

    def bare(self) -> None:
        """Multiply as often as forward and backward cannot avoid, and nothing else."""
        with torch.no_grad():
            both, anchors = torch.cat([self.x, self.x]), self.anchors.flatten(0, 1)
            product = anchors @ both.T  # (CM, 2B)
            product.T @ anchors

    def step(self, form, dtype: torch.dtype | None) -> tuple[torch.Tensor, torch.Tensor]:
        """Run a form forward and backward; return the cosines and a gradient."""
        self.zero_grad()
        with autocast(self.x.device.type, dtype):
            cosine = form()
        cosine.backward(self.grad.to(cosine.dtype))
        return cosine.detach(), self.proj_q.weight.grad


def autocast(device_type: str, dtype: torch.dtype | None):
    """Return the context of a type; None is none."""
    return nullcontext() if dtype is None else torch.autocast(device_type, dtype)


def head(context: Context):
    """Time both forms of the language branch, forward and backward, in each type."""
    sizes = dict(tiny=HeadSize(4, 12, 5, 16)) if context.small else HEADS
    for name, size in sizes.items():
        branch = Branch(size, context.device)
        for dtype in DTYPES:
            for form in ('plain', 'ours'):
                with context.noted(f'{name}_{dtype}_{form}') as found:
                    call = functools.partial(branch.step, getattr(branch, form), DTYPES[dtype])
                    found.update(_measure(context, call))
        with context.noted(f'{name}_bare', dtype='fp32') as found:
            found.update(_measure(context, branch.bare))
        half = Branch(size, context.device, torch.bfloat16)
        with context.noted(f'{name}_bare_16bit', dtype='bf16') as found:
            found.update(_measure(context, half.bare))
        del half
        _put_errors(context, name, branch, size)
    _compiled(context, 'tiny' if context.small else COMPILED)


def _measure(context: Context, call: Callable) -> dict:
    """Return time and memory of a call."""
    memory = peak_mib(call, context.device)
    spent = milliseconds(call, context.device, 2 if context.small else 7)
    return dict(ms=rounded(spent), mib=rounded(memory))


def _put_errors(context: Context, name: str, branch: Branch, size: HeadSize):
    """Compare some classes with float64: cosines, and a gradient."""
    few = size._replace(classes=min(CHECKED, size.classes))
    double = Branch(few, context.device, torch.float64)
    single = Branch(few, context.device)
    double.load_state_dict(single.state_dict())
    double.anchors, double.x, double.grad = (
        t.double() for t in (single.anchors, single.x, single.grad)
    )
    right = double.step(double.plain, None)
    for dtype in DTYPES:
        for form in ('plain', 'ours'):
            found = single.step(getattr(single, form), DTYPES[dtype])
            context.put(
                **{
                    f'{name}_{dtype}_{form}_error': dict(
                        cosine=rounded(float((found[0].double() - right[0]).abs().max()), 2),
                        gradient=rounded(relative_error(found[1], right[1]), 2),
                    )
                }
            )


def _compiled(context: Context, name: str):
    """Time the formula under ``torch.compile``, at the size that decides."""
    size = HeadSize(4, 12, 5, 16) if context.small else HEADS[name]
    branch = Branch(size, context.device)
    backend = 'aot_eager' if context.small else 'inductor'
    for dtype in DTYPES:
        torch.compiler.reset()
        form = torch.compile(branch.plain, backend=backend, dynamic=False)
        with context.noted(f'{name}_{dtype}_compiled', backend=backend) as found:
            found.update(_measure(context, functools.partial(branch.step, form, DTYPES[dtype])))


def plain_losses(texts, labels, feats, means, scale, dtype=None) -> torch.Tensor:
    """Compute L_lin (S,) through the whole matrix of sentences and images."""
    left, right = (texts, feats) if dtype is None else (texts.to(dtype), feats.to(dtype))
    logits = scale * (left @ right.T).to(texts.dtype)
    return logits.logsumexp(dim=1) - scale * (texts * means[labels]).sum(dim=1)


def anss(context: Context):
    """Score sentences against the images of ImageNet-LT in each type of product."""
    size = dict(sentences=20_000, images=115_846, dims=512)
    if context.small:
        size = dict(sentences=200, images=500, dims=16)
    context.put(**size)
    score = load_file('models/task_modules/linguistic_losses.py').linguistic_losses
    texts, labels, feats, means = _draw_features(context, *size.values())
    few = slice(0, CHECKED)
    right = score(texts[few].double(), labels[few], feats.double(), means.double(), 100.0)
    compiled = torch.compile(
        plain_losses, backend='aot_eager' if context.small else 'inductor', dynamic=False
    )
    args = texts, labels, feats, means, 100.0
    for name, dtype in DTYPES.items():
        forms = dict(
            ours=functools.partial(score, *args, product_dtype=dtype),
            plain=functools.partial(plain_losses, *args, dtype),
            compiled=functools.partial(compiled, *args, dtype),
        )
        for form, call in forms.items():
            with context.noted(f'{name}_{form}') as found:
                memory = peak_mib(call, context.device)
                spent = milliseconds(call, context.device, 3, 1)
                rate = 2 * size['sentences'] * size['images'] * size['dims'] / spent / 1e9
                off = float((call()[few].double() - right).abs().max())
                found.update(ms=rounded(spent), mib=rounded(memory))
                found.update(tflops=rounded(rate), off=rounded(off, 2))


def _draw_features(context: Context, sentences: int, images: int, dims: int):
    """Draw unit features of ten classes or a thousand; return the means of the images' too."""
    classes = 10 if context.small else 1000
    torch.manual_seed(0)
    texts, feats = (
        F.normalize(torch.randn(n, dims, device=context.device) + 0.3, dim=1)
        for n in (sentences, images)
    )
    labels, image_labels = (
        torch.arange(n, device=context.device) % classes for n in (sentences, images)
    )
    counts = torch.bincount(image_labels, minlength=classes).unsqueeze(1)
    means = feats.new_zeros(classes, dims).index_add_(0, image_labels, feats) / counts
    return texts, labels, feats, means


def nccl(context: Context):
    """Open a process group of one, reduce, gather, and train behind DDP."""
    import torch.distributed as dist

    backend = 'nccl' if context.on_gpu else 'gloo'
    with tempfile.TemporaryDirectory() as folder:
        dist.init_process_group(backend, init_method=f'file://{folder}/store', rank=0, world_size=1)
        try:
            numbers = torch.randn(2**10 if context.small else 2**25, device=context.device)
            reduce = functools.partial(dist.all_reduce, numbers)
            context.put(backend=backend, mib=numbers.nbytes / 2**20)
            context.put(all_reduce_ms=rounded(milliseconds(reduce, context.device, 3)))
            gathered = [torch.empty_like(numbers)]
            dist.all_gather(gathered, numbers)
            context.put(gathered=bool(torch.equal(gathered[0], numbers)))
            linear = nn.Linear(8, 8).to(context.device)
            ids = [0] if context.on_gpu else None
            wrapped = nn.parallel.DistributedDataParallel(linear, device_ids=ids)
            wrapped(torch.randn(4, 8, device=context.device)).sum().backward()
            wait(context.device)
            context.put(ddp=bool(linear.weight.grad.isfinite().all()))
        finally:
            dist.destroy_process_group()
