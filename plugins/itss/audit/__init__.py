"""Is every sealed version what was signed, and was its approval valid: judged by rules, reported in a protocol."""
