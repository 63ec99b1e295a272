"""Tokenising a corpus, and encoding its sentences with the text tower.

Encoding: CLIP RN50's text tower at full size, random weights, on batches drawn
evenly from the corpus sorted by length. Plain: contexts padded to 77. Ours:
batches by length, contexts as wide as the longest sentence.
Tokenising: of the whole corpus, each in a fresh process with nothing cached.
Plain: ``open_clip.tokenize`` class by class. Ours: ``TextCorpus``'s files.

Example: python tools/benchmarks/text_encoding.py --sentences 512
"""

import argparse
import json
import os.path as osp
import subprocess
import sys
import tempfile
import time
from functools import partial
from types import SimpleNamespace

import open_clip
import torch
import torch.nn.functional as F
from _measure import Trial, parser, run, save
from mmpretrain.registry import TASK_UTILS
from rich.console import Console
from rich.table import Table

from vlltr_mm.datasets import TextCorpus
from vlltr_mm.datasets.corpus.corpus_files import write_corpus
from vlltr_mm.datasets.corpus.gathering import gather_text
from vlltr_mm.engine.encoding import build_sentence_bank
from vlltr_mm.models import OpenCLIPTextBackbone
from vlltr_mm.utils.files import read_json

TINY = dict(
    embed_dim=64,
    vision_cfg=dict(image_size=32, layers=1, width=64, patch_size=16),
    text_cfg=dict(width=64, heads=2, layers=2),
)
BATCH = 64


def sources(args) -> dict:
    """Return classes and sources of each corpus whose files are there."""
    prompts = dict(type='PromptTemplates')
    found = {}
    if osp.isdir(args.wiki):
        found['cifar100_wiki'] = (
            [f'class {i}' for i in range(100)],
            [prompts, dict(type='WikiTexts', root=args.wiki)],
        )
    for name in ('cupl_imagenet', 'dclip_imagenet', 'dclip_places365'):
        path = osp.join(args.texts, f'{name}.json.gz')
        if osp.isfile(path):
            found[name] = (
                list(read_json(path, 'class name → sentences')),
                [prompts, dict(type='JsonDescriptions', path=path)],
            )
    return found


def build(args, name: str) -> Trial:
    """Draw sentences of a corpus and make both forms of encoding them."""
    torch.manual_seed(0)
    classes, listed = sources(args)[name]
    with tempfile.TemporaryDirectory() as cache:
        corpus = TextCorpus(classes, listed, cache_dir=cache)
        batches = torch.from_numpy(corpus.token_lengths.argsort()).split(BATCH)
        step = max(1, len(batches) * BATCH // args.sentences)
        drawn = torch.cat(batches[step // 2 :: step])
        rows = [corpus.token_ids(i) for i in drawn.tolist()]
        lengths = corpus.token_lengths[drawn]
    drawn = SimpleNamespace(
        token_ids=rows.__getitem__, token_lengths=lengths, labels=[0] * len(rows), fingerprint=name
    )
    tower = OpenCLIPTextBackbone(TINY if args.quick else 'RN50-quickgelu')
    tower = tower.eval().to(args.device)
    padded = torch.stack([F.pad(row, (0, 77 - len(row))) for row in rows])
    padded = padded.to(args.device)

    @torch.no_grad()
    def plain() -> torch.Tensor:
        return torch.cat([tower(part)[-1] for part in padded.split(BATCH)])

    def ours() -> torch.Tensor:
        return build_sentence_bank(tower, drawn, BATCH).feats

    def difference() -> float:
        return float((plain().cpu() - ours()).abs().max())

    return Trial(dict(plain=plain, ours=ours), difference, 1e-4, len(rows))


def tokenise(args, name: str, form: str) -> dict:
    """Tokenise a corpus in this process, which has done nothing yet."""
    classes, listed = sources(args)[name]
    text = gather_text(classes, [TASK_UTILS.build(s) for s in listed])
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        if form == 'plain':
            for own in text.sentences:
                open_clip.tokenize(own)
        else:
            write_corpus(folder, classes, text)
        taken = time.perf_counter() - start
    return dict(items=sum(map(len, text.sentences)), seconds=taken)


def tokenise_afresh(args, name: str) -> dict:
    """Tokenise a corpus in processes of their own."""
    row = dict(case=name, step='tokenise')
    for form in ('plain', 'ours'):
        done = subprocess.run(
            [sys.executable, *sys.argv, '--tokenise', name, form],
            check=True,
            stdout=subprocess.PIPE,
        )
        result = json.loads(done.stdout.decode().splitlines()[-1])
        row.update({'items': result['items'], f'{form}_s': result['seconds']})
    return row


def report(args, rows: list):
    """Print sentences per second of both steps, and store them."""
    table = Table(
        'corpus',
        'step',
        'sentences',
        'plain, 1/s',
        'ours, 1/s',
        'ratio',
        title='Sentences per second',
    )
    for row in rows:
        row.update(
            {f'{form}_rate': row['items'] / row[f'{form}_s'] for form in ('plain', 'ours')},
            ratio=row['plain_s'] / row['ours_s'],
        )
        table.add_row(
            row['case'],
            row['step'],
            f'{row["items"]:,}',
            *(f'{row[form]:,.0f}' for form in ('plain_rate', 'ours_rate')),
            f'{row["ratio"]:.1f}',
        )
    Console().print(table)
    save(args, rows)


def main():
    """Parse, measure and print."""
    made = parser(__doc__)
    made.add_argument('--wiki', default='data/cifar100_lt/wiki')
    made.add_argument(
        '--texts', default='data/text', help='folder of cupl_*.json.gz, dclip_*.json.gz'
    )
    made.add_argument('--sentences', type=int, default=512)
    made.add_argument('--tokenise', nargs=2, help=argparse.SUPPRESS)
    args = made.parse_args()
    if args.tokenise:
        print(json.dumps(tokenise(args, *args.tokenise)))
        return
    args.no_memory = True
    rows = run(
        args,
        __file__,
        'Encoding sentences',
        {name: partial(build, args, name) for name in sources(args)},
    )
    rows = [dict(row, step='encode') for row in rows]
    report(args, rows + [tokenise_afresh(args, row['case']) for row in rows])


if __name__ == '__main__':
    main()
