"""Pages of the site that live outside docs/: taken in from there, their links right in the repository and on the site."""

from __future__ import annotations

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
OUTSIDE = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "demo-corpus.md": "src/synthetrial/data/demo/README.md",
}
"""Page of the site, and the file that it is made from."""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Take in the pages from outside docs/."""
    for page, path in OUTSIDE.items():
        text = (ROOT / path).read_text("utf-8").replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn links to files outside docs/ into links to their pages."""
    for name, path in OUTSIDE.items():
        markdown = markdown.replace(f"](../{path}", f"]({name}")
    return markdown
