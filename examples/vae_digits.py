"""A variational autoencoder (Kingma and Welling, 2013) on digits. Draws digits that it dreams up into out/vae.png."""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # draw to files: there may be no screen
import matplotlib.pyplot as plt

import autograd as torch
import nn
import nn.functional as F
import optim
from autograd import datasets


class VAE(nn.Module):
    """An encoder says which points z of a plane an image may come from, a decoder what image comes from z."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 4))
        self.decoder = nn.Sequential(nn.Linear(2, 128), nn.ReLU(), nn.Linear(128, 64))

    def forward(self, x):
        """The image again, as logits, and mean and log variance of z."""
        mean, log_variance = self.encoder(x).chunk(2, dim=1)
        z = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()  # so that gradients reach both
        return self.decoder(z), mean, log_variance


def loss_of(images):
    """The negative evidence lower bound: how badly images come back, and how far z is from a standard normal."""
    logits, mean, log_variance = model(images)
    reconstruction = F.binary_cross_entropy_with_logits(logits, images, reduction="sum")
    divergence = -0.5 * (1 + log_variance - mean**2 - log_variance.exp()).sum()
    return (reconstruction + divergence) / len(images)


torch.manual_seed(0)
digits, labels = datasets.digits(flat=True)
model = VAE()
optimizer = optim.Adam(model.parameters(), lr=2e-3)
for epoch in range(1, 61):
    for batch in torch.randperm(len(digits)).split(64):
        loss = loss_of(digits[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    if epoch % 10 == 0:
        with torch.no_grad():
            print(f"epoch {epoch}: {loss_of(digits).item():.2f} nats an image")

# The plane of all z: where the digits lie in it, and what the decoder makes of a grid of points.
side = 12
across = torch.linspace(-2.5, 2.5, side)
grid = torch.cartesian_prod(across.flip(0), across).flip(1)
with torch.no_grad():
    _, places, _ = model(digits)
    dreams = torch.sigmoid(model.decoder(grid)).view(side, side, 8, 8)
picture = dreams.permute(0, 2, 1, 3).reshape(8 * side, 8 * side)

figure, (left, right) = plt.subplots(1, 2, figsize=(11, 5), layout="constrained")
points = left.scatter(*places.T.numpy(), c=labels.numpy(), cmap="tab10", s=6, vmin=-0.5, vmax=9.5)
figure.colorbar(points, ax=left, ticks=range(10), label="digit")
left.set(title="where the digits lie", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
right.imshow(picture.numpy(), cmap="gray_r", extent=(-2.5, 2.5, -2.5, 2.5))
right.set_title("what comes from each place")
Path("out").mkdir(exist_ok=True)
figure.savefig("out/vae.png", dpi=120)
print("out/vae.png: the plane of all digits")
