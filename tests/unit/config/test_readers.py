"""Types of values that go together: lists of mappings, mappings in mappings, of which some keys are required."""

from __future__ import annotations

from dataclasses import dataclass

import jsonschema
import pytest
import yaml

from hls_action.config.readers import FLAG, TEXT, TEXTS, Node, Reader, list_of, map_of, record, some_of, whole
from hls_action.domain.errors import ConfigError


@dataclass(frozen=True)
class Note:
    text: str
    kinds: tuple[str, ...] = ()
    loud: bool = False


NOTE = record(Note, {"text": TEXT, "kinds": some_of(("issue", "comment")), "loud": FLAG}, required=("text",))
NOTES = list_of(NOTE, "[{text: Be brief.}]")
FOLDERS: Reader[dict[str, dict[str, object]]] = map_of(record(dict, {"files": TEXTS, "lines": whole(1, 9)}))


def node(text: str) -> Node:
    composed = yaml.compose(text, Loader=yaml.SafeLoader)
    assert composed
    return Node(composed, "key", "hls.yml")


def test_a_list_of_mappings() -> None:
    text = "[{text: Be brief.}, {text: x, kinds: [issue], loud: true}]"
    assert NOTES.read(node(text)) == (Note("Be brief."), Note("x", ("issue",), loud=True))
    jsonschema.validate(yaml.safe_load(text), NOTES.schema)
    assert NOTES.read(node("[]")) == ()


def test_a_mapping_of_mappings() -> None:
    text = "{a: {files: ['*.md'], lines: 3}, b: , c: {}}"
    assert FOLDERS.read(node(text)) == {"a": {"files": ("*.md",), "lines": 3}, "b": {}, "c": {}}
    jsonschema.validate(yaml.safe_load(text), FOLDERS.schema)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[{kinds: []}]", "line 1: `key[0]` is missing text."),
        ("- text: x\n- txt: x", "line 2: `key[1].txt` is not a known key. Did you mean 'text'?"),
        ("- text: x\n  kinds: [isue]", "line 2: `key[0].kinds` contains 'isue'; allowed values are issue, comment."),
        ("- text: x\n  loud: 1", "line 2: `key[0].loud` is '1'; it must be one of true, false."),
        ("text: x", "line 1: `key` must be a list, like [{text: Be brief.}]."),
        ("- ", "line 1: `key[0]` is missing text."),
    ],
)
def test_what_is_wrong_inside_is_named_and_marked(text: str, message: str) -> None:
    with pytest.raises(ConfigError) as raised:
        NOTES.read(node(text))
    assert str(raised.value).startswith(f"hls.yml, {message}")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), NOTES.schema)
