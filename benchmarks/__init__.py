"""Measurements of HLS on this machine, against stand-ins for GitHub and Claude. See README.md."""
