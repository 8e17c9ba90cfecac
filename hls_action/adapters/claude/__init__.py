"""Claude: the API by the SDK, the job's identity for it, and a stand-in that needs no key."""
