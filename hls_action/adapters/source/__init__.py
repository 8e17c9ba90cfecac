"""The default branch's files, from git or from a folder."""
