"""Files as people's accidents make them: strategies that damage a good one."""

import copy
import io
import json
import zipfile
from dataclasses import dataclass
from functools import wraps

import torch
from hypothesis import strategies as st
from safetensors.torch import save


def _strategy(build):
    """Be hypothesis' composite, whose repr does not print the (large) arguments."""

    @wraps(build)
    def make(*args, **kwargs):
        return st.composite(lambda draw: build(draw, *args, **kwargs))()

    return make


SPECIAL = (
    *(b'\x00', b'\xff', b'\xef\xbb\xbf', b'\r', b'\n', b'\xe2\x80\xa8', b'\xc2\x85', b'\xa0'),
    *(b'"', b"'", b',', b'-', b'.', b'e9', b'_', b'9' * 30, b'{', b'[' * 300, b'\\ud800', b'#'),
    *(b'\t', b' ', b'\xf6', b'\xed\xa0\x80', b'&a *a', b'NaN', b'<!DOCTYPE html>'),
)
NUMBERS = (
    *(0, -1, 1, 2, 1.5, 1.7, -0.5, 999, 2**31, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 10**30),
    *(1e308, 1e-300, True, False),
)
TEXTS = (
    *('', ' ', '0', '1', '-1', '1.0', '1_0', '１', 'nan', 'null', '../x', '/', '_', 'x' * 5000),
    *('a\x00b', 'K\u0308', 'a\u2028b', '\u200b', '\ufeff'),
)


@dataclass(frozen=True)
class Literal:
    """Text that stands in a JSON file as it is."""

    text: str


_LINE_FAULTS = ('word', 'word', 'number', 'drop', 'add', 'line', 'gone', 'eol')
_LITERALS = ('NaN', 'Infinity', '-Infinity', '1e999', '9' * 5000, '"\\ud800"', '01', "'a'")
_DEEP = Literal('[' * 3000 + ']' * 3000)
ODD = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(TEXTS),
    st.sampled_from([None, [], {}, [[]], [1], dict(a=1), [None], ['a'], _DEEP]).map(copy.deepcopy),
    st.sampled_from(_LITERALS).map(Literal),
)


@_strategy
def damaged_bytes(draw, good: bytes):
    """Flip, cut, repeat, insert, at one to three places."""
    data = bytearray(good)
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.sampled_from((1, 1, 2, 4, 9, 40, 10**9))))
        kind = draw(st.sampled_from(('flip', 'cut', 'repeat', 'insert', 'insert', 'set')))
        if kind == 'flip' and start < len(data):
            data[start] ^= 1 << draw(st.integers(0, 7))
        elif kind == 'cut':
            del data[start:end]
        elif kind == 'repeat':
            data[start:start] = data[start:end]
        elif kind == 'set':
            data[start:end] = bytes([draw(st.integers(0, 255))]) * min(end - start, 9)
        else:
            data[start:start] = draw(st.sampled_from(SPECIAL))
    return bytes(data)


@_strategy
def damaged_lines(draw, good: str):
    """Change words and lines as an editor or a spreadsheet does."""
    lines = good.split('\n')
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        words = lines[place].split(' ')
        word = draw(st.integers(0, len(words) - 1))
        kind = draw(st.sampled_from(_LINE_FAULTS))
        if kind == 'word':
            words[word] = draw(st.sampled_from(TEXTS))
        elif kind == 'number':
            words[word] = str(draw(st.sampled_from(NUMBERS)))
        elif kind == 'drop':
            del words[word]
        elif kind == 'add':
            words.insert(word, draw(st.sampled_from(TEXTS)))
        lines[place] = ' '.join(words)
        if kind == 'line':
            more = [lines[place], '# note', 'id index name', '"']
            lines.insert(place, draw(st.sampled_from(more)))
        elif kind == 'gone' and len(lines) > 1:
            del lines[place]
        elif kind == 'eol':
            lines[place] += draw(st.sampled_from(['\r', '\t', ' ', '\u2028', '\x0b', ',', '"']))
    codec = draw(st.sampled_from(['utf-8'] * 6 + ['utf-8-sig', 'utf-16', 'cp1252']))
    return '\n'.join(lines).encode(codec, 'replace')


def _places(node, path=()):
    """List the paths of all values."""
    yield path
    if isinstance(node, (dict, list)):
        for key, child in node.items() if isinstance(node, dict) else enumerate(node):
            yield from _places(child, (*path, key))


def _at(node, path):
    for key in path:
        node = node[key]
    return node


@_strategy
def damaged_values(draw, good):
    """Swap types, delete, wrap, rename and take to the limits, at one or two places."""
    holder = [copy.deepcopy(good)]
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(list(_places(holder))[1:]))
        parent, key = _at(holder, path[:-1]), path[-1]
        kind = draw(
            st.sampled_from(('odd', 'odd', 'odd', 'gone', 'text', 'float', 'wrap', 'name', 'twice'))
        )
        value = parent[key]
        if kind == 'odd' or len(path) == 1:
            parent[key] = draw(ODD)
        elif kind == 'gone':
            del parent[key]
        elif kind == 'text' and not isinstance(value, (dict, list, Literal)):
            parent[key] = str(value)
        elif kind == 'float' and isinstance(value, int) and abs(value) < 2**60:
            parent[key] = value + draw(st.sampled_from([0.0, 0.5, 0.7]))
        elif kind == 'wrap':
            parent[key] = [value]
        elif kind == 'name' and isinstance(parent, dict):
            parent[draw(st.sampled_from(TEXTS))] = parent.pop(key)
        elif kind == 'twice' and isinstance(parent, list):
            parent.insert(key, value)
        if not isinstance(holder[0], (dict, list)):
            break
    return holder[0]


def damaged_arguments(good) -> st.SearchStrategy:
    """Damaged values as Python has them, nan and infinity among them."""

    def plain(node):
        if isinstance(node, Literal):
            return -float('inf') if node.text.startswith('-') else float('nan')
        if isinstance(node, dict):
            return {key: plain(value) for key, value in node.items()}
        return list(map(plain, node)) if isinstance(node, list) else node

    return damaged_values(good).map(plain)


def dump(node, twice: bool = False) -> str:
    """Write JSON, with literals as they are; ``twice`` repeats the keys of the top."""
    if isinstance(node, Literal):
        return node.text
    if isinstance(node, dict):
        pairs = [f'{json.dumps(str(key))}: {dump(value)}' for key, value in node.items()]
        return '{' + ', '.join(pairs * (1 + twice)) + '}'
    if isinstance(node, list):
        return '[' + ', '.join(map(dump, node)) + ']'
    return json.dumps(node)


@_strategy
def damaged_json(draw, good):
    """A JSON file whose values, or whose bytes, are damaged."""
    kind = draw(st.sampled_from(('values',) * 7 + ('bytes',) * 2 + ('twice',)))
    if kind == 'bytes':
        return draw(damaged_bytes(dump(good).encode()))
    text = dump(good, twice=True) if kind == 'twice' else dump(draw(damaged_values(good)))
    return text.encode(draw(st.sampled_from(['utf-8'] * 6 + ['utf-8-sig', 'utf-16'])))


def _tensor_changes(value: torch.Tensor):
    """Damaged forms of a tensor."""
    flat = value.flatten()
    changed = [
        value[:0] if value.ndim else value.reshape(1)[:0],
        value[:1] if value.ndim else value.reshape(1),
        value.unsqueeze(0),
        value.flatten(),
        value.double() if value.is_floating_point() else value.float(),
        value.half(),
        value.to(torch.int64),
        value.to(torch.uint8),
        value.to(torch.bool),
        value.to(torch.complex64),
        value.to(torch.float8_e4m3fn),
        torch.zeros(()),
        torch.zeros_like(value),
        torch.cat([value, value]) if value.ndim else value,
    ]
    odd = (float('nan'), float('inf'), -float('inf'), -1, -2, 999, 2**40, -(2**40), 1e30)
    if len(flat):
        for number in odd:
            if value.is_floating_point() or number == number and abs(number) < 1e19:
                one = flat.clone()
                one[-1] = torch.tensor(number).to(value.dtype) if number == number else number
                changed += [one.reshape(value.shape), torch.full_like(value, one[-1].item())]
    return changed


@_strategy
def damaged_tensors(draw, good: dict[str, torch.Tensor]):
    """A dict of tensors of which one or two are changed, gone, renamed or more."""
    made = dict(good)
    for _ in range(draw(st.integers(1, 2))):
        key = draw(st.sampled_from(sorted(made)))
        kind = draw(st.sampled_from(('change',) * 6 + ('gone', 'name', 'more')))
        if kind == 'change':
            made[key] = draw(st.sampled_from(_tensor_changes(made[key])))
        elif kind == 'more':
            made[f'{key}x'] = made[key]
        elif len(made) > 1:
            value = made.pop(key)
            if kind == 'name':
                made[draw(st.sampled_from(TEXTS[2:]))] = value
    return made


@_strategy
def damaged_safetensors(draw, good: dict[str, torch.Tensor], meta: dict | None = None):
    """A safetensors file whose tensors, metadata or bytes are damaged."""
    kind = draw(st.sampled_from(('tensors',) * 5 + ('meta',) * 3 * (meta is not None) + ('bytes',)))
    tensors = draw(damaged_tensors(good)) if kind == 'tensors' else good
    text = dump(draw(damaged_values(meta)) if kind == 'meta' else meta or {})
    if kind == 'meta' and draw(st.integers(0, 9)) == 0:
        text = draw(st.sampled_from(['', 'x', '[', '{"a": 1, "a": 2}', '3']))
    metadata = None if meta is None else dict(meta=text)
    whole = save({k: v.contiguous().clone() for k, v in tensors.items()}, metadata)
    return draw(damaged_bytes(whole)) if kind == 'bytes' else whole


def saved(content) -> bytes:
    """Return what torch.save writes."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


@_strategy
def damaged_checkpoint(draw, good: dict, state: tuple = ('state_dict',)):
    """A file of torch.save: other content, a damaged pickle in a sound archive, or bytes."""
    kind = draw(st.sampled_from(('tensors', 'tensors', 'values', 'pickle', 'pickle', 'bytes')))
    if kind == 'tensors':
        tensors = draw(damaged_tensors(_at(good, state)))
        return saved(dict(good, **{state[0]: tensors}) if state else tensors)
    if kind == 'values':
        content = draw(damaged_values(dict(good)))
        return saved(content if _is_plain(content) else None)
    whole = saved(good)
    return draw(damaged_bytes(whole) if kind == 'bytes' else _with_damaged_pickle(whole))


def _is_plain(node) -> bool:
    """Whether there is no literal of a text file in it."""
    if isinstance(node, (dict, list)):
        return all(map(_is_plain, node.values() if isinstance(node, dict) else node))
    return not isinstance(node, Literal)


@_strategy
def _with_damaged_pickle(draw, whole: bytes):
    """Damage an entry of an archive and pack it again, so that its checksum is right."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(made, 'w') as new:
        names = old.namelist()
        target = draw(st.sampled_from([n for n in names if n.endswith('.pkl')] * 3 + names))
        for name in names:
            content = old.read(name)
            new.writestr(name, draw(damaged_bytes(content)) if name == target else content)
    return made.getvalue()
