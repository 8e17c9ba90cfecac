"""Where in a repository's code a text belongs: files and symbols, ranked without asking anybody."""
