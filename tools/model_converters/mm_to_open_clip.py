"""Convert our checkpoint to a plain state dict of open_clip.

A stage-1 (CVLP) checkpoint gives a whole CLIP, an ImageClassifier's the image
tower alone. For a ViT, and for any text tower, build the model with what the
report says about force_quick_gelu.

Example: python tools/model_converters/mm_to_open_clip.py \\
    work_dirs/cvlp_vit-b16_imagenet_lt/epoch_50.pth clip.pt
    open_clip.create_model('ViT-B-16', force_quick_gelu=True)
  and of a tower that is not CLIP's own: --arch ViT-B-16-SigLIP
"""

import argparse

from vlltr_mm.apis import export_open_clip
from vlltr_mm.utils.command_line import input_file, output_file, run_tool


def main():
    """Parse, convert and print what became of what."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('source', type=input_file, help='our checkpoint')
    parser.add_argument(
        'target', type=output_file, help='the file to write; .safetensors, or any other name'
    )
    parser.add_argument('--arch', help="of towers that are not CLIP's own, such as ViT-B-16-SigLIP")
    args = parser.parse_args()
    print(export_open_clip(args.source, args.target, args.arch))


if __name__ == '__main__':
    run_tool(main)
