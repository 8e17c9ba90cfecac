"""What a failed request means, and what to do about it."""
