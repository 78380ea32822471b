"""Several devices and processes: here there is one of each, and programs that ask for more go on with it, or are told."""

from nn.parallel.data_parallel import DataParallel, data_parallel
from nn.parallel.distributed import DistributedDataParallel
from nn.parallel.scatter_gather import gather, scatter

__all__ = ["DataParallel", "DistributedDataParallel", "data_parallel", "gather", "scatter"]
