"""Tokenizers that are a file."""

import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from dual_towers import BERT, SENTENCEPIECE, VOCAB, write_bert, write_sentencepiece
from open_clip.tokenizer import HFTokenizer, get_clean_fn
from tokenizers import Tokenizer

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.datasets.corpus.file_tokenizer import FileTokenizer
from vlltr_mm.utils.token_rules import TokenRules

SIGLIP = TokenRules('tiny/siglip', 12, VOCAB, 'canonicalize')
CLIPA = TokenRules('bert-base-uncased', 8, 32000, 'whitespace', strip_sep_token=True)
TEXTS = [
    'A photo of a red square.',
    'the GREEN_colour, of   the square!',
    'a white wide blue photo of the colour of a red square of the photo',
    '&lt;red&gt; caf\u00e9 \u2019',
    'a',
]


@pytest.fixture
def siglip(tmp_path):
    return write_sentencepiece(tmp_path / 'siglip')


@pytest.fixture
def bert(tmp_path):
    return write_bert(tmp_path / 'bert')


def open_clips(file, rules, pad):
    """Return open_clip's own tokenizer on a file, as transformers would hold it."""
    tokenizer = Tokenizer.from_file(file)

    def call(texts, return_tensors, max_length, padding, truncation):
        assert (return_tensors, padding, truncation) == ('pt', 'max_length', True)
        tokenizer.enable_truncation(max_length)
        tokenizer.enable_padding(length=max_length, pad_id=tokenizer.token_to_id(pad))
        rows = [encoding.ids for encoding in tokenizer.encode_batch(texts)]
        return SimpleNamespace(input_ids=torch.tensor(rows))

    call.sep_token_id = tokenizer.token_to_id('[SEP]')
    theirs = object.__new__(HFTokenizer)
    theirs.tokenizer_mode, theirs.context_length = '', rules.context_length
    theirs.clean_fn, theirs.strip_sep_token = get_clean_fn(rules.clean), rules.strip_sep_token
    theirs.tokenizer = call
    return theirs


@pytest.mark.parametrize('kind', ['siglip', 'bert'])
def test_gives_the_ids_of_open_clip(kind, siglip, bert):
    file, rules, pad = (siglip, SIGLIP, '</s>') if kind == 'siglip' else (bert, CLIPA, '[PAD]')
    ours = FileTokenizer(rules, file)
    ids, lengths = ours.encode(TEXTS)
    rows = torch.full((len(TEXTS), rules.context_length), ours.pad_id)
    for row, own in zip(rows, np.split(ids.astype(np.int64), np.cumsum(lengths)[:-1])):
        row[: len(own)] = torch.from_numpy(own)
    assert torch.equal(rows, open_clips(file, rules, pad)(TEXTS))
    assert (lengths == rules.context_length).any()  # one is cut


def test_ids_by_hand(siglip, bert):
    ours = FileTokenizer(SIGLIP, siglip)
    ids, lengths = ours.encode(['A Red, square!', '_'])
    at = SENTENCEPIECE.index
    assert ids.tolist() == [at('▁a'), at('▁red'), at('▁square'), 1, 1] and lengths.tolist() == [
        4,
        1,
    ]
    assert (ours.pad_id, ours.fewest) == (1, 1)
    ours = FileTokenizer(CLIPA, bert)
    ids, lengths = ours.encode(['A Red square', 'red ' * 20])
    word = BERT.index
    first = [word('[CLS]'), word('a'), word('red'), word('square'), 0]  # 0 for the separator
    assert ids.tolist() == [*first, word('[CLS]'), *[word('red')] * 6, 0]
    assert lengths.tolist() == [5, 8]
    assert (ours.pad_id, ours.fewest) == (0, 2)
    assert ours.count(['A Red square', 'red ' * 20]).tolist() == [5, 22]  # none is cut


def test_finds_nothing_where_nothing_is_left(siglip, bert):
    ours = FileTokenizer(SIGLIP, siglip)
    blank = [ours.is_blank(text) for text in ('', ' ', '!?', '&nbsp;', '_-_', 'a', '?a', 'x&y')]
    assert blank == [True] * 5 + [False] * 3
    assert not FileTokenizer(CLIPA, bert).is_blank('!?')  # unknown, but not nothing


def make(file, tmp_path, classes=('red square', 'blue square'), **arch):
    text_cfg = dict(
        dict(
            context_length=12,
            vocab_size=VOCAB,
            hf_tokenizer_name='tiny/siglip',
            tokenizer_kwargs=dict(clean='canonicalize'),
        ),
        **arch,
    )
    return TextCorpus(
        classes,
        [dict(type='PromptTemplates', templates=['a photo of a {}.', 'The {}!', 'a {}' * 9])],
        cache_dir=str(tmp_path / 'cache'),
        tokenizer=dict(arch=dict(text_cfg=text_cfg), file=file),
    )


def test_a_corpus_is_padded_as_its_tokenizer_does(siglip, tmp_path):
    corpus = make(siglip, tmp_path)
    at = SENTENCEPIECE.index
    tokens = corpus.tokens(1)
    assert tokens.shape == (3, 12) and tokens.dtype == torch.int64
    first = ['▁a', '▁photo', '▁of', '▁a', '▁blue', '▁square']
    assert tokens[0].tolist() == [*map(at, first), *[1] * 6]
    assert tokens[2, :4].tolist() == [*map(at, ['▁a', '▁blue', '▁square', 'a'])]
    assert tokens[2, -1] == 1 and (tokens[2, :-1] != 1).all()  # cut, and ended
    assert corpus.token_ids(4).tolist() == [*map(at, ['▁the', '▁blue', '▁square']), 1]
    assert corpus.text_input(4).tolist() == tokens[1].tolist()
    assert (corpus.pad_id, corpus.token_rules) == (1, SIGLIP)
    again = make(siglip, tmp_path)  # from the cache
    assert torch.equal(again.tokens(1), tokens) and again.fingerprint == corpus.fingerprint


def test_says_once_how_many_sentences_are_full(siglip, tmp_path, monkeypatch):
    said = []
    monkeypatch.setattr(
        'vlltr_mm.datasets.corpus.tokenizer.print_log', lambda text, *args: said.append(text)
    )
    for _ in range(2):
        make(siglip, tmp_path)
    assert len(said) == 1 and said[0].startswith('2 of 6 sentences fill the 12 tokens')


def test_the_fingerprint_holds_the_tokenizer(siglip, tmp_path):
    prints = {make(siglip, tmp_path).fingerprint}
    prints.add(make(siglip, tmp_path, context_length=13).fingerprint)
    prints.add(make(siglip, tmp_path, tokenizer_kwargs=dict(clean='lower')).fingerprint)
    write_sentencepiece(tmp_path / 'siglip', pad_token='<pad>')
    prints.add(make(siglip, tmp_path).fingerprint)
    content = json.loads((tmp_path / 'siglip/tokenizer.json').read_text())
    (tmp_path / 'siglip/tokenizer.json').write_text(json.dumps(content, indent=1))
    prints.add(make(siglip, tmp_path).fingerprint)
    assert len(prints) == 5


def test_a_large_vocabulary_is_stored_whole(tmp_path):
    file = tmp_path / 'big/tokenizer.json'
    write_bert(tmp_path / 'big')
    content = json.loads(file.read_text())
    content['model']['vocab']['red'] = 70000
    file.write_text(json.dumps(content))
    arch = dict(vocab_size=70001, hf_tokenizer_name='bert', tokenizer_kwargs={})
    corpus = make(str(file), tmp_path, **arch)
    assert corpus._ids.dtype == np.uint32
    assert 70000 in corpus.tokens(0)[0].tolist() and 70000 not in corpus.tokens(1)[0].tolist()


def test_sentences_and_names_without_anything_are_no_text(siglip, tmp_path):
    with pytest.raises(ValueError, match=r"Class 1 has the name '\?\?', which is blank"):
        make(siglip, tmp_path, classes=['red', '??'])


@pytest.mark.parametrize(
    'config, pad_id',
    [
        (dict(pad_token='<pad>'), 0),
        (dict(pad_token=dict(content='</s>', special=True)), 1),
        (dict(pad_token='<unk>', padding_side='right'), 2),
    ],
)
def test_the_padding_is_that_of_the_files(tmp_path, config, pad_id):
    assert FileTokenizer(SIGLIP, write_sentencepiece(tmp_path, **config)).pad_id == pad_id
    (tmp_path / 'tokenizer_config.json').rename(tmp_path / 'special_tokens_map.json')
    assert FileTokenizer(SIGLIP, str(tmp_path / 'tokenizer.json')).pad_id == pad_id


def test_the_padding_may_be_named_or_in_the_tokenizer(tmp_path):
    file = write_sentencepiece(tmp_path)
    (tmp_path / 'tokenizer_config.json').unlink()
    with pytest.raises(ValueError, match='does not say what it pads with.*give pad_token='):
        assert FileTokenizer(SIGLIP, file).pad_id
    assert FileTokenizer(SIGLIP, file, pad_token='</s>').pad_id == 1
    with pytest.raises(ValueError, match="pad_token is 'no', which has no id there"):
        assert FileTokenizer(SIGLIP, file, pad_token='no').pad_id
    tokenizer = Tokenizer.from_file(file)
    tokenizer.enable_padding(pad_id=2, pad_token='<unk>', length=20)
    tokenizer.save(file)
    ours = FileTokenizer(SIGLIP, file)
    assert ours.pad_id == 2 and ours.encode(['a'])[1].tolist() == [2]  # ragged all the same


def test_errors(tmp_path, siglip, bert):
    small = TokenRules('tiny/siglip', 12, 30, 'canonicalize')
    with pytest.raises(FileNotFoundError, match='put the tokenizer.json of tiny/siglip there'):
        FileTokenizer(SIGLIP, str(tmp_path / 'no.json'))
    with pytest.raises(ValueError, match='has ids up to 39, .* vocab_size=30; name the'):
        FileTokenizer(small, siglip).encode(['a'])
    with pytest.raises(ValueError, match='adds 2 special ids to each sentence; none has room'):
        FileTokenizer(TokenRules('bert', 2, VOCAB), bert).encode(['a'])
    with pytest.raises(ValueError, match=r'by eos_id=7, but .* ends it with \[3\]; name'):
        FileTokenizer(TokenRules('bert', 9, VOCAB, end_id=7), bert).encode(['a'])
    FileTokenizer(TokenRules('bert', 9, VOCAB, end_id=3), bert).encode(['a'])
    for config, match in (
        (dict(padding_side='left'), "padding_side of tokenizer_config.json is 'left'"),
        (dict(truncation_side='left'), "truncation_side of tokenizer_config.json is 'left'"),
        (dict(add_bos_token=True, add_eos_token=True), 'adds 1 special ids .* add_bos_token=True'),
    ):
        with pytest.raises(ValueError, match=match):
            FileTokenizer(SIGLIP, write_sentencepiece(tmp_path / 'x', **config)).encode(['a'])
    for name, content, match in (
        ('tokenizer_config.json', '[]', 'a mapping is needed'),
        ('tokenizer_config.json', '{', 'cannot be read .* fetch it again'),
        ('tokenizer.json', '{}', 'is no tokenizer.json .* fetch it again'),
    ):
        write_sentencepiece(tmp_path / 'x')
        (tmp_path / 'x' / name).write_text(content)
        with pytest.raises(ValueError, match=match):
            FileTokenizer(SIGLIP, str(tmp_path / 'x/tokenizer.json')).encode(['a'])


def test_sentinels_behind_the_vocabulary_are_no_part_of_it(tmp_path, siglip):
    tokenizer = Tokenizer.from_file(siglip)
    tokenizer.add_tokens(['<extra_id_0>', '<extra_id_1>'])
    tokenizer.save(siglip)
    rules = TokenRules('tiny/siglip', 12, 40, 'lower')
    ours = FileTokenizer(rules, siglip)
    assert ours.encode(['a red'])[0].max() < 40
    with pytest.raises(ValueError, match="gives '<extra_id_0>' the id 40, but the text tower has"):
        ours.encode(['<extra_id_0>'])
