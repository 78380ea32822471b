"""The operations, in families; importing this package makes them methods of Tensor."""
