"""What Claude is shown, and so may refer to."""
