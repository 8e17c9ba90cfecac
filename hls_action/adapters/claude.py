"""Claude by the ``anthropic`` SDK. One attempt a call: the SDK's own retries obey any ``retry-after``, so they are off.

Importing the SDK is slow; whoever builds this adapter does so late, or while something else waits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never, cast, get_args

import anthropic
from anthropic.lib.credentials import WorkloadIdentityCredentials, WorkloadIdentityError

from hls_action.domain.faults import Fault
from hls_action.domain.json_values import count, is_name
from hls_action.domain.limits import claude_limits, should_retry
from hls_action.domain.pricing import Usage
from hls_action.domain.prompt import Block, Text
from hls_action.errors import UpstreamError
from hls_action.ports import ModelReply, ModelRequest, StopReason

if TYPE_CHECKING:
    from anthropic.types import Message, OutputConfigParam, TextBlockParam
    from anthropic.types import Usage as UsageOfCall


class Claude:
    """The Messages API, not streamed: one request, one answer."""

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
        output: OutputConfigParam = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
        if request.effort:
            output["effort"] = request.effort  # type: ignore[typeddict-item]
        try:
            response = self._messages.create(
                model=request.model,
                max_tokens=request.max_tokens,
                system=[_block(block) for block in request.prompt.system],
                messages=[{"role": "user", "content": [_block(block) for block in request.prompt.user]}],
                output_config=output,
                timeout=request.timeout,
            )
            message = response.parse()
            limits = claude_limits(response.headers, datetime.now(UTC))
        except anthropic.APITimeoutError as error:
            raise UpstreamError(Fault("claude", "timeout", f"no answer within {request.timeout:.0f} s")) from error
        except anthropic.APIStatusError as error:
            raise UpstreamError(_from_status(error)) from error
        except (anthropic.APIResponseValidationError, ValueError, RecursionError) as error:
            raise UpstreamError(Fault("claude", "unreadable", "an answer that is not the API's")) from error
        except WorkloadIdentityError as error:
            raise UpstreamError(_from_exchange(error)) from error
        except anthropic.APIConnectionError as error:
            raise _from_connection(error, self._client.base_url.host) from error
        request_id = response.request_id or response.headers.get("request-id") or ""
        return replace(_read(message, request.model, request_id), limits=limits)


def federated(base_url: str, rule_id: str, organization_id: str, identity_token: Callable[[], str]) -> Claude:
    """Claude, signed in with a token of another issuer (GitHub's OIDC), exchanged anew when it expires."""
    return Claude(
        base_url,
        credentials=WorkloadIdentityCredentials(
            identity_token_provider=identity_token, federation_rule_id=rule_id, organization_id=organization_id
        ),
    )


def _block(block: Block) -> TextBlockParam:
    match block:
        case Text(text, cache=True):
            return {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
        case Text(text):
            return {"type": "text", "text": text}
        case _:
            assert_never(block)


def _read(message: Message, model: str, request_id: str) -> ModelReply:
    """The reply in a message. The SDK does not check what it parses, so that any shape may come here."""
    try:
        details = message.stop_details
        return ModelReply(
            text="".join(block.text for block in message.content if block.type == "text"),
            stop_reason=cast(StopReason, message.stop_reason) if message.stop_reason in get_args(StopReason) else "",
            usage=_usage(message.usage),
            model=message.model if is_name(message.model) else model,
            request_id=request_id,
            refusal=str(details.explanation or "") if details else "",
        )
    except (AttributeError, TypeError, ValueError) as error:
        fault = Fault("claude", "unreadable", "an answer that is not the API's", request_id=request_id)
        raise UpstreamError(fault) from error


def _usage(usage: UsageOfCall) -> Usage:
    """Errors: those of `count`. A call whose counts make no sense is billed as the most that it could cost."""
    written = count(usage.cache_creation_input_tokens or 0)
    for_an_hour = count((usage.cache_creation.ephemeral_1h_input_tokens or 0) if usage.cache_creation else 0)
    return Usage(
        input=count(usage.input_tokens or 0),
        output=count(usage.output_tokens or 0),
        cache_write_5m=max(0, written - for_an_hour),
        cache_write_1h=for_an_hour,
        cache_read=count(usage.cache_read_input_tokens or 0),
        thinking=count((usage.output_tokens_details.thinking_tokens or 0) if usage.output_tokens_details else 0),
    )


def _from_status(error: anthropic.APIStatusError) -> Fault:
    headers = error.response.headers
    limits = claude_limits(headers, datetime.now(UTC))
    code = error.error_code or (str(error.type) if error.type else "")
    return Fault(
        "claude",
        "status",
        _message(error),
        status=error.status_code,
        code=code,
        retry_after=limits.retry_after,
        should_retry=should_retry(headers),
        rate_limited=error.status_code == 429 and not code.endswith("spend_limit_reached"),
        request_id=error.request_id or "",
        limits=limits,
    )


def _message(error: anthropic.APIStatusError) -> str:
    """What the API says is wrong, without the rest of the body."""
    body = error.body if isinstance(error.body, Mapping) else {}
    detail = body.get("error")
    said = detail.get("message") if isinstance(detail, Mapping) else None
    return str(said or error.message)[:300]


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
