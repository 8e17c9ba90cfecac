"""Claude by the ``anthropic`` SDK. One attempt a call: the SDK's own retries obey any ``retry-after``, so they are off.

Importing the SDK is slow; whoever builds this adapter does so late, or while something else waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, cast, get_args

import anthropic
import httpx2
from anthropic.lib.credentials import WorkloadIdentityCredentials, WorkloadIdentityError

from hls_action.domain.faults import Fault
from hls_action.domain.limits import claude_limits
from hls_action.domain.pricing import Usage
from hls_action.domain.prompt import Block
from hls_action.errors import UpstreamError
from hls_action.ports import Batch, BatchResult, ModelReply, ModelRequest, StopReason

if TYPE_CHECKING:
    from anthropic.types import Message, OutputConfigParam, TextBlockParam
    from anthropic.types import Usage as UsageOfCall
    from anthropic.types.message_create_params import MessageCreateParamsNonStreaming
    from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse
    from anthropic.types.messages.batch_create_params import Request
    from anthropic.types.shared import ErrorResponse

UNREADABLE = "an answer that is not the API's"
LOOK_SECONDS = 30.0
READ_SECONDS = 120.0
BATCHES_PER_PAGE = 100
STATUS_OF = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "api_error": 500,
    "overloaded_error": 529,
}
"""The status that an error of this type comes with, where it comes as an answer of its own."""


class Claude:
    """The Messages API, not streamed: one request, one answer; and its batches, where the answer comes within a day."""

    def __init__(
        self, base_url: str, *, api_key: str = "", credentials: WorkloadIdentityCredentials | None = None
    ) -> None:
        """Sign in with ``api_key``, or else with ``credentials``."""
        self._client = anthropic.Anthropic(
            api_key=api_key or None,
            credentials=None if api_key else credentials,
            base_url=base_url,
            max_retries=0,
        )
        self._messages = self._client.messages.with_raw_response  # the slow part of the import happens here

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once. Errors: `UpstreamError`."""
        with self._translated(request.timeout):
            response = self._messages.create(**_params(request), timeout=request.timeout)
            message = response.parse()
            limits = claude_limits(response.headers, datetime.now(UTC))
        request_id = response.request_id or response.headers.get("request-id") or ""
        return replace(_read(message, request.model, request_id), limits=limits)

    # ---- batches ----

    def create_batch(self, requests: Mapping[str, ModelRequest], timeout: float) -> Batch:
        """Hand in requests for half the price. Errors: `UpstreamError`."""
        asked: list[Request] = [{"custom_id": name, "params": _params(request)} for name, request in requests.items()]
        with self._translated(timeout):
            return _batch(self._client.messages.batches.create(requests=asked, timeout=timeout))

    def batch(self, batch_id: str) -> Batch | None:
        """Look at one batch. Errors: `UpstreamError`."""
        try:
            with self._translated(LOOK_SECONDS):
                return _batch(self._client.messages.batches.retrieve(batch_id, timeout=LOOK_SECONDS))
        except UpstreamError as error:
            if error.fault.status == 404:
                return None
            raise

    def batches(self, since: datetime) -> tuple[Batch, ...]:
        """List batches, one request a page. Errors: `UpstreamError`."""
        found = []
        with self._translated(LOOK_SECONDS):
            for raw in self._client.messages.batches.list(limit=BATCHES_PER_PAGE, timeout=LOOK_SECONDS):
                batch = _batch(raw)
                if batch.created_at < since:
                    break
                found.append(batch)
        return tuple(found)

    def results(self, batch_id: str) -> Sequence[BatchResult]:
        """Read all results, in two requests. Errors: `UpstreamError`."""
        with self._translated(READ_SECONDS):
            return [_result(line) for line in self._client.messages.batches.results(batch_id, timeout=READ_SECONDS)]

    @contextmanager
    def _translated(self, seconds: float) -> Iterator[None]:
        """Whatever goes wrong becomes an `UpstreamError`. ``seconds``: how long the request may take."""
        try:
            yield
        except anthropic.APITimeoutError as error:
            raise UpstreamError(Fault("claude", "timeout", f"no answer within {seconds:.0f} s")) from error
        except anthropic.APIStatusError as error:
            raise UpstreamError(_from_status(error)) from error
        except (anthropic.APIResponseValidationError, ValueError, AttributeError, TypeError) as error:
            raise UpstreamError(Fault("claude", "unreadable", UNREADABLE)) from error
        except WorkloadIdentityError as error:
            raise UpstreamError(_from_exchange(error)) from error
        except anthropic.APIConnectionError as error:
            raise _from_connection(error, self._client.base_url.host) from error
        except httpx2.HTTPError as error:  # a body that broke off: the SDK passes on what it meets while it reads
            raise UpstreamError(Fault("claude", "connection", f"{type(error).__name__} while reading")) from error
        except anthropic.AnthropicError as error:  # results were asked for that are not there
            raise UpstreamError(Fault("claude", "unreadable", str(error)[:300])) from error


def federated(base_url: str, rule_id: str, organization_id: str, identity_token: Callable[[], str]) -> Claude:
    """Claude, signed in with a token of another issuer (GitHub's OIDC), exchanged anew when it expires."""
    return Claude(
        base_url,
        credentials=WorkloadIdentityCredentials(
            identity_token_provider=identity_token, federation_rule_id=rule_id, organization_id=organization_id
        ),
    )


def _params(request: ModelRequest) -> MessageCreateParamsNonStreaming:
    output: OutputConfigParam = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
    if request.effort:
        output["effort"] = request.effort  # type: ignore[typeddict-item]
    return {
        "model": request.model,
        "max_tokens": request.max_tokens,
        "system": [_block(block) for block in request.prompt.system],
        "messages": [{"role": "user", "content": [_block(block) for block in request.prompt.user]}],
        "output_config": output,
    }


def _batch(raw: MessageBatch) -> Batch:
    """A batch as the API tells of it. Errors: ``AttributeError``, ``TypeError``, for any other shape."""
    counts = raw.request_counts
    size = counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired
    if not (raw.id and isinstance(raw.created_at, datetime)):
        raise TypeError("a batch without an id or a time")
    ended = raw.processing_status == "ended"
    return Batch(raw.id, raw.created_at, size, ended, expired=raw.archived_at is not None)


def _result(line: MessageBatchIndividualResponse) -> BatchResult:
    """What became of a request. What cannot be read is an unreadable result, so that it breaks no other."""
    try:
        match line.result.type:
            case "succeeded":
                return BatchResult(line.custom_id, reply=_read(line.result.message, "", ""))
            case "errored":
                return BatchResult(line.custom_id, fault=_from_result(line.result.error))
            case "canceled" | "expired" as ending:
                fault = Fault("claude", "status", "the request was not answered", code=ending, should_retry=True)
                return BatchResult(line.custom_id, fault=fault)
    except (UpstreamError, AttributeError, TypeError):
        pass
    return BatchResult(line.custom_id, fault=Fault("claude", "unreadable", UNREADABLE))


def _from_result(error: ErrorResponse) -> Fault:
    """A result has no status of its own, but the words that say the same."""
    kind = str(error.error.type)
    status = STATUS_OF.get(kind, 500)
    message, request_id = str(error.error.message)[:300], error.request_id or ""
    return Fault("claude", "status", message, status, kind, rate_limited=status == 429, request_id=request_id)


def _block(block: Block) -> TextBlockParam:
    if block.cache:
        return {"type": "text", "text": block.text, "cache_control": {"type": "ephemeral"}}
    return {"type": "text", "text": block.text}


def _read(message: Message, model: str, request_id: str) -> ModelReply:
    """The reply in a message. The SDK does not check what it parses, so that any shape may come here."""
    try:
        details = message.stop_details
        return ModelReply(
            text="".join(block.text for block in message.content if block.type == "text"),
            stop_reason=cast(StopReason, message.stop_reason) if message.stop_reason in get_args(StopReason) else "",
            usage=_usage(message.usage),
            model=message.model or model,
            request_id=request_id,
            refusal=str(details.explanation or "") if details else "",
        )
    except (AttributeError, TypeError, ValueError) as error:
        fault = Fault("claude", "unreadable", UNREADABLE, request_id=request_id)
        raise UpstreamError(fault) from error


def _usage(usage: UsageOfCall) -> Usage:
    written = usage.cache_creation_input_tokens or 0
    for_an_hour = (usage.cache_creation.ephemeral_1h_input_tokens or 0) if usage.cache_creation else 0
    return Usage(
        input=int(usage.input_tokens or 0),
        output=int(usage.output_tokens or 0),
        cache_write_5m=max(0, int(written) - int(for_an_hour)),
        cache_write_1h=int(for_an_hour),
        cache_read=int(usage.cache_read_input_tokens or 0),
        thinking=int(usage.output_tokens_details.thinking_tokens or 0) if usage.output_tokens_details else 0,
    )


def _from_status(error: anthropic.APIStatusError) -> Fault:
    headers = error.response.headers
    code = error.error_code or (str(error.type) if error.type else "")
    return Fault(
        "claude",
        "status",
        _message(error),
        status=error.status_code,
        code=code,
        retry_after=_seconds(headers.get("retry-after")),
        should_retry={"true": True, "false": False}.get(headers.get("x-should-retry", "")),
        rate_limited=error.status_code == 429 and not code.endswith("spend_limit_reached"),
        request_id=error.request_id or "",
        limits=claude_limits(headers, datetime.now(UTC)),
    )


def _message(error: anthropic.APIStatusError) -> str:
    """What the API says is wrong, without the rest of the body."""
    body = error.body if isinstance(error.body, Mapping) else {}
    detail = body.get("error")
    said = detail.get("message") if isinstance(detail, Mapping) else None
    return str(said or error.message)[:300]


def _seconds(value: str | None) -> float | None:
    try:
        return max(0.0, float(value)) if value else None
    except ValueError:
        return None


def _from_exchange(error: WorkloadIdentityError) -> Fault:
    """The exchange of the job's token for Claude's failed: passing when the service is, final when it said no."""
    status = error.status_code or 401
    limited = status == 429
    return Fault("claude", "status", f"signing in by OIDC failed: {error}", status=status, rate_limited=limited)


def _from_connection(error: anthropic.APIConnectionError, host: str) -> UpstreamError:
    """What broke underneath, which may be the runner's token service and not Claude."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
        if isinstance(cause, UpstreamError):
            return cause
    if type(cause).__name__ in ("ConnectError", "ConnectTimeout", "gaierror", "ConnectionRefusedError"):
        return UpstreamError(Fault("claude", "unreachable", f"no connection to {host}"))
    return UpstreamError(Fault("claude", "connection", f"{type(cause).__name__} while talking to {host}"))
