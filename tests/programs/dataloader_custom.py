"""Datasets and loaders: own Dataset and transforms, samplers, collating, splitting, weights, workers, iterables."""

import torch
from torch.utils import data
from torch.utils.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    WeightedRandomSampler,
    default_collate,
    random_split,
)


class Landmarks(Dataset):
    """Samples are dicts, which a transform changes."""

    def __init__(self, n, transform=None):
        self.points = torch.arange(n * 4, dtype=torch.float32).reshape(n, 2, 2)
        self.transform = transform

    def __len__(self):
        return len(self.points)

    def __getitem__(self, idx):
        if torch.is_tensor(idx):
            idx = idx.tolist()
        sample = {"points": self.points[idx], "name": f"face {idx}", "size": idx * 0.5}
        if self.transform:
            sample = self.transform(sample)
        return sample


class Rescale:
    def __init__(self, factor):
        self.factor = factor

    def __call__(self, sample):
        return {**sample, "points": sample["points"] * self.factor}


class Compose:
    def __init__(self, transforms):
        self.transforms = transforms

    def __call__(self, sample):
        for t in self.transforms:
            sample = t(sample)
        return sample


class Counter(IterableDataset):
    def __init__(self, start, end):
        super().__init__()
        self.start, self.end = start, end

    def __iter__(self):
        return iter(range(self.start, self.end))


def pad(batch):
    lengths = torch.tensor([len(b) for b in batch])
    return torch.nn.utils.rnn.pad_sequence(batch, batch_first=True, padding_value=-1), lengths


def main():
    torch.manual_seed(6)
    dataset = Landmarks(7, transform=Compose([Rescale(0.5), Rescale(10)]))
    print(len(dataset), dataset[3]["points"], dataset[torch.tensor(2)]["name"])
    for i_batch, batch in enumerate(DataLoader(dataset, batch_size=3, shuffle=True, num_workers=0)):
        print(i_batch, batch["points"].sum().item(), batch["name"], batch["size"])
    pairs = TensorDataset(torch.arange(10), torch.arange(10) ** 2)
    print([x.tolist() for x, _ in DataLoader(pairs, batch_size=4, drop_last=True)])
    train, valid = random_split(pairs, [7, 3], generator=torch.Generator().manual_seed(42))
    print(sorted(train.indices), valid.indices, len(train), valid[0])
    print([len(part) for part in random_split(range(10), [0.5, 0.3, 0.2])])
    both = ConcatDataset([pairs, Subset(pairs, [1, 1])])
    print(len(both), both[11], both[-1])
    print(list(BatchSampler(SequentialSampler(range(7)), batch_size=3, drop_last=False)))
    print(list(RandomSampler(range(5))), list(RandomSampler(range(5), replacement=True, num_samples=6)))
    print(list(WeightedRandomSampler([0.1, 0.9, 0.4, 0.7], 5, replacement=True)))
    weighted = DataLoader(pairs, sampler=WeightedRandomSampler([1.0] * 5 + [9.0] * 5, 8), batch_size=8)
    print(next(iter(weighted))[0])
    ragged = [torch.ones(n) * n for n in (3, 1, 2, 4)]
    for padded, lengths in DataLoader(ragged, batch_size=2, collate_fn=pad):
        print(padded, lengths)
    print(default_collate([{"a": 1, "b": (2.5, "x")}, {"a": 3, "b": (4.5, "y")}]))
    print(list(DataLoader(Counter(3, 9), batch_size=4)))
    seeded = DataLoader(pairs, batch_size=5, shuffle=True, generator=torch.Generator().manual_seed(1))
    print([x.tolist() for x, _ in seeded], [x.tolist() for x, _ in seeded])
    by_workers = DataLoader(dataset, batch_size=2, num_workers=2, shuffle=True)
    print([(b["points"].sum().item(), b["name"]) for b in by_workers])
    print(len(by_workers), data.get_worker_info(), torch.rand(2))
    loader = iter(DataLoader(pairs, batch_size=None))
    print(next(loader), next(loader))
    assert len(train) + len(valid) == len(pairs)


if __name__ == "__main__":
    main()
