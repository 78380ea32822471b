"""Data in batches: data sets, orders to go through them, and the DataLoader.

dataset      what has samples; dealing them out to subsets
sampler      in which order they come; distributed: each program its share
collate      from samples to a batch
fetch        from indices to a batch
dataloader   the DataLoader and its options
iteration    its passes over the data
worker       what runs in a worker process; pool: the workers, seen from outside
"""

from autograd.utils.data import _utils
from autograd.utils.data.collate import default_collate, default_convert
from autograd.utils.data.dataloader import DataLoader
from autograd.utils.data.dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    StackDataset,
    Subset,
    TensorDataset,
    random_split,
)
from autograd.utils.data.distributed import DistributedSampler
from autograd.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from autograd.utils.data.worker import get_worker_info

__all__ = [
    "BatchSampler", "ChainDataset", "ConcatDataset", "DataLoader", "Dataset", "DistributedSampler", "IterableDataset",
    "RandomSampler", "Sampler", "SequentialSampler", "StackDataset", "Subset", "SubsetRandomSampler", "TensorDataset",
    "WeightedRandomSampler", "_utils", "default_collate", "default_convert", "get_worker_info", "random_split",
]  # fmt: skip
