"""A word language model with a Transformer encoder: positional encodings, a causal mask, padding masks."""

import math

import torch
from torch import Tensor, nn
from torch.nn import TransformerEncoder, TransformerEncoderLayer

torch.manual_seed(7)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 100):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.pe[: x.size(0)]
        return self.dropout(x)


class TransformerModel(nn.Module):
    def __init__(self, ntoken, d_model, nhead, d_hid, nlayers, dropout=0.1):
        super().__init__()
        self.model_type = "Transformer"
        self.pos_encoder = PositionalEncoding(d_model, dropout)
        encoder_layers = TransformerEncoderLayer(d_model, nhead, d_hid, dropout)
        self.transformer_encoder = TransformerEncoder(encoder_layers, nlayers)
        self.embedding = nn.Embedding(ntoken, d_model)
        self.d_model = d_model
        self.linear = nn.Linear(d_model, ntoken)
        self.init_weights()

    def init_weights(self) -> None:
        initrange = 0.1
        self.embedding.weight.data.uniform_(-initrange, initrange)
        self.linear.bias.data.zero_()
        self.linear.weight.data.uniform_(-initrange, initrange)

    def forward(self, src: Tensor, src_mask: Tensor = None, src_key_padding_mask: Tensor = None) -> Tensor:
        src = self.embedding(src) * math.sqrt(self.d_model)
        src = self.pos_encoder(src)
        if src_mask is None:
            src_mask = nn.Transformer.generate_square_subsequent_mask(len(src))
        output = self.transformer_encoder(src, src_mask, src_key_padding_mask=src_key_padding_mask)
        return self.linear(output)


sequence = torch.tensor([(i * i + i // 3) % 11 for i in range(400)])
data = sequence[: 400 // 8 * 8].view(8, -1).t().contiguous()
model = TransformerModel(11, 16, 2, 32, 2, 0.1)
print(sum(p.numel() for p in model.parameters()), list(model.state_dict())[:6])
criterion = nn.CrossEntropyLoss()
optimizer = torch.optim.SGD(model.parameters(), lr=0.5)
scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1.0, gamma=0.95)
epochs = []
for epoch in range(3):
    model.train()
    total = 0.0
    for i in range(0, data.size(0) - 1, 10):
        seq_len = min(10, len(data) - 1 - i)
        x, targets = data[i : i + seq_len], data[i + 1 : i + 1 + seq_len].reshape(-1)
        output = model(x)
        loss = criterion(output.view(-1, 11), targets)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
        optimizer.step()
        total += loss.item()
    scheduler.step()
    epochs.append(total)
    print(f"epoch {epoch} loss {total:.4f} lr {scheduler.get_last_lr()[0]:.4f}")

model.eval()
with torch.no_grad():
    padding = torch.zeros(8, 10, dtype=torch.bool)
    padding[:4, 7:] = True
    out = model(data[:10], src_key_padding_mask=padding)
    print(out[:7].abs().sum().item(), out[0, 0, :4])
print("checksum", sum(p.abs().sum().item() for p in model.parameters()))
assert epochs[-1] < epochs[0]
