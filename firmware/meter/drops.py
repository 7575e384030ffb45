"""What the causes of drops say of a line (their names are those of every decoder's `dropped`)."""

# Drops that any octets can cause.
VAGUE = ("noise", "truncated", "overflow")

# Drops that only a complete, checked frame can cause.
FRAMED = (
    "key-required",
    "key-wrong",
    "key-swapped",
    "tag",
    "replay",
    "compressed",
    "busy",
    "unsupported",
    "malformed",
    "not-recognised",
    "duplicate",
    "foreign",
)
