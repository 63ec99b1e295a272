"""Whose classes does a runner work on?"""

from collections import Counter

from mmengine.visualization import Visualizer

from ...structures import ClassRecord
from ...utils.warn_once import warn_all


class RunClasses:
    """Compare the classes that a part of a model was made for with those of a run.

    MMEngine's runners keep the metainfo of the data set that they work on in
    their visualizer; so a head finds it in any config, without a hook. As a
    notebook may still have the visualizer of another data set, nothing is
    compared where fewer than half of the names are the same.

    Args:
        made_for (ClassRecord): of the part.
    """

    def __init__(self, made_for: ClassRecord):
        self.made_for = made_for
        self._compared = None

    def compare(self, owner: str):
        """Compare the classes with those of the data set that a runner is working on.

        Args:
            owner (str): the part, for the messages.

        Raises:
            ValueError: if the order differs.
        """
        # No runner in this process: MMEngine would raise with its lock held, which
        # stops every other thread that builds or asks a model.
        if not Visualizer._instance_dict:
            return
        meta = Visualizer.get_current_instance().dataset_meta or {}
        classes = meta.get('classes')
        # A loop by iterations asks before each of them: compare the same ones once.
        if classes is None or classes is self._compared:
            return
        if len(classes) == len(self.made_for.classes):
            here = ClassRecord(classes)
            shared = Counter(here.classes) & Counter(self.made_for.classes)
            if 2 * sum(shared.values()) >= len(here.classes):
                warn_all(self.made_for.check_classes(here, owner, 'the data set'))
        self._compared = classes
