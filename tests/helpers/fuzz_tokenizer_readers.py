"""Readers of the tokenizers of text towers."""

import json
import tempfile
from pathlib import Path

from dual_towers import VOCAB, write_sentencepiece
from fuzz_inputs import damaged_bytes, damaged_json
from fuzz_trials import Reader
from hypothesis import strategies as st

from vlltr_mm.datasets.corpus.file_tokenizer import FileTokenizer
from vlltr_mm.utils.token_rules import TokenRules

_RULES = TokenRules('tiny/siglip', 12, VOCAB, 'canonicalize')
_FILES = 'tokenizer.json', 'tokenizer_config.json'


def _good(name: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write_sentencepiece(Path(folder))
        return (Path(folder) / name).read_bytes()


def _read(folder):
    tokenizer = FileTokenizer(_RULES, str(folder / 'tokenizer.json'))
    ids, lengths = tokenizer.encode(['a red square', 'The photo.', ''])
    return ids.tolist(), lengths.tolist(), tokenizer.pad_id


def odd_ids(value, content) -> str | None:
    """Check that all ids are of the vocabulary, and no sentence too long."""
    ids, lengths, pad_id = value
    if not all(0 <= i < VOCAB for i in [*ids, pad_id]):
        return 'ids beyond the vocabulary'
    if len(lengths) != 3 or sum(lengths) != len(ids) or max(lengths) > 12:
        return 'odd lengths'
    return None


TOKENIZER_READERS = [
    Reader(
        f'text tower, {name}',
        write_sentencepiece,
        _read,
        st.one_of(damaged_json(json.loads(_good(name))), damaged_bytes(_good(name))),
        lambda value: value[1] == [4, 3, 1] and value[2] == 1,
        odd_ids,
        name,
        _FILES,
    )
    for name in _FILES
]
