import torch

from vlltr_mm.utils.weights_digest import weights_digest


def test_names_and_values_count():
    module = torch.nn.Linear(2, 2)
    before = weights_digest(module)
    assert before == weights_digest(module)
    with torch.no_grad():
        module.bias[1] += 1
    assert weights_digest(module) != before
    zeros = torch.nn.Linear(1, 1), torch.nn.LayerNorm(1)
    for part in zeros:
        torch.nn.utils.vector_to_parameters(torch.zeros(2), part.parameters())
    assert weights_digest(torch.nn.ModuleDict(dict(a=zeros[0]))) != weights_digest(
        torch.nn.ModuleDict(dict(b=zeros[0]))
    )
