"""Claude by the ``anthropic`` SDK. One attempt a call: the SDK's own retries obey any ``retry-after``, so they are off.

Importing the SDK is slow; whoever builds this adapter does so late, or while something else waits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, assert_never, cast, get_args

import anthropic
from anthropic.lib.credentials import WorkloadIdentityCredentials, WorkloadIdentityError

from hls_action.domain.budget.prices import Usage
from hls_action.domain.faults import claude_errors
from hls_action.domain.faults.certificates import REMEDY, untrusted
from hls_action.domain.faults.errors import SpendLimitReached, UpstreamError
from hls_action.domain.faults.fault import Fault
from hls_action.domain.json_values import count, is_name, whole_number
from hls_action.domain.limits.headers import claude_limits, should_retry
from hls_action.domain.tasks.prompt import Block, Text
from hls_action.ports import ModelReply, ModelRequest, StopReason

if TYPE_CHECKING:
    from anthropic.types import Message, OutputConfigParam, TextBlockParam
    from anthropic.types import Usage as UsageOfCall


UNREACHED = frozenset({"ConnectError", "ConnectTimeout", "gaierror", "ConnectionRefusedError"})
"""Names of errors by which no connection came about."""


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
        self._federated = not api_key
        self._messages = self._client.messages.with_raw_response  # the slow part of the import happens here

    def complete(self, request: ModelRequest) -> ModelReply:
        """Ask once. Errors: `UpstreamError`."""
        with self._translated(request.timeout):
            response = self._messages.create(
                model=request.model,
                max_tokens=request.max_tokens,
                system=[_block(block) for block in request.prompt.system],
                messages=[{"role": "user", "content": [_block(block) for block in request.prompt.user]}],
                output_config=_output(request),
                inference_geo=request.inference_geo or anthropic.omit,
                timeout=request.timeout,
            )
            message = response.parse()
            limits = claude_limits(response.headers, datetime.now(UTC))
        request_id = response.request_id or response.headers.get("request-id") or ""
        return replace(_read(message, request.model, request_id), limits=limits)

    def count(self, request: ModelRequest) -> int:
        """Count once, which costs nothing. Errors: `UpstreamError`.

        https://platform.claude.com/docs/en/build-with-claude/token-counting
        """
        with self._translated(request.timeout):
            counted = self._messages.count_tokens(
                model=request.model,
                system=[_block(block) for block in request.prompt.system],
                messages=[{"role": "user", "content": [_block(block) for block in request.prompt.user]}],
                output_config=_output(request),
                timeout=request.timeout,
            ).parse()
            return whole_number(counted.input_tokens)

    @contextmanager
    def _translated(self, timeout: float) -> Iterator[None]:
        """The SDK's errors, as the errors the rest of HLS knows. ``timeout`` in seconds."""
        try:
            yield
        except anthropic.APITimeoutError as error:
            raise UpstreamError(Fault("claude", "timeout", f"no answer within {timeout:.0f} s")) from error
        except anthropic.APIStatusError as error:
            fault = _from_status(error, federated=self._federated)
            raise (SpendLimitReached if fault.credit_exhausted else UpstreamError)(fault) from error
        except (anthropic.APIResponseValidationError, AttributeError, TypeError, ValueError, RecursionError) as error:
            raise UpstreamError(Fault("claude", "unreadable", "an answer that is not the API's")) from error
        except WorkloadIdentityError as error:
            raise UpstreamError(_from_exchange(error, self._client.base_url.host)) from error
        except anthropic.APIConnectionError as error:
            raise _from_connection(error, self._client.base_url.host) from error


def federated(
    base_url: str,
    rule_id: str,
    organization_id: str,
    identity_token: Callable[[], str],
    *,
    workspace_id: str = "",
    service_account_id: str = "",
) -> Claude:
    """Claude, signed in with a token of another issuer (GitHub's OIDC), exchanged anew when it expires."""
    return Claude(
        base_url,
        credentials=WorkloadIdentityCredentials(
            identity_token_provider=identity_token,
            federation_rule_id=rule_id,
            organization_id=organization_id,
            workspace_id=workspace_id or None,
            service_account_id=service_account_id or None,
        ),
    )


def _output(request: ModelRequest) -> OutputConfigParam:
    output: OutputConfigParam = {"format": {"type": "json_schema", "schema": dict(request.schema)}}
    if request.effort:
        output["effort"] = request.effort  # type: ignore[typeddict-item]
    return output


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
            inference_geo=str(message.usage.inference_geo or ""),
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


def _from_status(error: anthropic.APIStatusError, *, federated: bool) -> Fault:
    headers = error.response.headers
    status, message = error.status_code, _message(error)
    limits = claude_limits(headers, datetime.now(UTC))
    code = error.error_code or (str(error.type) if error.type else "")
    credit_exhausted = claude_errors.is_spent(status, code, message)
    return Fault(
        "claude",
        "status",
        message,
        status=status,
        code=code,
        retry_after=limits.retry_after,
        should_retry=should_retry(headers),
        rate_limited=status == 429 and not credit_exhausted,
        request_id=error.request_id or "",
        limits=limits,
        credit_exhausted=credit_exhausted,
        until=claude_errors.access_returns(message) if credit_exhausted else None,
        advice=claude_errors.advice(status, code, message, federated=federated),
    )


def _message(error: anthropic.APIStatusError) -> str:
    """What the API says is wrong, without the rest of the body."""
    body = error.body if isinstance(error.body, Mapping) else {}
    detail = body.get("error")
    said = detail.get("message") if isinstance(detail, Mapping) else None
    return str(said or error.message)[:300]


def _from_exchange(error: WorkloadIdentityError, host: str) -> Fault:
    """The exchange of the job's token for Claude's failed: passing when it is out of reach, final when it said no."""
    status = error.status_code
    if status is None:
        return replace(_broken(error, host), unsent=True)
    if status < 400:
        return Fault("claude", "unreadable", "signing in by OIDC: the response is not a token", unsent=True)
    said = error.body if isinstance(error.body, Mapping) else {}
    words = ": ".join(str(said[key]) for key in ("error", "error_description") if said.get(key))
    return Fault(
        "claude",
        "status",
        f"signing in by OIDC: {words or 'refused'}"[:300],
        status=status,
        rate_limited=status == 429,
        request_id=error.request_id or "",
        unsent=True,
        advice=claude_errors.FEDERATION_ADVICE if status < 500 and status not in (408, 429) else "",
    )


def _from_connection(error: anthropic.APIConnectionError, host: str) -> UpstreamError:
    """What broke underneath, which may be the runner's token service and not Claude."""
    for cause in _causes(error):
        if isinstance(cause, UpstreamError):
            return cause
    return UpstreamError(_broken(error, host))


def _broken(error: Exception, host: str) -> Fault:
    """No answer came, by what is underneath ``error``."""
    if said := untrusted(error):
        return Fault("claude", "certificate", f"the certificate of {host} is not trusted: {said}", advice=REMEDY)
    names = [type(cause).__name__ for cause in _causes(error)]
    if UNREACHED.intersection(names):
        return Fault("claude", "unreachable", f"no connection to {host}")
    return Fault("claude", "connection", f"{names[-1]} while talking to {host}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and what it came of, the first cause last."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        seen.add(id(cause))
        yield cause
        cause = cause.__cause__ or cause.__context__
