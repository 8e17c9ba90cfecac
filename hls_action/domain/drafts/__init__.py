"""An answer that is written down before it is posted, and the comment that is made of it."""
