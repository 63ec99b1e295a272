"""Store the features of images and sentences, with any CLIP that open_clip builds.

Images of the loaders of a config, or of folders of class folders or lists of
'path label' lines; the text of the config, or that which is named, by default
CLIP's 80 prompts. The towers are open_clip's, with a file or a tag, or those
of the config of a stage 1, from its checkpoint or as its training starts. OUT
gets what tools/dataset_converters/import_features.py writes of features made
elsewhere.

Examples: python tools/encode_features.py vlltr_r50_imagenet_lt \\
    --tower ViT-B-32-quickgelu --pretrained openai --out data/imagenet_vit-b32
  python tools/encode_features.py --pool data/pets/images --test data/pets/test \\
    --tower ViT-B-32-quickgelu --pretrained ViT-B-32.pt \\
    --prompts 'a photo of a {}.' --out data/pets_vit-b32
"""

import argparse

from mmengine.config import Config

from vlltr_mm.apis.features import encoding
from vlltr_mm.apis.features.feature_set import SPLITS
from vlltr_mm.apis.running import find_config
from vlltr_mm.datasets.corpus.prompt_sets import prompt_source
from vlltr_mm.datasets.text_corpus_dataset import corpus_config
from vlltr_mm.utils.command_line import (
    checkpoint_file,
    input_file,
    not_negative,
    output_folder,
    positive,
    run_tool,
)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', nargs='?', help='whose loaders have the images')
    for split in SPLITS:
        parser.add_argument(f'--{split}', metavar='SOURCE', help='instead: a folder, or a list')
    parser.add_argument('--labels-file', type=input_file, help="'id index name' lines for these")
    parser.add_argument('--tower', help="architecture of open_clip, such as 'ViT-B-32-quickgelu'")
    parser.add_argument('--pretrained', help='its weights: a file or a tag')
    parser.add_argument('--checkpoint', type=checkpoint_file, help='instead: of the config')
    parser.add_argument(
        '--prompts', nargs='*', metavar='NAME|FILE|TEMPLATE', help="a set; none: CLIP's 80"
    )
    parser.add_argument('--kind', help="what the classes are, for a '{kind}' of the prompts")
    parser.add_argument('--wiki', help='folder of desc_{index}.txt')
    parser.add_argument('--json', type=input_file, help='class name → sentences')
    parser.add_argument('--tokenizer', type=input_file, help="tokenizer.json, unless it is CLIP's")
    parser.add_argument('--pad-token', help='of it, where no file beside it says so')
    parser.add_argument('--num-anchors', type=positive, default=64, help='of each class, at most')
    parser.add_argument('--batch-size', type=positive, default=128)
    parser.add_argument('--num-workers', type=not_negative, default=2)
    parser.add_argument('--amp', action='store_true', help='images in bfloat16')
    parser.add_argument('--out', type=output_folder, required=True)
    args = parser.parse_args()
    args.sources = {split: getattr(args, split) for split in SPLITS if getattr(args, split)}
    if bool(args.config) == bool(args.sources):
        parser.error('give either a config, or --pool or --train, and --test, of images.')
    if bool(args.tower) != bool(args.pretrained) or (args.tower and args.checkpoint):
        parser.error('give either --tower and --pretrained, or --checkpoint.')
    if not (args.tower or args.config):
        parser.error('give --tower and --pretrained, or the config of a stage 1.')
    if args.kind and args.prompts is None:
        parser.error('--kind is for prompts that say it; give --prompts fine_grained too.')
    return args


def text_sources(args: argparse.Namespace, cfg: Config | None) -> list[dict]:
    """Return the named sources of text, or else those of the config."""
    sources = []
    if args.prompts is not None:
        sources.append(prompt_source(args.prompts, args.kind))
    if args.wiki:
        sources.append(dict(type='WikiTexts', root=args.wiki))
    if args.json:
        sources.append(dict(type='JsonDescriptions', path=args.json))
    known = cfg and (corpus_config(cfg.train_dataloader.dataset) or cfg.get('corpus'))
    return sources or list((known or {}).get('sources') or [dict(type='PromptTemplates')])


def tokenizer(args: argparse.Namespace, cfg: Config | None) -> dict:
    """Return the named tokenizer's file, or else that of the config."""
    if args.tokenizer:
        return dict(file=args.tokenizer, pad_token=args.pad_token)
    known = cfg and (corpus_config(cfg.train_dataloader.dataset) or cfg.get('corpus'))
    return dict((known or {}).get('tokenizer') or {}) if not args.tower else {}


def main():
    """Parse, build, encode and write."""
    args = parse()
    cfg = Config.fromfile(find_config(args.config)) if args.config else None
    sources = text_sources(args, cfg)
    if cfg is None:
        data_sets = encoding.folder_sets(args.sources, args.tower, args.labels_file)
    else:
        data_sets = encoding.config_sets(cfg)
    if not args.tower:
        model = encoding.stage1_model(cfg, args.checkpoint)
    else:
        preprocessor = cfg and cfg.get('data_preprocessor')
        model = encoding.clip_model(args.tower, args.pretrained, preprocessor)
    features = encoding.encode_features(
        model,
        data_sets,
        sources,
        args.num_anchors,
        args.batch_size,
        args.num_workers,
        args.amp,
        tokenizer(args, cfg),
    )
    print(*features.save(args.out), sep='\n')


if __name__ == '__main__':
    run_tool(main)
