"""What Vultr sells, one folder a product family: how it is read, and how it is billed."""
