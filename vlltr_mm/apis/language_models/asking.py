"""Many requests at a time, their cost, and how far they are."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from .answers import AnswerFile, Answers
from .connection import Connection, EndpointError, RequestFailedError, connect
from .endpoint import Endpoint
from .plan import Plan, Request

_IN_A_ROW = 20  # failed requests after which the endpoint counts as gone
_GUESS = 80  # completion tokens of an answer, before any is there
_LETTERS, _FRAME = 4, 10  # letters of a token, and tokens around the messages of a request


@dataclass(frozen=True)
class Price:
    """Price of a million tokens, in any currency."""

    prompt: float = 0.0
    completion: float = 0.0

    def of(self, prompt: float, completion: float) -> float:
        """Return what so many tokens cost."""
        return (self.prompt * prompt + self.completion * completion) / 1e6


@dataclass(frozen=True)
class Cost:
    """Tokens and price.

    prompt, completion: tokens. price: of them. answers: how many answers they
    are of; those whose endpoint does not tell are not among them.
    """

    prompt: float
    completion: float
    price: float
    answers: int


def cost_so_far(answers: Answers, price: Price) -> Cost:
    """Return what answers have cost, as far as the endpoint told."""
    told = [a for a in answers.values() if None not in (a.prompt_tokens, a.completion_tokens)]
    prompt = sum(answer.prompt_tokens for answer in told)
    completion = sum(answer.completion_tokens for answer in told)
    return Cost(prompt, completion, price.of(prompt, completion), len(told))


def expected_cost(plan: Plan, answers: Answers, price: Price) -> Cost:
    """Return what all requests of a plan will have cost.

    Those to come are taken to cost as much as the mean of those before. Where
    the endpoint has told nothing yet, a token of a prompt is taken to have
    four letters, and an answer 80 tokens, or ``max_tokens`` if these are fewer.
    """
    so_far, requests = cost_so_far(answers, price), list(plan.requests())
    if so_far.answers:
        share = len(requests) / so_far.answers
        prompt, completion = so_far.prompt * share, so_far.completion * share
    else:
        system = len(plan.sampling.system or '')
        letters = sum(len(plan.question(r.label, r.prompt)) + system for r in requests)
        prompt = letters / _LETTERS + _FRAME * len(requests)
        completion = len(requests) * min(_GUESS, plan.sampling.max_tokens)
    return Cost(prompt, completion, price.of(prompt, completion), len(requests))


@dataclass
class Asked:
    """What came of asking.

    failed: why, of each request that is not answered. retries: tries that
    were repeated. seconds: that it took.
    """

    failed: dict[Request, str] = field(default_factory=dict)
    retries: int = 0
    seconds: float = 0.0


def ask(
    plan: Plan,
    file: AnswerFile,
    endpoint: Endpoint,
    concurrency: int = 8,
    price: Price | None = None,
    console: Console | None = None,
) -> Asked:
    """Ask what has no answer yet, several requests at a time.

    Args:
        plan (Plan): what is asked.
        file (AnswerFile): where answers are kept.
        endpoint (Endpoint): where.
        concurrency (int): the most requests at a time. Defaults to 8.
        price (Price, optional): for the cost on the screen. Defaults to None,
            nothing.
        console (Console, optional): for the progress. Defaults to None,
            which shows none.

    Returns:
        Asked: requests that failed do not end the others.

    Raises:
        EndpointError: if all requests would be refused, or as many failed in
            a row as if nothing answered any more. What was answered is kept.
    """
    todo = [request for request in plan.requests() if request not in file.answers]
    if not todo:
        return Asked()
    with _progress(console) as progress:
        task = progress.add_task('', total=len(todo), tokens='', failed='')
        loop = _Asking(plan, file, concurrency, lambda: _show(progress, task, loop, price))
        asyncio.run(loop.run(todo, endpoint))
        loop.asked.seconds = progress.tasks[0].elapsed or 0.0
    return loop.asked


@dataclass
class _Asking:
    """The workers, which share an iterator of requests."""

    plan: Plan
    file: AnswerFile
    concurrency: int
    show: object
    asked: Asked = field(default_factory=Asked)
    tokens: list[int] = field(default_factory=lambda: [0, 0])
    done: int = 0
    in_a_row: int = 0  # requests that failed since the last answer
    workers: int = 0

    async def run(self, todo: Sequence[Request], endpoint: Endpoint):
        """Ask all of them."""
        requests = iter(todo)
        known = bool(self.file.answers)
        async with connect(endpoint, self.concurrency, known) as connection:
            self.workers = min(self.concurrency, len(todo))
            workers = [
                asyncio.create_task(self._work(requests, connection)) for _ in range(self.workers)
            ]
            try:
                await asyncio.gather(*workers)
            finally:
                for worker in workers:
                    worker.cancel()
                await asyncio.gather(*workers, return_exceptions=True)
                self.asked.retries = connection.retries

    async def _work(self, requests: Iterator[Request], connection: Connection):
        for request in requests:
            try:
                answer = await connection.ask(self.plan.body(request))
            except RequestFailedError as error:
                self.asked.failed[request] = str(error)
                self.in_a_row += 1
                most = max(_IN_A_ROW, self.concurrency) if connection.answered else self.workers
                if self.in_a_row >= most:
                    raise EndpointError(
                        f'{connection.endpoint.shown_url} does not answer ({error}) Start it, or '
                        'correct --url; what is answered is kept, and the same command goes on.'
                    ) from None
            else:
                self.in_a_row = 0
                self.file.add(request, answer)
                self.tokens[0] += answer.prompt_tokens or 0
                self.tokens[1] += answer.completion_tokens or 0
            self.done += 1
            self.show()


def _progress(console: Console | None) -> Progress:
    return Progress(
        BarColumn(bar_width=10),
        MofNCompleteColumn(),
        TextColumn('{task.fields[tokens]}'),
        TextColumn('[red]{task.fields[failed]}'),
        console=console or Console(quiet=True),
        refresh_per_second=2,
    )


def _show(progress: Progress, task: int, loop: _Asking, price: Price | None):
    """Bring the line of the progress up to date."""
    asked, state = loop.asked, progress.tasks[0]
    rate = loop.done / max(state.elapsed or 0.0, 1e-9)
    left = timedelta(seconds=int((state.total - loop.done) / rate))
    text = f'{rate:.3g}/s, {left} left, {sum(loop.tokens):,} tokens'
    if price and price != Price():
        spent = price.of(*loop.tokens)
        text += f', cost {spent:.3g} of {spent * state.total / loop.done:.3g}'
    failed = f'{len(asked.failed)} failed' if asked.failed else ''
    progress.update(task, completed=loop.done, tokens=text, failed=failed)
