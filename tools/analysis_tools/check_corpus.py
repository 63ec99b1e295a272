"""Check the text of every class: how much, how long, how often the same.

Exit status 1: a class has no text, or text does not belong to the classes
(docs/data.md).

Classes and text of a config, or its classes with other text:
  python tools/analysis_tools/check_corpus.py \\
    configs/demo/cvlp_tiny_cifar100_lt.py --plot corpus.png
Of files:
  python tools/analysis_tools/check_corpus.py \\
    --labels data/mine/labels.txt --wiki data/mine/wiki --json mine.json
"""

import argparse
import sys

from rich.console import Console

from vlltr_mm.apis.checks.corpus import CorpusSetup, check_corpus, corpus_of_config, print_corpus
from vlltr_mm.datasets.corpus.name_cleaning import clean_class_names
from vlltr_mm.datasets.corpus.prompt_sets import prompt_source
from vlltr_mm.datasets.long_tailed.label_files import read_labels_file
from vlltr_mm.utils.command_line import input_file, not_negative, picture_file, run_tool
from vlltr_mm.visualization import plot_corpus


def main():
    """Parse, check, print and draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', nargs='?', help='config with text')
    parser.add_argument('--labels', type=input_file, help="instead: 'id index name' lines")
    parser.add_argument('--wiki', help='folder of desc_{index}.txt')
    parser.add_argument('--json', type=input_file, help='JSON file, class name → sentences')
    parser.add_argument('--json-by', choices=['name', 'index'], default='name')
    parser.add_argument(
        '--prompts', nargs='?', const='imagenet', metavar='NAME|FILE', help="a set; none: CLIP's 80"
    )
    parser.add_argument('--kind', help="what the classes are, for a '{kind}' of the prompts")
    parser.add_argument('--poorest', type=not_negative, default=10)
    parser.add_argument('--plot', type=picture_file, help='picture to write, such as out.png')
    args = parser.parse_args()
    if (args.config is None) == (args.labels is None):
        parser.error('give either a config or --labels.')
    if args.kind and not args.prompts:
        parser.error('--kind is for prompts that say it; give --prompts fine_grained too.')
    if args.config:
        setup = corpus_of_config(args.config)
    else:
        listed = [name for _, name in read_labels_file(args.labels)]
        setup = CorpusSetup(clean_class_names(listed), [], listed=listed)
    given = [prompt_source([args.prompts], args.kind)] if args.prompts else []
    if args.wiki:
        given.append(dict(type='WikiTexts', root=args.wiki))
    if args.json:
        given.append(dict(type='JsonDescriptions', path=args.json, by=args.json_by))
    report = check_corpus(*setup._replace(sources=given or setup.sources))
    print_corpus(report, Console(), args.poorest)
    if args.plot:
        stats = report.stats
        plot_corpus(stats.counts, stats.token_lengths, args.plot, report.limit)
    sys.exit(bool(report.problems))


if __name__ == '__main__':
    run_tool(main)
