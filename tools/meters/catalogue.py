"""All virtual meters by the name that `METER=` takes."""

from tools.meters.kaifa import KaifaKsmWest, KaifaNetzNoe

METERS = {kind.NAME: kind for kind in (KaifaNetzNoe, KaifaKsmWest)}
