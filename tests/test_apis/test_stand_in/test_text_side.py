"""Token vectors, and the CLIP text tower that adds them up."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from clip_files import tiny_arch

from vlltr_mm.apis.stand_in.text_side import count_tokens, solve_token_vectors, write_token_vectors
from vlltr_mm.datasets import TextCorpus
from vlltr_mm.models import OpenCLIPTextBackbone


def text_tower(layers=1, width=16):
    arch = tiny_arch()
    arch['text_cfg'].update(layers=layers, width=width)
    torch.manual_seed(0)
    return OpenCLIPTextBackbone(arch).eval()


def sentences(rows, width=12):
    """Return (N, width): start 62, the ids, end 63, zeros."""
    tokens = torch.zeros(len(rows), width, dtype=torch.long)
    for row, ids in zip(tokens, rows):
        row[: len(ids) + 2] = torch.tensor([62, *ids, 63])
    return tokens


def vectors(rank, tokens=20):
    """Draw (tokens, 16) of the given rank."""
    generator = torch.Generator().manual_seed(1)
    left = torch.randn(tokens, rank, generator=generator)
    return left @ torch.randn(rank, 16, generator=generator)


def test_counts_are_averages_over_sentences(tmp_path):
    (tmp_path / 'text.json').write_text('{"cat": ["a cat", "cat cat!"], "dog": ["a dog"]}')
    corpus = TextCorpus(
        ['cat', 'dog'],
        [dict(type='JsonDescriptions', path=str(tmp_path / 'text.json'))],
        cache_dir=str(tmp_path / 'cache'),
    )
    ids, counts = count_tokens(corpus)
    article, cat, dog = 320, 2368, 1929
    column = {id_: counts[:, i].tolist() for i, id_ in enumerate(ids.tolist())}
    assert len(column) == 4  # and the '!', whose id 256 or 0 is not that of the padding
    assert column[article] == [0.5, 1.0]
    assert column[cat] == [1.5, 0.0]
    assert column[dog] == [0.0, 1.0]


def test_vectors_are_those_of_ridge_regression():
    generator = torch.Generator().manual_seed(0)
    counts = torch.rand(6, 9, generator=generator) * (torch.rand(6, 9, generator=generator) > 0.4)
    classes = F.normalize(torch.randn(6, 4, generator=generator), dim=1)
    found = solve_token_vectors(counts, classes, 0.3)
    rarity = torch.log(6 / (1 + (counts > 0).sum(0).float())).clamp(min=0)
    texts = F.normalize(counts.sqrt() * rarity, dim=1)
    primal = torch.linalg.solve(texts.T @ texts + 0.3 * torch.eye(9), texts.T @ classes)
    torch.testing.assert_close(found, rarity[:, None] * primal, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize('rank', [3, 14])
def test_the_tower_embeds_the_mean_of_the_vectors(rank):
    tower, table = text_tower(), vectors(rank)
    write_token_vectors(tower.text, np.arange(10, 30), table)
    rows = [[10], [11, 12], [29, 29, 10, 15], [20, 40]]  # 40 has no vector
    (found,) = tower(sentences(rows))
    padded = torch.cat([torch.zeros(10, 16), table, torch.zeros(34, 16)])
    expected = torch.stack([padded[ids].sum(0) for ids in rows])
    torch.testing.assert_close(
        F.normalize(found, dim=1), F.normalize(expected, dim=1), atol=1e-4, rtol=0
    )


def test_a_narrow_tower_keeps_the_largest_directions():
    tower, table = text_tower(width=8), vectors(16)
    write_token_vectors(tower.text, np.arange(10, 30), table)
    left, sizes, right = torch.linalg.svd(table, full_matrices=False)
    kept = left[:, :6] * sizes[:6] @ right[:6]
    (found,) = tower(sentences([[10], [11, 12]]))
    expected = torch.stack([kept[0], kept[1] + kept[2]])
    torch.testing.assert_close(
        F.normalize(found, dim=1), F.normalize(expected, dim=1), atol=1e-4, rtol=0
    )


def test_unknown_words_alone_embed_to_zero():
    tower = text_tower()
    write_token_vectors(tower.text, np.arange(10, 30), vectors(3))
    assert tower(sentences([[40, 41]]))[0].abs().max() < 1e-5


def test_the_tower_can_be_trained_on():
    tower = text_tower()
    write_token_vectors(tower.text, np.arange(10, 30), vectors(3))
    tower.train()
    tokens, target = sentences([[10], [11, 12], [15, 20]]), torch.eye(16)[:3]
    optimizer = torch.optim.AdamW(tower.parameters(), lr=1e-2)
    losses = []
    for _ in range(20):
        loss = 1 - F.cosine_similarity(tower(tokens)[0], target).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    block = tower.text.transformer.resblocks[0]
    assert losses[-1] < 0.5 * losses[0]
    assert block.attn.in_proj_weight[:16].abs().max() > 0  # the queries, which began at zero
    assert block.mlp.c_proj.weight.abs().max() > 0


def test_refuses_a_deeper_tower():
    with pytest.raises(ValueError, match='has 2 layers; one is written here'):
        write_token_vectors(text_tower(layers=2).text, np.arange(10, 30), vectors(3))
