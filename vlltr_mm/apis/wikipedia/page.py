"""A page of a wiki as it is kept: what matching needs, and its sections."""

from dataclasses import asdict, dataclass, field, fields

from ...utils.validation import check_list, check_mapping


@dataclass
class Section:
    """A section of an article: level (1 of the lead, 2 of '== heading =='), heading, text."""

    level: int
    heading: str
    text: str


@dataclass
class Page:
    """A page of a wiki.

    title: in MediaWiki's normal form. page_id, revision_id, timestamp, url:
    where they are known, otherwise None. redirect: the title that it leads
    to, '' if none. fragment: the section of it, '' if the whole page.
    is_list: whether it is a disambiguation page. links: what that one lists.
    sections: of an article.
    """

    title: str
    page_id: int | None = None
    revision_id: int | None = None
    timestamp: str | None = None
    url: str | None = None
    redirect: str = ''
    fragment: str = ''
    is_list: bool = False
    links: list[str] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def values(self) -> dict:
        """Return JSON values that ``from_values`` reads."""
        return asdict(self)

    @classmethod
    def from_values(cls, values, where: str) -> 'Page':
        """Make a page of JSON values.

        Args:
            values (dict): as by ``values``.
            where (str): their file and line, for the message.

        Raises:
            ValueError: if they are something else.
        """
        names = [own.name for own in fields(cls)]
        values = check_mapping(values, where, names)
        sections = [
            Section(*check_mapping(own, where, ('level', 'heading', 'text')).values())
            for own in check_list(values['sections'], where)
        ]
        return cls(**dict({name: values[name] for name in names}, sections=sections))
