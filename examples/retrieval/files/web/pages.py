"""Pages as HTML."""

from html import escape


def render_beds(user):
    return page(f"Beds of {user}", "<ul id=beds></ul>")


def page(title, content):
    return f"<!doctype html><title>{title}</title><h1>{escape(title)}</h1>{content}"
