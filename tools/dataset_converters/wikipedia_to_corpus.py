"""Write the Wikipedia article of every class as OUT/desc_{index}.txt, for WikiTexts.

Articles come from a dump (with its index much faster), from extracted JSON lines,
or from the API of a wiki. OUT also gets sources.json (attribution) and mapping.tsv:
correct titles there ('-' for none), and give it with --mapping for another OUT.

Example: python tools/dataset_converters/wikipedia_to_corpus.py data/mine/wiki \\
    --labels data/mine/labels.txt --dump enwiki-pages-articles-multistream.xml.bz2 \\
    --index enwiki-pages-articles-multistream-index.txt.bz2
"""

import argparse

from rich.console import Console

from vlltr_mm.apis.wikipedia import (
    ApiSource,
    FileSource,
    find_json_files,
    make_wiki_texts,
    print_matches,
)
from vlltr_mm.datasets.long_tailed.label_files import check_names, read_labels_file
from vlltr_mm.utils.annotation_list import read_lines
from vlltr_mm.utils.command_line import input_file, output_folder, positive, run_tool


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=output_folder, help='folder of the new files')
    classes = parser.add_mutually_exclusive_group(required=True)
    classes.add_argument('--labels', type=input_file, help="'id index name' lines")
    classes.add_argument('--names', type=input_file, help='a class name a line, by index')
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--dump', type=input_file, nargs='+', help='XML, also .bz2 or .gz')
    source.add_argument('--jsonl', help='file or folder of JSON lines, also .bz2 or .gz')
    source.add_argument('--api', metavar='URL', help="of a wiki's api.php")
    parser.add_argument('--index', type=input_file, help='of a multistream dump')
    parser.add_argument('--user-agent', help="for --api: who asks, 'NAME/1.0 (ADDRESS)'")
    parser.add_argument('--mapping', type=input_file, help='a corrected mapping.tsv')
    parser.add_argument('--parts', type=output_folder, help='kept pages (default: OUT.parts)')
    parser.add_argument('--drop-section', nargs='+', default=[], metavar='HEADING')
    parser.add_argument('--workers', type=positive, help='processes (default: one per core)')
    args = parser.parse_args()
    if args.index and not args.dump:
        parser.error('--index is that of a --dump; give both.')
    if bool(args.api) != bool(args.user_agent):
        parser.error('give --user-agent with --api, and only there.')
    return args


def main():
    """Parse, fetch, write and print."""
    args, console = parse(), Console()
    if args.labels:
        names = [name for _, name in read_labels_file(args.labels)]
    else:
        lines = read_lines(args.names, 'a class name a line')
        names = check_names([line for line in lines if line.strip()], args.names)
    if args.api:
        source = ApiSource(args.api, args.user_agent)
    else:
        files = args.dump or find_json_files(args.jsonl)
        source = FileSource(files, bool(args.dump), args.index)
    matches = make_wiki_texts(
        names, source, args.out, args.mapping, args.parts, args.drop_section, args.workers, console
    )
    print_matches(names, matches, console, args.out)


if __name__ == '__main__':
    run_tool(main)
