"""Add to a frozen tower what is trained of it, and leave its own state dict alone."""

from contextlib import contextmanager

from mmengine.logging import print_log
from torch import Tensor, nn
from torch.func import functional_call


class TunedUnit(nn.Module):
    """A module of a tower, run by a part of a tuner.

    It stands in the module's place and has the module's own tables of
    parameters, buffers and children: names, state dict, device and dtype are
    those of the tower without tuner. Its part belongs to the tuner alone.

    Args:
        unit (nn.Module): frozen.
        tuner (Tuner): tells whether it is on.
        part (nn.Module): (unit, its inputs) → its tuned output.
    """

    def __init__(self, unit: nn.Module, tuner: 'Tuner', part: nn.Module):
        super().__init__()
        self._parameters = unit._parameters
        self._buffers = unit._buffers
        self._modules = unit._modules
        self.training = False
        self._unregistered = (unit.eval(), tuner, part)  # in a tuple: no children

    @property
    def unit(self) -> nn.Module:
        """The module itself."""
        return self._unregistered[0]

    def forward(self, *args, **kwargs):
        """Run the module, tuned where the tuner is on."""
        unit, tuner, part = self._unregistered
        return part(unit, *args, **kwargs) if tuner.enabled else unit(*args, **kwargs)


class ReplacingPart(nn.Module):
    """A part that only changes numbers of its module, and so can be merged into it."""

    def replaced(self, unit: nn.Module) -> dict[str, Tensor]:
        """Return the tensors to use in place of the module's own, by its names."""
        raise NotImplementedError

    def forward(self, unit: nn.Module, *args, **kwargs):
        """Run the module with other numbers."""
        return functional_call(unit, self.replaced(unit), args, kwargs, tie_weights=False)


class Tuner(nn.Module):
    """What is trained of a frozen tower: a part for each of its blocks.

    A tuner derives from it and makes the parts, which start as nothing: the
    tuned tower is the tower itself until it is trained. All that is trained
    lies in ``parts``; what the parts' output depends on besides must follow
    from their shapes, so that a checkpoint tells it.
    """

    def __init__(self):
        super().__init__()
        self.parts = nn.ModuleList()
        self.units: tuple[str, ...] = ()
        self.enabled = True

    def make_part(self, unit: nn.Module, depth: int) -> nn.Module:
        """Make the part of one module.

        Args:
            unit (nn.Module): a transformer's block; of a ResNet a stage, its
                pooling or a norm of its stem; or, of any other tower, one of
                its children.
            depth (int): how many there are.

        Returns:
            nn.Module: called with ``unit`` and its inputs, it returns the
            tuned output. A ``ReplacingPart`` is one.

        Raises:
            ValueError: if it does not work on such a module.
        """
        raise NotImplementedError

    def attach(self, tower: nn.Module, units: list[str]):
        """Freeze a tower and let the parts work in it.

        Args:
            tower (nn.Module): changed in place; its state dict stays.
            units (list[str]): names of the modules to tune.

        Raises:
            ValueError: if the tuner does not work on them.
        """
        tower.requires_grad_(False)
        found = [tower.get_submodule(name) for name in units]
        for name, unit in zip(units, found):
            part = self.make_part(unit, len(units))
            self.parts.append(part)
            parent, _, own = name.rpartition('.')
            setattr(tower.get_submodule(parent), own, TunedUnit(unit, self, part))
        self.units = tuple(units)
        trained = sum(p.numel() for p in self.parameters())
        print_log(f'{type(self).__name__} trains {trained:,} numbers of a tower', 'current')

    def merged(self, tower: nn.Module) -> dict[str, Tensor]:
        """Return numbers of a tower that make it, without tuner, what it is with it.

        Args:
            tower (nn.Module): the one that the tuner is attached to.

        Returns:
            dict: tensors by the tower's names.

        Raises:
            ValueError: if a part is more than other numbers.
        """
        found = {}
        for name, part in zip(self.units, self.parts):
            if not isinstance(part, ReplacingPart):
                raise ValueError(
                    f'{type(self).__name__} computes what no weights of the tower can hold, and '
                    'so cannot be merged; LoRA and BiasTuner can.'
                )
            replaced = part.replaced(tower.get_submodule(name).unit)
            found.update({f'{name}.{key}': value.detach() for key, value in replaced.items()})
        return found

    @contextmanager
    def off(self):
        """Let the tower be what it is without tuner, in a ``with`` block."""
        before, self.enabled = self.enabled, False
        try:
            yield
        finally:
            self.enabled = before
