"""What is inside of a paragraph, piece by piece, as GitHub's parser takes it apart."""

from __future__ import annotations

import pytest

from hls_action.domain.text.grammar import parser
from hls_action.domain.text.inline_rules import Piece
from hls_action.domain.text.markdown import Inline, parse


@pytest.fixture(autouse=True)
def _built_here() -> None:
    """The rules are put into a parser when it is built, which these tests are about, too."""
    parser.cache_clear()


def shape(content: str, piece: Piece) -> str:
    """Text as it stands; of any other piece what it is, what it shows, and the text that it is a label of."""
    source = content[piece.start : piece.end]
    if piece.kind == "text":
        return source if piece.shown == source else "text that is shown otherwise"
    shown = f" = {piece.shown}" if piece.shown else ""
    label = f" of {content[slice(*piece.label)]}" if piece.label != (0, 0) else ""
    return f"{{{piece.kind} {source}{shown}{label}}}"


@pytest.mark.parametrize(
    ("markdown", "shapes"),
    [
        ("a", "a"),
        ("a\nb", "a{break \n = \n}b"),
        ("a  \nb", "a  {break \n = \n}b"),
        ("a \nb", "a {break \n = \n}b"),
        ("a\\\nb", "a{break \\\n = \n}b"),
        ("\\*a\\*", "{char \\* = *}a{char \\* = *}"),
        ("\\q", "{char \\q = \\q}"),
        ("&amp;&lt;&#65;&x;", "{char &amp; = &}{char &lt; = <}{char &#65; = A}&x;"),
        ("`a` b", "{code `a`} b"),
        ("`` a`b ``", "{code `` a`b ``}"),
        ("``a", "``a"),
        ("`a` ``b", "{code `a`} ``b"),
        ("x [\\*](u)", "x {open [ of \\*}{char \\* = *}{tail ](u) of \\*}"),
        ("*b* ``a", "{mark *}b{mark *} ``a"),
        ("*a* **b** ~~c~~", "{mark *}a{mark *} {mark *}{mark *}b{mark *}{mark *} {mark ~~}c{mark ~~}"),
        ("_a_ __b__", "{mark _}a{mark _} {mark _}{mark _}b{mark _}{mark _}"),
        ("x*a*", "x{mark *}a{mark *}"),
        ("*a", "*a"),
        ("a*", "a*"),
        ("a ** b", "a ** b"),
        ("a_b_c", "a_b_c"),
        ("~~a", "~~a"),
        ("***a***", "{mark *}{mark *}{mark *}a{mark *}{mark *}{mark *}"),
        ("*a **b* c**", "{mark *}a {mark *}{mark *}b{mark *} c{mark *}{mark *}"),
        ("**a* b", "*{mark *}a{mark *} b"),
        ("*a\n**b***", "{mark *}a{break \n = \n}{mark *}{mark *}b{mark *}{mark *}{mark *}"),
        ("[a](u)", "{open [ of a}a{tail ](u) of a}"),
        ("[a](u 't')", "{open [ of a}a{tail ](u 't') of a}"),
        ("x [a *b*](u) *c*", "x {open [ of a *b*}a {mark *}b{mark *}{tail ](u) of a *b*} {mark *}c{mark *}"),
        ("[a][b]", "[a][b]"),
        ("[a](", "[a]("),
        ("[a] b", "[a] b"),
        ("[*a*", "[{mark *}a{mark *}"),
        ("!a [b](u)", "!a {open [ of b}b{tail ](u) of b}"),
        ("x ![a](u)", "x {image ![a](u) of a}"),
        ("![a [b](c) d](u)", "{image ![a [b](c) d](u) of a [b](c) d}"),
        ("![a *b*](u)", "{image ![a *b*](u) of a *b*}"),
        ("[![a](b)](c)", "{open [ of ![a](b)}{image ![a](b) of a}{tail ](c) of ![a](b)}"),
        ("![a `b`](u)", "{image ![a `b`](u) of a `b`}"),
        ("![a ![b](c)](u)", "{image ![a ![b](c)](u) of a ![b](c)}"),
        ("![a [b] http://c d](u)", "{image ![a [b] http://c d](u) of a [b] http://c d}"),
        ("![](u)", "{image ![](u) of }"),
        ("![[a]](u)", "{image ![[a]](u) of [a]}"),
        ("![a", "![a"),
        ("http://a.b/`c`", "http://a.b/`c`"),
        ("http://a.b/*c* d", "http://a.b/*c* d"),
        ("x https://a.b/_c_. *d*", "x https://a.b/_c_. {mark *}d{mark *}"),
        ("ftp://a*c*.b", "ftp://a*c*.b"),
        ("HTTPS://a.b/*c*", "HTTPS://a.b/*c*"),
        ("http://a*b*?!.,:_~'\"", "http://a*b*?!.,:_~'\""),
        ("http://a*b*?!`c`", "http://a*b*?!`c`"),
        ("xhttp://a.b*c*", "xhttp://a.b{mark *}c{mark *}"),
        ("xhttps://a.b*c*", "xhttps://a.b{mark *}c{mark *}"),
        ("éhttp://a.b/*c*", "éhttp://a.b/*c*"),
        ("file://a.b*c*", "file://a.b{mark *}c{mark *}"),
        ("://a*c*", "://a{mark *}c{mark *}"),
        ("a:b *c*", "a:b {mark *}c{mark *}"),
        ("http:// *a*", "http:// {mark *}a{mark *}"),
        ("http://*a*", "http://{mark *}a{mark *}"),
        ("http://a*c<b>*", "http://a*c{tag <b>}*"),
        ("[ http://a/*c*", "[ http://a/{mark *}c{mark *}"),
        ("[ ] http://a/*c*", "[ ] http://a/*c*"),
        ("[[ ] http://a/*c*", "[[ ] http://a/{mark *}c{mark *}"),
        ("[ ] ] [ http://a/*c*", "[ ] ] [ http://a/{mark *}c{mark *}"),
        ("] http://a/*c*", "] http://a/*c*"),
        ("] [ http://a/*c*", "] [ http://a/{mark *}c{mark *}"),
        ("![ http://a/*c*", "![ http://a/{mark *}c{mark *}"),
        ("! [ ] http://a/*c*", "! [ ] http://a/*c*"),
        ("x [ ![ ]] http://a/*c*", "x [ ![ ]] http://a/*c*"),
        ("[http://a/*c*](u)", "{open [ of http://a/*c*}http://a/{mark *}c{mark *}{tail ](u) of http://a/*c*}"),
        ("**http://a/b**", "{mark *}{mark *}http://a/b{mark *}{mark *}"),
        ("http://a/*X*", "http://a/*X*"),
        ("*http://a/b*", "{mark *}http://a/b{mark *}"),
        ("x [a](u) http://a/*c*", "x {open [ of a}a{tail ](u) of a} http://a/*c*"),
        ("x <http://a.b> <a@b.c>", "x {autolink <http://a.b>} {autolink <a@b.c>}"),
        ("x <b>c</b> <b c='d'>", "x {tag <b>}c{tag </b>} {tag <b c='d'>}"),
        (
            "x <!-- a --> <!A b> <?a?> <![CDATA[a]]b]]>",
            "x {tag <!-- a -->} {tag <!A b>} {tag <?a?>} {tag <![CDATA[a]]b]]>}",
        ),
        ("x <!-- a <!-- b -->", "x {tag <!-- a <!-- b -->}"),
        ("x <!-- a --> <!-- b", "x {tag <!-- a -->} <!-- b"),
        ("x <!-- a <b> <!-- c <b>", "x <!-- a {tag <b>} <!-- c {tag <b>}"),
        ("x <!-- a <!A b> <?c?>", "x <!-- a <!A b> {tag <?c?>}"),
        ("x <!A b> <!-- <!B c> <b>", "x {tag <!A b>} <!-- <!B c> {tag <b>}"),
        ("x <!-- `<!-- a` -->", "x {tag <!-- `<!-- a` -->}"),
        ("x <!a b> *c*", "x <!a b> {mark *}c{mark *}"),
        ("x <!A> *c*", "x <!A> {mark *}c{mark *}"),
        ("x <![CDATA[a]> *c*", "x <![CDATA[a]> {mark *}c{mark *}"),
        ("x <!x", "x <!x"),
        ("x <!A *c*", "x <!A {mark *}c{mark *}"),
    ],
)
def test_pieces(markdown: str, shapes: str) -> None:
    (block,) = parse(markdown).blocks
    assert isinstance(block, Inline)
    assert "".join(shape(block.content, piece) for piece in block.pieces) == shapes


def test_a_comment_that_one_paragraph_does_not_close_is_another_paragraphs_matter() -> None:
    first, second = parse("a <!-- b\n\nc <!-- d --> <!-- e").blocks
    assert isinstance(first, Inline)
    assert isinstance(second, Inline)
    assert [piece.kind for piece in first.pieces + second.pieces] == ["text", "text", "tag", "text"]
