"""A variational autoencoder on digits: the reparameterization trick by hand, then with torch.distributions."""

import torch
import torch.utils.data
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.distributions import Bernoulli, Independent, Normal, kl_divergence
from torch.nn import functional as F


class VAE(nn.Module):
    def __init__(self):
        super(VAE, self).__init__()
        self.fc1 = nn.Linear(64, 32)
        self.fc21 = nn.Linear(32, 4)
        self.fc22 = nn.Linear(32, 4)
        self.fc3 = nn.Linear(4, 32)
        self.fc4 = nn.Linear(32, 64)

    def encode(self, x):
        h1 = F.relu(self.fc1(x))
        return self.fc21(h1), self.fc22(h1)

    def reparameterize(self, mu, logvar):
        std = torch.exp(0.5 * logvar)
        eps = torch.randn_like(std)
        return mu + eps * std

    def decode(self, z):
        h3 = F.relu(self.fc3(z))
        return torch.sigmoid(self.fc4(h3))

    def forward(self, x):
        mu, logvar = self.encode(x.view(-1, 64))
        z = self.reparameterize(mu, logvar)
        return self.decode(z), mu, logvar


def loss_function(recon_x, x, mu, logvar):
    BCE = F.binary_cross_entropy(recon_x, x.view(-1, 64), reduction="sum")
    KLD = -0.5 * torch.sum(1 + logvar - mu.pow(2) - logvar.exp())
    return BCE + KLD


def elbo_with_distributions(model, x):
    mu, logvar = model.encode(x.view(-1, 64))
    posterior = Independent(Normal(mu, (0.5 * logvar).exp()), 1)
    prior = Independent(Normal(torch.zeros_like(mu), torch.ones_like(mu)), 1)
    likelihood = Independent(Bernoulli(model.decode(posterior.rsample()), validate_args=False), 1)
    return (likelihood.log_prob(x.view(-1, 64)) - kl_divergence(posterior, prior)).sum()


torch.manual_seed(1)
images = torch.from_numpy(load_digits().images[:512]).float() / 16
train_loader = torch.utils.data.DataLoader(images, batch_size=64, shuffle=True)
device = torch.device("cpu")
for style in ("by hand", "distributions"):
    model = VAE().to(device)
    optimizer = optim.Adam(model.parameters(), lr=3e-3)
    averages = []
    for epoch in range(1, 5):
        model.train()
        train_loss = 0
        for data in train_loader:
            data = data.to(device)
            optimizer.zero_grad()
            if style == "by hand":
                recon_batch, mu, logvar = model(data)
                loss = loss_function(recon_batch, data, mu, logvar)
            else:
                loss = -elbo_with_distributions(model, data)
            loss.backward()
            train_loss += loss.item()
            optimizer.step()
        averages.append(train_loss / len(train_loader.dataset))
        print("====> {} Epoch: {} Average loss: {:.4f}".format(style, epoch, averages[-1]))
    with torch.no_grad():
        sample = model.decode(torch.randn(3, 4))
        print(sample.mean(1))
    print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
    assert averages[-1] < averages[0]
