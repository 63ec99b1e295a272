"""Time, memory and peak rates; needs nothing but torch."""

import importlib.util
import math
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import torch

ROOT = Path(__file__).resolve().parents[3]
# Dense 16-bit products with sums in float32, TFLOP/s, from the data sheets.
_PEAKS = {
    'H200': 989.4,
    'H100 PCIe': 756.0,
    'H100 NVL': 835.0,
    'H100': 989.4,
    'A100': 312.0,
    'A800': 312.0,
    'L40S': 362.0,
    'L4': 121.0,
    'A40': 149.7,
    'A10': 125.0,
    'V100': 125.0,
    'T4': 65.0,
    'RTX 4090': 165.2,
    'RTX 3090': 71.0,
}


def peak_tflops(device_name: str) -> float | None:
    """Return the 16-bit peak of a card by its name, None of one unknown."""
    return next((peak for name, peak in _PEAKS.items() if name in device_name), None)


def load_file(path: str) -> ModuleType:
    """Load one file of the package, without the package and what that needs.

    Args:
        path (str): relative to ``vlltr_mm/``; it must import torch alone.
    """
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / 'vlltr_mm' / path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wait(device: str):
    """Wait for the device."""
    if device.startswith('cuda'):
        torch.cuda.synchronize()


def milliseconds(form: Callable, device: str, repeats: int, warm_up: int = 2) -> float:
    """Return the median time of a call, on a GPU by its own events."""
    for _ in range(warm_up):
        form()
    wait(device)
    if not device.startswith('cuda'):
        return statistics.median(_wall(form) for _ in range(repeats)) * 1e3
    pairs = []
    for _ in range(repeats):
        pair = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        pair[0].record()
        form()
        pair[1].record()
        pairs.append(pair)
    wait(device)
    return statistics.median(start.elapsed_time(end) for start, end in pairs)


def _wall(form: Callable) -> float:
    start = time.perf_counter()
    form()
    return time.perf_counter() - start


def peak_mib(form: Callable, device: str) -> float | None:
    """Return what a call allocates at most beyond what was there; None on a CPU."""
    if not device.startswith('cuda'):
        form()
        return None
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    form()
    torch.cuda.synchronize()
    return (torch.cuda.max_memory_allocated() - before) / 2**20


def relative_error(found: torch.Tensor, right: torch.Tensor) -> float:
    """Return ‖found − right‖ / ‖right‖ in float64."""
    found, right = found.detach().double(), right.detach().double()
    return float((found - right).norm() / right.norm().clamp(min=1e-300))


def rounded(value: float | None, digits: int = 4) -> float | str | None:
    """Keep the digits that mean something; what is not finite becomes its name."""
    if value is None or not math.isfinite(value):
        return None if value is None else str(value)
    return float(f'{value:.{digits}g}')
