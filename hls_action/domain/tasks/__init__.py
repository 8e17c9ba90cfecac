"""What Claude is asked to do in a thread: one module for each task, and the table of them."""
