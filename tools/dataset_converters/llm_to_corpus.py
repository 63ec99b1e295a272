"""Ask a language model what the classes look like, and write its sentences.

Any OpenAI-compatible endpoint will do: vLLM, Ollama, llama.cpp, a paid one. Its key,
if it needs one, is read from the environment variable --key-env. OUT.json has class
name → sentences, as JsonDescriptions reads them; beside it are OUT.answers.jsonl,
from which the same command goes on, and OUT.sources.json (docs/text_from_language_models.md).

Example: python tools/dataset_converters/llm_to_corpus.py data/shapes_lt/llm.json \\
    --labels data/shapes_lt/labels.txt --url http://127.0.0.1:8000/v1 --model MODEL \\
    --prompts descriptions features --answers 2 --seed 0 --dry-run
"""

import argparse
import json
import sys

from rich.console import Console

from vlltr_mm.apis.language_models import (
    PROMPT_SETS,
    Cleaning,
    Endpoint,
    Plan,
    Price,
    Sampling,
    choose_classes,
    choose_prompts,
    llm_to_corpus,
    read_classes,
)
from vlltr_mm.apis.language_models.cleaning import NAME_RULES
from vlltr_mm.apis.language_models.making import print_corpus_report, print_cost, print_forecast
from vlltr_mm.utils.class_counts import read_class_counts
from vlltr_mm.utils.command_line import input_file, not_negative, output_file, positive, run_tool


def json_object(text: str) -> dict:
    """Return a JSON object of the command line."""
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"'{text}' is no JSON object, such as '{{\"top_p\": 1}}'.")
    return value


def build_parser() -> argparse.ArgumentParser:
    """Make the parser."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('out', type=output_file, help='the JSON of class name → sentences')
    add = parser.add_argument_group('classes').add_argument
    add('--labels', type=input_file, help="'id index name' lines")
    add('--names', type=input_file, help='in their place: a name a line, in class order')
    add('--classes', nargs='+', help='only these labels or names, or a file of them')
    add('--counts', type=input_file, help='training list or counts: what --dry-run calls the tail')
    add = parser.add_argument_group('prompts').add_argument
    sets = f"{', '.join(PROMPT_SETS)}, or files of own ones, one a line with '{{}}'"
    add('--prompts', nargs='+', default=['descriptions'], help=f'{sets} (descriptions)')
    add('--kind', help="what the classes are, such as bird: 'a crane, a type of bird'")
    add('--answers', type=positive, default=1, help='to each prompt about each class (1)')
    add = parser.add_argument_group('model').add_argument
    add('--url', required=True, help='of the endpoint, such as http://127.0.0.1:8000/v1')
    add('--model', required=True)
    add('--key-env', default='OPENAI_API_KEY', help='environment variable of the key')
    add('--temperature', type=float, default=0.7, help='(0.7)')
    add('--max-tokens', type=positive, default=200, help='of an answer (200)')
    add('--seed', type=not_negative, help='of the first answer to a prompt (default: none)')
    add('--system', help='system prompt')
    add('--body', type=json_object, default={}, help='JSON of more keys; null leaves one out')
    add = parser.add_argument_group('requests').add_argument
    add('--concurrency', type=positive, default=8, help='at a time (8)')
    add('--per-minute', type=float, help='the most (default: no limit)')
    add('--timeout', type=float, default=120, help='seconds of a try (120)')
    add('--attempts', type=positive, default=8, help='tries of a request (8)')
    add('--backoff', type=float, default=1, help='seconds before the second, then doubled (1)')
    add('--price-in', type=float, default=0, help='of a million tokens of prompts')
    add('--price-out', type=float, default=0, help='of a million tokens of answers')
    add('--dry-run', action='store_true', help='print requests and cost, and ask nothing')
    add = parser.add_argument_group('sentences').add_argument
    add('--name-in-sentence', choices=NAME_RULES, default='keep', help='those without it (keep)')
    add('--similarity', type=float, default=0.8, help='from which two say the same (0.8)')
    add('--clean-only', action='store_true', help='of the answers that are there')
    return parser


def main():
    """Parse, ask, clean, write and print."""
    args = build_parser().parse_args()
    classes = read_classes(args.labels, args.names)
    prompts = choose_prompts(args.prompts)
    chosen = choose_classes(args.classes, classes) if args.classes else None
    sampling = ('model', 'temperature', 'max_tokens', 'seed', 'system')
    sampling = Sampling(**{key: getattr(args, key) for key in sampling}, more=args.body)
    plan = Plan(classes, prompts, sampling, args.kind, args.answers, chosen)
    requests = ('url', 'key_env', 'timeout', 'attempts', 'backoff', 'per_minute')
    endpoint = Endpoint(**{key: getattr(args, key) for key in requests})
    cleaning = Cleaning(args.name_in_sentence, args.similarity)
    price, console = Price(args.price_in, args.price_out), Console(soft_wrap=True)
    if args.dry_run:
        counts = read_class_counts(args.counts, len(classes)) if args.counts else None
        print_forecast(plan, args.out, price, console, counts)
        return
    made, asked, answers = llm_to_corpus(
        plan, endpoint, args.out, cleaning, args.concurrency, price, console, args.clean_only
    )
    print_corpus_report(made, asked, plan, console)
    print_cost(answers, price, console)
    sys.exit(bool(asked.failed) or not made.num_sentences)


if __name__ == '__main__':
    run_tool(main)
