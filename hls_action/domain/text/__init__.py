"""Text on its way: what people wrote before Claude reads it, and what Claude wrote before GitHub shows it.

Importing this package costs nothing, for the gate needs `plain`, which is the standard library alone; the Markdown parser is
loaded by the first text that is cleaned.
"""
