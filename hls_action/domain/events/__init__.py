"""Events: what each has a run look at. A kind of event is a module with a row in `kinds.EVENT_KINDS`."""
