"""Events of the topic `articles`: one view of a page of the help centre. Key: `view_id`.

RANK orders events of one view that share `time` and `seq`. Optional fields are None when absent.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import Struct

from schemas.words import Id, Instant, ReadSeconds, Seq


class ViewBase(Struct, tag_field="type", gc=False, omit_defaults=True):
    """What every event of a view says."""

    id: Id
    time: Instant
    view_id: Id


class ArticleOpened(ViewBase, tag="article.opened"):
    """The page was opened."""

    RANK: ClassVar[int] = 1
    article: Id
    seq: Seq = 0
    source: str | None = None
    customer_id: Id | None = None


class ArticleRead(ViewBase, tag="article.read"):
    """Reading time so far; a later one replaces it."""

    RANK: ClassVar[int] = 2
    seconds: ReadSeconds
    seq: Seq = 0
    source: str | None = None


class ArticleContacted(ViewBase, tag="article.contacted"):
    """The reader asked for help from the page."""

    RANK: ClassVar[int] = 3
    seq: Seq = 0
    source: str | None = None


ArticleEvent = ArticleOpened | ArticleRead | ArticleContacted
