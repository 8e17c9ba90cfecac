"""Tells people when something is wrong."""

import smtplib
from email.message import EmailMessage

QUIET_HOURS = range(22, 24), range(0, 6)


def should_send(now, urgent):
    if urgent:
        return True
    return not any(now.hour in hours for hours in QUIET_HOURS)


def compose(subject, lines, recipients):
    message = EmailMessage()
    message["Subject"] = f"[orchard] {subject}"
    message["To"] = ", ".join(recipients)
    message.set_content("\n".join(lines))
    return message


def send(message, host):
    with smtplib.SMTP(host) as server:
        server.send_message(message)
