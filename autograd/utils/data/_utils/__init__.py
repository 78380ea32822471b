"""`torch.utils.data._utils`: programs reach for `_utils.collate.default_collate` here."""

from autograd.utils.data._utils import collate

__all__ = ["collate"]
