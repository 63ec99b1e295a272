"""Text towers that pool, attend or project otherwise than CLIP's."""

import open_clip
import pytest
import torch
from dual_towers import TEXT, TRIMMED, VOCAB, text_arch, token_rows, whole_model

from vlltr_mm.models import OpenCLIPTextBackbone
from vlltr_mm.models.multimodal.cvlp import pad_tokens

KINDS = sorted(TEXT)


def tower_of(kind, **settings):
    """Return open_clip's model of a kind, and our text tower with its weights."""
    model = whole_model(text_arch(kind))
    tower = OpenCLIPTextBackbone(text_arch(kind), **settings).eval()
    tower.text.load_state_dict(model.text.state_dict())
    return model, tower


def rows_of(kind, **settings):
    return token_rows(end_id=3 if kind == 'worldwide' else VOCAB - 1, **settings)


@pytest.mark.parametrize('kind', KINDS)
def test_embeds_as_open_clip_does(kind):
    model, tower = tower_of(kind)
    tokens = rows_of(kind)
    with torch.no_grad():
        assert torch.equal(tower(tokens)[0], model.encode_text(tokens, normalize=False))


@pytest.mark.parametrize('kind', ['clip', 'clipa', 'mobileclip', 'worldwide'])
def test_embeds_as_open_clips_clip_without_a_text_model_of_its_own(kind):
    clip = open_clip.CLIP(**text_arch(kind)).eval()
    tower = OpenCLIPTextBackbone(text_arch(kind)).eval()
    own = tower.text.state_dict()
    tower.text.load_state_dict({k: v for k, v in clip.state_dict().items() if k in own})
    tokens = rows_of(kind)
    with torch.no_grad():
        assert torch.equal(tower(tokens)[0], clip.encode_text(tokens, normalize=False))


def place_of(kind, row):
    """Return where a sentence is read, by the definition of the kind."""
    if kind == 'coca':
        return len(row)  # the learnt place behind all others
    pooling = TEXT[kind].get('pool_type', 'argmax')
    if pooling == 'argmax':
        return max(range(len(row)), key=lambda place: (row[place], -place))
    return {'eos': row.index(3) if 3 in row else 0, 'first': 0, 'last': len(row) - 1}[pooling]


@pytest.mark.parametrize('kind', KINDS)
def test_pools_and_projects_by_the_definition(kind):
    _, tower = tower_of(kind)
    tokens, states = rows_of(kind), []
    tower.text.transformer.register_forward_hook(lambda m, args, out: states.append(out))
    with torch.no_grad():
        found = tower(tokens)[0].double()
    norm, projection = tower.text.ln_final, tower.text.text_projection
    for row, state, embedding in zip(tokens.tolist(), states[0].double(), found):
        x = state[place_of(kind, row)]
        centred = x - x.mean()
        x = centred / (centred.square().mean() + norm.eps).sqrt()
        x = x * norm.weight.double() + norm.bias.double()
        if isinstance(projection, torch.nn.Linear):
            weight, bias = projection.weight.double(), projection.bias.double()
            x = torch.stack([(w * x).sum() + b for w, b in zip(weight, bias)])
        elif projection is not None:
            x = torch.stack([(w * x).sum() for w in projection.double().T])
        # Single precision of a norm and a product of 16 terms.
        torch.testing.assert_close(embedding, x, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize('kind', KINDS)
def test_what_stands_behind_the_end_matters_where_it_is_read(kind):
    _, tower = tower_of(kind)
    tokens = rows_of(kind)
    other = tokens.clone()
    other[:, -1] = 5  # padding otherwise
    with torch.no_grad():
        assert torch.equal(tower(tokens)[0], tower(other)[0]) == (kind in TRIMMED)


@pytest.mark.parametrize('kind', KINDS)
def test_columns_are_cut_only_where_they_are_not_read(kind):
    _, tower = tower_of(kind)
    tokens = rows_of(kind)
    ragged = [row[:length] for row, length in zip(tokens, (3, 7, 5))]
    batch = pad_tokens(ragged, tower)
    assert batch.shape == (3, 7 if kind in TRIMMED else 12)
    assert torch.equal(batch, tokens[:, : batch.shape[1]])
    assert torch.equal(tower.fit_width(tokens), batch)
    with torch.no_grad():
        # Sums over fewer columns, of which the others are exactly 0.
        torch.testing.assert_close(tower(batch), tower(tokens), atol=2e-6, rtol=1e-5)


def test_fills_with_the_padding_of_the_tokenizer():
    _, tower = tower_of('siglip')
    rows = [torch.tensor([7, 8, 1]), torch.tensor([9, 1])]
    batch = pad_tokens(rows, tower, pad_id=1)
    assert batch.tolist() == [[7, 8] + [1] * 10, [9] + [1] * 11]
    with pytest.raises(ValueError, match='are 3 wide, the text tower of .* takes 12; make them'):
        tower(batch[:, :3])
    with pytest.raises(ValueError, match='are 13 wide, the text tower of .* takes 12; make them'):
        tower(torch.ones(1, 13, dtype=torch.long))


def test_a_text_without_an_end_is_read_at_its_start():
    model, tower = tower_of('worldwide')
    tokens = token_rows(end_id=4)  # 3 is nowhere
    with torch.no_grad():
        expected = model.encode_text(tokens)
        assert torch.equal(tower(tokens)[0], expected)
        torch.testing.assert_close(
            tower(tower.fit_width(tokens))[0], expected, atol=2e-6, rtol=1e-5
        )


@pytest.mark.parametrize('kind', ['siglip', 'coca', 'clipa'])
def test_trains_every_weight_also_with_checkpointing(kind):
    gradients = []
    for checkpointing in (False, True):
        _, tower = tower_of(kind, grad_checkpointing=checkpointing)
        tower.train()
        tower(rows_of(kind))[0].square().sum().backward()
        gradients.append({name: p.grad for name, p in tower.named_parameters()})
    assert all(g is not None for g in gradients[0].values())
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient, msg=name)


def test_towers_that_give_no_embedding_are_refused():
    for changes, match in (
        (dict(pool_type='none'), "pool_type='none' and gives no embedding"),
        (dict(proj_type='none', width=32), 'gives 32-d embeddings, but embed_dim is 16'),
        (dict(hf_model_name='roberta-base'), 'roberta-base of Hugging Face'),
    ):
        arch = text_arch('clip')
        arch['text_cfg'].update(changes)
        with pytest.raises(ValueError, match=match):
            OpenCLIPTextBackbone(arch)


def test_quick_gelu_of_a_tower_with_another_gelu_is_refused():
    with pytest.raises(ValueError, match=r"GELU with {'approximate': 'tanh'}; leave quick_gelu"):
        OpenCLIPTextBackbone(text_arch('siglip2'), quick_gelu=True)
