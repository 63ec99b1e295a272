"""What a run says, in a few lines."""

from collections.abc import Iterator

_FORMS = ('plain', 'compiled', 'ours')


def summarise(content: dict) -> str:
    """Return the lines to read first: forms of the head, steps, loader, half precision.

    Args:
        content (dict): of the JSON file.
    """
    sections = content['sections']
    lines = []
    for name in ('head', 'anss'):
        lines += _forms(name, sections.get(name, {}))
    lines += _steps(sections)
    loader = sections.get('loader', {}).get('recipe')
    if loader:
        lines.append(
            f'loader: {loader["images_per_s"]} images/s of {loader["workers"]} processes, '
            f'{loader["one_core"]} of one core'
        )
    for name, found in sections.get('amp', {}).items():
        if isinstance(found, dict):
            lines.append(
                f'amp {name}: finite {found["finite"]}, scale {found["scale"]:.0f}, '
                f'settled {found["settled"]}, {found["skipped"]} skipped'
            )
    lines += [
        f'{name}: {found["status"]}'
        for name, found in sections.items()
        if found.get('status') != 'ok'
    ]
    return '\n'.join(lines)


def _forms(section: str, found: dict) -> Iterator[str]:
    """Compare the forms of one computation, each at its sizes and types.

    Ours stays on GPUs if it takes at most 1/1.5 of the time of the compiled
    plain form, or half of its memory.
    """
    cases = sorted({key.rpartition('_')[0] for key in found if key.endswith('_ours')})
    for case in cases:
        parts, times = [], {}
        for form in _FORMS:
            value = found.get(f'{case}_{form}', {})
            if 'error' in value:
                parts.append(f'{form} {value["error"]}')
            elif 'ms' in value:
                times[form] = value
                parts.append(f'{form} {value["ms"]} ms {value["mib"]} MiB')
        if {'compiled', 'ours'} <= set(times):
            fast = times['compiled']['ms'] / times['ours']['ms']
            parts.append(f'compiled / ours {fast:.2f} in time')
            if times['ours']['mib']:
                small = times['compiled']['mib'] / times['ours']['mib']
                parts.append(f'{small:.2f} in memory')
        yield f'{section} {case}: {", ".join(parts)}'


def _steps(sections: dict) -> Iterator[str]:
    """Say how fast the steps are, and where their time goes."""
    for name, found in sections.items():
        if 'shares_ms' not in found:
            continue
        parts = [f'{found["images_per_s"]} images/s', f'{found["tflops"]} TFLOP/s']
        if 'share_of_peak' in found:
            parts.append(f'{found["share_of_peak"]:.0%} of the peak')
        if 'busy' in found:
            parts.append(f'busy {found["busy"]:.0%}')
        whole = found['step_ms']
        shares = {**found['shares_ms'], 'rest': found['rest_ms']}
        parts += [f'{part} {100 * spent / whole:.0f} %' for part, spent in shares.items()]
        yield f'{name}: {", ".join(parts)}'
