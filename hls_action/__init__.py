"""HLS (Hook, Line & Sinker): answers issues, pull requests and comments with Claude, from a repository's own CI."""

__version__ = "0.1.0"
