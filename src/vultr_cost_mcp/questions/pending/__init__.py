"""get_pending_charges: Vultr's own lines that are not invoiced yet."""
