"""Rows of CSV and TSV files, with or without a header."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

SEPARATORS = ('\t', ',', ';')


@dataclass(frozen=True)
class Row:
    """The fields of a row, without outer white space, and the line where it ends."""

    fields: list[str]
    line: int


def parse_rows(text: str, separator: str, path: str) -> list[Row]:
    """Parse a CSV or TSV text; blank lines are skipped.

    Args:
        text (str): lines that end with a line feed.
        separator (str): of the fields.
        path (str): the file, for the message.

    Raises:
        ValueError: if quotation marks are not in pairs, or a field is too
            long, naming the line.
    """
    reader = csv.reader(
        text.replace('\ufeff', '').splitlines(True), delimiter=separator, strict=True
    )
    rows = []
    try:
        for fields in reader:
            fields = [field.strip() for field in fields]
            if any(fields):
                rows.append(Row(fields, reader.line_num))
    except csv.Error as error:
        raise ValueError(
            f'{path}, line {reader.line_num}: {error}; correct its quotation marks. A field that '
            'has one is written in quotation marks, with two for each.'
        ) from error
    return rows


def plain_column(name: str) -> str:
    """Return the name of a column as names are compared: 'Image Path' → 'image_path'."""
    return name.strip().lower().replace(' ', '_').replace('-', '_')


def find_header(text: str, path: str, needed: Sequence[Sequence[str]]) -> str | None:
    """Return the separator with which the first line is a header, or None.

    Args:
        text (str): the file.
        path (str): its name, for messages.
        needed (Sequence[Sequence[str]]): names of columns; one of each is
            there.
    """
    first = text.lstrip('\ufeff\n').partition('\n')[0]
    for separator in SEPARATORS:
        try:
            rows = parse_rows(first, separator, path)
        except ValueError:
            continue
        columns = set(map(plain_column, rows[0].fields)) if rows else set()
        if all(columns.intersection(names) for names in needed):
            return separator
    return None
