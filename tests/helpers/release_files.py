"""Tiny checkpoints in the form of the first VL-LTR release."""

from argparse import Namespace

import torch

ARGS = dict(
    model='CVLP_vit16',
    lr=5e-5,
    epochs=50,
    distributed=True,
    resume='',
    finetune=None,
    prefetch=[1, 2],
    betas=(0.9, 0.999),
)


def optimizer_state():
    """Return the state of an AdamW that has made a step."""
    weight = torch.nn.Parameter(torch.ones(3))
    optimizer = torch.optim.AdamW([weight])
    weight.grad = torch.ones(3)
    optimizer.step()
    return optimizer.state_dict()


def write_release(path, model, **changes):
    """Write ``model`` with what the release stores beside it."""
    torch.save(
        dict(
            dict(model=model, optimizer=optimizer_state(), epoch=49, args=Namespace(**ARGS)),
            **changes,
        ),
        path,
    )


def stage1_model(clip):
    """Return a stage-1 ``model`` of an open_clip CLIP."""
    return {k: v.clone() for k, v in clip.state_dict().items()}


def stage2_model(clip, num_classes=5, num_anchors=4, dims=16, half=True):
    """Return a stage-2 ``model``: class c has 1 + c % num_anchors anchors."""
    generator = torch.Generator().manual_seed(3)

    def rand(*shape):
        return torch.randn(*shape, generator=generator)

    bank = rand(num_classes, num_anchors, dims)
    for index in range(num_classes):
        bank[index, 1 + index % num_anchors :] = 0
    block = {
        'attn.norm1q.weight': 1 + 0.3 * rand(dims),
        'attn.norm1q.bias': 0.3 * rand(dims),
        'attn.norm1k.weight': 1 + 0.3 * rand(dims),
        'attn.norm1k.bias': 0.3 * rand(dims),
        'attn.wq.weight': torch.eye(dims) + 0.3 * rand(dims, dims),
        'attn.wk.weight': torch.eye(dims) + 0.3 * rand(dims, dims),
        'visual_fc.0.weight': 0.3 * rand(4 * dims, dims),
        'visual_fc.0.bias': rand(4 * dims),
        'visual_fc.2.weight': 0.3 * rand(num_classes, 4 * dims),
        'visual_fc.2.bias': rand(num_classes),
    }
    model = {k: v.clone() for k, v in clip.state_dict().items() if k.startswith('visual.')}
    model.update({f'text_block.{k}': v for k, v in block.items()})
    return dict(model, logit_scale=torch.tensor(2.5), text_embeddings=bank.half() if half else bank)


def layer_norm(row, weight, bias):
    """Normalise one vector, as LayerNorm is defined."""
    mean = sum(row) / len(row)
    variance = sum((v - mean) ** 2 for v in row) / len(row)
    return [(v - mean) / (variance + 1e-5) ** 0.5 * w + b for v, w, b in zip(row, weight, bias)]


def times(matrix, row):
    """Multiply a matrix and a vector."""
    return [sum(w * v for w, v in zip(line, row)) for line in matrix]


def release_logits(model, x):
    """Compute one image's logits as the release's forward does, in loops.

    Every key of every class is projected; zero rows are padding.
    """
    weights = {
        k.removeprefix('text_block.'): v.double().tolist()
        for k, v in model.items()
        if k.startswith('text_block.')
    }
    bank = model['text_embeddings'].double().tolist()
    x = x.double().tolist()
    query = times(
        weights['attn.wq.weight'],
        layer_norm(x, weights['attn.norm1q.weight'], weights['attn.norm1q.bias']),
    )
    language = []
    for rows in bank:
        real = [row for row in rows if any(row)]
        scores = []
        for row in real:
            key = times(
                weights['attn.wk.weight'],
                layer_norm(row, weights['attn.norm1k.weight'], weights['attn.norm1k.bias']),
            )
            scores.append(sum(q * k for q, k in zip(query, key)) / len(x) ** 0.5)
        weight = torch.tensor(scores).softmax(dim=0).tolist()
        text = [sum(w * row[d] for w, row in zip(weight, real)) for d in range(len(x))]
        norms = [sum(v * v for v in vector) ** 0.5 for vector in (x, text)]
        cosine = sum(a * b for a, b in zip(x, text)) / norms[0] / norms[1]
        language.append(model['logit_scale'].exp().item() * cosine)
    hidden = [
        max(0, v + b)
        for v, b in zip(times(weights['visual_fc.0.weight'], x), weights['visual_fc.0.bias'])
    ]
    visual = [
        v + b
        for v, b in zip(times(weights['visual_fc.2.weight'], hidden), weights['visual_fc.2.bias'])
    ]
    return visual, language
