"""How good the answers are, by hand: what would be sent, and how labelled cases are answered."""
