"""Money: what a call costs, what was spent and reserved, and which cap a call would pass."""
