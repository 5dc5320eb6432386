"""Whisper's network, small, with what training needs and use does not: guided attention and a head for phones.

Parameter names are those of transformers' WhisperForConditionalGeneration, so that its converter exports the weights.

faster-whisper pads every window with zeros to 30 s, however short the windows are (`pad_or_trim`). Here a window holds
at most 10 s, and all frames beyond share one position embedding. They are then the same vector in every layer, and
attention over a thousand of them is attention over one whose score is raised by log(1000): training sees exactly what
faster-whisper computes, at a third of the work.
"""

import re
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import gelu

from .tokens import SPECIAL, TIMES

MELS = 80
WINDOW = 500  # encoder frames of 20 ms that a window may hold
POSITIONS = 1500  # encoder frames that faster-whisper always computes
BEYOND = float(np.log(POSITIONS - WINDOW))
LENGTH = 448  # decoder positions
SOUNDS = "pau aa ae ah ao aw ax ay b ch d dh eh er ey f g hh ih iy jh k l m n ng ow oy p r s sh t th uh uw v w y z zh"
PHONES = tuple(re.findall(r"\w+", SOUNDS))  # flite's


@dataclass(frozen=True)
class Shape:
    """Sizes of the network; `guided` is the number of heads that are told where to look, per decoder layer."""

    width: int = 192
    heads: int = 4
    inner: int = 768
    reading: int = 1536  # `inner` of the decoder's layers
    encoder: int = 4
    guided: tuple[int, ...] = (2, 2, 4, 2, 2, 4)


@dataclass(frozen=True)
class Guide:
    """Where each output token is spoken: `where` [batch, tokens, frames] is 1 there, `known` [batch, tokens] 0 or 1.

    `told` is the share by which the heads' own attention is replaced by the true one: reading is learnt before finding.
    """

    where: Tensor
    known: Tensor
    told: float = 0.0


def waves(length: int, width: int) -> Tensor:
    """Return Whisper's sinusoidal positions [length, width]."""
    scale = torch.exp(-torch.arange(width // 2) * (np.log(10000) / (width // 2 - 1)))
    angles = torch.arange(length)[:, None] * scale[None]
    return torch.cat([angles.sin(), angles.cos()], 1)


class Attention(nn.Module):
    """Attention of some heads; `found` and `mass` tell after a guided call how well the heads looked."""

    def __init__(self, shape: Shape, guided: int = 0) -> None:
        super().__init__()
        self.heads, self.guided = shape.heads, guided
        self.q_proj = nn.Linear(shape.width, shape.width)
        self.k_proj = nn.Linear(shape.width, shape.width, bias=False)
        self.v_proj = nn.Linear(shape.width, shape.width)
        self.out_proj = nn.Linear(shape.width, shape.width)
        self.found: Tensor | None = None
        self.mass: Tensor | None = None

    def split(self, x: Tensor) -> Tensor:
        """Return [batch, heads, length, width of a head]."""
        return x.unflatten(-1, (self.heads, -1)).transpose(1, 2)

    def forward(
        self, x: Tensor, memory: Tensor | None = None, bias: Tensor | None = None, causal: bool = False
    ) -> Tensor:
        """Attend from x to itself or to the memory; `bias` is added to the scores."""
        source = x if memory is None else memory
        q, k, v = self.split(self.q_proj(x)), self.split(self.k_proj(source)), self.split(self.v_proj(source))
        bias = None if bias is None else bias.to(q.dtype)
        if q.is_cuda:
            out = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=bias, is_causal=causal)
        else:  # torch's fused attention is four times slower than the plain one on the CPU, backwards
            scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-1, -2)
            if causal:
                later = torch.ones(scores.shape[-2:], dtype=torch.bool, device=q.device).triu(1)
                scores = scores.masked_fill(later, -torch.inf)
            out = (scores if bias is None else scores + bias).softmax(-1, dtype=q.dtype) @ v
        return self.out_proj(out.transpose(1, 2).flatten(2))

    def look(self, x: Tensor, memory: Tensor, bias: Tensor, guide: Guide) -> Tensor:
        """Attend to the memory like `forward`, and measure, and partly replace, where the guided heads look."""
        q, k, v = self.split(self.q_proj(x)), self.split(self.k_proj(memory)), self.split(self.v_proj(memory))
        scores = (q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5 + bias
        looks = scores.softmax(-1)
        mine, known = looks[:, : self.guided], guide.known[:, None]
        mass = (mine * guide.where[:, None]).sum(-1)
        count = self.guided * guide.known.sum() + 1e-6
        self.found = -(mass.clamp_min(1e-4).log() * known).sum() / count
        self.mass = (mass.detach() * known).sum() / count
        if guide.told:
            true = guide.where / (guide.where.sum(-1, keepdim=True) + 1e-6)
            share = guide.told * known[..., None]
            looks = torch.cat([mine * (1 - share) + true[:, None] * share, looks[:, self.guided :]], 1)
        return self.out_proj((looks.to(v.dtype) @ v).transpose(1, 2).flatten(2))


class EncoderLayer(nn.Module):
    """Self-attention and two linear layers."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.self_attn, self.self_attn_layer_norm = Attention(shape), nn.LayerNorm(shape.width)
        self.fc1, self.fc2 = nn.Linear(shape.width, shape.inner), nn.Linear(shape.inner, shape.width)
        self.final_layer_norm = nn.LayerNorm(shape.width)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """Return the next layer's input."""
        x = x + self.self_attn(self.self_attn_layer_norm(x), bias=bias)
        return x + self.fc2(gelu(self.fc1(self.final_layer_norm(x))))


class DecoderLayer(nn.Module):
    """Self-attention to the text so far, attention to the sound, two linear layers."""

    def __init__(self, shape: Shape, guided: int) -> None:
        super().__init__()
        self.self_attn, self.self_attn_layer_norm = Attention(shape), nn.LayerNorm(shape.width)
        self.encoder_attn = Attention(shape, guided)
        self.encoder_attn_layer_norm = nn.LayerNorm(shape.width)
        self.fc1, self.fc2 = nn.Linear(shape.width, shape.reading), nn.Linear(shape.reading, shape.width)
        self.final_layer_norm = nn.LayerNorm(shape.width)

    def forward(self, x: Tensor, memory: Tensor, bias: Tensor, guide: Guide | None) -> Tensor:
        """Return the next layer's input."""
        x = x + self.self_attn(self.self_attn_layer_norm(x), causal=True)
        normed = self.encoder_attn_layer_norm(x)
        if guide is None:
            x = x + self.encoder_attn(normed, memory, bias)
        else:
            x = x + self.encoder_attn.look(normed, memory, bias, guide)
        return x + self.fc2(gelu(self.fc1(self.final_layer_norm(x))))


class Encoder(nn.Module):
    """Mel frames to vectors, two frames each, and one vector for all that is beyond the window."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, shape.width, 3, padding=1)
        self.conv2 = nn.Conv1d(shape.width, shape.width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(WINDOW + 1, shape.width)  # the last: beyond the window
        self.embed_positions.weight.data = waves(WINDOW + 1, shape.width) * 3
        self.layers = nn.ModuleList(EncoderLayer(shape) for _ in range(shape.encoder))
        self.layer_norm = nn.LayerNorm(shape.width)

    def forward(self, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Return vectors [batch, frames / 2 + 1, width] of mel [batch, 80, frames], and attention's bias."""
        quiet = mel.new_zeros(1, MELS, 8)
        x, beyond = (gelu(self.conv2(gelu(self.conv1(part)))).transpose(1, 2) for part in (mel, quiet))
        frames = x.shape[1]
        x = torch.cat([x, beyond[:, 2:3].expand(len(x), 1, -1)], 1)
        places = torch.arange(frames + 1, device=x.device)
        places[-1] = WINDOW
        x = x + self.embed_positions(places)
        bias = x.new_zeros(1, 1, 1, frames + 1, dtype=torch.float32)
        bias[..., -1] = BEYOND
        for layer in self.layers:
            x = layer(x, bias)
        return self.layer_norm(x), bias


class Decoder(nn.Module):
    """Tokens so far and the sound's vectors to the next tokens' vectors."""

    def __init__(self, shape: Shape, vocabulary: int) -> None:
        super().__init__()
        self.embed_tokens, self.embed_positions = (
            nn.Embedding(vocabulary, shape.width),
            nn.Embedding(LENGTH, shape.width),
        )
        nn.init.normal_(self.embed_tokens.weight, std=0.05)
        self.embed_tokens.weight.data[-TIMES:] = waves(TIMES, shape.width) * 0.07
        self.embed_positions.weight.data = waves(LENGTH, shape.width) * 0.07
        self.layers = nn.ModuleList(DecoderLayer(shape, count) for count in shape.guided)
        self.layer_norm = nn.LayerNorm(shape.width)

    def forward(self, tokens: Tensor, memory: Tensor, bias: Tensor, guide: Guide | None = None) -> Tensor:
        """Return vectors [batch, tokens, width]."""
        x = self.embed_tokens(tokens) + self.embed_positions.weight[: tokens.shape[1]]
        for layer in self.layers:
            x = layer(x, memory, bias, guide)
        return self.layer_norm(x)


class Whisper(nn.Module):
    """Encoder, decoder, and a head that names each frame's phone (training only)."""

    def __init__(self, shape: Shape, vocabulary: int) -> None:
        super().__init__()
        self.shape, self.vocabulary = shape, vocabulary
        self.encoder, self.decoder = Encoder(shape), Decoder(shape, vocabulary)
        self.phones = nn.Linear(shape.width, len(PHONES))

    @property
    def device(self) -> torch.device:
        """Return where the weights are."""
        return self.phones.weight.device

    @property
    def pieces(self) -> int:
        """Return how many tokens are text; they come first."""
        return self.vocabulary - len(SPECIAL) - TIMES

    def scores(self, vectors: Tensor) -> Tensor:
        """Return the scores of every token [..., vocabulary]."""
        return nn.functional.linear(vectors, self.decoder.embed_tokens.weight)

    @torch.no_grad()
    def write(self, mel: Tensor, begin: list[int], end: int, barred: list[int], longest: int = 120) -> list[list[int]]:
        """Return the likeliest next token again and again, for each sound of the batch, without the end token."""
        memory, bias = self.encoder(mel)
        tokens = torch.tensor([begin] * len(mel), device=mel.device)
        open_ = torch.ones(len(mel), dtype=torch.bool, device=mel.device)
        for _ in range(longest):
            scores = self.scores(self.decoder(tokens, memory, bias)[:, -1]).float()
            scores[:, barred] = -torch.inf
            best = torch.where(open_, scores.argmax(-1), end)
            tokens, open_ = torch.cat([tokens, best[:, None]], 1), open_ & (best != end)
            if not open_.any():
                break
        return [row[: row.index(end)] if end in row else row for row in tokens[:, len(begin) :].tolist()]
