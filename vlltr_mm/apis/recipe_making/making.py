"""Make a recipe of a user's images and text: lists, configs, checks, pictures."""

import os
import os.path as osp
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import torch

from ...datasets.corpus.name_cleaning import clean_class_names
from ...datasets.corpus.prompt_sets import prompt_source
from ...utils.whole_path import whole_folder
from ..checks.corpus import CorpusReport, check_corpus
from ..checks.recipe import RecipeReport, check_recipe
from ..list_making.held_out_split import hold_out
from ..list_making.image_table import ImageTable, read_image_table
from ..list_making.list_writing import write_lists
from ..list_making.looking import ImageFacts, drop_damaged, look_at_images
from ..running.config import RunOptions
from .choices import Choices, choose
from .configs import write_configs
from .pictures import draw_recipe
from .rows import ROWS, Places, RecipeText
from .towers import Towers, read_towers

_MOST_WORKERS = 8


@dataclass(frozen=True)
class RecipeOptions:
    """What a user says of a new recipe.

    out: the new folder. images, lists, names: see ``read_image_table``.
    tower, pretrained, tokenizer, pad_token, image_size: see ``read_towers``.
    text: folders of articles, and JSON files of sentences. prompts: see
    ``prompt_source``. kind: what the classes are, such
    as 'bird', for prompts that say it. val, test: see ``hold_out``. seed: of
    what is held out. training, epochs, batch_size, num_anchors: see
    ``choose``. gpus: of the planned run, None for those of this machine.
    num_workers: loader processes of each GPU, None by the processors of this
    machine. num_files: how many images are looked at, None for all. decode: open each.
    drop_damaged: leave damaged files out, instead of refusing them.
    """

    out: str
    tower: str
    images: str | None = None
    lists: Sequence[str] = ()
    names: str | None = None
    pretrained: str | None = None
    tokenizer: str | None = None
    pad_token: str | None = None
    image_size: int | None = None
    text: Sequence[str] = ()
    prompts: Sequence[str] = ()
    kind: str | None = None
    val: float | int | None = None
    test: float | int | None = None
    seed: int = 0
    training: str | None = None
    epochs: tuple[int, int] | None = None
    batch_size: int | None = None
    num_anchors: int | None = None
    gpus: int | None = None
    num_workers: int | None = None
    num_files: int | None = 2000
    decode: bool = False
    drop_damaged: bool = False


@dataclass
class Recipe:
    """A recipe that was written.

    names_changed: raw name → the name that text has, of classes where they
    differ. notes: what to know of the images. reports: of the checks of each
    config, by row. pictures: files.
    """

    options: RecipeOptions
    places: Places
    gpus: int
    table: ImageTable
    facts: ImageFacts
    names_changed: dict[str, str]
    towers: Towers
    choices: Choices
    text: RecipeText
    corpus: CorpusReport
    notes: list[str]
    reports: dict[str, list[RecipeReport]] = field(default_factory=dict)
    pictures: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """What would end a run."""
        found = [r.problems for reports in self.reports.values() for r in reports]
        return list(dict.fromkeys(problem for own in found for problem in own))


def make_recipe(options: RecipeOptions) -> Recipe:
    """Look at data, text and towers, choose, write, check and draw.

    What cannot be used is refused before anything is written, and the folder
    appears with all its lists and configs; checks and pictures follow.

    Args:
        options (RecipeOptions): what the user says.

    Returns:
        Recipe: good where ``problems`` is empty.

    Raises:
        FileExistsError: if the folder has something in it, or runs of an
            earlier recipe of its name are there.
        FileNotFoundError: if a file or folder is missing.
        ValueError: if what was given cannot be used.
    """
    places = _places(options)
    towers = read_towers(
        options.tower, options.pretrained, options.tokenizer, options.pad_token, options.image_size
    )
    table = read_image_table(options.images, options.lists, options.names)
    names = clean_class_names(table.names)
    changed = {raw: name for raw, name in zip(table.names, names) if raw != name}
    table = replace(table, names=names)
    if len(names) < 2:
        raise ValueError(
            f"{table.origin}: '{names[0]}' is the only class, and there is nothing to tell it "
            'from; add a class or, where it holds the class folders, name it instead.'
        )
    text = _text(options)
    corpus = check_corpus(names, text.sources, towers.tokenizer)
    if corpus.problems:
        raise ValueError(' '.join(corpus.problems))
    table, facts, notes = _look(table, options)
    gpus = torch.cuda.device_count() if options.gpus is None else options.gpus
    choices = choose(
        table.counts_of('train'),
        corpus.stats.counts,
        towers,
        gpus,
        options.training,
        options.epochs,
        options.batch_size,
        options.num_anchors,
    )
    places = replace(places, images=_relative_as(options.images, table.root))
    recipe = Recipe(
        options, places, gpus, table, facts, changed, towers, choices, text, corpus, notes
    )
    _write(recipe)
    for row in ('additive', 'la', 'zeroshot'):
        recipe.reports[row] = check_recipe(places.config(row), RunOptions(), max(1, gpus))
    recipe.pictures = draw_recipe(recipe)
    return recipe


def _places(options: RecipeOptions) -> Places:
    """Return where the recipe goes, which must be free."""
    folder = osp.normpath(osp.expanduser(options.out))
    if osp.lexists(folder) and not (osp.isdir(folder) and not os.listdir(folder)):
        raise FileExistsError(
            f"'{folder}' exists and is not empty; name a new folder, nothing is overwritten."
        )
    name = osp.basename(osp.abspath(folder))
    if not re.fullmatch(r'[\w.+-]+', name) or name.endswith('.py'):
        raise ValueError(
            f"out is '{folder}', whose last part names configs and runs; give one of letters, "
            "digits, '_', '-', '+' and '.'."
        )
    images = options.images and osp.realpath(osp.expanduser(options.images))
    if images and not options.lists and osp.realpath(folder).startswith(osp.join(images, '')):
        raise ValueError(
            f"out is '{folder}', in the folder of the images, where its pictures would count as "
            'images from then on; name a folder beside it.'
        )
    places = Places(folder, name, '')
    for row in ROWS:
        if osp.lexists(places.work_dir(row)):
            raise FileExistsError(
                f"'{places.work_dir(row)}' is of an earlier recipe '{name}', and this one would go "
                'on with what it trained; name another folder, or remove that one.'
            )
    return places


def _relative_as(given: str | None, root: str) -> str:
    """Return the folder of images as the user wrote it, where that is the one."""
    if given and osp.abspath(osp.expanduser(given)) == osp.abspath(root):
        return osp.normpath(osp.expanduser(given))
    return root


def _text(options: RecipeOptions) -> RecipeText:
    """Return the sources of text, prompts first."""
    given = options.prompts or (['fine_grained'] if options.kind else [])
    prompts = prompt_source(given, options.kind)
    sources = [prompts]
    for path in options.text:
        path = osp.normpath(osp.expanduser(path))
        if osp.isdir(path):
            sources.append(dict(type='WikiTexts', root=path))
        elif osp.isfile(path):
            sources.append(dict(type='JsonDescriptions', path=path))
        else:
            raise FileNotFoundError(
                f"text '{path}' does not exist; give a folder of desc_{{index}}.txt, or a JSON "
                'file of class name → sentences.'
            )
    return RecipeText(sources, prompts)


def _look(table: ImageTable, options: RecipeOptions) -> tuple[ImageTable, ImageFacts, list[str]]:
    """Look at the files, and give each image a split."""
    facts = look_at_images(table, options.num_files, options.decode)
    if facts.damaged:
        shown = '; '.join(f'{path}: {reason}' for path, reason in facts.damaged[:3])
        if not options.drop_damaged:
            raise ValueError(
                f'{len(facts.damaged)} of {facts.num_looked:,} images looked at cannot be used, '
                f'such as {shown}. Repair or remove them, or give --drop-damaged to leave them '
                'out.'
            )
        table = drop_damaged(table, facts)
    held = hold_out(table, options.val, options.test, options.seed)
    for split in ('val', 'test'):
        if not (held.splits == split).any():
            none_asked = getattr(options, split) == 0
            remedy = (
                f'give --{split} a number from 1 on'
                if none_asked
                else 'no class has 3 different images, which leave one for each split; add some'
            )
            raise ValueError(
                f'{table.origin}: no image is in {split}; {remedy}, or give a list of such images.'
            )
    return held, facts, [held.drawn, *held.left_out]


def _write(recipe: Recipe):
    """Write lists and configs, all or none of them."""
    workers = recipe.options.num_workers
    if workers is None:
        workers = max(1, min(_MOST_WORKERS, len(os.sched_getaffinity(0))))
    with whole_folder(recipe.places.folder) as target:
        write_lists(recipe.table, target)
        write_configs(
            target,
            recipe.places,
            recipe.towers,
            recipe.choices,
            recipe.text,
            len(recipe.table.names),
            recipe.table.origin,
            workers,
        )
