"""`torch.utils.checkpoint`, from `autograd.checkpointing`."""

from autograd.checkpointing import checkpoint, checkpoint_sequential

__all__ = ["checkpoint", "checkpoint_sequential"]
