"""Aliases: random pseudonyms such as `quiet-heron-48`, inside the GSM-7 alphabet."""

from __future__ import annotations

import secrets

ADJECTIVES = (
    "amber", "autumn", "brave", "brisk", "bright", "calm", "candid", "clear", "cobalt", "cool",
    "copper", "coral", "cosmic", "crisp", "dapper", "deep", "distant", "early", "easy", "even",
    "fair", "fern", "fleet", "free", "fresh", "gentle", "glad", "golden", "good", "grand",
    "green", "happy", "hazel", "high", "honest", "humble", "indigo", "ivory", "jade", "keen",
    "kind", "late", "light", "lively", "loyal", "lucky", "lunar", "maple", "marble", "mellow",
    "merry", "mild", "misty", "modest", "neat", "noble", "north", "olive", "opal", "open",
    "patient", "pearl", "plain", "polite", "proud", "quick", "quiet", "rapid", "rare", "ready",
    "royal", "ruby", "rustic", "sage", "sandy", "sharp", "silent", "silver", "simple", "smooth",
    "snowy", "solar", "solid", "south", "steady", "still", "sunny", "swift", "tall", "teal",
    "tender", "tidy", "true", "velvet", "violet", "vivid", "warm", "west", "wise", "young",
)  # fmt: skip
ANIMALS = (
    "badger", "bear", "beaver", "bee", "bison", "bluebird", "bobcat", "camel", "cardinal",
    "caribou", "cat", "cheetah", "condor", "cougar", "coyote", "crane", "cricket", "crow", "deer",
    "dolphin", "dove", "dragonfly", "eagle", "egret", "elk", "falcon", "ferret", "finch",
    "firefly", "fox", "frog", "gazelle", "gecko", "goose", "grouse", "gull", "hare", "hawk",
    "hedgehog", "heron", "horse", "hummingbird", "ibis", "jay", "kestrel", "kingfisher", "koala",
    "lark", "lemur", "leopard", "lion", "lizard", "llama", "lynx", "magpie", "manatee", "marten",
    "meadowlark", "mole", "moose", "moth", "newt", "ocelot", "orca", "oriole", "osprey", "otter",
    "owl", "panda", "panther", "pelican", "penguin", "pheasant", "pika", "plover", "puffin",
    "quail", "rabbit", "raccoon", "raven", "robin", "salmon", "seal", "sparrow", "squirrel",
    "stork", "swallow", "swan", "swift", "tern", "thrush", "tiger", "toucan", "trout", "turtle",
    "vole", "walrus", "whale", "wolf", "wren",
)  # fmt: skip
NUMBERS = range(10, 100)


def random_alias() -> str:
    """Return one of about 900,000 pseudonyms. It says nothing about the person."""
    number = NUMBERS.start + secrets.randbelow(len(NUMBERS))
    return f"{secrets.choice(ADJECTIVES)}-{secrets.choice(ANIMALS)}-{number}"
