"""Super-resolution: convolutions, then a pixel shuffle; orthogonal initial weights; a Dataset of images made here."""

from math import log10

import torch
import torch.nn as nn
import torch.nn.init as init
import torch.optim as optim
from torch.utils.data import DataLoader, Dataset


class Net(nn.Module):
    def __init__(self, upscale_factor):
        super(Net, self).__init__()
        self.relu = nn.ReLU()
        self.conv1 = nn.Conv2d(1, 16, (5, 5), (1, 1), (2, 2))
        self.conv2 = nn.Conv2d(16, 16, (3, 3), (1, 1), (1, 1))
        self.conv3 = nn.Conv2d(16, 8, (3, 3), (1, 1), (1, 1))
        self.conv4 = nn.Conv2d(8, upscale_factor**2, (3, 3), (1, 1), (1, 1))
        self.pixel_shuffle = nn.PixelShuffle(upscale_factor)
        self._initialize_weights()

    def forward(self, x):
        x = self.relu(self.conv1(x))
        x = self.relu(self.conv2(x))
        x = self.relu(self.conv3(x))
        return self.pixel_shuffle(self.conv4(x))

    def _initialize_weights(self):
        init.orthogonal_(self.conv1.weight, init.calculate_gain("relu"))
        init.orthogonal_(self.conv2.weight, init.calculate_gain("relu"))
        init.orthogonal_(self.conv3.weight, init.calculate_gain("relu"))
        init.orthogonal_(self.conv4.weight)


class Waves(Dataset):
    def __init__(self, n, factor):
        super().__init__()
        self.n, self.factor = n, factor

    def __getitem__(self, index):
        g = torch.Generator().manual_seed(index)
        fx, fy, phase = torch.rand(3, generator=g) * 4
        xs = torch.linspace(0, 3, 16)
        target = (torch.sin(fx * xs[None, :] + fy * xs[:, None] + phase) / 2 + 0.5).unsqueeze(0)
        image = nn.functional.interpolate(target.unsqueeze(0), scale_factor=1 / self.factor, mode="bilinear").squeeze(0)
        return image, target

    def __len__(self):
        return self.n


torch.manual_seed(123)
training_data_loader = DataLoader(dataset=Waves(48, 2), num_workers=0, batch_size=8, shuffle=True)
testing_data_loader = DataLoader(dataset=Waves(16, 2), batch_size=8, shuffle=False)
model = Net(upscale_factor=2)
criterion = nn.MSELoss()
optimizer = optim.Adam(model.parameters(), lr=0.003)
psnrs = []
for epoch in range(1, 4):
    epoch_loss = 0
    for iteration, batch in enumerate(training_data_loader, 1):
        input, target = batch[0], batch[1]
        optimizer.zero_grad()
        loss = criterion(model(input), target)
        epoch_loss += loss.item()
        loss.backward()
        optimizer.step()
    print("===> Epoch {} Complete: Avg. Loss: {:.4f}".format(epoch, epoch_loss / len(training_data_loader)))
    avg_psnr = 0
    with torch.no_grad():
        for input, target in testing_data_loader:
            avg_psnr += 10 * log10(1 / criterion(model(input), target).item())
    psnrs.append(avg_psnr / len(testing_data_loader))
    print("===> Avg. PSNR: {:.4f} dB".format(psnrs[-1]))
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert psnrs[-1] > psnrs[0]
