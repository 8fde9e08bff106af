"""Reading a note: what is prose, what is code, where the sentences are.

Notes are Markdown more often than not; markdown-it-py tells its parts. Code spans and addresses stand in the prose as
one placeholder character each, so that no later step takes `foo.bar?` for the end of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

ANALYSED_CHARACTERS = 6000
"""Longer notes are analysed by their head (three quarters of this) and their tail."""

WRAPPED_WIDTH = 60
"""A part with a line of this many characters is taken for running text."""

LONGEST_COMMAND = 100
"""Characters of a command that can be quoted in a sentence."""

_FIRST_PLACEHOLDER, _LAST_PLACEHOLDER = 0xE000, 0xF8FF
_PLACEHOLDER = re.compile(f"[{chr(_FIRST_PLACEHOLDER)}-{chr(_LAST_PLACEHOLDER)}]")
_UNUSABLE = re.compile(f"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028-\u202f\ufeff{_PLACEHOLDER.pattern[1:-1]}]")
_FRONT_MATTER = re.compile(r"\A---\n.{0,2000}?\n---\n", re.DOTALL)
_ADDRESS = re.compile(r"\b(?:https?://|www\.)[^\s<>()\[\]]+|\b[\w.+-]{1,64}@[\w-]{1,64}\.[\w.-]{2,64}")
_TAG = re.compile(
    r"</?(?:br|b|i|u|p|a|em|strong|div|span|img|sub|sup|kbd|details|summary|hr|code)\b[^<>]{0,200}>", re.I
)
_CODE_LINE = re.compile(
    r"""^\s*(?:
        \$\s\S | //  | /\* | @\w+\(                                     # a shell's prompt, comments, decorators
      | (?:def|class|function|func|fn|const|let|var)\s+\w+.*[({=:]        # definitions
      | (?:import\s+(?:[\w.]+(?:\s+as\s+\w+)?;?\s*$|.*\sfrom\s+['"]) | from\s+\S+\s+import\b | return\b.*[;()])
      | (?:SELECT|INSERT|UPDATE|DELETE|CREATE|ALTER)\b.*(?:\b(?:FROM|INTO|SET|TABLE|VALUES|WHERE)\b|;\s*$)
      | (?:sudo|git|npm|pip|docker|cd|curl|echo)\s+[\w./"'-]+(?:\s+[-./"'$<>|].*)?$
      | [\w.\[\]"']+\s*(?:=|:=|\+=)\s*\S
      | [)\]}]+[;,]?\s*$ | .*[;{}]\s*$ | [\w.]+\(.*\)\s*$ | </?\w[^>]*>.*$
    )""",
    re.VERBOSE,
)
_PROMPT = re.compile(r"^(?:[\w@~.:/-]{0,40}[$\u276f%#]|>{1,3}|[\w-]{1,20}[=-]?[#>])\s+(\S.*)$")
_GOES_ON = re.compile(r"(?:[\\|,({=]|\b(?:as|do|then|begin))$", re.IGNORECASE)
_TODO = re.compile(r"^\[( |x|X)\]\s+")
_SENTENCE_END = re.compile("[.!?\u2026\u3002\uff01\uff1f][\"'\u201d\u2019)\\]]*\\s")
_ITEM_MARK = re.compile(r"^\s*(?:[-*\u2022\u2013]|\d{1,2}[.)])\s+")


BlockKind = Literal["heading", "paragraph", "item", "quote", "cell"]


class Block(NamedTuple):
    """One part of a note that is prose."""

    kind: BlockKind
    text: str
    """With placeholders for code spans and addresses."""
    done: bool | None
    """For a ticked or open box of a to-do list; None elsewhere."""
    code: str | None = None
    """The one command of the block of code that follows, empty where it is more; None where none follows."""


@dataclass(frozen=True)
class Prose:
    """The parts of a note."""

    blocks: tuple[Block, ...]
    code: tuple[str, ...]
    """The blocks of code."""
    spans: tuple[str, ...]
    """What the placeholders stand for, in their order: code spans and addresses."""
    terms: tuple[str, ...]
    """The code spans alone."""
    addresses: tuple[str, ...]
    """Web and mail addresses."""

    def written(self, text: str) -> str:
        """The text as a reader sees it: code spans put back, addresses by their host."""
        return _PLACEHOLDER.sub(lambda found: self._span(found.group()), text)

    def without_code(self, text: str) -> str:
        """The text with code spans and addresses left out."""
        return re.sub(r"\s+", " ", _PLACEHOLDER.sub(" ", text)).strip()

    def _span(self, placeholder: str) -> str:
        position = ord(placeholder) - _FIRST_PLACEHOLDER
        return self.spans[position] if position < len(self.spans) else ""


def usable(text: str) -> str:
    """The text without control and private-use characters, with line feeds for line ends."""
    return _UNUSABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def shortened(text: str, limit: int) -> str:
    """At most `limit` characters: the head (three quarters) and the tail of a longer text, as two paragraphs."""
    if len(text) <= limit:
        return text
    head = limit * 3 // 4
    return text[:head] + "\n\n" + text[-(limit - head) :]


@lru_cache(maxsize=1)
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Indented text in a note is more often an indented thought than code, and a line of dashes more often a rule
    # than the underline of a heading.
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable(["code", "lheading", "html_block"])


def read(text: str) -> Prose:
    """The parts of a note, from at most `ANALYSED_CHARACTERS` of it."""
    source = shortened(_FRONT_MATTER.sub("", usable(text)), ANALYSED_CHARACTERS)
    reader = _Reader()
    tokens = _markdown().parse(source)
    reader.take(tokens)
    return Prose(
        tuple(reader.blocks), tuple(reader.code), tuple(reader.spans), tuple(reader.terms), tuple(reader.links)
    )


class _Reader:
    """Walks through the tokens of a note once and keeps its parts."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.code: list[str] = []
        self.spans: list[str] = []
        self.terms: list[str] = []
        self.links: list[str] = []

    def take(self, tokens: list[Token]) -> None:
        open_parts: list[str] = []
        for token in tokens:
            if token.nesting == 1:
                open_parts.append(token.type.removesuffix("_open"))
            elif token.nesting == -1:
                if open_parts:
                    open_parts.pop()
            elif token.type == "fence":
                self._take_code(token.content)
            elif token.type == "inline":
                self._take_inline(_kind(open_parts), token)

    def _take_code(self, code: str) -> None:
        self.code.append(code)
        if self.blocks and self.blocks[-1].code is None:
            self.blocks[-1] = self.blocks[-1]._replace(code=command_of(code))

    def _take_inline(self, kind: BlockKind, token: Token) -> None:
        if kind != "heading" and _is_code(token.content):
            self._take_code(token.content)
            return
        for line in self._lines(token):
            todo = _TODO.match(line)
            text = re.sub(r"[ \t]+", " ", _ITEM_MARK.sub("", line[todo.end() :] if todo else line)).strip()
            if text:
                done = None if todo is None else todo.group(1) != " "
                self.blocks.append(Block("item" if _ITEM_MARK.match(line) and kind != "heading" else kind, text, done))

    def _lines(self, token: Token) -> Iterator[str]:
        """The text of one part; lines that only wrap are joined, lines that stand for themselves are not."""
        parts: list[str] = [""]
        for child in token.children or ():
            if child.type == "text":
                parts[-1] += self._with_addresses(_TAG.sub(" ", child.content))
            elif child.type == "code_inline":
                parts[-1] += self._placeholder(child.content, is_code=True)
            elif child.type in {"softbreak", "hardbreak"}:
                parts.append("")
            elif child.type == "link_open":
                self.links.append(str(child.attrGet("href") or ""))
        # Lines that come near a usual width were broken by an editor; short ones were meant to stand alone.
        wrapped = max(len(written) for written in token.content.split("\n")) >= WRAPPED_WIDTH
        line = parts[0]
        for following in parts[1:]:
            if (wrapped or following[:1].islower() or not line.strip()) and not _ITEM_MARK.match(following):
                line += " " + following
            else:
                yield line
                line = following
        yield line

    def _with_addresses(self, text: str) -> str:
        def keep(found: re.Match[str]) -> str:
            address = found.group()
            self.links.append(address)
            return self._placeholder(host(address), is_code=False)

        return _ADDRESS.sub(keep, text)

    def _placeholder(self, span: str, *, is_code: bool) -> str:
        span = re.sub(r"\s+", " ", span).strip()
        if is_code:
            self.terms.append(span)
        if _FIRST_PLACEHOLDER + len(self.spans) >= _LAST_PLACEHOLDER:
            return " "
        self.spans.append(span if len(span) <= 80 else span[:77] + "…")
        return chr(_FIRST_PLACEHOLDER + len(self.spans) - 1)


def command_of(code: str) -> str:
    """The one command that a block of code shows: its only line, or the only one after a prompt; else nothing."""
    lines = [line.strip() for line in code.split("\n") if line.strip()]
    typed = [found.group(1) for line in lines if (found := _PROMPT.match(line))]
    chosen = typed if typed else lines
    if len(chosen) != 1 or len(chosen[0]) > LONGEST_COMMAND or "`" in chosen[0] or _GOES_ON.search(chosen[0]):
        return ""
    return chosen[0]


def host(address: str) -> str:
    """The host of a web address without `www.`; a mail address as it is."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", address).split("/")[0][:80]


def _kind(open_parts: list[str]) -> BlockKind:
    if "heading" in open_parts:
        return "heading"
    if open_parts and open_parts[-1] in {"td", "th"}:
        return "cell"
    if "blockquote" in open_parts:
        return "quote"
    return "item" if "list_item" in open_parts else "paragraph"


def _is_code(text: str) -> bool:
    """Whether a part without a fence is code nevertheless: most of its lines look like it."""
    lines = [bool(_CODE_LINE.match(line)) for line in text.split("\n") if line.strip()]
    return bool(lines) and lines[0] and sum(lines) >= len(lines) / 2


@lru_cache(maxsize=8)
def _segmenter(language: str) -> Any:
    import pysbd

    return pysbd.Segmenter(language=language if language != "pt" else "es", clean=False)


# A memory is read once for each task, and again as a gist wherever it is somebody's associate: most blocks come again.
@lru_cache(maxsize=20_000)
def sentences_of(text: str, language: str) -> tuple[str, ...]:
    """The sentences of one block, by pysbd's rules where it has more than one."""
    if not _SENTENCE_END.search(text):
        return (text,)
    return tuple(sentence.strip() for sentence in _segmenter(language).segment(text) if sentence.strip())
