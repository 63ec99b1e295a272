"""Check the text of every class, of a config or of files (docs/data.md, docs/corpus_page.md).

Exit status 1: a class has no text, or text does not belong to the classes.

Example: python tools/analysis_tools/check_corpus.py CONFIG --plot corpus.png --page corpus.html
"""

import argparse
import sys

from rich.console import Console

from vlltr_mm.apis import corpus_page
from vlltr_mm.apis.checks import corpus
from vlltr_mm.utils.command_line import (
    input_file,
    not_negative,
    output_file,
    picture_file,
    run_tool,
)
from vlltr_mm.visualization import plot_corpus


def main():
    """Parse, check, print, draw and write."""
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
    parser.add_argument('--page', type=output_file, help='page to write, such as out.html')
    parser.add_argument('--anchors', type=input_file, help='mark what it keeps')
    parser.add_argument('--features', help='or what AnSS keeps, by this folder of features')
    args = parser.parse_args()
    if (args.config is None) == (args.labels is None):
        parser.error('give either a config or --labels.')
    if args.kind and not args.prompts:
        parser.error('--kind is for prompts that say it; give --prompts fine_grained too.')
    if (args.anchors or args.features) and not args.page:
        parser.error('--anchors and --features mark sentences of a page; give --page too.')
    read = corpus.corpus_of_config if args.config else corpus.corpus_of_labels
    setup = read(args.config or args.labels)
    given = corpus.text_sources(args.prompts, args.kind, args.wiki, args.json, args.json_by)
    report = corpus.check_corpus(*setup._replace(sources=given or setup.sources))
    corpus.print_corpus(report, Console(), args.poorest)
    if args.plot:
        plot_corpus(report.stats.counts, report.stats.token_lengths, args.plot, report.limit)
    if args.page:
        kept = corpus_page.find_selection(report, args.anchors, args.features)
        size = corpus_page.write_page(args.page, report, args.config or args.labels, kept)
        print(f'{args.page}, {size / 1e6:.1f} MB')
    sys.exit(bool(report.problems))


if __name__ == '__main__':
    run_tool(main)
