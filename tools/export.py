"""Export a finished classifier to ONNX or torch.export, and compare it with the model.

Example: python tools/export.py CONFIG CHECKPOINT exported/ --format onnx --topk 5
"""

import argparse
from dataclasses import fields

from vlltr_mm.apis.export import ExportOptions, export_classifier
from vlltr_mm.apis.inference import find_images
from vlltr_mm.utils.command_line import (
    CfgOptions,
    optional_checkpoint,
    output_folder,
    positive,
    run_tool,
)


def main():
    """Parse, export, report."""
    args = build_parser().parse_args()
    given = {field.name: getattr(args, field.name) for field in fields(ExportOptions)}
    given['images'] = find_images(args.images) if args.images else None
    report = export_classifier(args.config, args.checkpoint, args.out, **given)
    parity = report.parity
    print(
        f'{report.folder}: {report.size / 1e6:.1f} MB. On {parity.images} images the largest '
        f'difference is {parity.difference:.2g}, the best class is that of the model on all'
        + (f' but {parity.ties}, where two are level. ' if parity.ties else '. ')
        + f'{parity.rate:.0f} images/s, PyTorch {parity.model_rate:.0f} '
        f'(ratio {parity.rate / parity.model_rate:.2f}).'
    )


def build_parser() -> argparse.ArgumentParser:
    """Make the parser."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', help='config file or its name')
    parser.add_argument(
        'checkpoint',
        type=optional_checkpoint,
        help="checkpoint file; '' for a config that trains nothing",
    )
    parser.add_argument('out', type=output_folder, help='new folder for the files')
    parser.add_argument('--format', choices=['onnx', 'torch-export'], default='onnx')
    parser.add_argument('--topk', type=positive, help='labels and scores of so many classes only')
    parser.add_argument(
        '--raw', action='store_true', help='take uint8 pixels and normalise them in the graph'
    )
    parser.add_argument(
        '--images', nargs='+', help='images, folders or lists to compare on (the test set)'
    )
    parser.add_argument(
        '--num-images', type=positive, default=500, help='how many of them at most (500)'
    )
    parser.add_argument(
        '--tolerance', type=float, default=1e-4, help='largest difference of a logit (1e-4)'
    )
    parser.add_argument('--licence', help='of the weights, for the model card')
    parser.add_argument(
        '--cfg-options', nargs='+', action=CfgOptions, help='settings that replace the config: k=v'
    )
    return parser


if __name__ == '__main__':
    run_tool(main)
