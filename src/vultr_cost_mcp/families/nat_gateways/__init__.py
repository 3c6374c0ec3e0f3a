"""NAT gateways, which are read VPC by VPC."""
