"""get_pending_charges: Vultr's own lines, not invoiced yet."""
