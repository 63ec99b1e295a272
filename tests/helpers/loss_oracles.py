"""The long-tail losses of one sample, by loops from the papers' formulas."""

import math


def weights(counts, beta):
    """Cui et al. 2019: one over the effective number, sum C."""
    inverse = [(1 - beta) / (1 - beta**n) for n in counts]
    return [len(counts) * v / sum(inverse) for v in inverse]


def cross_entropy(scores, true):
    """-log softmax(scores)[true]."""
    return math.log(sum(math.exp(z) for z in scores)) - scores[true]


def weighted_ce(scores, true, counts, beta):
    return weights(counts, beta)[true] * cross_entropy(scores, true)


def weighted_focal(scores, true, counts, beta, gamma):
    """Cui et al. 2019: C sigmoids, z_i of the true class, -z_i of others."""
    total = 0.0
    for i, z in enumerate(scores):
        p = 1 / (1 + math.exp(-z if i == true else z))
        total -= (1 - p) ** gamma * math.log(p)
    return weights(counts, beta)[true] * total


def ldam(cosines, true, counts, max_margin, scale):
    """Cao et al. 2019: a margin off the true class's cosine."""
    margins = [n**-0.25 for n in counts]
    margins = [max_margin * m / max(margins) for m in margins]
    shifted = list(cosines)
    shifted[true] -= margins[true]
    return cross_entropy([scale * c for c in shifted], true)


def logit_adjusted(scores, true, counts, tau):
    """Menon et al. 2021: -log of prior^tau-weighted softmax."""
    shares = [(n / sum(counts)) ** tau for n in counts]
    total = sum(p * math.exp(z) for p, z in zip(shares, scores))
    return -math.log(shares[true] * math.exp(scores[true]) / total)
