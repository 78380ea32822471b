"""`torch.utils.checkpoint`, from `autograd.checkpointing`."""

from autograd.checkpointing import CheckpointError, checkpoint, checkpoint_sequential

__all__ = ["CheckpointError", "checkpoint", "checkpoint_sequential"]
