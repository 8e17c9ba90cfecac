"""Against time and load: retries, rate limits, and work that begins before it is needed."""
