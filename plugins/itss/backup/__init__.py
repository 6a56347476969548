"""Backup and restore of the record: the register, its archive, the inbox and the drafts, as one state."""
