"""Reply: an answer to comments addressed to HLS, in an issue or a pull request."""

from __future__ import annotations

from hls_action.domain.tasks.task import OF_ANY_THREAD, Task, labels_and_comment

TASK = Task("reply", ("comment",), lambda item, _: f"the comment with id {item.id}", OF_ANY_THREAD, labels_and_comment)
