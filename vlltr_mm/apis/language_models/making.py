"""From the names of classes to a text corpus, by way of a language model."""

import os.path as osp
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from .answers import Answers, number_of, open_answers, read_answers
from .asking import Asked, Price, ask, cost_so_far, expected_cost
from .corpus import Cleaning, MadeCorpus, answers_path, check_output, make_corpus, write_corpus
from .endpoint import Endpoint, check_packages
from .plan import Plan

_SHOWN = 5  # classes or sentences of a line of the report


def llm_to_corpus(
    plan: Plan,
    endpoint: Endpoint,
    out: str,
    cleaning: Cleaning | None = None,
    concurrency: int = 8,
    price: Price | None = None,
    console: Console | None = None,
    clean_only: bool = False,
) -> tuple[MadeCorpus, Asked, Answers]:
    """Ask a language model about classes, and write its sentences.

    Args:
        plan (Plan): what is asked.
        endpoint (Endpoint): where.
        out (str): the ``.json`` file of class name → sentences; answers and
            sources stand beside it. Answers that are there are not asked for
            again.
        cleaning (Cleaning, optional): how answers become sentences. Defaults
            to None, as ``Cleaning`` has it.
        concurrency (int): the most requests at a time. Defaults to 8.
        price (Price, optional): for the cost. Defaults to None, nothing.
        console (Console, optional): where the progress is shown. Defaults to
            None, nowhere.
        clean_only (bool): whether only the answers that are there are cleaned
            again. Defaults to False.

    Returns:
        tuple[MadeCorpus, Asked, Answers]: the sentences, what failed, and all
        that was answered.

    Raises:
        ImportError: if a package is missing.
        FileNotFoundError: if there are no answers to clean.
        ValueError: if the output or the answers there belong to something
            else.
        EndpointError: if the endpoint does not answer at all, or not such
            requests; what was answered is kept.
    """
    cleaning, asked = cleaning or Cleaning(), Asked()
    check_output(out)
    if clean_only:
        answers = read_answers(answers_path(out), plan)
    else:
        check_packages()
        endpoint.key()
        with open_answers(answers_path(out), plan) as file:
            asked = ask(plan, file, endpoint, concurrency, price, console)
        answers = file.answers
    made = make_corpus(plan, answers, cleaning)
    write_corpus(out, made, plan, answers, cleaning, endpoint)
    return made, asked, answers


def print_forecast(
    plan: Plan, out: str, price: Price, console: Console, counts: Sequence[int] | None = None
):
    """Print what would be asked, and what it would cost; nothing is asked.

    Args:
        plan (Plan): what is asked.
        out (str): the output; answers beside it need no request.
        price (Price): of tokens.
        console (Console): where it is printed.
        counts (Sequence[int], optional): (C,) training images, which tell
            head and tail. Defaults to None: the first class and the last.
    """
    check_output(out)
    path = answers_path(out)
    answers = read_answers(path, plan) if osp.lexists(path) else {}
    total, done = sum(1 for _ in plan.requests()), number_of(answers, plan)
    whole, spent = expected_cost(plan, answers, price), cost_so_far(answers, price)
    labels = sorted({request.label for request in plan.requests()})
    names = len(plan.labels)
    console.print(
        f'{total - done:,} requests to {escape(plan.sampling.model)}: {len(labels):,} of {names:,} '
        f'names × {len(plan.prompts)} prompts × {plan.answers} answers; {done:,} are answered.'
    )
    basis = 'by the answers so far' if spent.answers else 'a guess; 80 tokens an answer at most'
    console.print(
        f'Tokens in all ({basis}): {whole.prompt:,.0f} in, {whole.completion:,.0f} out, at most '
        f'{total * plan.sampling.max_tokens:,} out; cost {whole.price:.4g}'
        + (f', of which {spent.price:.4g} is spent.' if spent.answers else '.')
    )
    if counts is not None:
        labels.sort(key=lambda label: -counts[label])
    for where, label in (('head', labels[0]), ('tail', labels[-1])):
        console.print(f'\nAbout a class of the {where}, {escape(repr(plan.classes[label]))}:')
        for prompt in range(len(plan.prompts)):
            console.print(f'  {escape(plan.question(label, prompt))}')


def print_corpus_report(made: MadeCorpus, asked: Asked, plan: Plan, console: Console):
    """Print what was kept, what was dropped and why, and what failed."""
    table = Table('pieces', 'number', title='Sentences of the answers', title_justify='left')
    table.add_row('kept', f'{made.num_sentences:,}')
    for reason, number in made.dropped.most_common():
        table.add_row(f'dropped: {reason}', f'{number:,}')
    table.add_row("kept, longer than CLIP's 77 tokens", f'{made.num_long:,}')
    table.add_row('kept, fewer than 3 words', f'{made.num_short:,}')
    console.print(table)
    console.print(
        f'{made.num_answers:,} answers, {len(made.sentences):,} of {len(plan.labels):,} names with '
        f'sentences; {asked.retries:,} tries repeated.'
    )
    if made.without:
        shown = ', '.join(made.without[:_SHOWN])
        console.print(f'{len(made.without):,} names without a sentence: {escape(shown)}')
    shared = len(plan.classes) - len(plan.labels)
    if shared:
        console.print(f'{shared:,} classes share the name, and the sentences, of another.')
    for text, number in made.boilerplate[:_SHOWN]:
        console.print(f'{number:,} classes share: {escape(text)}')
    of_class = Counter(plan.classes[request.label] for request in asked.failed)
    for name, number in of_class.most_common(_SHOWN):
        reason = next(r for q, r in asked.failed.items() if plan.classes[q.label] == name)
        console.print(f'{number:,} requests failed for {escape(name)}: {escape(reason)}')
    if asked.failed:
        console.print(
            f'{len(asked.failed):,} requests of {len(of_class):,} classes failed; the same command '
            'asks them again.'
        )


def print_cost(answers: Answers, price: Price, console: Console):
    """Print tokens and cost of all answers."""
    cost = cost_so_far(answers, price)
    silent = len(answers) - cost.answers
    console.print(
        f'{cost.prompt:,} tokens in, {cost.completion:,} out, cost {cost.price:.4g}'
        + (f'; of {silent:,} answers the endpoint did not tell.' if silent else '.')
    )
