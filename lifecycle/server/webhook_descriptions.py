"""What the API's description says of webhooks: what is sent to whom subscribed by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lifecycle.deprecations.notices.webhook_bodies import NoticeData, TestData, WebhookBody

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lifecycle.server.operation_examples import Exchange

BODIES: Mapping[str, Any] = {
    "deprecation.announced": WebhookBody[NoticeData],
    "deprecation.reminder": WebhookBody[NoticeData],
    "deprecation.effective": WebhookBody[NoticeData],
    "deprecation.amended": WebhookBody[NoticeData],
    "deprecation.withdrawn": WebhookBody[NoticeData],
    "test": WebhookBody[TestData],
}
SUMMARIES = {
    "deprecation.announced": "Receive an announcement",
    "deprecation.reminder": "Receive a reminder",
    "deprecation.effective": "Receive notice that a change is in force",
    "deprecation.amended": "Receive an amendment",
    "deprecation.withdrawn": "Receive a withdrawal",
    "test": "Receive a test message",
}
WHEN = {
    "deprecation.announced": "A deprecation that concerns the account was announced.",
    "deprecation.reminder": "So many days are left, as the policy's reminders have it.",
    "deprecation.effective": "The change is in force from this day.",
    "deprecation.amended": "A day, the scope or the text of the deprecation has changed.",
    "deprecation.withdrawn": "The deprecation was withdrawn: nothing will happen on its day.",
    "test": "Somebody asked for a test message to the subscription.",
}
DELIVERY = (
    "Any 2xx is success. Anything else is tried again, up to ten times in 76 hours; a repeat has "
    "the same `webhook-id`. Verify the signature as [Standard Webhooks]"
    "(https://www.standardwebhooks.com) describes; [the manual]({prefix}/manual/notices) has an "
    "example."
)
HEADERS = {
    "webhook-id": "The id of the message, by which a repeat is recognised.",
    "webhook-timestamp": "When this try was sent, in seconds since 1970 (UTC). Refuse what is more "
    "than five minutes old.",
    "webhook-signature": "`v1,` and the Base64 of an HMAC-SHA256 over `id.timestamp.body`, one for "
    "each valid secret, with a space between.",
}


def describe_webhooks(
    schemas: Mapping[str, dict[str, Any]], exchanges: Iterable[Exchange], prefix: str
) -> dict[str, Any]:
    """Describe the message of each type, by the schema of its body and an example."""
    examples = {exchange.webhook: exchange for exchange in exchanges if exchange.webhook}
    return {
        kind: {"post": _operation(kind, schemas[kind], examples[kind], prefix)} for kind in BODIES
    }


def _operation(kind: str, schema: dict[str, Any], example: Exchange, prefix: str) -> dict[str, Any]:
    return {
        "tags": ["notices"],
        "summary": SUMMARIES[kind],
        "description": f"{WHEN[kind]}\n\n{DELIVERY.format(prefix=prefix)}",
        "operationId": f"receive {kind}".title().replace(" ", "").replace(".", ""),
        "parameters": [
            {
                "name": name,
                "in": "header",
                "required": True,
                "description": text,
                "schema": {"type": "string"},
                "example": example.headers[name],
            }
            for name, text in HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": schema,
                    "examples": {"example": {"summary": kind, "value": example.body}},
                }
            },
        },
        "responses": {
            "2XX": {"description": "The message has arrived."},
            "410": {"description": "Send nothing here any more: the subscription is disabled."},
        },
    }
