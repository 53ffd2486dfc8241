"""How long sentences are: of a page in Markdown, and of the messages in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PICTURE, _LINK = re.compile(r"!\[([^\]]*)\]\([^)]*\)"), re.compile(r"\[([^\]]*)\]\([^)]*\)")
_BLOCK = re.compile(r"\n\s*\n|\n(?=\s*[-*] )|\n(?=#)")
#: Where a sentence ends, as far as what follows begins like one.
_SENTENCE_END = re.compile(r"(?<=[.!?])[*`\")]*\s+(?=[*`(\"\[]*[A-Z])")
_WORD = re.compile(r"[\w{}]")


def sentences(text: str) -> list[str]:
    """The sentences of running text."""
    flat = " ".join(text.split())
    return [sentence for sentence in _SENTENCE_END.split(flat) if sentence]


def sentences_of_page(markdown: str) -> list[str]:
    """The sentences of a page: no code, no tables, no headings; what a picture says to the blind counts."""
    text = _COMMENT.sub("", _FENCED.sub("", markdown))
    text = _LINK.sub(r"\1", _PICTURE.sub(r"\1", text))
    blocks = [block.strip() for block in _BLOCK.split(text)]
    return [
        sentence
        for block in blocks
        if block and not block.startswith(("#", "|"))
        for sentence in sentences(block.lstrip("-* "))
    ]


def words(sentence: str) -> int:
    """How many words a sentence has; a dash is none."""
    return sum(bool(_WORD.search(word)) for word in sentence.split())


def messages(folder: Path) -> Iterator[tuple[str, str]]:
    """Every error that the code of ``folder`` raises, by its class: message and hint, with a word for each value."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
                texts = [node.exc.args[0], *(word.value for word in node.exc.keywords if word.arg == "hint")]
                name = ast.unparse(node.exc.func).rpartition(".")[2]
                yield from ((name, text) for text in map(_literal, texts) if text)


def _literal(node: ast.expr) -> str:
    """The text of a literal, each value in it as one word; nothing for anything else."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return ""
