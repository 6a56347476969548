"""Is every sealed version what was signed, and was its approval valid: judged by rules, told in a protocol."""
