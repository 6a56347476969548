"""What people are notified of, once each: what, to whom, in which words, by which channel, and the receipt."""
