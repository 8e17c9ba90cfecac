"""Text on its way: what people wrote before Claude reads it, and what Claude wrote before GitHub shows it.

Importing this package costs nothing, for the gate needs `plain`, which is the standard library alone. The Markdown
parser is loaded by the first text that is cleaned.
"""

from __future__ import annotations


def incoming(markdown: str) -> str:
    """What Claude reads of a text that people wrote: what GitHub's page shows of it, as it was written.

    What the page hides is removed, or stands in a mark that says so; characters that cannot be seen are spelt out, as
    in ``[U+200B]``. How much of what kind was hidden: `inbound.clean`.
    """
    from hls_action.domain.text.inbound import clean

    return clean(markdown).text


def outgoing(markdown: str) -> str:
    """What is posted of a text that Claude wrote: the same to read, code byte for byte, and nothing in it acts.

    It notifies nobody, closes nothing, refers to no other repository, commands no robot, loads no image, and has no
    HTML but what `tags` allows. Applied again, it changes nothing.
    """
    from hls_action.domain.text.outbound import inert

    return inert(markdown)
